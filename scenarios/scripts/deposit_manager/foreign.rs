//! What this script can know of itself on other shards: their crosslinked states.

use crate::keys::SHARD_LIMIT;
use crate::Manager;
use shardlab_sdk::containers::{Branch, Root};
use shardlab_sdk::hash::Native;
use shardlab_sdk::smt::Change;
use shardlab_sdk::{eth2, require, Bytes32, OrTrap};

/// Levels from a script's 32 bytes up to the root of a `ShardState`: 16 in the list
/// `exec_env_states`, 1 for its length, 3 for the five fields, of which it is the first. The
/// script's index, which is its place in the list, says where the way turns.
const SCRIPT_DEPTH: u32 = 20;

impl Manager {
    /// Returns the state root of another shard; traps if it is this one, or unknown.
    pub fn get_foreign_root(&self, shard: u64) -> Bytes32 {
        require(shard != self.shard && shard < SHARD_LIMIT);
        eth2::get_shard_state_root(shard as u32).or_trap()
    }

    /// Traps unless this script has a root on another shard.
    pub fn require_script_root(&self, shard: u64, script_root: &Root, branch: &Branch) {
        let index = 1 << SCRIPT_DEPTH | self.env;
        let shard_root = branch.branch_root::<Native>(script_root, index).or_trap();
        require(shard_root == self.get_foreign_root(shard));
    }

    /// Traps unless leaves are in a tree: at least one, whose keys rise.
    pub fn require_leaves<'a>(
        &self,
        root: &Root,
        leaves: impl Iterator<Item = Change<'a>>,
        siblings: &[u8],
    ) {
        require(self.tree.roots(leaves, siblings).or_trap().before == *root);
    }
}
