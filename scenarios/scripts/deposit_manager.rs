//! Accounts in one script on every shard: ETH comes in, moves, and leaves.
//!
//! Only the root of a sparse Merkle tree is on chain. Its leaves are accounts, what remembers
//! withdrawal receipts and messages so that none counts twice, the outbox of messages to other
//! shards, and the books of netting. `keys.rs` says where each lies. All zeros in place of a
//! root is the empty tree.
//!
//! Block data is empty, or operations with one multiproof of all leaves that they touch:
//! `ManagerData` in `wire.rs`. Operations run in order, on values that are proven only once all
//! of them are through: then the values before must lead to the old root, and the values after
//! lead to the new one. Until then nothing is kept, so nothing is lost by believing them.
//!
//! A failing operation fails the whole block. The alternative, skipping it, would have to
//! charge somebody for its bytes and its signature check, and would let a relayer spoil an
//! operation on purpose by leaving out its witness. Relayers leave out what fails.
//!
//! How withdrawal receipts and messages are remembered is chosen when the script is built; see
//! `replay.rs`.
#![no_std]
#![no_main]
#![allow(unknown_lints, unexpected_cfgs)] // `replay_protection` comes from build.sh alone

#[path = "deposit_manager/accounts.rs"]
mod accounts;
#[path = "deposit_manager/beacon.rs"]
mod beacon;
#[path = "deposit_manager/foreign.rs"]
mod foreign;
#[path = "deposit_manager/keys.rs"]
mod keys;
#[path = "deposit_manager/ledger.rs"]
mod ledger;
#[path = "deposit_manager/messages.rs"]
mod messages;
#[path = "deposit_manager/netting.rs"]
mod netting;
#[path = "deposit_manager/replay.rs"]
mod replay;
#[path = "deposit_manager/wire.rs"]
mod wire;

use keys::KEY_BYTES;
use ledger::Ledger;
use shardlab_sdk::hash::Native;
use shardlab_sdk::smt::Tree;
use shardlab_sdk::ssz::Decode;
use shardlab_sdk::{eth2, require, script, trap, Bytes32, OrTrap};
use wire::{selector, ManagerData, Signed};

const EMPTY_VALUE: Bytes32 = [0; 32]; // of a key that was never written, as in chain/trie.py
const EMPTY_STATE: Bytes32 = [0; 32]; // of a script that never ran

script!(run);

fn run() {
    let state = eth2::load_pre_state_root();
    let after = if eth2::block_data_size() == 0 { state } else { process_block(&state) };
    eth2::save_post_state_root(&after);
}

fn process_block(state: &Bytes32) -> Bytes32 {
    let data = ManagerData::decode(eth2::block_data()).or_trap();
    let mut manager = Manager {
        tree: Tree::new(KEY_BYTES, &EMPTY_VALUE),
        ledger: Ledger::new(data.keys.as_slice(), &data.values),
        shard: u64::from(eth2::get_shard_id()),
        env: eth2::get_env(),
    };
    for operation in data.operations.iter() {
        manager.process(operation.as_slice());
    }
    let roots = manager.ledger.roots(&manager.tree, &data.siblings);
    let is_empty = *state == EMPTY_STATE;
    require(roots.before == if is_empty { manager.tree.empty_root() } else { *state });
    roots.after
}

/// One block on its way.
pub struct Manager {
    tree: Tree<Native>, // of this script, on this shard and on others
    ledger: Ledger,
    shard: u64,
    env: u64,
}

impl Manager {
    /// Applies one operation: a byte that says which, and its SSZ encoding.
    fn process(&mut self, operation: &'static [u8]) {
        let (&kind, payload) = operation.split_first().or_trap();
        let signed = || Signed::new(kind, payload);
        match kind {
            selector::TAKE_IN => self.take_in(&parse(payload)),
            selector::TRANSFER => self.transfer(&parse(payload), &signed()),
            selector::DEPOSIT => self.deposit(&parse(payload), &signed()),
            selector::SEND => self.send(&parse(payload), &signed()),
            selector::RECEIVE => self.receive(&parse(payload)),
            selector::SEND_NETTED => self.send_netted(&parse(payload), &signed()),
            selector::RECEIVE_NETTED => self.receive_netted(&parse(payload)),
            selector::PROVE_ROW => self.prove_row(&parse(payload)),
            selector::LOCK_RESERVE => self.lock_reserve(&parse(payload), &signed()),
            _ => trap(),
        }
    }
}

fn parse<T: Decode<'static>>(payload: &'static [u8]) -> T {
    T::decode(payload).or_trap()
}
