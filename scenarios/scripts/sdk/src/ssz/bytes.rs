//! Byte strings and bit strings.

use super::{basic::pad, depth_of, mix_in_length, Decode, Encode, HashTreeRoot, Kind, Merkleizer};
use crate::hash::Hash;
use crate::{require, Bytes32, Malformed};
use core::ops::Deref;

/// A byte string of at most `LIMIT` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes<'a, const LIMIT: u64>(&'a [u8]);

impl<'a, const LIMIT: u64> Bytes<'a, LIMIT> {
    /// Takes a byte string; traps if it exceeds the limit.
    pub fn new(bytes: &'a [u8]) -> Self {
        require(bytes.len() as u64 <= LIMIT);
        Self(bytes)
    }

    /// Returns the bytes, which outlive this value.
    pub fn as_slice(&self) -> &'a [u8] {
        self.0
    }
}

impl<const LIMIT: u64> Deref for Bytes<'_, LIMIT> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0
    }
}

impl<const LIMIT: u64> Kind for Bytes<'_, LIMIT> {
    const FIXED_BYTES: usize = 0;
}

impl<const LIMIT: u64> Encode for Bytes<'_, LIMIT> {
    fn size(&self) -> usize {
        self.len()
    }

    fn encode(&self, out: &mut [u8]) {
        out.copy_from_slice(self);
    }
}

impl<'a, const LIMIT: u64> Decode<'a> for Bytes<'a, LIMIT> {
    fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        if bytes.len() as u64 > LIMIT {
            return Err(Malformed);
        }
        Ok(Self(bytes))
    }
}

impl<const LIMIT: u64> HashTreeRoot for Bytes<'_, LIMIT> {
    fn hash_tree_root<H: Hash>(&self) -> Bytes32 {
        let mut tree = Merkleizer::<H>::new();
        tree.push_bytes(self);
        let root = tree.finish(depth_of((LIMIT + 31) / 32));
        mix_in_length::<H>(&root, self.len())
    }
}

/// A bit string of at most `LIMIT` bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bitlist<'a, const LIMIT: u64>(&'a [u8]); // encoded: one more bit marks the end

impl<const LIMIT: u64> Bitlist<'_, LIMIT> {
    /// Returns the number of bits.
    pub fn len(&self) -> usize {
        self.0.last().map_or(0, |last| self.0.len() * 8 - 1 - last.leading_zeros() as usize)
    }

    /// Tells whether there is no bit.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns one bit, if there are that many.
    pub fn get(&self, at: usize) -> Option<bool> {
        let byte = self.0.get(at / 8)?;
        (at < self.len()).then(|| byte >> (at % 8) & 1 == 1)
    }
}

impl<const LIMIT: u64> Kind for Bitlist<'_, LIMIT> {
    const FIXED_BYTES: usize = 0;
}

impl<const LIMIT: u64> Encode for Bitlist<'_, LIMIT> {
    fn size(&self) -> usize {
        self.0.len()
    }

    fn encode(&self, out: &mut [u8]) {
        out.copy_from_slice(self.0);
    }
}

impl<'a, const LIMIT: u64> Decode<'a> for Bitlist<'a, LIMIT> {
    fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let bits = Self(bytes);
        let is_marked = bytes.last().map_or(false, |last| *last != 0);
        if !is_marked || bits.len() as u64 > LIMIT {
            return Err(Malformed);
        }
        Ok(bits)
    }
}

impl<const LIMIT: u64> HashTreeRoot for Bitlist<'_, LIMIT> {
    fn hash_tree_root<H: Hash>(&self) -> Bytes32 {
        let length = self.len();
        let mut tree = Merkleizer::<H>::new();
        for (at, bytes) in self.0.chunks(32).enumerate() {
            let bits_left = length - (at * 256).min(length);
            if bits_left == 0 {
                break; // nothing but the mark
            }
            let mut chunk = pad(bytes);
            if bits_left < 256 {
                chunk[bits_left / 8] ^= 1 << (bits_left % 8); // the mark
            }
            tree.push(&chunk);
        }
        let root = tree.finish(depth_of((LIMIT + 255) / 256));
        mix_in_length::<H>(&root, length)
    }
}
