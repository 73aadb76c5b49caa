//! What a shardlab execution script is written with.
//!
//! A script is a pure function: 32 bytes of state and the data of a block in, 32 bytes of
//! state and some deposits out. Anything wrong is a trap, so that a block counts as a whole or
//! not at all.
//!
//! ```
//! #![no_std]
//! #![no_main]
//!
//! use shardlab_sdk::{eth2, hash, script};
//!
//! script!(run);
//!
//! fn run() {
//!     let state = hash::keccak256(eth2::block_data());
//!     eth2::save_post_state_root(&state);
//! }
//! ```
//!
//! What a script does not use takes no byte of it: everything here is generic, or small
//! functions that the linker drops.
#![no_std]
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

#[cfg(not(target_arch = "wasm32"))]
compile_error!("scripts are built for wasm32: cargo build --target wasm32-unknown-unknown");

pub mod alloc;
pub mod bignum;
pub mod bls;
pub mod containers;
pub mod debug;
pub mod eth2;
pub mod hash;
pub mod receipts;
pub mod smt;
pub mod ssz;
mod trap;
pub mod u256;

pub use trap::{require, trap, OrTrap};

/// A root, a digest, the state of a script.
pub type Bytes32 = [u8; 32];

/// What was given is not what it should be: bytes that encode no value, a proof that proves
/// nothing. A script has no use for the reason; `or_trap` turns it into a trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Makes a function without parameters the script's `main`.
#[macro_export]
macro_rules! script {
    ($entry:path) => {
        const _: () = {
            #[export_name = "main"]
            extern "C" fn entry() {
                $entry()
            }
        };
    };
}
