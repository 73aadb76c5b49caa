//! Takes memory in pieces, sees that it is zero, and that no piece is in another.
//!
//! Block data: sizes of pieces (u32 each), in numbers of 8 bytes; at most 16.
#![no_std]
#![no_main]

use core::alloc::{GlobalAlloc, Layout};
use shardlab_sdk::alloc::{zeroed, Heap};
use shardlab_sdk::{eth2, require, script, OrTrap};

script!(run);

type Piece = (&'static mut [u64], &'static mut [u8]);

fn run() {
    let mut sizes = [0; 64];
    let sizes = &mut sizes[..eth2::block_data_size()];
    eth2::block_data_copy(sizes, 0);
    let mut pieces: [Option<Piece>; 16] = Default::default();
    for (place, size) in pieces.iter_mut().zip(sizes.chunks(4)) {
        let size = u32::from_le_bytes(size.try_into().ok().or_trap());
        *place = Some(take(size as usize));
    }
    for (at, piece) in pieces.iter_mut().flatten().enumerate() {
        piece.0.fill(at as u64);
        piece.1.fill(at as u8);
    }
    for (at, piece) in pieces.iter().flatten().enumerate() {
        require(piece.0.iter().all(|number| *number == at as u64));
        require(piece.1.iter().all(|number| *number == at as u8));
    }
    let end = use_heap() as u64;
    let mut root = [0; 32];
    root[..8].copy_from_slice(&end.to_le_bytes());
    eth2::save_post_state_root(&root);
}

fn take(size: usize) -> Piece {
    let (numbers, bytes) = (zeroed::<u64>(size), zeroed::<u8>(3));
    require(numbers.as_ptr() as usize % 8 == 0);
    require(numbers.iter().all(|number| *number == 0));
    require(bytes.iter().all(|byte| *byte == 0));
    (numbers, bytes)
}

/// Does what a vector does; returns where memory is free.
fn use_heap() -> usize {
    let layout = Layout::from_size_align(100, 64).ok().or_trap();
    // SAFETY: every pointer is used as its layout says.
    unsafe {
        let first = Heap.alloc_zeroed(layout);
        require(first as usize % 64 == 0 && (0..100).all(|at| *first.add(at) == 0));
        first.write_bytes(7, 100);
        let second = Heap.realloc(first, layout, 200);
        require(second as usize >= first as usize + 100);
        require((0..100).all(|at| *second.add(at) == 7));
        Heap.dealloc(second, layout);
        let third = Heap.alloc(layout);
        require(third as usize >= second as usize + 200);
        let too_large = Layout::from_size_align(1 << 30, 1).ok().or_trap();
        require(Heap.alloc(too_large).is_null());
        third as usize + 100
    }
}
