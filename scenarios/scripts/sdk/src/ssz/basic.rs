//! Numbers, truth values and byte arrays.

use super::{depth_of, Decode, Encode, HashTreeRoot, Kind, Merkleizer};
use crate::hash::Hash;
use crate::u256::U256;
use crate::{Bytes32, Malformed};

macro_rules! numbers {
    ($($kind:ty)*) => {$(
        impl Kind for $kind {
            const FIXED_BYTES: usize = core::mem::size_of::<$kind>();
            const IS_BASIC: bool = true;
        }

        impl Encode for $kind {
            fn size(&self) -> usize {
                Self::FIXED_BYTES
            }

            fn encode(&self, out: &mut [u8]) {
                out.copy_from_slice(&self.to_le_bytes());
            }
        }

        impl Decode<'_> for $kind {
            fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
                bytes.try_into().map(Self::from_le_bytes).map_err(|_| Malformed)
            }
        }

        impl HashTreeRoot for $kind {
            fn hash_tree_root<H: Hash>(&self) -> Bytes32 {
                pad(&self.to_le_bytes())
            }
        }
    )*};
}

numbers! { u8 u16 u32 u64 u128 U256 }

impl Kind for bool {
    const FIXED_BYTES: usize = 1;
    const IS_BASIC: bool = true;
}

impl Encode for bool {
    fn size(&self) -> usize {
        1
    }

    fn encode(&self, out: &mut [u8]) {
        u8::from(*self).encode(out);
    }
}

impl Decode<'_> for bool {
    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        match bytes {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(Malformed),
        }
    }
}

impl HashTreeRoot for bool {
    fn hash_tree_root<H: Hash>(&self) -> Bytes32 {
        pad(&[u8::from(*self)])
    }
}

impl<const N: usize> Kind for [u8; N] {
    const FIXED_BYTES: usize = N;
}

impl<const N: usize> Encode for [u8; N] {
    fn size(&self) -> usize {
        N
    }

    fn encode(&self, out: &mut [u8]) {
        out.copy_from_slice(self);
    }
}

impl<const N: usize> Decode<'_> for [u8; N] {
    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        bytes.try_into().map_err(|_| Malformed)
    }
}

impl<const N: usize> HashTreeRoot for [u8; N] {
    fn hash_tree_root<H: Hash>(&self) -> Bytes32 {
        let mut tree = Merkleizer::<H>::new();
        tree.push_bytes(self);
        tree.finish(depth_of((N as u64 + 31) / 32))
    }
}

// A reference to a byte array is encoded like the array, and decoding it copies nothing.

impl<const N: usize> Kind for &[u8; N] {
    const FIXED_BYTES: usize = N;
}

impl<const N: usize> Encode for &[u8; N] {
    fn size(&self) -> usize {
        N
    }

    fn encode(&self, out: &mut [u8]) {
        (**self).encode(out);
    }
}

impl<'a, const N: usize> Decode<'a> for &'a [u8; N] {
    fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        bytes.try_into().map_err(|_| Malformed)
    }
}

impl<const N: usize> HashTreeRoot for &[u8; N] {
    fn hash_tree_root<H: Hash>(&self) -> Bytes32 {
        (**self).hash_tree_root::<H>()
    }
}

/// Returns a chunk that begins with these bytes, at most 32.
pub(super) fn pad(bytes: &[u8]) -> Bytes32 {
    let mut chunk = [0; 32];
    for (place, byte) in chunk.iter_mut().zip(bytes) {
        *place = *byte;
    }
    chunk
}
