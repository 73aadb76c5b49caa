//! @NAME@ adds up the numbers that its blocks bring.
//!
//! Block data is the SSZ encoding of `Batch`, the state that of `State`. Anything wrong is a
//! trap: the block is invalid then, and the state stays as it was.
#![no_std]
#![no_main]

use shardlab_sdk::ssz::{Decode, Encode, List};
use shardlab_sdk::{container, eth2, require, script, OrTrap};

script!(run);

container! {
    /// What is on chain: all 32 bytes of it.
    pub struct State {
        pub total: u64,
        pub blocks: u64,
        pub unused: [u8; 16],
    }
}

container! {
    /// What a block brings.
    pub struct Batch<'a> {
        pub numbers: List<'a, u64, 64>,
    }
}

fn run() {
    let mut state = State::decode(&eth2::load_pre_state_root()).or_trap();
    let batch = Batch::decode(eth2::block_data()).or_trap();
    require(!batch.numbers.is_empty());
    for number in batch.numbers.iter() {
        state.total = state.total.checked_add(number).or_trap();
    }
    state.blocks += 1;

    let mut root = [0; State::SIZE];
    state.encode(&mut root);
    eth2::save_post_state_root(&root);
}
