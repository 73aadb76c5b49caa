//! Ends in every way a script can go wrong. Block data: which (1 byte).
#![no_std]
#![no_main]

use shardlab_sdk::{eth2, require, script, trap, Malformed, OrTrap};

script!(run);

fn run() {
    let data = eth2::block_data();
    let choice = data.first().copied().unwrap_or(0);
    match choice {
        0 => trap(),
        1 => require(data.is_empty()),
        2 => None.or_trap(),
        3 => Err(Malformed).or_trap(),
        4 => assert!(data.is_empty(), "data of {} bytes", data.len()),
        5 => panic!("{:>300}", "a message longer than a line"),
        6 => eth2::save_post_state_root(&[data[usize::from(choice)]; 32]),
        7 => eth2::save_post_state_root(&[choice - 8; 32]),
        _ => require(true),
    }
}
