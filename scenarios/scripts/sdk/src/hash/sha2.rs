use crate::Bytes32;

const BLOCK: usize = 64;
const LENGTH_AT: usize = 56; // in the last block, where the number of bits stands

#[rustfmt::skip]
const INITIAL: [u32; 8] = [
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
];

#[rustfmt::skip]
const ROUND_CONSTANTS: [u32; 64] = [
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
];

/// sha256 of data that come in pieces.
#[derive(Clone)]
pub struct Sha256 {
    state: [u32; 8],
    block: [u8; BLOCK],
    length: u64, // bytes so far
}

impl Sha256 {
    /// Starts with no data.
    #[allow(clippy::new_without_default)] // one way to make one is enough
    pub const fn new() -> Self {
        Self { state: INITIAL, block: [0; BLOCK], length: 0 }
    }

    /// Takes more data.
    pub fn update(&mut self, data: &[u8]) {
        for &byte in data {
            self.absorb(byte);
        }
    }

    /// Returns the digest of all data.
    pub fn finish(mut self) -> Bytes32 {
        let bits = self.length * 8;
        self.absorb(0x80);
        while self.length % BLOCK as u64 != LENGTH_AT as u64 {
            self.absorb(0);
        }
        for byte in bits.to_be_bytes() {
            self.absorb(byte);
        }
        let mut digest = [0; 32];
        for (bytes, word) in digest.chunks_exact_mut(4).zip(self.state) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        digest
    }

    fn absorb(&mut self, byte: u8) {
        let at = self.length as usize % BLOCK;
        self.block[at] = byte;
        self.length += 1;
        if at == BLOCK - 1 {
            compress(&mut self.state, &self.block);
        }
    }
}

#[inline(never)]
fn compress(state: &mut [u32; 8], block: &[u8; BLOCK]) {
    let mut words = [0; 16]; // the last 16 of the message schedule, in a ring
    for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
        *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (round, constant) in ROUND_CONSTANTS.iter().enumerate() {
        if round >= 16 {
            let (early, late) = (words[(round + 1) % 16], words[(round + 14) % 16]);
            words[round % 16] = words[round % 16]
                .wrapping_add(early.rotate_right(7) ^ early.rotate_right(18) ^ early >> 3)
                .wrapping_add(words[(round + 9) % 16])
                .wrapping_add(late.rotate_right(17) ^ late.rotate_right(19) ^ late >> 10);
        }
        let first = h
            .wrapping_add(e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25))
            .wrapping_add((e & f) ^ (!e & g))
            .wrapping_add(*constant)
            .wrapping_add(words[round % 16]);
        let second = (a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22))
            .wrapping_add((a & b) ^ (a & c) ^ (b & c));
        (h, g, f, e) = (g, f, e, d.wrapping_add(first));
        (d, c, b, a) = (c, b, a, first.wrapping_add(second));
    }
    for (word, mixed) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(mixed);
    }
}
