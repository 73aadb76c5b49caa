//! Checks a multiproof against the state, applies the changes, and saves the new root.
//!
//! Block data: who hashes (1 byte, 0 the host, 1 wasm), bytes of a key (1 byte), number of
//! changes (u16), the changes (key, value before, value after: 32 bytes each), the proof.
#![no_std]
#![no_main]

use shardlab_sdk::hash::{Hash, Native, Wasm};
use shardlab_sdk::smt::{Change, Tree};
use shardlab_sdk::{eth2, require, script, trap, OrTrap};

script!(run);

fn run() {
    match eth2::block_data() {
        [0, key_bytes, low, high, rest @ ..] => apply::<Native>(*key_bytes, [*low, *high], rest),
        [1, key_bytes, low, high, rest @ ..] => apply::<Wasm>(*key_bytes, [*low, *high], rest),
        _ => trap(),
    }
}

fn apply<H: Hash>(key_bytes: u8, count: [u8; 2], rest: &[u8]) {
    let key_bytes = usize::from(key_bytes);
    let count = usize::from(u16::from_le_bytes(count));
    let size = key_bytes + 64;
    require(count * size <= rest.len());
    let (changes, proof) = rest.split_at(count * size);
    let changes = changes.chunks(size).map(|change| {
        let (key, values) = change.split_at(key_bytes);
        let (before, after) = values.split_at(32);
        if before == after {
            Change::read::<H>(key, before)
        } else {
            Change::write::<H>(key, before, after)
        }
    });
    let tree = Tree::<H>::new(key_bytes, &[0; 32]);
    let roots = tree.roots(changes, proof).or_trap();
    require(roots.before == eth2::load_pre_state_root());
    eth2::save_post_state_root(&roots.after);
}
