//! `bignum.f1m_*` and `bignum.frm_*`: the base and scalar fields of three curves.

use crate::montgomery::{difference, multiply, one, radix_squared, sum, Field, Modulus};
use crate::script::{read, require, write};
use crate::words::Words;

macro_rules! field {
    ($name:ident, $prefix:literal, $curve:literal, $words:literal, $limbs:literal, $prime:literal) => {
        mod $name {
            use super::*;

            const BYTES: u64 = 4 * $words;

            type Element = Words<$words>;

            struct Prime;

            impl Field<$words, $limbs> for Prime {
                const MODULUS: Modulus<$words, $limbs> = Modulus::new($prime);
            }

            #[inline(always)]
            fn from_two(a: u32, b: u32, out: u32, operation: fn(&Element, &Element) -> Element) {
                require([(a, BYTES), (b, BYTES), (out, BYTES)]);
                write(out, &operation(&read(a), &read(b)));
            }

            #[inline(always)]
            fn from_one(a: u32, out: u32, operation: fn(&Element) -> Element) {
                require([(a, BYTES), (out, BYTES)]);
                write(out, &operation(&read(a)));
            }

            /// What multiplies is large: all of a field's functions share it.
            #[inline(never)]
            fn product(a: &Element, b: &Element) -> Element {
                multiply::<Prime, $words, $limbs>(a, b)
            }

            #[export_name = concat!($prefix, "_mul_", $curve)]
            extern "C" fn mul(a: u32, b: u32, out: u32) {
                from_two(a, b, out, product);
            }

            #[export_name = concat!($prefix, "_add_", $curve)]
            extern "C" fn add(a: u32, b: u32, out: u32) {
                from_two(a, b, out, sum::<Prime, $words, $limbs>);
            }

            #[export_name = concat!($prefix, "_sub_", $curve)]
            extern "C" fn sub(a: u32, b: u32, out: u32) {
                from_two(a, b, out, difference::<Prime, $words, $limbs>);
            }

            #[export_name = concat!($prefix, "_square_", $curve)]
            extern "C" fn square(a: u32, out: u32) {
                from_one(a, out, |a| product(a, a));
            }

            #[export_name = concat!($prefix, "_toMontgomery_", $curve)]
            extern "C" fn enter(a: u32, out: u32) {
                from_one(a, out, |a| product(a, &radix_squared::<Prime, $words, $limbs>()));
            }

            #[export_name = concat!($prefix, "_fromMontgomery_", $curve)]
            extern "C" fn leave(a: u32, out: u32) {
                from_one(a, out, |a| product(a, &one()));
            }
        }
    };
}

field! {
    base_of_bls12_381, "f1m", "bls12_381", 12, 13,
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab"
}
field! {
    scalars_of_bls12_381, "frm", "bls12_381", 8, 9,
    "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001"
}
field! {
    base_of_bn128, "f1m", "bn128", 8, 9,
    "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47"
}
field! {
    scalars_of_bn128, "frm", "bn128", 8, 9,
    "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001"
}
field! {
    base_of_secp256k1, "f1m", "secp256k1", 8, 9,
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"
}
field! {
    scalars_of_secp256k1, "frm", "secp256k1", 8, 9,
    "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
}
