//! Lists and vectors, either of values in memory or still encoded.

use super::{
    compute_size, depth_of, mix_in_length, read_offset, Decode, Encode, HashTreeRoot, Kind, Layout,
    Merkleizer,
};
use crate::hash::Hash;
use crate::{require, Bytes32, Malformed, OrTrap};

/// At most `LIMIT` elements.
#[derive(Clone, Copy, Debug)]
pub struct List<'a, T, const LIMIT: u64>(Items<'a, T>);

/// Exactly `LENGTH` elements.
#[derive(Clone, Copy, Debug)]
pub struct Vector<'a, T, const LENGTH: u64>(Items<'a, T>);

#[derive(Clone, Copy, Debug)]
enum Items<'a, T> {
    Encoded(&'a [u8]), // checked: every element can be decoded
    Values(&'a [T]),
}

/// Goes through the elements of a list or vector.
pub struct Iter<'a, T> {
    items: Items<'a, T>,
    at: usize,
}

impl<'a, T: Decode<'a> + Copy> Iterator for Iter<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let item = self.items.get(self.at)?;
        self.at += 1;
        Some(item)
    }
}

impl<'a, T: Kind + 'a> Items<'a, T> {
    fn len(&self) -> usize {
        match *self {
            Self::Values(values) => values.len(),
            Self::Encoded(bytes) if T::FIXED_BYTES > 0 => bytes.len() / T::FIXED_BYTES,
            // Where the first element begins, the table of offsets ends.
            Self::Encoded(bytes) => read_offset(bytes, 0).map_or(0, |table| table / 4),
        }
    }

    /// Returns the encoding of one element, if there are that many and it is inside.
    fn cut(bytes: &'a [u8], at: usize) -> Option<&'a [u8]> {
        if T::FIXED_BYTES > 0 {
            let start = at.checked_mul(T::FIXED_BYTES)?;
            return bytes.get(start..start.checked_add(T::FIXED_BYTES)?);
        }
        let count = Self::Encoded(bytes).len();
        if at >= count {
            return None;
        }
        let start = read_offset(bytes, at * 4).ok()?;
        let end = if at + 1 < count { read_offset(bytes, at * 4 + 4).ok()? } else { bytes.len() };
        bytes.get(start..end)
    }
}

impl<'a, T: Decode<'a>> Items<'a, T> {
    fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let items = Self::Encoded(bytes);
        let is_whole = if T::FIXED_BYTES > 0 {
            bytes.len() % T::FIXED_BYTES == 0
        } else if bytes.is_empty() {
            true
        } else {
            let table = read_offset(bytes, 0)?;
            table > 0 && table % 4 == 0 && table <= bytes.len()
        };
        if !is_whole {
            return Err(Malformed);
        }
        for at in 0..items.len() {
            T::decode(Self::cut(bytes, at).ok_or(Malformed)?)?;
        }
        Ok(items)
    }
}

impl<'a, T: Decode<'a> + Copy> Items<'a, T> {
    fn get(&self, at: usize) -> Option<T> {
        match *self {
            Self::Values(values) => values.get(at).copied(),
            Self::Encoded(bytes) => {
                Self::cut(bytes, at).map(|element| T::decode(element).or_trap())
            }
        }
    }
}

impl<T: Encode> Items<'_, T> {
    fn size(&self) -> usize {
        match *self {
            Self::Encoded(bytes) => bytes.len(),
            Self::Values(values) => values.iter().map(compute_size).sum(),
        }
    }

    fn encode(&self, out: &mut [u8]) {
        match *self {
            Self::Encoded(bytes) => out.copy_from_slice(bytes),
            Self::Values(values) => {
                require(out.len() == self.size());
                let mut layout = Layout::of_elements::<T>(out, values.len());
                for value in values {
                    layout.encode(value);
                }
            }
        }
    }
}

impl<'a, T: Decode<'a> + Encode + HashTreeRoot + Copy> Items<'a, T> {
    /// Returns the root of the elements in a tree with room for `limit` of them.
    fn root<H: Hash>(&self, limit: u64) -> Bytes32 {
        let mut tree = Merkleizer::<H>::new();
        if !T::IS_BASIC {
            for at in 0..self.len() {
                tree.push(&self.get(at).or_trap().hash_tree_root::<H>());
            }
            return tree.finish(depth_of(limit));
        }
        let per_chunk = 32 / T::FIXED_BYTES;
        for first in (0..self.len()).step_by(per_chunk) {
            let mut chunk = [0; 32];
            for (at, place) in chunk.chunks_exact_mut(T::FIXED_BYTES).enumerate() {
                if let Some(element) = self.get(first + at) {
                    element.encode(place);
                }
            }
            tree.push(&chunk);
        }
        // Rounded up without the sum that could overflow.
        let per_chunk = per_chunk as u64;
        tree.finish(depth_of(limit / per_chunk + u64::from(limit % per_chunk > 0)))
    }
}

macro_rules! sequence {
    ($name:ident, $size:ident, $compare:tt, $fixed:expr) => {
        impl<'a, T: Kind, const $size: u64> $name<'a, T, $size> {
            /// Takes values; traps if there may not be as many.
            pub fn new(values: &'a [T]) -> Self {
                require(values.len() as u64 $compare $size);
                Self(Items::Values(values))
            }

            /// Returns the number of elements.
            pub fn len(&self) -> usize {
                self.0.len()
            }

            /// Tells whether there is no element.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }
        }

        impl<'a, T: Decode<'a> + Copy, const $size: u64> $name<'a, T, $size> {
            /// Returns one element, if there are that many.
            pub fn get(&self, at: usize) -> Option<T> {
                self.0.get(at)
            }

            /// Goes through the elements.
            pub fn iter(&self) -> Iter<'a, T> {
                Iter { items: self.0, at: 0 }
            }
        }

        impl<T: Kind, const $size: u64> Kind for $name<'_, T, $size> {
            const FIXED_BYTES: usize = $fixed;
        }

        impl<T: Encode, const $size: u64> Encode for $name<'_, T, $size> {
            fn size(&self) -> usize {
                self.0.size()
            }

            fn encode(&self, out: &mut [u8]) {
                self.0.encode(out);
            }
        }

        impl<'a, T: Decode<'a>, const $size: u64> Decode<'a> for $name<'a, T, $size> {
            fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
                let items = Items::decode(bytes)?;
                if !(items.len() as u64 $compare $size) {
                    return Err(Malformed);
                }
                Ok(Self(items))
            }
        }
    };
}

sequence! { List, LIMIT, <=, 0 }
sequence! { Vector, LENGTH, ==, T::FIXED_BYTES * LENGTH as usize }

impl<'a, T, const LIMIT: u64> HashTreeRoot for List<'a, T, LIMIT>
where
    T: Decode<'a> + Encode + HashTreeRoot + Copy,
{
    fn hash_tree_root<H: Hash>(&self) -> Bytes32 {
        mix_in_length::<H>(&self.0.root::<H>(LIMIT), self.len())
    }
}

impl<'a, T, const LENGTH: u64> HashTreeRoot for Vector<'a, T, LENGTH>
where
    T: Decode<'a> + Encode + HashTreeRoot + Copy,
{
    fn hash_tree_root<H: Hash>(&self) -> Bytes32 {
        self.0.root::<H>(LENGTH)
    }
}
