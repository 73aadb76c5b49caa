//! Decodes a value of every kind of SSZ, builds it again from values, and saves its root.
//!
//! Block data: the encoding of `Kinds`. What `expose_modified_state` hands out: the encoding of
//! the value that was built.
#![no_std]
#![no_main]

use shardlab_sdk::hash::Wasm;
use shardlab_sdk::ssz::{self, Bitlist, Bytes, Decode, HashTreeRoot, List, Vector};
use shardlab_sdk::u256::U256;
use shardlab_sdk::{alloc, container, eth2, require, script, OrTrap};

script!(run);

container! {
    /// Varies in size because of one field.
    pub struct Pair<'a> {
        pub left: Bytes<'a, 8>,
        pub right: u8,
    }

    /// Something of everything.
    pub struct Kinds<'a> {
        pub truth: bool,
        pub tiny: u8,
        pub small: u16,
        pub texts: Vector<'a, Bytes<'a, 70>, 2>,
        pub medium: u32,
        pub large: u64,
        pub numbers: List<'a, u16, 50>,
        pub huge: u128,
        pub word: U256,
        pub truths: List<'a, bool, 40>,
        pub odd: &'a [u8; 5],
        pub words: Vector<'a, U256, 3>,
        pub pairs: List<'a, Pair<'a>, 4>,
        pub bits: Bitlist<'a, 300>,
    }
}

fn run() {
    let kinds = Kinds::decode(eth2::block_data()).or_trap();
    let texts = kinds.texts.iter().map(|text| Bytes::new(text.as_slice()));
    let built = Kinds {
        texts: Vector::new(collect(2, texts)),
        numbers: List::new(collect(kinds.numbers.len(), kinds.numbers.iter())),
        truths: List::new(collect(kinds.truths.len(), kinds.truths.iter())),
        words: Vector::new(collect(3, kinds.words.iter())),
        pairs: List::new(collect(kinds.pairs.len(), kinds.pairs.iter())),
        ..kinds
    };
    let root = built.hash_tree_root::<Wasm>();
    require(root == kinds.hash_tree_root::<Wasm>());
    require(kinds.numbers.get(kinds.numbers.len()).is_none());
    require(kinds.bits.get(kinds.bits.len()).is_none());
    require(kinds.bits.is_empty() == kinds.bits.get(0).is_none());
    eth2::expose_modified_state(ssz::encode(&built));
    eth2::save_post_state_root(&root);
}

fn collect<T>(count: usize, mut values: impl Iterator<Item = T>) -> &'static [T] {
    let collected = alloc::collect(count, |_| values.next().or_trap());
    require(values.next().is_none());
    collected
}
