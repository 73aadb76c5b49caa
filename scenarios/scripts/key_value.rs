//! A map from 4-byte keys to 32-byte values of which only 32 bytes are on chain.
//!
//! The state is the root of a sparse Merkle tree: one leaf `keccak256(value)` for every key
//! there could be, in the order of the keys, and 32 levels of `keccak256(left || right)` above.
//! A key that was never written holds zeros. All zeros in place of a root is the empty tree.
//!
//! Block data is any number of writes, `Write` below. Each brings the value it replaces and
//! the siblings on the way down to it. That is all it takes to check the old root and to
//! compute the new one, so the chain stores no values: relayers do, and hand out witnesses.
//! A witness is for one root. The next write in a block needs one for the root that this write
//! leaves, and if another block lands first, all are stale. Anything wrong is a trap, so that
//! a block counts as a whole or not at all.
//!
//! It deliberately asks nobody's permission: whoever proposes a block writes any key. Nor does
//! it save bytes: siblings that are empty, or that several writes share, are sent each time.
#![no_std]
#![no_main]

use core::mem::{size_of, MaybeUninit};

type Node = [u8; 32];

const KEY_BITS: usize = 32;

#[repr(C)]
struct Write {
    key: [u8; KEY_BITS / 8], // the most significant bit is the first turn, 1 to the right
    new_value: Node,
    old_value: Node,
    branch: [Node; KEY_BITS], // siblings from the root downwards
}

#[link(wasm_import_module = "eth2")]
extern "C" {
    fn blockDataSize() -> u32;
    fn blockDataCopy(to: *mut Write, offset: u32, length: u32);
    fn loadPreStateRoot(root: *mut Node);
    fn savePostStateRoot(root: *const Node);
}

#[link(wasm_import_module = "hash")]
extern "C" {
    fn keccak256(data: *const Node, length: u32, digest: *mut Node);
}

/// Ends the execution unless the condition holds; `assert!` would carry its text along.
fn require(condition: bool) {
    if !condition {
        core::arch::wasm32::unreachable()
    }
}

#[inline(never)] // one copy instead of five
unsafe fn hash(data: &[Node]) -> Node {
    let mut digest = Node::default();
    keccak256(data.as_ptr(), data.len() as u32 * 32, &mut digest);
    digest
}

unsafe fn empty_root() -> Node {
    let mut node = hash(&[Node::default()]);
    for _ in 0..KEY_BITS {
        node = hash(&[node, node]);
    }
    node
}

/// The root of the tree that has a value at the key of a write, and its siblings around it.
unsafe fn root_with(value: Node, write: &Write) -> Node {
    let key = u32::from_be_bytes(write.key);
    let mut node = hash(&[value]);
    for (height, sibling) in write.branch.iter().rev().enumerate() {
        let from_right = key >> height & 1 == 1;
        let pair = if from_right { [*sibling, node] } else { [node, *sibling] };
        node = hash(&pair);
    }
    node
}

unsafe fn read_write(offset: u32) -> Write {
    let mut write = MaybeUninit::uninit();
    blockDataCopy(write.as_mut_ptr(), offset, size_of::<Write>() as u32);
    write.assume_init() // nothing but bytes, all of them copied
}

#[no_mangle]
unsafe extern "C" fn main() {
    let mut root = Node::default();
    loadPreStateRoot(&mut root);
    let size = blockDataSize();
    require(size % size_of::<Write>() as u32 == 0);
    if size > 0 && root == Node::default() {
        root = empty_root();
    }
    for offset in (0..size).step_by(size_of::<Write>()) {
        let write = read_write(offset);
        require(root_with(write.old_value, &write) == root);
        root = root_with(write.new_value, &write);
    }
    savePostStateRoot(&root);
}

#[panic_handler]
fn trap(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
