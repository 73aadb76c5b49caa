//! `bignum`: 256-bit big-endian numbers.

use crate::script::{fail, read, require, write, Fault};
use crate::words::{add, divide, is_zero, multiply, subtract, Words};

const SIZE: usize = 8;
const BYTES: u64 = 32;

type Number = Words<SIZE>;

/// Between big-endian bytes, as they lie in memory, and words.
#[inline(always)]
fn turn(number: Number) -> Number {
    let mut turned = [0; SIZE];
    for i in 0..SIZE {
        turned[i] = number[SIZE - 1 - i].swap_bytes();
    }
    turned
}

#[inline(always)]
fn get(pointer: u32) -> Number {
    turn(read(pointer))
}

#[inline(always)]
fn put(pointer: u32, number: Number) {
    write(pointer, &turn(number));
}

#[inline(always)]
fn compute(a: u32, b: u32, out: u32, operation: impl FnOnce(&Number, &Number) -> Number) {
    require([(a, BYTES), (b, BYTES), (out, BYTES)]);
    put(out, operation(&get(a), &get(b)));
}

#[inline(always)]
fn fits((number, has_overflown): (Number, bool)) -> Number {
    if has_overflown {
        fail(Fault::BignumOverflow);
    }
    number
}

#[no_mangle]
extern "C" fn add256(a: u32, b: u32, out: u32) {
    compute(a, b, out, |a, b| fits(add(a, b)));
}

#[no_mangle]
extern "C" fn sub256(a: u32, b: u32, out: u32) {
    compute(a, b, out, |a, b| fits(subtract(a, b)));
}

#[no_mangle]
extern "C" fn mul256(a: u32, b: u32, out: u32) {
    compute(a, b, out, multiply);
}

#[no_mangle]
extern "C" fn div256(a: u32, b: u32, out: u32) {
    compute(a, b, out, |a, b| {
        if is_zero(b) {
            fail(Fault::DivisionByZero);
        }
        divide(a, b).0
    });
}

#[no_mangle]
extern "C" fn mulMod(a: u32, b: u32, m: u32, out: u32) {
    require([(a, BYTES), (b, BYTES), (m, BYTES), (out, BYTES)]);
    let modulus = get(m);
    if is_zero(&modulus) {
        fail(Fault::DivisionByZero);
    }
    let product: Words<{ 2 * SIZE }> = multiply(&get(a), &get(b));
    put(out, divide(&product, &modulus).1);
}
