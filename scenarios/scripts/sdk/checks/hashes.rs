//! Hashes a message, in pieces where the hasher takes them.
//!
//! Block data: who hashes (1 byte), the size of a piece (1 byte), the message.
#![no_std]
#![no_main]

use shardlab_sdk::hash::{self, Hash, Keccak256, Sha256, Wasm};
use shardlab_sdk::{eth2, script, trap};

script!(run);

fn run() {
    let (who, piece, message) = match eth2::block_data() {
        [who, piece, message @ ..] => (*who, usize::from(*piece), message),
        _ => trap(),
    };
    let digest = match who {
        0 => hash::keccak256(message),
        1 => hash::sha256(message),
        2 => Wasm::keccak256(message),
        3 => Wasm::sha256(message),
        4 => {
            let mut hasher = Keccak256::new();
            message.chunks(piece).for_each(|part| hasher.update(part));
            hasher.finish()
        }
        5 => {
            let mut hasher = Sha256::new();
            message.chunks(piece).for_each(|part| hasher.update(part));
            hasher.finish()
        }
        _ => trap(),
    };
    eth2::save_post_state_root(&digest);
}
