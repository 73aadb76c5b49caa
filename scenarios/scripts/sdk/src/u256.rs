//! 256-bit numbers, computed in wasm. `bignum` lets the host compute instead.

use core::cmp::Ordering;

const LIMBS: usize = 8;
const LIMB_BITS: u32 = u32::BITS;

/// A number below 2**256.
///
/// Nothing wraps silently: what can leave the range says so in its name, or returns an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct U256([u32; LIMBS]); // the least significant limb first

impl U256 {
    /// 0.
    pub const ZERO: Self = Self([0; LIMBS]);

    /// 1.
    pub const ONE: Self = Self([1, 0, 0, 0, 0, 0, 0, 0]);

    /// 2**256 - 1.
    pub const MAX: Self = Self([u32::MAX; LIMBS]);

    /// Reads a little-endian number, as SSZ writes it.
    pub fn from_le_bytes(bytes: [u8; 32]) -> Self {
        let mut number = Self::ZERO;
        for (limb, bytes) in number.0.iter_mut().zip(bytes.chunks_exact(4)) {
            *limb = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        number
    }

    /// Reads a big-endian number, as `bignum` and Ethereum 1 write it.
    pub fn from_be_bytes(mut bytes: [u8; 32]) -> Self {
        bytes.reverse();
        Self::from_le_bytes(bytes)
    }

    /// Returns the number in little-endian.
    pub fn to_le_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (place, limb) in bytes.chunks_exact_mut(4).zip(self.0) {
            place.copy_from_slice(&limb.to_le_bytes());
        }
        bytes
    }

    /// Returns the number in big-endian.
    pub fn to_be_bytes(self) -> [u8; 32] {
        let mut bytes = self.to_le_bytes();
        bytes.reverse();
        bytes
    }

    /// Returns how many bits the number takes, 0 for zero.
    pub fn bits(&self) -> u32 {
        bits(&self.0)
    }

    /// Returns one bit, 0 being the least significant; none is set above 255.
    pub fn bit(&self, at: u32) -> bool {
        let limb = self.0.get((at / LIMB_BITS) as usize).copied().unwrap_or(0);
        limb >> (at % LIMB_BITS) & 1 == 1
    }

    /// `self + other` modulo 2**256, and whether that wrapped.
    pub fn overflowing_add(mut self, other: Self) -> (Self, bool) {
        let mut carry = 0;
        for (limb, other) in self.0.iter_mut().zip(other.0) {
            carry += u64::from(*limb) + u64::from(other);
            *limb = carry as u32;
            carry >>= LIMB_BITS;
        }
        (self, carry == 1)
    }

    /// `self - other` modulo 2**256, and whether that wrapped.
    pub fn overflowing_sub(mut self, other: Self) -> (Self, bool) {
        let borrow = subtract(&mut self.0, &other.0);
        (self, borrow)
    }

    /// `self + other`, if it is below 2**256.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let (sum, wrapped) = self.overflowing_add(other);
        (!wrapped).then(|| sum)
    }

    /// `self - other`, if it is not below zero.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let (difference, wrapped) = self.overflowing_sub(other);
        (!wrapped).then(|| difference)
    }

    /// `self * other`, if it is below 2**256.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let (low, high) = self.widening_mul(other);
        (high == Self::ZERO).then(|| low)
    }

    /// `self * other` modulo 2**256.
    pub fn wrapping_mul(self, other: Self) -> Self {
        self.widening_mul(other).0
    }

    /// `self * other`: the low half, then the high half.
    pub fn widening_mul(self, other: Self) -> (Self, Self) {
        let product = multiply(&self.0, &other.0);
        let (mut low, mut high) = (Self::ZERO, Self::ZERO);
        low.0.copy_from_slice(&product[..LIMBS]);
        high.0.copy_from_slice(&product[LIMBS..]);
        (low, high)
    }

    /// Quotient and remainder, unless `divisor` is zero.
    pub fn checked_div_rem(self, divisor: Self) -> Option<(Self, Self)> {
        let mut wide = [0; 2 * LIMBS];
        wide[..LIMBS].copy_from_slice(&self.0);
        let (quotient, remainder) = divide(wide, &divisor.0)?;
        let mut low = Self::ZERO;
        low.0.copy_from_slice(&quotient[..LIMBS]);
        Some((low, Self(remainder)))
    }

    /// `self * other % modulus`, the product not truncated, unless `modulus` is zero.
    pub fn mul_mod(self, other: Self, modulus: Self) -> Option<Self> {
        let (_, remainder) = divide(multiply(&self.0, &other.0), &modulus.0)?;
        Some(Self(remainder))
    }

    /// `self ** exponent % modulus`, unless `modulus` is zero.
    pub fn pow_mod(self, exponent: Self, modulus: Self) -> Option<Self> {
        let mut power = Self::ONE.mul_mod(Self::ONE, modulus)?; // 0 if the modulus is 1
        for at in (0..exponent.bits()).rev() {
            power = power.mul_mod(power, modulus)?;
            if exponent.bit(at) {
                power = power.mul_mod(self, modulus)?;
            }
        }
        Some(power)
    }
}

impl From<u64> for U256 {
    fn from(number: u64) -> Self {
        let mut wide = Self::ZERO;
        wide.0[0] = number as u32;
        wide.0[1] = (number >> LIMB_BITS) as u32;
        wide
    }
}

impl Ord for U256 {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

impl PartialOrd for U256 {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn bits(limbs: &[u32]) -> u32 {
    let used = limbs.iter().rposition(|limb| *limb != 0);
    used.map_or(0, |at| (at as u32 + 1) * LIMB_BITS - limbs[at].leading_zeros())
}

/// Subtracts in place; tells whether there was a borrow at the end.
fn subtract(limbs: &mut [u32], other: &[u32]) -> bool {
    let mut borrow = false;
    for (limb, other) in limbs.iter_mut().zip(other) {
        let (once, below) = limb.overflowing_sub(*other);
        let (twice, still_below) = once.overflowing_sub(u32::from(borrow));
        *limb = twice;
        borrow = below | still_below;
    }
    borrow
}

fn multiply(a: &[u32; LIMBS], b: &[u32; LIMBS]) -> [u32; 2 * LIMBS] {
    let mut product = [0; 2 * LIMBS];
    for (at, a) in a.iter().enumerate() {
        let mut carry = 0;
        for (place, b) in product[at..].iter_mut().zip(b) {
            carry += u64::from(*place) + u64::from(*a) * u64::from(*b);
            *place = carry as u32;
            carry >>= LIMB_BITS;
        }
        product[at + LIMBS] = carry as u32;
    }
    product
}

/// Divides as on paper, a limb of the quotient at a time (Knuth's algorithm D).
fn divide(
    numerator: [u32; 2 * LIMBS],
    divisor: &[u32; LIMBS],
) -> Option<([u32; 2 * LIMBS], [u32; LIMBS])> {
    let size = divisor.iter().rposition(|limb| *limb != 0)? + 1;
    // With the top bit of the divisor set, a guess from the top limbs is hardly ever wrong.
    let shift = divisor[size - 1].leading_zeros();
    let mut rest = [0; 2 * LIMBS + 1];
    shift_left(&numerator, shift, &mut rest);
    let mut shifted = [0; LIMBS + 1];
    shift_left(divisor, shift, &mut shifted);
    let divisor = &shifted[..size];

    let mut quotient = [0; 2 * LIMBS];
    for at in (0..=2 * LIMBS - size).rev() {
        let part = &mut rest[at..=at + size];
        quotient[at] = divide_step(part, divisor);
    }
    let mut remainder = [0; LIMBS];
    for (at, limb) in remainder.iter_mut().enumerate() {
        let pair = u64::from(rest[at]) | u64::from(rest[at + 1]) << LIMB_BITS;
        *limb = (pair >> shift) as u32;
    }
    Some((quotient, remainder))
}

/// Takes the divisor out of as many limbs and one as often as it goes, and counts how often.
fn divide_step(rest: &mut [u32], divisor: &[u32]) -> u32 {
    let size = divisor.len();
    let top = u64::from(rest[size]) << LIMB_BITS | u64::from(rest[size - 1]);
    let mut guess = (top / u64::from(divisor[size - 1])).min(u64::from(u32::MAX));
    let mut carry = 0;
    let mut borrow = false;
    for (at, limb) in rest.iter_mut().enumerate() {
        let factor = divisor.get(at).copied().unwrap_or(0);
        carry += guess * u64::from(factor);
        let (once, below) = limb.overflowing_sub(carry as u32);
        let (twice, still_below) = once.overflowing_sub(u32::from(borrow));
        *limb = twice;
        borrow = below | still_below;
        carry >>= LIMB_BITS;
    }
    while borrow {
        guess -= 1; // at most twice
        borrow = !add_back(rest, divisor);
    }
    guess as u32
}

/// Adds in place; tells whether there was a carry at the end.
fn add_back(rest: &mut [u32], divisor: &[u32]) -> bool {
    let mut carry = 0;
    for (at, limb) in rest.iter_mut().enumerate() {
        carry += u64::from(*limb) + u64::from(divisor.get(at).copied().unwrap_or(0));
        *limb = carry as u32;
        carry >>= LIMB_BITS;
    }
    carry == 1
}

/// Shifts by less than a limb into one limb more.
fn shift_left(limbs: &[u32], shift: u32, out: &mut [u32]) {
    let mut carry = 0;
    for (place, limb) in out.iter_mut().zip(limbs.iter().chain(&[0])) {
        carry |= u64::from(*limb) << shift;
        *place = carry as u32;
        carry >>= LIMB_BITS;
    }
}
