//! Saves the beacon state root that a withdrawal receipt is proven against.
//!
//! Block data: `ProvenReceipt`.
#![no_std]
#![no_main]

use shardlab_sdk::containers::{WithdrawalReceipt, WithdrawalReceiptProof};
use shardlab_sdk::hash::Native;
use shardlab_sdk::receipts::withdrawal_receipt_root;
use shardlab_sdk::ssz::Decode;
use shardlab_sdk::{container, eth2, script, OrTrap};

script!(run);

container! {
    /// What a relayer brings.
    pub struct ProvenReceipt<'a> {
        pub receipt: WithdrawalReceipt<'a>,
        pub proof: WithdrawalReceiptProof<'a>,
    }
}

fn run() {
    let proven = ProvenReceipt::decode(eth2::block_data()).or_trap();
    let root = withdrawal_receipt_root::<Native>(&proven.receipt, &proven.proof).or_trap();
    eth2::save_post_state_root(&root);
}
