//! SHA-256.

pub type Digest = [u32; 8];
pub type Block = [u32; 16];
pub const BLOCK_BYTES: u32 = 64;

pub const INITIAL: Digest = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

const ROUNDS: &[u32; 64] = &[
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

const fn choose(by: u32, a: u32, b: u32) -> u32 {
    (by & (a ^ b)) ^ b
}

const fn majority(a: u32, b: u32, c: u32) -> u32 {
    (a & b) | (c & (a | b))
}

const fn turn(word: u32, a: u32, b: u32, c: u32) -> u32 {
    word.rotate_right(a) ^ word.rotate_right(b) ^ word.rotate_right(c)
}

const fn mix(word: u32, a: u32, b: u32, shift: u32) -> u32 {
    word.rotate_right(a) ^ word.rotate_right(b) ^ (word >> shift)
}

/// Sixteen rounds. Instead of moving the eight words, each round names them one place on.
macro_rules! rounds {
    ($state:ident, $words:ident, $from:ident, $($i:literal)*) => {$(
        let [a, b, c] = [(16 - $i) & 7, (17 - $i) & 7, (18 - $i) & 7];
        let [d, e, f] = [(19 - $i) & 7, (20 - $i) & 7, (21 - $i) & 7];
        let [g, h] = [(22 - $i) & 7, (23 - $i) & 7];
        let first = $state[h]
            .wrapping_add(turn($state[e], 6, 11, 25))
            .wrapping_add(choose($state[e], $state[f], $state[g]))
            .wrapping_add(ROUNDS[$from + $i])
            .wrapping_add($words[$i]);
        $state[d] = $state[d].wrapping_add(first);
        $state[h] = first
            .wrapping_add(turn($state[a], 2, 13, 22))
            .wrapping_add(majority($state[a], $state[b], $state[c]));
    )*};
}

macro_rules! extend {
    ($words:ident, $($i:literal)*) => {$(
        $words[$i] = $words[$i]
            .wrapping_add(mix($words[($i + 1) & 15], 7, 18, 3))
            .wrapping_add($words[($i + 9) & 15])
            .wrapping_add(mix($words[($i + 14) & 15], 17, 19, 10));
    )*};
}

/// Returns the state after one more block.
pub const fn compress(before: &Digest, block: &Block) -> Digest {
    let mut state = *before;
    let mut words = *block;
    let mut from = 0;
    loop {
        rounds!(state, words, from, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        from += 16;
        if from == 64 {
            break;
        }
        extend!(words, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    }
    let mut i = 0;
    while i < 8 {
        state[i] = state[i].wrapping_add(before[i]);
        i += 1;
    }
    state
}

/// Returns the hash of two digests, one after the other.
pub const fn hash_pair(left: &Digest, right: &Digest) -> Digest {
    let mut block = [0; 16];
    let mut i = 0;
    while i < 8 {
        block[i] = left[i];
        block[8 + i] = right[i];
        i += 1;
    }
    let mut padding = [0; 16];
    padding[0] = 0x8000_0000;
    padding[15] = 8 * BLOCK_BYTES;
    compress(&compress(&INITIAL, &block), &padding)
}

/// Between words and bytes as they lie in memory.
#[inline(always)]
pub fn turn_bytes<const N: usize>(words: &[u32; N]) -> [u32; N] {
    core::array::from_fn(|i| words[i].swap_bytes())
}
