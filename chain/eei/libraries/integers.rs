//! `bignum.int_*`: little-endian numbers as wide as elements of the base field.

use crate::script::{fail, read, require, write, Fault};
use crate::words::{add, divide, is_zero, multiply, subtract, Words};

macro_rules! integers {
    ($module:ident, $words:literal, $add:ident, $sub:ident, $mul:ident, $div:ident) => {
        mod $module {
            use super::*;

            const BYTES: u64 = 4 * $words;

            type Number = Words<$words>;

            #[no_mangle]
            extern "C" fn $add(a: u32, b: u32, out: u32) -> u32 {
                with_flag(a, b, out, add)
            }

            #[no_mangle]
            extern "C" fn $sub(a: u32, b: u32, out: u32) -> u32 {
                with_flag(a, b, out, subtract)
            }

            #[inline(always)]
            fn with_flag(
                a: u32,
                b: u32,
                out: u32,
                operation: fn(&Number, &Number) -> (Number, bool),
            ) -> u32 {
                require([(a, BYTES), (b, BYTES), (out, BYTES)]);
                let (result, flag) = operation(&read(a), &read(b));
                write(out, &result);
                flag.into()
            }

            #[no_mangle]
            extern "C" fn $mul(a: u32, b: u32, out: u32) {
                require([(a, BYTES), (b, BYTES), (out, BYTES)]);
                let product: Number = multiply::<$words, $words>(&read(a), &read(b));
                write(out, &product);
            }

            /// The remainder is written last.
            #[no_mangle]
            extern "C" fn $div(a: u32, b: u32, quotient: u32, remainder: u32) {
                require([(a, BYTES), (b, BYTES), (quotient, BYTES), (remainder, BYTES)]);
                let numerator: Number = read(a);
                let divisor: Number = read(b);
                if is_zero(&divisor) {
                    fail(Fault::DivisionByZero);
                }
                let (whole, rest) = divide(&numerator, &divisor);
                write(quotient, &whole);
                write(remainder, &rest);
            }
        }
    };
}

integers!(of_48_bytes, 12, int_add_48, int_sub_48, int_mul_48, int_div_48);
integers!(of_32_bytes, 8, int_add_32, int_sub_32, int_mul_32, int_div_32);
