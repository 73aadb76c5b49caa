//! Decodes a container of the protocol, encodes it again, and saves its root.
//!
//! Block data: which container (1 byte, its place in the alphabet), its encoding. What
//! `expose_modified_state` hands out: the encoding made anew, then the signing root.
#![no_std]
#![no_main]

use shardlab_sdk::containers::*;
use shardlab_sdk::hash::Native;
use shardlab_sdk::ssz::{Container, Decode, Encode, HashTreeRoot};
use shardlab_sdk::{alloc, eth2, script, trap, OrTrap};

script!(run);

macro_rules! choose {
    ($choice:expr, $bytes:expr, $($kind:ty)*) => {
        let mut left = $choice;
        $(
            if left == 0 {
                return check::<$kind>($bytes);
            }
            left -= 1;
        )*
        let _ = left;
    };
}

fn run() {
    let (choice, bytes) = eth2::block_data().split_first().unwrap_or_else(|| trap());
    choose! { *choice, bytes,
        BeaconBlock BeaconBlockBody BeaconBlockHeader BeaconState Crosslink DepositData
        DepositReceiptProof ExecutionScript NewExecutionScript NewValidator ShardBlock
        ShardBlockHeader ShardState SignedBeaconBlock SignedCrosslink SignedShardBlock
        TimestampedDepositData ValidationReport Validator Withdrawal WithdrawalReceipt
        WithdrawalReceiptProof
    }
    trap()
}

fn check<T: Decode<'static> + Encode + HashTreeRoot + Container>(bytes: &'static [u8]) {
    let value = T::decode(bytes).or_trap();
    let out = alloc::zeroed(value.size() + 32);
    let (encoded, signing_root) = out.split_at_mut(value.size());
    value.encode(encoded);
    signing_root.copy_from_slice(&value.signing_root::<Native>());
    eth2::expose_modified_state(out);
    eth2::save_post_state_root(&value.hash_tree_root::<Native>());
}
