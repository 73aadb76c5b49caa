//! The leaves that a block may touch.

use crate::keys::{Key, KEY_BYTES};
use crate::wire::Values;
use core::marker::PhantomData;
use shardlab_sdk::hash::{keccak256, Native};
use shardlab_sdk::smt::{Change, Roots, Tree};
use shardlab_sdk::ssz::{encode, Decode, Encode};
use shardlab_sdk::{alloc, require, Bytes32, OrTrap};

/// A leaf, and what the block makes of it. A value without bytes was never written.
struct Leaf {
    key: Key,
    before: &'static [u8],
    after: &'static [u8],
}

/// All leaves of a block, by rising key.
pub struct Ledger {
    keys: &'static [u8],
    leaves: &'static mut [Leaf],
}

/// Where a leaf of one type stands in the ledger.
pub struct Place<T> {
    at: usize,
    value: PhantomData<T>,
}

impl Ledger {
    /// Takes the leaves as block data bring them.
    pub fn new(keys: &'static [u8], values: &Values<'static>) -> Self {
        let count = values.len();
        require(keys.len() == count * KEY_BYTES);
        let mut each_key = keys.chunks_exact(KEY_BYTES);
        let leaves = alloc::collect(count, |at| {
            let key = Key::from_bytes(each_key.next().or_trap());
            let value = values.get(at).or_trap().as_slice();
            Leaf { key, before: value, after: value }
        });
        Self { keys, leaves }
    }

    /// Finds a leaf; traps if the block does not bring it.
    pub fn find<T>(&self, key: Key) -> Place<T> {
        let found = self.leaves.binary_search_by_key(&key, |leaf| leaf.key);
        Place { at: found.ok().or_trap(), value: PhantomData }
    }

    /// Returns the current value of a leaf, if it was ever written.
    pub fn read<T: Decode<'static>>(&self, place: &Place<T>) -> Option<T> {
        let value = self.leaves.get(place.at).or_trap().after;
        (!value.is_empty()).then(|| T::decode(value).or_trap())
    }

    /// Replaces the value of a leaf.
    pub fn write<T: Encode>(&mut self, place: &Place<T>, value: &T) {
        self.leaves.get_mut(place.at).or_trap().after = encode(value);
    }

    /// Returns the roots before and after the block.
    ///
    /// The keys' order is checked here: `find` may have missed some if they do not rise.
    pub fn roots(&self, tree: &Tree<Native>, siblings: &[u8]) -> Roots {
        let keys = self.keys.chunks_exact(KEY_BYTES);
        let changes = keys.zip(self.leaves.iter()).map(|(key, leaf)| leaf.to_change(key, tree));
        tree.roots(changes, siblings).or_trap()
    }
}

impl Leaf {
    /// Hashes a value that stays as it is only once.
    fn to_change<'a>(&self, key: &'a [u8], tree: &Tree<Native>) -> Change<'a> {
        let before = hash_value(self.before, tree);
        let is_read = self.before == self.after;
        Change { key, before, after: if is_read { before } else { hash_value(self.after, tree) } }
    }
}

fn hash_value(value: &[u8], tree: &Tree<Native>) -> Bytes32 {
    if value.is_empty() {
        tree.empty_leaf()
    } else {
        keccak256(value)
    }
}
