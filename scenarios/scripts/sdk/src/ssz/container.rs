//! Containers: fields one after the other, those of varying size behind the others.

use super::{read_offset, Decode, Encode};
use crate::hash::Hash;
use crate::{Bytes32, Malformed, OrTrap};

const OFFSET_BYTES: usize = 4;

/// What a container can do beyond encoding and hashing.
pub trait Container {
    /// Number of fields.
    const FIELDS: usize;

    /// Returns the root of a container that had only the first fields.
    fn root_of_first<H: Hash>(&self, fields: usize) -> Bytes32;

    /// Returns what a signature signs when it is the last field: the root without it.
    fn signing_root<H: Hash>(&self) -> Bytes32 {
        self.root_of_first::<H>(Self::FIELDS - 1)
    }
}

/// Returns the size of a container, given those of its fields; zero if one of them varies.
pub const fn compute_fixed_bytes(fields: &[usize]) -> usize {
    let (mut total, mut at) = (0, 0);
    while at < fields.len() {
        if fields[at] == 0 {
            return 0;
        }
        total += fields[at];
        at += 1;
    }
    total
}

/// Returns how many bytes stand in front: fields of fixed size, and offsets of the others.
const fn compute_front_bytes(fields: &[usize]) -> usize {
    let (mut total, mut at) = (0, 0);
    while at < fields.len() {
        total += if fields[at] == 0 { OFFSET_BYTES } else { fields[at] };
        at += 1;
    }
    total
}

/// Returns how many bytes a field takes, its offset included.
pub fn compute_size<T: Encode>(field: &T) -> usize {
    field.size() + if T::FIXED_BYTES == 0 { OFFSET_BYTES } else { 0 }
}

/// Cuts the encoding of a container into those of its fields.
pub struct Parts<'a> {
    bytes: &'a [u8],
    at: usize,
    fields: &'static [usize],
}

impl<'a> Parts<'a> {
    /// Takes an encoding, and the fixed sizes of the fields.
    pub fn new(bytes: &'a [u8], fields: &'static [usize]) -> Result<Self, Malformed> {
        let parts = Self { bytes, at: 0, fields };
        // What varies begins where the front ends; if nothing does, everything ends there.
        if parts.find_end(0, fields)? != compute_front_bytes(fields) {
            return Err(Malformed);
        }
        Ok(parts)
    }

    /// Reads the next field.
    pub fn decode<T: Decode<'a>>(&mut self) -> Result<T, Malformed> {
        T::decode(self.take()?)
    }

    fn take(&mut self) -> Result<&'a [u8], Malformed> {
        let (&size, rest) = self.fields.split_first().ok_or(Malformed)?;
        self.fields = rest;
        let field = self.at;
        if size > 0 {
            self.at += size;
            return self.bytes.get(field..self.at).ok_or(Malformed);
        }
        self.at += OFFSET_BYTES;
        let start = read_offset(self.bytes, field)?;
        let end = self.find_end(self.at, rest)?;
        self.bytes.get(start..end).ok_or(Malformed)
    }

    /// Returns where the next field of varying size begins, or the end.
    fn find_end(&self, at: usize, fields: &[usize]) -> Result<usize, Malformed> {
        match fields.iter().position(|size| *size == 0) {
            Some(next) => {
                let before = fields.get(..next).map_or(0, compute_front_bytes);
                read_offset(self.bytes, at + before)
            }
            None => Ok(self.bytes.len()),
        }
    }
}

/// Lays the encodings of fields out.
pub struct Layout<'a> {
    out: &'a mut [u8],
    front: usize,
    back: usize,
}

impl<'a> Layout<'a> {
    /// Takes a buffer of the container's size, and the fixed sizes of the fields.
    pub fn new(out: &'a mut [u8], fields: &[usize]) -> Self {
        Self { out, front: 0, back: compute_front_bytes(fields) }
    }

    /// Takes a buffer for the elements of a list.
    pub(super) fn of_elements<T: Encode>(out: &'a mut [u8], count: usize) -> Self {
        let each = if T::FIXED_BYTES == 0 { OFFSET_BYTES } else { T::FIXED_BYTES };
        Self { out, front: 0, back: each * count }
    }

    /// Writes the next field.
    pub fn encode<T: Encode>(&mut self, field: &T) {
        let size = field.size();
        if T::FIXED_BYTES == 0 {
            (self.back as u32).encode(self.slice(self.front, OFFSET_BYTES));
            field.encode(self.slice(self.back, size));
            self.front += OFFSET_BYTES;
            self.back += size;
        } else {
            field.encode(self.slice(self.front, size));
            self.front += size;
        }
    }

    fn slice(&mut self, start: usize, size: usize) -> &mut [u8] {
        self.out.get_mut(start..).and_then(|rest| rest.get_mut(..size)).or_trap()
    }
}

/// Declares a container: a struct whose fields are values of SSZ types, in order.
///
/// The lifetime is for containers with lists or byte strings.
#[macro_export]
macro_rules! container {
    (@implement [$($generics:tt)*] $lifetime:lifetime $kind:ty, $($field:ident: $part:ty),*) => {
        impl $($generics)* $kind {
            const PARTS: &'static [usize] =
                &[$(<$part as $crate::ssz::Kind>::FIXED_BYTES),*];

            /// Size of the encoding in bytes; zero if it varies.
            pub const SIZE: usize = $crate::ssz::compute_fixed_bytes(Self::PARTS);
        }

        impl $($generics)* $crate::ssz::Kind for $kind {
            const FIXED_BYTES: usize = Self::SIZE;
        }

        impl $($generics)* $crate::ssz::Encode for $kind {
            fn size(&self) -> usize {
                0 $(+ $crate::ssz::compute_size(&self.$field))*
            }

            fn encode(&self, out: &mut [u8]) {
                $crate::require(out.len() == $crate::ssz::Encode::size(self));
                let mut layout = $crate::ssz::Layout::new(out, Self::PARTS);
                $(layout.encode(&self.$field);)*
            }
        }

        impl<$lifetime> $crate::ssz::Decode<$lifetime> for $kind {
            fn decode(bytes: &$lifetime [u8]) -> Result<Self, $crate::Malformed> {
                let mut parts = $crate::ssz::Parts::new(bytes, Self::PARTS)?;
                $(let $field = parts.decode()?;)*
                Ok(Self { $($field),* })
            }
        }

        impl $($generics)* $crate::ssz::Container for $kind {
            const FIELDS: usize = [$(stringify!($field)),*].len();

            fn root_of_first<H: $crate::hash::Hash>(&self, fields: usize) -> $crate::Bytes32 {
                let mut tree = $crate::ssz::Merkleizer::<H>::new();
                let mut left = fields;
                $(if left > 0 {
                    left -= 1;
                    tree.push(&$crate::ssz::HashTreeRoot::hash_tree_root::<H>(&self.$field));
                })*
                let _ = left;
                tree.finish($crate::ssz::depth_of(fields as u64))
            }
        }

        impl $($generics)* $crate::ssz::HashTreeRoot for $kind {
            fn hash_tree_root<H: $crate::hash::Hash>(&self) -> $crate::Bytes32 {
                let fields = <Self as $crate::ssz::Container>::FIELDS;
                $crate::ssz::Container::root_of_first::<H>(self, fields)
            }
        }
    };
    ($(
        $(#[$about:meta])*
        pub struct $name:ident {
            $($(#[$field_about:meta])* pub $field:ident: $part:ty),* $(,)?
        }
    )*) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            $($(#[$field_about])* pub $field: $part),*
        }

        $crate::container! { @implement [] 'a $name, $($field: $part),* }
    )*};
    ($(
        $(#[$about:meta])*
        pub struct $name:ident<$lifetime:lifetime> {
            $($(#[$field_about:meta])* pub $field:ident: $part:ty),* $(,)?
        }
    )*) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<$lifetime> {
            $($(#[$field_about])* pub $field: $part),*
        }

        $crate::container! {
            @implement [<$lifetime>] $lifetime $name<$lifetime>, $($field: $part),*
        }
    )*};
}
