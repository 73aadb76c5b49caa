//! Numbers of several 32-bit words, least significant first: wasm multiplies 32 by 32 bits.

pub type Words<const N: usize> = [u32; N];

/// Returns the sum and whether it carries.
#[inline(always)]
pub fn add<const N: usize>(a: &Words<N>, b: &Words<N>) -> (Words<N>, bool) {
    let mut sum = [0; N];
    let mut carry = 0;
    for i in 0..N {
        carry += u64::from(a[i]) + u64::from(b[i]);
        sum[i] = carry as u32;
        carry >>= 32;
    }
    (sum, carry != 0)
}

/// Returns the difference and whether it borrows.
#[inline(always)]
pub fn subtract<const N: usize>(a: &Words<N>, b: &Words<N>) -> (Words<N>, bool) {
    let mut difference = [0; N];
    let mut carry = 0_i64; // 0 or -1
    for i in 0..N {
        carry += i64::from(a[i]) - i64::from(b[i]);
        difference[i] = carry as u32;
        carry >>= 32;
    }
    (difference, carry != 0)
}

/// Returns the lowest words of a product, as many as there is room for.
#[inline(always)]
pub fn multiply<const N: usize, const M: usize>(a: &Words<N>, b: &Words<N>) -> Words<M> {
    let mut product = [0; M];
    for i in 0..N {
        let mut carry = 0;
        for j in 0..N.min(M - i) {
            carry += u64::from(a[i]) * u64::from(b[j]) + u64::from(product[i + j]);
            product[i + j] = carry as u32;
            carry >>= 32;
        }
        if i + N < M {
            product[i + N] = carry as u32;
        }
    }
    product
}

#[inline(always)]
pub fn is_zero<const N: usize>(number: &Words<N>) -> bool {
    number.iter().fold(0, |all, word| all | word) == 0
}

/// Words in the widest numerator.
const WIDE: usize = 16;
/// Words in the widest divisor.
const NARROW: usize = 12;

/// A division under way: in place, most significant quotient word first.
struct Division {
    /// The numerator, shifted; what is left of it in the end is the remainder.
    rest: Words<{ WIDE + 1 }>,
    divisor: Words<NARROW>,
    /// Words of the divisor without leading zeros, at least one.
    size: usize,
    quotient: Words<WIDE>,
}

/// Returns quotient and remainder. The divisor must not be zero.
pub fn divide<const M: usize, const N: usize>(
    numerator: &Words<M>,
    divisor: &Words<N>,
) -> (Words<M>, Words<N>) {
    let mut division =
        Division { rest: [0; WIDE + 1], divisor: [0; NARROW], size: 0, quotient: [0; WIDE] };
    division.rest[..M].copy_from_slice(numerator);
    division.divisor[..N].copy_from_slice(divisor);
    division.run(M);
    let mut quotient = [0; M];
    quotient.copy_from_slice(&division.quotient[..M]);
    let mut remainder = [0; N];
    remainder.copy_from_slice(&division.rest[..N]);
    (quotient, remainder)
}

fn significant(words: &[u32]) -> usize {
    words.iter().rposition(|&word| word != 0).map_or(0, |at| at + 1)
}

impl Division {
    /// Long division as Knuth has it (TAOCP 4.3.1, algorithm D).
    #[inline(never)]
    fn run(&mut self, numerator_size: usize) {
        self.size = significant(&self.divisor);
        let size = significant(&self.rest[..numerator_size]);
        if self.size == 0 || self.size > size {
            return;
        }
        // A leading one in the divisor makes estimates good.
        let shift = self.divisor[self.size - 1].leading_zeros();
        shift_left(&mut self.divisor[..self.size], shift);
        shift_left(&mut self.rest[..size + 1], shift);
        for at in (0..=size - self.size).rev() {
            let estimate = self.estimate(at);
            self.quotient[at] = self.take(at, estimate);
        }
        shift_right(&mut self.rest[..self.size], shift);
    }

    /// Divides the first two words of what is left by the first of the divisor, then looks at
    /// one more of each: that is at most one too large.
    fn estimate(&self, at: usize) -> u32 {
        let rest = &self.rest[at..at + self.size + 1];
        let high = u64::from(rest[self.size]) << 32 | u64::from(rest[self.size - 1]);
        let divisor = u64::from(self.divisor[self.size - 1]);
        let mut estimate = high / divisor;
        let mut left = high - estimate * divisor;
        let (next_rest, next_divisor) = match self.size {
            1 => (0, 0),
            size => (u64::from(rest[size - 2]), u64::from(self.divisor[size - 2])),
        };
        while estimate >> 32 != 0 || estimate * next_divisor > (left << 32 | next_rest) {
            estimate -= 1;
            left += divisor;
            if left >> 32 != 0 {
                break;
            }
        }
        estimate as u32
    }

    /// Takes that many divisors away from what is left; one less if there are not so many.
    fn take(&mut self, at: usize, estimate: u32) -> u32 {
        let rest = &mut self.rest[at..at + self.size + 1];
        let mut product = 0;
        let mut carry = 0_i64;
        for i in 0..self.size {
            product += u64::from(estimate) * u64::from(self.divisor[i]);
            carry += i64::from(rest[i]) - i64::from(product as u32);
            rest[i] = carry as u32;
            product >>= 32;
            carry >>= 32;
        }
        carry += i64::from(rest[self.size]) - product as i64;
        rest[self.size] = carry as u32;
        if carry >= 0 {
            return estimate;
        }
        let mut carry = 0;
        for i in 0..self.size {
            carry += u64::from(rest[i]) + u64::from(self.divisor[i]);
            rest[i] = carry as u32;
            carry >>= 32;
        }
        rest[self.size] = rest[self.size].wrapping_add(carry as u32);
        estimate - 1
    }
}

/// Shifts by less than a word; nothing may be shifted out.
fn shift_left(words: &mut [u32], shift: u32) {
    let mut carry = 0;
    for word in words {
        carry |= u64::from(*word) << shift;
        *word = carry as u32;
        carry >>= 32;
    }
}

/// Shifts by less than a word; what is shifted out must be zero.
fn shift_right(words: &mut [u32], shift: u32) {
    let mut carry = 0;
    for word in words.iter_mut().rev() {
        let shifted = (u64::from(*word) << 32) >> shift;
        *word = (shifted >> 32) as u32 | carry;
        carry = shifted as u32;
    }
}
