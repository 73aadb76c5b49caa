//! Sparse Merkle trees with keccak256: read and write many keys, with 32 bytes on chain.
//!
//! The tree has a leaf for every key there could be, `keccak256(value)`, and one level of
//! `keccak256(left || right)` per bit of a key. Whoever holds the values hands out a
//! *multiproof*: the siblings on the ways from some keys up to the root, each of them once, and
//! none that can be computed. It proves the values before a block and is enough to compute the
//! root after it. The README of this library says how it is laid out; `chain/multiproof.py`
//! makes it.

use crate::alloc::{zeroed, Zeroable};
use crate::hash::Hash;
use crate::{Bytes32, Malformed};
use core::marker::PhantomData;

/// What a batch does to one key: the leaf there before and after it. A read leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// As many bytes as all keys of the tree; the most significant bit is the first turn.
    pub key: &'a [u8],
    /// Hash of the value that is proven.
    pub before: Bytes32,
    /// Hash of the value that takes its place.
    pub after: Bytes32,
}

impl<'a> Change<'a> {
    /// Reads a key.
    pub fn read<H: Hash>(key: &'a [u8], value: &[u8]) -> Self {
        let leaf = H::keccak256(value);
        Self { key, before: leaf, after: leaf }
    }

    /// Replaces the value of a key.
    pub fn write<H: Hash>(key: &'a [u8], before: &[u8], after: &[u8]) -> Self {
        Self { key, before: H::keccak256(before), after: H::keccak256(after) }
    }
}

/// The root of a tree before and after a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roots {
    /// With the values that are proven.
    pub before: Bytes32,
    /// With the values that take their place.
    pub after: Bytes32,
}

/// What all sparse Merkle trees with keys of one size have in common.
pub struct Tree<H> {
    empty: &'static [Bytes32], // roots of trees without a value, by height
    hasher: PhantomData<H>,
}

impl<H: Hash> Tree<H> {
    /// Prepares for trees with keys of 1 to 32 bytes; hashes once per bit of a key.
    ///
    /// Takes the value of a key that was never written: 32 zero bytes in `chain/trie.py`.
    pub fn new(key_bytes: usize, empty_value: &[u8]) -> Self {
        let empty = zeroed::<Bytes32>(key_bytes * 8 + 1);
        let mut node = H::keccak256(empty_value);
        for place in empty.iter_mut() {
            *place = node;
            node = hash_pair::<H>(&node, &node);
        }
        Self { empty, hasher: PhantomData }
    }

    /// Returns the leaf of a key that was never written.
    pub fn empty_leaf(&self) -> Bytes32 {
        self.empty.first().copied().unwrap_or_default()
    }

    /// Returns the root of the tree without a value.
    pub fn empty_root(&self) -> Bytes32 {
        self.empty.last().copied().unwrap_or_default()
    }

    /// Returns the roots before and after changes, which are sorted by key.
    ///
    /// The proof is theirs if and only if `before` is the root of the tree; comparing is up to
    /// the caller.
    pub fn roots<'a>(
        &self,
        changes: impl Iterator<Item = Change<'a>>,
        proof: &[u8],
    ) -> Result<Roots, Malformed> {
        let mut climber = Climber::new(self, proof);
        let mut changes = changes.peekable();
        while let Some(change) = changes.next() {
            if change.key.len() * 8 != climber.depth() {
                return Err(Malformed);
            }
            let target = match changes.peek() {
                Some(next) => compute_meeting_height(change.key, next.key)? - 1,
                None => climber.depth(),
            };
            climber.climb(&change, target)?;
        }
        climber.finish()
    }
}

/// A node before and after a batch.
#[derive(Clone, Copy)]
struct Node {
    before: Bytes32,
    after: Bytes32, // kept up to date only where something changes: the rest is hashed once
    changes: bool,
}

impl Node {
    fn get_after(&self) -> &Bytes32 {
        if self.changes {
            &self.after
        } else {
            &self.before
        }
    }

    /// Becomes the parent of itself and a node that does not change.
    fn join_sibling<H: Hash>(&mut self, sibling: &Bytes32, is_right: bool) {
        self.before = hash_ordered::<H>(&self.before, sibling, is_right);
        if self.changes {
            self.after = hash_ordered::<H>(&self.after, sibling, is_right);
        }
    }

    /// Becomes the parent of another node and itself.
    fn join_left<H: Hash>(&mut self, left: &Self) {
        if self.changes || left.changes {
            self.after = hash_pair::<H>(left.get_after(), self.get_after());
        }
        self.before = hash_pair::<H>(&left.before, &self.before);
        self.changes |= left.changes;
    }
}

/// A subtree that was computed and waits for its right sibling.
#[derive(Clone, Copy)]
struct Waiting {
    node: Node,
    meets: usize, // height of the parent
}

// SAFETY: nothing but bytes, a number and a truth value.
unsafe impl Zeroable for Waiting {}

struct Climber<'p, 't, H> {
    tree: &'t Tree<H>,
    proof: &'p [u8],
    waiting: &'static mut [Waiting],
    waiting_count: usize,
}

impl<'p, 't, H: Hash> Climber<'p, 't, H> {
    fn new(tree: &'t Tree<H>, proof: &'p [u8]) -> Self {
        // One can wait at every height, no two at the same.
        let waiting = zeroed(tree.empty.len());
        Self { tree, proof, waiting, waiting_count: 0 }
    }

    fn depth(&self) -> usize {
        self.tree.empty.len() - 1
    }

    /// Leads a leaf upwards to a height, past all subtrees on its left, and lets it wait there.
    fn climb(&mut self, change: &Change, target: usize) -> Result<(), Malformed> {
        let changes = change.before != change.after;
        let mut node = Node { before: change.before, after: change.after, changes };
        let mut height = 0;
        while let Some(left) = self.take_waiting(target) {
            self.pass_siblings(change.key, &mut node, height, left.meets - 1)?;
            node.join_left::<H>(&left.node);
            height = left.meets;
        }
        self.pass_siblings(change.key, &mut node, height, target)?;
        let place = self.waiting.get_mut(self.waiting_count).ok_or(Malformed)?;
        *place = Waiting { node, meets: target + 1 };
        self.waiting_count += 1;
        Ok(())
    }

    fn take_waiting(&mut self, target: usize) -> Option<Waiting> {
        let last = self.waiting_count.checked_sub(1)?;
        let waiting = *self.waiting.get(last)?;
        if waiting.meets > target {
            return None;
        }
        self.waiting_count = last;
        Some(waiting)
    }

    /// Joins a node with the siblings between two heights: runs of empty trees and runs of
    /// nodes from the proof take turns.
    fn pass_siblings(
        &mut self,
        key: &[u8],
        node: &mut Node,
        from: usize,
        to: usize,
    ) -> Result<(), Malformed> {
        let mut height = from;
        let mut are_empty = from == 0; // next to a leaf empty trees come first
        let mut may_be_none = true;
        while height < to {
            let [run] = *self.take_proof()?;
            let end = height + usize::from(run);
            if end > to || (run == 0 && !may_be_none) {
                return Err(Malformed);
            }
            while height < end {
                let empty = self.tree.empty.get(height).ok_or(Malformed)?;
                let sibling = if are_empty { empty } else { self.take_proof()? };
                // A run of empty trees stands for this one: a tree and some keys have one proof.
                if !are_empty && sibling == empty {
                    return Err(Malformed);
                }
                node.join_sibling::<H>(sibling, is_right(key, height));
                height += 1;
            }
            // A run of more than 255 goes on behind a run of none.
            may_be_none = run == u8::MAX;
            are_empty = !are_empty;
        }
        Ok(())
    }

    fn take_proof<const N: usize>(&mut self) -> Result<&'p [u8; N], Malformed> {
        let taken = self.proof.get(..N).ok_or(Malformed)?;
        self.proof = self.proof.get(N..).ok_or(Malformed)?;
        taken.try_into().map_err(|_| Malformed)
    }

    fn finish(self) -> Result<Roots, Malformed> {
        match self.waiting.get(..self.waiting_count) {
            Some([Waiting { node, .. }]) if self.proof.is_empty() => {
                Ok(Roots { before: node.before, after: *node.get_after() })
            }
            _ => Err(Malformed),
        }
    }
}

/// Returns the height at which the ways of two keys meet, the first being the smaller one.
fn compute_meeting_height(left: &[u8], right: &[u8]) -> Result<usize, Malformed> {
    if left.len() != right.len() {
        return Err(Malformed);
    }
    for (at, (low, high)) in left.iter().zip(right).enumerate() {
        if low != high {
            let below = (left.len() - at) * 8 - (low ^ high).leading_zeros() as usize;
            return if low < high { Ok(below) } else { Err(Malformed) };
        }
    }
    Err(Malformed)
}

/// Tells whether the way of a key comes from the right at a height.
fn is_right(key: &[u8], height: usize) -> bool {
    let byte = key.len().checked_sub(height / 8 + 1).and_then(|at| key.get(at));
    byte.map_or(false, |byte| byte >> (height % 8) & 1 == 1)
}

fn hash_ordered<H: Hash>(node: &Bytes32, sibling: &Bytes32, is_right: bool) -> Bytes32 {
    if is_right {
        hash_pair::<H>(sibling, node)
    } else {
        hash_pair::<H>(node, sibling)
    }
}

#[inline(never)] // one copy instead of one for every caller
fn hash_pair<H: Hash>(left: &Bytes32, right: &Bytes32) -> Bytes32 {
    let mut both = [0; 64];
    both[..32].copy_from_slice(left);
    both[32..].copy_from_slice(right);
    H::keccak256(&both)
}
