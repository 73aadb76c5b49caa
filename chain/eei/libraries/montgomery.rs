//! Prime fields whose elements are stored as `a * R` modulo the prime, R = 2^(32 * N).
//!
//! Elements are N words of 32 bits. Products are made of L limbs of 30 bits, N * 32 <= L * 30:
//! sixteen products of limbs fit into 64 bits, so that carries wait until a few rows are summed
//! up. Inside, the radix is 2^(30 * L); the first factor is shifted to make up for that.
//!
//! Operands need not be reduced. Results are.

use crate::words::{add, subtract, Words};

const LIMB_BITS: usize = 30;
const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;
/// Rows that are summed up between carries: each adds two products to a limb, and sixteen are the
/// limit.
const ROWS: usize = 7;

type Limbs<const L: usize> = [u64; L];

/// A prime and what follows from it.
pub struct Modulus<const N: usize, const L: usize> {
    words: Words<N>,
    limbs: Limbs<L>,
    /// -1 / prime modulo 2^30.
    inverse: u64,
    /// R * R modulo the prime.
    radix_squared: Words<N>,
}

/// A field, by its modulus: functions are compiled once for each.
pub trait Field<const N: usize, const L: usize> {
    const MODULUS: Modulus<N, L>;
}

impl<const N: usize, const L: usize> Modulus<N, L> {
    /// Takes the prime in hex, all digits of its N words.
    pub const fn new(hex: &str) -> Self {
        let words = parse_hex(hex);
        Self {
            words,
            limbs: split(&words, 0),
            inverse: compute_inverse(words[0]),
            radix_squared: compute_radix_squared(&words),
        }
    }
}

const fn parse_hex<const N: usize>(hex: &str) -> Words<N> {
    let digits = hex.as_bytes();
    let mut words = [0; N];
    let mut i = 0;
    while i < 8 * N {
        let digit = digits[8 * N - 1 - i];
        let value = if digit <= b'9' { digit - b'0' } else { digit - b'a' + 10 };
        words[i / 8] |= (value as u32) << (4 * (i % 8));
        i += 1;
    }
    words
}

/// Newton's iteration doubles the right bits: 3 of them are right at first.
const fn compute_inverse(odd: u32) -> u64 {
    let odd = odd as u64;
    let mut inverse = odd;
    let mut i = 0;
    while i < 4 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        i += 1;
    }
    inverse.wrapping_neg() & LIMB_MASK
}

/// Doubles 1 as often as R * R has bits.
const fn compute_radix_squared<const N: usize>(prime: &Words<N>) -> Words<N> {
    let mut power = [0; N];
    power[0] = 1;
    let mut i = 0;
    while i < 64 * N {
        power = double(&power, prime);
        i += 1;
    }
    power
}

const fn double<const N: usize>(number: &Words<N>, prime: &Words<N>) -> Words<N> {
    let mut doubled = [0; N];
    let mut reduced = [0; N];
    let mut carry = 0;
    let mut borrow = 0;
    let mut i = 0;
    while i < N {
        doubled[i] = number[i] << 1 | carry;
        carry = number[i] >> 31;
        let difference = doubled[i] as i64 - prime[i] as i64 - borrow;
        reduced[i] = difference as u32;
        borrow = (difference < 0) as i64;
        i += 1;
    }
    if carry as i64 >= borrow {
        reduced
    } else {
        doubled
    }
}

/// Splits `words << shift` into limbs.
#[inline(always)]
const fn split<const N: usize, const L: usize>(words: &Words<N>, shift: usize) -> Limbs<L> {
    let mut limbs = [0; L];
    let mut pending = 0; // bits that wait for their limb
    let mut count = shift;
    let mut at = 0;
    let mut i = 0;
    while i < L {
        if count < LIMB_BITS && at < N {
            pending |= (words[at] as u64) << count;
            count += 32;
            at += 1;
        }
        limbs[i] = pending & LIMB_MASK;
        pending >>= LIMB_BITS;
        count = count.saturating_sub(LIMB_BITS);
        i += 1;
    }
    limbs
}

/// Joins limbs to words, and returns what is above them.
#[inline(always)]
fn join<const N: usize, const L: usize>(limbs: &Limbs<L>) -> (Words<N>, u32) {
    let mut words = [0; N];
    let mut pending = 0;
    let mut count = 0;
    let mut at = 0;
    for limb in limbs {
        pending |= limb << count;
        count += LIMB_BITS;
        if count >= 32 && at < N {
            words[at] = pending as u32;
            pending >>= 32;
            count -= 32;
            at += 1;
        }
    }
    (words, pending as u32)
}

#[inline(always)]
fn carry<const L: usize>(limbs: &mut Limbs<L>) {
    for i in 0..L - 1 {
        limbs[i + 1] += limbs[i] >> LIMB_BITS;
        limbs[i] &= LIMB_MASK;
    }
}

/// Returns `a * b / R`.
#[inline(always)]
pub fn multiply<F: Field<N, L>, const N: usize, const L: usize>(
    a: &Words<N>,
    b: &Words<N>,
) -> Words<N> {
    let a: Limbs<L> = split(a, LIMB_BITS * L - 32 * N);
    let b: Limbs<L> = split(b, 0);
    let mut sum = [0; L];
    for row in &a[..ROWS] {
        add_row::<F, N, L>(&mut sum, *row, &b);
    }
    carry(&mut sum);
    for row in &a[ROWS..] {
        add_row::<F, N, L>(&mut sum, *row, &b);
    }
    carry(&mut sum);
    let (words, above) = join(&sum);
    reduce::<F, N, L>(words, above)
}

/// Adds `row * b`, then as often the prime as makes the lowest limb zero, and drops that.
#[inline(always)]
fn add_row<F: Field<N, L>, const N: usize, const L: usize>(
    sum: &mut Limbs<L>,
    row: u64,
    b: &Limbs<L>,
) {
    let lowest = sum[0] + row * b[0];
    let times = (lowest & LIMB_MASK) * F::MODULUS.inverse & LIMB_MASK;
    let carry = (lowest + times * F::MODULUS.limbs[0]) >> LIMB_BITS;
    for i in 1..L {
        sum[i - 1] = sum[i] + row * b[i] + times * F::MODULUS.limbs[i];
    }
    sum[0] += carry;
    sum[L - 1] = 0;
}

/// Takes the prime away as long as it fits in, which is never often.
#[inline(always)]
fn reduce<F: Field<N, L>, const N: usize, const L: usize>(
    mut words: Words<N>,
    mut above: u32,
) -> Words<N> {
    loop {
        let (difference, borrows) = subtract(&words, &F::MODULUS.words);
        if borrows && above == 0 {
            return words;
        }
        words = difference;
        above -= u32::from(borrows);
    }
}

/// Returns `a + b`.
#[inline(always)]
pub fn sum<F: Field<N, L>, const N: usize, const L: usize>(a: &Words<N>, b: &Words<N>) -> Words<N> {
    let (words, carries) = add(a, b);
    reduce::<F, N, L>(words, carries.into())
}

/// Returns `a - b`.
#[inline(always)]
pub fn difference<F: Field<N, L>, const N: usize, const L: usize>(
    a: &Words<N>,
    b: &Words<N>,
) -> Words<N> {
    let (mut words, mut is_negative) = subtract(a, b);
    while is_negative {
        let (more, carries) = add(&words, &F::MODULUS.words);
        words = more;
        is_negative = !carries;
    }
    reduce::<F, N, L>(words, 0)
}

/// Returns R * R: multiplied by that, a number becomes an element.
pub const fn radix_squared<F: Field<N, L>, const N: usize, const L: usize>() -> Words<N> {
    F::MODULUS.radix_squared
}

/// Returns 1, which is not the element 1: multiplied by that, an element becomes a number.
pub const fn one<const N: usize>() -> Words<N> {
    let mut one = [0; N];
    one[0] = 1;
    one
}
