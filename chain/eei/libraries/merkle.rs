//! `ssz`: Merkle roots over chunks of 32 bytes.

use crate::script::{fail, for_each, require, write, Fault};
use crate::sha256::{hash_pair, turn_bytes, Digest};

const CHUNK_BYTES: u64 = 32;
/// SSZ lengths are 64-bit.
const MAX_LIMIT_LOG2: usize = 64;

/// Roots of trees of zero chunks, by their height.
static ZERO_HASHES: [Digest; MAX_LIMIT_LOG2 + 1] = compute_zero_hashes();

const fn compute_zero_hashes() -> [Digest; MAX_LIMIT_LOG2 + 1] {
    let mut hashes = [[0; 8]; MAX_LIMIT_LOG2 + 1];
    let mut height = 0;
    while height < MAX_LIMIT_LOG2 {
        hashes[height + 1] = hash_pair(&hashes[height], &hashes[height]);
        height += 1;
    }
    hashes
}

/// Complete trees that wait for a neighbour on their right: one at each set bit of the count.
struct Forest {
    roots: [Digest; 32],
    count: u32,
}

impl Forest {
    fn add(&mut self, chunk: &Digest) {
        let mut node = *chunk;
        let height = self.count.trailing_ones() as usize;
        for left in &self.roots[..height & 31] {
            node = hash_pair(left, &node);
        }
        self.roots[height & 31] = node;
        self.count += 1;
    }

    /// Returns the root of a tree of a given height, whose other chunks are zero.
    fn close(&self, limit_log2: usize) -> Digest {
        if self.count == 0 {
            return ZERO_HASHES[limit_log2];
        }
        let lowest = self.count.trailing_zeros() as usize;
        let mut node = self.roots[lowest & 31];
        for height in lowest..limit_log2 {
            let is_right = height > lowest && height < 32 && self.count >> height & 1 == 1;
            node = if is_right {
                hash_pair(&self.roots[height], &node)
            } else {
                hash_pair(&node, &ZERO_HASHES[height])
            };
        }
        node
    }
}

#[no_mangle]
extern "C" fn merkleize(chunks: u32, count: u32, limit_log2: u32, out: u32) {
    let limit_log2 = limit_log2 as usize;
    if limit_log2 > MAX_LIMIT_LOG2 || limit_log2 < 32 && count > 1 << limit_log2 {
        fail(Fault::MerkleizeLimit);
    }
    require([(chunks, u64::from(count) * CHUNK_BYTES), (out, CHUNK_BYTES)]);
    let mut forest = Forest { roots: [[0; 8]; 32], count: 0 };
    for_each(chunks, count, |chunk| forest.add(&turn_bytes(chunk)));
    write(out, &turn_bytes(&forest.close(limit_log2)));
}
