//! The script that calls: its memory, and the way to end it.
//!
//! The order of judgement is that of `chain/eei/dispatch.py`: every range in full, then what the
//! bytes say. Functions therefore `require` all their ranges before they read.

use core::mem::{size_of, MaybeUninit};

/// What a script dies of. `chain/eei/libraries/__init__.py` knows the numbers.
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum Fault {
    MemoryOutOfBounds = 1,
    BignumOverflow = 2,
    DivisionByZero = 3,
    MerkleizeLimit = 4,
}

const PAGE_BYTES: u64 = 65_536;

mod imports {
    #[link(wasm_import_module = "script")]
    extern "C" {
        /// The size of the script's memory.
        pub fn pages() -> u32;
        pub fn read(to_library: *mut u8, from_script: u32, length: u32);
        pub fn write(to_script: u32, from_library: *const u8, length: u32);
        pub fn fail(fault: u32) -> !;
    }
}

/// Ends the script.
pub fn fail(fault: Fault) -> ! {
    unsafe { imports::fail(fault as u32) }
}

/// Ends the script unless every range of (pointer, length) is inside its memory.
///
/// An empty range may begin at the very end.
#[inline(always)]
pub fn require<const COUNT: usize>(ranges: [(u32, u64); COUNT]) {
    let memory_bytes = u64::from(unsafe { imports::pages() }) * PAGE_BYTES;
    for (pointer, length) in ranges {
        if u64::from(pointer) + length > memory_bytes {
            fail(Fault::MemoryOutOfBounds);
        }
    }
}

/// Types of which any bytes are a value, so that a script's bytes may become one.
pub unsafe trait Plain: Copy {}
unsafe impl Plain for u8 {}
unsafe impl Plain for u32 {}
unsafe impl Plain for u64 {}
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

/// Reads a value. The range must have been required.
#[inline(always)]
pub fn read<T: Plain>(pointer: u32) -> T {
    let mut value = MaybeUninit::<T>::uninit();
    unsafe {
        imports::read(value.as_mut_ptr().cast(), pointer, size_of::<T>() as u32);
        value.assume_init()
    }
}

/// Reads so many bytes to the beginning of a value. The range must have been required.
#[inline(always)]
pub fn read_beginning<T: Plain>(value: &mut T, pointer: u32, length: u32) {
    let length = length.min(size_of::<T>() as u32);
    if length != 0 {
        let start: *mut T = value;
        unsafe { imports::read(start.cast(), pointer, length) }
    }
}

/// How much is read at a time: 16 blocks of keccak256, or 34 of sha256.
const BUFFER_BYTES: usize = 2_176;

/// Reads so many values that lie one after the other. The range must have been required.
#[inline(always)]
pub fn for_each<T: Plain>(pointer: u32, count: u32, mut take: impl FnMut(&T)) {
    let mut buffer = MaybeUninit::<[u64; BUFFER_BYTES / 8]>::uninit();
    let values: *mut T = buffer.as_mut_ptr().cast();
    let size = size_of::<T>() as u32;
    let mut done = 0;
    while done < count {
        let more = (count - done).min(BUFFER_BYTES as u32 / size);
        unsafe {
            imports::read(values.cast(), pointer.wrapping_add(done * size), more * size);
            for at in 0..more as usize {
                take(&*values.add(at));
            }
        }
        done += more;
    }
}

/// Writes a value. The range must have been required.
#[inline(always)]
pub fn write<T: Plain>(pointer: u32, value: &T) {
    let bytes: *const T = value;
    unsafe { imports::write(pointer, bytes.cast(), size_of::<T>() as u32) }
}
