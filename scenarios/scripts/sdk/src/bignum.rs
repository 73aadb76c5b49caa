//! Large numbers, as the host computes them. `u256` computes in wasm instead.
//!
//! 256-bit numbers are big-endian. Elements of the run's field are little-endian.

use crate::Bytes32;

/// An element of the run's field, or a number as wide.
///
/// Fields of 256 bits use the first 32 bytes and leave the others zero.
pub type Element = [u8; 48];

/// Declares host functions and their wrappers: inputs, then what the host writes.
macro_rules! arithmetic {
    ($($(#[$doc:meta])* fn $name:ident = $host:ident($($input:ident),*) -> $kind:ty;)*) => {
        mod host {
            use super::*;
            #[link(wasm_import_module = "bignum")]
            extern "C" {
                $(pub fn $host($($input: *const $kind,)* out: *mut $kind);)*
            }
        }
        $(
            $(#[$doc])*
            pub fn $name($($input: &$kind),*) -> $kind {
                let mut out = [0; core::mem::size_of::<$kind>()];
                // SAFETY: the host reads and writes at most as many bytes as the type has.
                unsafe { host::$host($($input,)* &mut out) };
                out
            }
        )*
    };
}

arithmetic! {
    /// `a + b`; traps past 256 bits.
    fn add256 = add256(a, b) -> Bytes32;
    /// `a - b`; traps below zero.
    fn sub256 = sub256(a, b) -> Bytes32;
    /// `a * b` modulo 2**256.
    fn mul256 = mul256(a, b) -> Bytes32;
    /// `a / b`; traps if `b` is zero.
    fn div256 = div256(a, b) -> Bytes32;
    /// `a * b % m`, the product not truncated; traps if `m` is zero.
    fn mul_mod = mulMod(a, b, m) -> Bytes32;
    /// `a * b` in the base field, all in Montgomery form.
    fn f1m_mul = f1m_mul(a, b) -> Element;
    /// `a + b` in the base field.
    fn f1m_add = f1m_add(a, b) -> Element;
    /// `a - b` in the base field.
    fn f1m_sub = f1m_sub(a, b) -> Element;
    /// `a * a` in the base field, both in Montgomery form.
    fn f1m_square = f1m_square(a) -> Element;
    /// Brings an element of the base field into Montgomery form.
    fn f1m_to_montgomery = f1m_toMontgomery(a) -> Element;
    /// Brings an element of the base field out of Montgomery form.
    fn f1m_from_montgomery = f1m_fromMontgomery(a) -> Element;
    /// `a * b` in the scalar field, all in Montgomery form.
    fn frm_mul = frm_mul(a, b) -> Element;
    /// `a + b` in the scalar field.
    fn frm_add = frm_add(a, b) -> Element;
    /// `a - b` in the scalar field.
    fn frm_sub = frm_sub(a, b) -> Element;
    /// `a * a` in the scalar field, both in Montgomery form.
    fn frm_square = frm_square(a) -> Element;
    /// Brings an element of the scalar field into Montgomery form.
    fn frm_to_montgomery = frm_toMontgomery(a) -> Element;
    /// Brings an element of the scalar field out of Montgomery form.
    fn frm_from_montgomery = frm_fromMontgomery(a) -> Element;
    /// Low half of `a * b`.
    fn int_mul = int_mul(a, b) -> Element;
}

mod integers {
    use super::Element;
    #[link(wasm_import_module = "bignum")]
    extern "C" {
        pub fn int_add(a: *const Element, b: *const Element, out: *mut Element) -> u32;
        pub fn int_sub(a: *const Element, b: *const Element, out: *mut Element) -> u32;
        pub fn int_div(
            a: *const Element,
            b: *const Element,
            quotient: *mut Element,
            remainder: *mut Element,
        );
    }
}

/// `a + b`, and whether there was a carry.
pub fn int_add(a: &Element, b: &Element) -> (Element, bool) {
    let mut out = [0; 48];
    // SAFETY: the host reads and writes at most 48 bytes each.
    let carry = unsafe { integers::int_add(a, b, &mut out) };
    (out, carry == 1)
}

/// `a - b`, and whether there was a borrow.
pub fn int_sub(a: &Element, b: &Element) -> (Element, bool) {
    let mut out = [0; 48];
    // SAFETY: the host reads and writes at most 48 bytes each.
    let borrow = unsafe { integers::int_sub(a, b, &mut out) };
    (out, borrow == 1)
}

/// Quotient and remainder; traps if `b` is zero.
pub fn int_div(a: &Element, b: &Element) -> (Element, Element) {
    let (mut quotient, mut remainder) = ([0; 48], [0; 48]);
    // SAFETY: the host reads and writes at most 48 bytes each.
    unsafe { integers::int_div(a, b, &mut quotient, &mut remainder) };
    (quotient, remainder)
}
