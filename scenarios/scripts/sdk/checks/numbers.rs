//! Computes with 256-bit numbers, in wasm.
//!
//! Block data: an operation (1 byte) and its operands, 32 bytes little-endian each. What
//! `expose_modified_state` hands out: the numbers that result, or nothing if there is none.
#![no_std]
#![no_main]

use shardlab_sdk::u256::U256;
use shardlab_sdk::{eth2, script, trap};

script!(run);

fn run() {
    let (operation, operands) = eth2::block_data().split_first().unwrap_or_else(|| trap());
    let mut numbers = [U256::ZERO; 3];
    for (number, bytes) in numbers.iter_mut().zip(operands.chunks(32)) {
        let mut word = [0; 32];
        word.copy_from_slice(bytes);
        *number = U256::from_le_bytes(word);
    }
    let mut out = [0; 64];
    if let Some((low, high)) = compute(*operation, numbers) {
        out[..32].copy_from_slice(&low.to_le_bytes());
        out[32..].copy_from_slice(&high.to_le_bytes());
        eth2::expose_modified_state(&out);
    }
    eth2::save_post_state_root(&[0; 32]);
}

fn compute(operation: u8, [a, b, c]: [U256; 3]) -> Option<(U256, U256)> {
    let alone = |number| (number, U256::ZERO);
    match operation {
        0 => a.checked_add(b).map(alone),
        1 => a.checked_sub(b).map(alone),
        2 => a.checked_mul(b).map(alone),
        3 => Some(a.widening_mul(b)),
        4 => a.checked_div_rem(b),
        5 => a.mul_mod(b, c).map(alone),
        6 => a.pow_mod(b, c).map(alone),
        7 => Some((a.overflowing_add(b).0, a.overflowing_sub(b).0)),
        8 => Some((a.wrapping_mul(b), U256::from(u64::from(a < b)))),
        9 => Some((U256::from(u64::from(a.bits())), U256::from(u64::from(a.bit(7))))),
        10 => Some((U256::from_be_bytes(a.to_be_bytes()), U256::from_le_bytes(a.to_be_bytes()))),
        11 => Some((U256::from(u64::MAX), U256::MAX)),
        _ => trap(),
    }
}
