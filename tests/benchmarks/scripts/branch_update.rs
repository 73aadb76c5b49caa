//! A Merkle tree of 32-byte values as a script's state: every block replaces one value.
//!
//! Block data: the position, the old value, the new one, and its siblings from the leaf up.
//! Hashing is compiled in, its rounds unrolled, so that this is as large as such scripts are.
#![no_std]
#![no_main]

#[path = "../../../chain/eei/libraries/keccak.rs"]
#[allow(dead_code)]
mod keccak;

use core::mem::MaybeUninit;

const DEPTH: usize = 8;
type Value = [u64; 4];

#[repr(C)]
struct Update {
    position: u64,
    old: Value,
    new: Value,
    siblings: [Value; DEPTH],
}

#[link(wasm_import_module = "eth2")]
extern "C" {
    fn loadPreStateRoot(to: *mut Value);
    fn savePostStateRoot(from: *const Value);
    fn blockDataCopy(to: *mut Update, offset: u32, length: u32);
}

/// keccak256 of two values, one after the other.
fn join(left: &Value, right: &Value) -> Value {
    let mut block = [0; keccak::RATE_BYTES as usize / 8];
    block[..4].copy_from_slice(left);
    block[4..8].copy_from_slice(right);
    block[8] = 1; // the padding begins
    block[16] = 1 << 63; // and ends
    let mut state = [0; 25];
    keccak::absorb(&mut state, &block);
    [state[0], state[1], state[2], state[3]]
}

fn compute_root(update: &Update, value: &Value) -> Value {
    let mut node = *value;
    for (level, sibling) in update.siblings.iter().enumerate() {
        node = if update.position >> level & 1 == 0 {
            join(&node, sibling)
        } else {
            join(sibling, &node)
        };
    }
    node
}

#[no_mangle]
extern "C" fn main() {
    let mut root = Value::default();
    let mut update = MaybeUninit::<Update>::uninit();
    let update = unsafe {
        loadPreStateRoot(&mut root);
        blockDataCopy(update.as_mut_ptr(), 0, core::mem::size_of::<Update>() as u32);
        update.assume_init()
    };
    if compute_root(&update, &update.old) != root {
        core::arch::wasm32::unreachable()
    }
    unsafe { savePostStateRoot(&compute_root(&update, &update.new)) }
}

#[panic_handler]
fn trap(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
