//! Exponentiation in a field whose multiplication is a library's: `bignum.f1m_mul`.
#![no_std]
#![no_main]

mod power;

use power::Element;

#[link(wasm_import_module = "env")]
extern "C" {
    fn bignum_f1m_mul(a: *const Element, b: *const Element, out: *mut Element);
}

#[no_mangle]
extern "C" fn main() {
    power::run(|a, b, out| unsafe { bignum_f1m_mul(a, b, out) });
}
