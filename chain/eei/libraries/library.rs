//! The system libraries (PROTOCOL 5) as wasm, to be linked into scripts.
//!
//! Every export does what the host function does: the same judgement in the same order, the same
//! bytes. Pointers refer to the script's memory, which is reached through `script.rs` alone; this
//! module's own memory is one page of stack, constants and scratch. Names: a function whose size
//! or modulus the run decides ends in that, `int_add_48`, `f1m_mul_bls12_381`.
//!
//! All inputs are read before anything is written, so operands and results may overlap.
#![no_std]

mod bignum;
mod fields;
mod hash;
mod integers;
mod keccak;
mod merkle;
mod montgomery;
mod script;
mod sha256;
mod words;

#[panic_handler]
fn trap(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
