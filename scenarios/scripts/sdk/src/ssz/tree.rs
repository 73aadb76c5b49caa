//! Merkle trees as SSZ shapes them: padded with zeros up to a power of two.

use crate::hash::Hash;
use crate::ssz::{basic::pad, List};
use crate::{Bytes32, Malformed, OrTrap};
use core::marker::PhantomData;

mod host {
    #[link(wasm_import_module = "ssz")]
    extern "C" {
        pub fn merkleize(chunks: *const u8, count: usize, limit_log2: u32, root: *mut u8);
    }
}

/// Returns the root of chunks, padded to `2**limit_log2`, as the host computes it. Traps when
/// there are more chunks than that, or the limit is above 64.
pub fn merkleize(chunks: &[Bytes32], limit_log2: u32) -> Bytes32 {
    let mut root = [0; 32];
    // SAFETY: the host reads exactly the chunks and writes 32 bytes.
    unsafe { host::merkleize(chunks.as_ptr().cast(), chunks.len(), limit_log2, root.as_mut_ptr()) };
    root
}

/// Returns the parent of two nodes.
#[inline(never)] // one copy instead of one for every caller
pub fn hash_pair<H: Hash>(left: &Bytes32, right: &Bytes32) -> Bytes32 {
    let mut both = [0; 64];
    both[..32].copy_from_slice(left);
    both[32..].copy_from_slice(right);
    H::sha256(&both)
}

/// Returns the root of a list from the root of its elements and their number.
pub fn mix_in_length<H: Hash>(root: &Bytes32, length: usize) -> Bytes32 {
    hash_pair::<H>(root, &pad(&length.to_le_bytes()))
}

/// Returns the height of a tree with room for this many chunks.
pub const fn depth_of(limit: u64) -> u32 {
    if limit <= 1 {
        0
    } else {
        64 - (limit - 1).leading_zeros()
    }
}

/// Returns the root that a leaf and its siblings, from the leaf upwards, lead to.
///
/// The bits of the generalized index, lowest first, say on which side each sibling stands.
pub fn branch_root<H: Hash>(
    leaf: &Bytes32,
    branch: impl Iterator<Item = Bytes32>,
    index: u64,
) -> Result<Bytes32, Malformed> {
    let (mut node, mut index) = (*leaf, index);
    for sibling in branch {
        let from_right = index & 1 == 1;
        node = if from_right {
            hash_pair::<H>(&sibling, &node)
        } else {
            hash_pair::<H>(&node, &sibling)
        };
        index >>= 1;
    }
    (index == 1).then(|| node).ok_or(Malformed)
}

/// Builds the root of chunks that come one by one.
pub struct Merkleizer<H> {
    full: [Bytes32; 32], // at each height the subtree that waits for its right sibling
    count: u32,
    hasher: PhantomData<H>,
}

impl<H: Hash> Merkleizer<H> {
    /// Starts with no chunk.
    #[allow(clippy::new_without_default)] // one way to make one is enough
    pub fn new() -> Self {
        Self { full: [[0; 32]; 32], count: 0, hasher: PhantomData }
    }

    /// Takes the next chunk.
    pub fn push(&mut self, chunk: &Bytes32) {
        let mut node = *chunk;
        let height = self.count.trailing_ones();
        for left in self.full.iter().take(height as usize) {
            node = hash_pair::<H>(left, &node);
        }
        *self.full.get_mut(height as usize).or_trap() = node;
        self.count += 1;
    }

    /// Takes bytes as chunks, the last one padded with zeros.
    pub fn push_bytes(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(32) {
            self.push(&pad(chunk));
        }
    }

    /// Returns the root of the tree of this height; traps when it has no room for the chunks.
    pub fn finish(&self, depth: u32) -> Bytes32 {
        let mut zeros = Zeros { height: 0, root: [0; 32] };
        let mut partial = None; // the root of what is left of the last chunks, padded
        for height in 0..depth {
            let left = self.full.get(height as usize);
            let has_left = self.count.checked_shr(height).unwrap_or(0) & 1 == 1;
            partial = match (left, partial) {
                (Some(left), Some(right)) if has_left => Some(hash_pair::<H>(left, &right)),
                (Some(left), None) if has_left => {
                    Some(hash_pair::<H>(left, zeros.reach::<H>(height)))
                }
                (_, Some(left)) => Some(hash_pair::<H>(&left, zeros.reach::<H>(height))),
                (_, None) => None,
            };
        }
        let above = self.count.checked_shr(depth).unwrap_or(0);
        match partial {
            Some(root) if above == 0 => root,
            None if above == 0 => *zeros.reach::<H>(depth),
            None if above == 1 => *self.full.get(depth as usize).or_trap(),
            _ => crate::trap(),
        }
    }
}

/// Roots of all-zero trees, computed as far up as somebody asks.
struct Zeros {
    height: u32,
    root: Bytes32,
}

impl Zeros {
    fn reach<H: Hash>(&mut self, height: u32) -> &Bytes32 {
        while self.height < height {
            self.root = hash_pair::<H>(&self.root, &self.root);
            self.height += 1;
        }
        &self.root
    }
}

impl<const LIMIT: u64> List<'_, Bytes32, LIMIT> {
    /// Returns the root that a leaf leads to, with this list as its branch.
    pub fn branch_root<H: Hash>(&self, leaf: &Bytes32, index: u64) -> Result<Bytes32, Malformed> {
        branch_root::<H>(leaf, self.iter(), index)
    }
}
