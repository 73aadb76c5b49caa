//! SSZ: values to bytes and back, and their roots.
//!
//! Decoding copies nothing but numbers and short byte arrays: lists and byte strings refer to
//! the bytes they came from. It accepts exactly the bytes that encoding produces, because two
//! encodings of one value would be two names for it.
//!
//! A container is declared once, and then knows everything:
//!
//! ```
//! shardlab_sdk::container! {
//!     /// One transfer.
//!     pub struct Transfer<'a> {
//!         pub amount: u64,
//!         pub memo: Bytes<'a, 256>,
//!     }
//! }
//! ```

mod basic;
mod bytes;
mod container;
mod list;
mod tree;

use crate::hash::Hash;
use crate::{alloc, Bytes32, Malformed};
pub use bytes::{Bitlist, Bytes};
pub use container::{compute_fixed_bytes, compute_size, Container, Layout, Parts};
pub use list::{Iter, List, Vector};
pub use tree::{branch_root, depth_of, hash_pair, merkleize, mix_in_length, Merkleizer};

/// What all values of a type have in common.
pub trait Kind {
    /// Size of the encoding in bytes; zero if it varies.
    const FIXED_BYTES: usize;

    /// Whether several elements of a list share a chunk: numbers do.
    const IS_BASIC: bool = false;
}

/// A value that has an encoding.
pub trait Encode: Kind {
    /// Returns the size of the encoding in bytes.
    fn size(&self) -> usize;

    /// Writes the encoding; traps unless the buffer has exactly its size.
    fn encode(&self, out: &mut [u8]);
}

/// A value that can be read from its encoding.
pub trait Decode<'a>: Kind + Sized {
    /// Reads a value from exactly its encoding.
    fn decode(bytes: &'a [u8]) -> Result<Self, Malformed>;
}

/// A value that has a root.
pub trait HashTreeRoot: Kind {
    /// Returns the root of the value's Merkle tree.
    fn hash_tree_root<H: Hash>(&self) -> Bytes32;
}

/// Returns the encoding of a value, in memory of its own.
pub fn encode<T: Encode>(value: &T) -> &'static [u8] {
    let bytes = alloc::zeroed(value.size());
    value.encode(bytes);
    bytes
}

/// Reads a number of 32 bits, as offsets are.
fn read_offset(bytes: &[u8], at: usize) -> Result<usize, Malformed> {
    let end = at.checked_add(4).ok_or(Malformed)?;
    let found = bytes.get(at..end).ok_or(Malformed)?;
    let offset = found.try_into().map_err(|_| Malformed)?;
    Ok(u32::from_le_bytes(offset) as usize)
}
