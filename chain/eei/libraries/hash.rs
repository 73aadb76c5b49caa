//! `hash`: keccak256 and sha256 of a range, read piece by piece.

use crate::keccak::{absorb, Block as KeccakBlock, RATE_BYTES};
use crate::script::{for_each, read_beginning, require, write};
use crate::sha256::{compress, turn_bytes, Block as ShaBlock, BLOCK_BYTES, INITIAL};

const DIGEST_BYTES: u64 = 32;

#[no_mangle]
extern "C" fn keccak256(pointer: u32, length: u32, out: u32) {
    require([(pointer, length.into()), (out, DIGEST_BYTES)]);
    let mut state = [0; 25];
    for_each(pointer, length / RATE_BYTES, |block: &KeccakBlock| absorb(&mut state, block));

    let rest = length % RATE_BYTES;
    let mut last: KeccakBlock = [0; 17];
    read_beginning(&mut last, pointer.wrapping_add(length - rest), rest);
    last[rest as usize / 8] |= 1 << (rest % 8 * 8);
    last[16] |= 1 << 63;
    absorb(&mut state, &last);
    write(out, &[state[0], state[1], state[2], state[3]]);
}

#[no_mangle]
extern "C" fn sha256(pointer: u32, length: u32, out: u32) {
    require([(pointer, length.into()), (out, DIGEST_BYTES)]);
    let mut state = INITIAL;
    for_each(pointer, length / BLOCK_BYTES, |block: &ShaBlock| {
        state = compress(&state, &turn_bytes(block))
    });

    let rest = length % BLOCK_BYTES;
    let mut last: ShaBlock = [0; 16];
    read_beginning(&mut last, pointer.wrapping_add(length - rest), rest);
    last[rest as usize / 4] |= 0x80 << (rest % 4 * 8);
    last = turn_bytes(&last);
    if rest >= BLOCK_BYTES - 8 {
        state = compress(&state, &last);
        last = [0; 16];
    }
    let bits = 8 * u64::from(length);
    last[14] = (bits >> 32) as u32;
    last[15] = bits as u32;
    write(out, &turn_bytes(&compress(&state, &last)));
}
