//! The smallest script worth running: it keeps its state and insists on empty block data.
#![no_std]
#![no_main]

use shardlab_sdk::{eth2, require, script};

script!(run);

fn run() {
    require(eth2::block_data_size() == 0);
    eth2::save_post_state_root(&eth2::load_pre_state_root());
}
