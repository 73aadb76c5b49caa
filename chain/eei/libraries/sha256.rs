//! SHA-256.

pub type Digest = [u32; 8];
pub type Block = [u32; 16];
pub const BLOCK_BYTES: u32 = 64;

pub const INITIAL: Digest = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/// By sixteens.
const ROUNDS: &[Block; 4] = &[
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
        0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
        0x9bdc06a7, 0xc19bf174,
    ],
    [
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc,
        0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
        0x06ca6351, 0x14292967,
    ],
    [
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
        0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624,
        0xf40e3585, 0x106aa070,
    ],
    [
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
        0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb,
        0xbef9a3f7, 0xc67178f2,
    ],
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

/// Instead of moving the eight words, each round names them one place on.
macro_rules! rounds {
    ($state:ident, $addends:ident, $($i:literal)*) => {$(
        let [a, b, c] = [(16 - $i) & 7, (17 - $i) & 7, (18 - $i) & 7];
        let [d, e, f] = [(19 - $i) & 7, (20 - $i) & 7, (21 - $i) & 7];
        let [g, h] = [(22 - $i) & 7, (23 - $i) & 7];
        let first = $state[h]
            .wrapping_add(turn($state[e], 6, 11, 25))
            .wrapping_add(choose($state[e], $state[f], $state[g]))
            .wrapping_add($addends[$i]);
        $state[d] = $state[d].wrapping_add(first);
        $state[h] = first
            .wrapping_add(turn($state[a], 2, 13, 22))
            .wrapping_add(majority($state[a], $state[b], $state[c]));
    )*};
}

/// Sixteen rounds; each adds its constant and its word, which is one number here.
#[inline(always)]
const fn mix_in(mut state: Digest, addends: &Block) -> Digest {
    rounds!(state, addends, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    state
}

macro_rules! extend {
    ($words:ident, $($i:literal)*) => {$(
        $words[$i] = $words[$i]
            .wrapping_add(mix($words[($i + 1) & 15], 7, 18, 3))
            .wrapping_add($words[($i + 9) & 15])
            .wrapping_add(mix($words[($i + 14) & 15], 17, 19, 10));
    )*};
}

/// Returns the words of the next sixteen rounds.
#[inline(always)]
const fn extend(mut words: Block) -> Block {
    extend!(words, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    words
}

#[inline(always)]
const fn add_all<const N: usize>(a: &[u32; N], b: &[u32; N]) -> [u32; N] {
    let mut sums = *a;
    let mut i = 0;
    while i < N {
        sums[i] = sums[i].wrapping_add(b[i]);
        i += 1;
    }
    sums
}

/// Returns the state after one more block.
pub const fn compress(before: &Digest, block: &Block) -> Digest {
    let mut state = *before;
    let mut words = *block;
    let mut quarter = 0;
    loop {
        state = mix_in(state, &add_all(&words, &ROUNDS[quarter]));
        quarter += 1;
        if quarter == 4 {
            return add_all(&state, before);
        }
        words = extend(words);
    }
}

/// What the rounds add in the block of padding behind 64 bytes, always the same.
const PADDING: &[Block; 4] = &compute_padding();

const fn compute_padding() -> [Block; 4] {
    let mut words = [0; 16];
    words[0] = 0x8000_0000;
    words[15] = 8 * BLOCK_BYTES;
    let mut addends = *ROUNDS;
    let mut quarter = 0;
    while quarter < 4 {
        addends[quarter] = add_all(&addends[quarter], &words);
        words = extend(words);
        quarter += 1;
    }
    addends
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
    let before = compress(&INITIAL, &block);
    let mut state = before;
    let mut quarter = 0;
    while quarter < 4 {
        state = mix_in(state, &PADDING[quarter]);
        quarter += 1;
    }
    add_all(&state, &before)
}

/// Between words and bytes as they lie in memory.
#[inline(always)]
pub fn turn_bytes<const N: usize>(words: &[u32; N]) -> [u32; N] {
    core::array::from_fn(|i| words[i].swap_bytes())
}
