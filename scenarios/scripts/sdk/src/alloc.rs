//! Memory for what is too large for the stack, or whose size only the block data tell.
//!
//! Nothing is ever given back: an execution is short, and the next one has a fresh memory.
//! That also makes it zero without anybody writing zeros.
//!
//! From Rust 1.68 on, `Heap` can stand behind the standard `alloc` crate as well:
//!
//! ```
//! extern crate alloc;
//!
//! #[global_allocator]
//! static HEAP: shardlab_sdk::alloc::Heap = shardlab_sdk::alloc::Heap;
//! ```

use crate::OrTrap;
use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;
use core::mem::{align_of, size_of};
use core::ptr::null_mut;
use core::slice::from_raw_parts_mut;

const PAGE_BYTES: usize = 65_536;

/// A type of which all-zero bytes are a value.
///
/// # Safety
///
/// They must be.
pub unsafe trait Zeroable {}

macro_rules! zeroable {
    ($($kind:ty)*) => {$(
        // SAFETY: an integer of zero bits is zero.
        unsafe impl Zeroable for $kind {}
    )*};
}

zeroable! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize }

// SAFETY: an array of zeros is nothing but them.
unsafe impl<T: Zeroable, const N: usize> Zeroable for [T; N] {}

/// Returns a slice of zeros that nothing else refers to. Traps when memory runs out.
pub fn zeroed<T: Zeroable>(count: usize) -> &'static mut [T] {
    let size = count.checked_mul(size_of::<T>()).or_trap();
    let start = take(size, align_of::<T>()).or_trap();
    // SAFETY: the range is aligned, inside memory, all zero, and taken once.
    unsafe { from_raw_parts_mut(start as *mut T, count) }
}

/// Returns a slice of values, each made from its position. Traps when memory runs out.
pub fn collect<T>(count: usize, mut make: impl FnMut(usize) -> T) -> &'static mut [T] {
    let size = count.checked_mul(size_of::<T>()).or_trap();
    let start = take(size, align_of::<T>()).or_trap() as *mut T;
    for at in 0..count {
        // SAFETY: the place is aligned, inside what was taken, and written before it is read.
        unsafe { start.add(at).write(make(at)) };
    }
    // SAFETY: the range is aligned, inside memory, taken once, and now all of it is written.
    unsafe { from_raw_parts_mut(start, count) }
}

/// All memory behind the script's own data, handed out from its beginning.
pub struct Heap;

// SAFETY: a range that was taken is never taken again.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size(), layout.align()).map_or(null_mut(), |start| start as *mut u8)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above; what was never taken is zero.
        unsafe { self.alloc(layout) }
    }

    unsafe fn dealloc(&self, _pointer: *mut u8, _layout: Layout) {}
}

/// Where the next range may start; zero before the first.
struct Next(Cell<usize>);

// SAFETY: scripts have one thread.
unsafe impl Sync for Next {}

static NEXT: Next = Next(Cell::new(0));

extern "C" {
    /// The linker's: the first byte behind stack and data.
    static __heap_base: u8;
}

/// Reserves bytes at an alignment, a power of two; none if memory cannot grow that far.
fn take(size: usize, align: usize) -> Option<usize> {
    isize::try_from(size).ok()?; // no slice is larger
    let first = match NEXT.0.get() {
        // SAFETY: only the address of the symbol is used.
        0 => unsafe { &__heap_base as *const u8 as usize },
        next => next,
    };
    let start = first.checked_add(align - 1)? & !(align - 1);
    let end = start.checked_add(size)?;
    let missing = end.saturating_sub(memory_size(0) * PAGE_BYTES);
    if missing > 0 && memory_grow(0, (missing - 1) / PAGE_BYTES + 1) == usize::MAX {
        return None;
    }
    NEXT.0.set(end);
    Some(start)
}
