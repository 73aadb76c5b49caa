use crate::Bytes32;

const RATE: usize = 136;
const LANES: usize = 25;

#[rustfmt::skip]
const ROUND_CONSTANTS: [u64; 24] = [
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000,
    0x000000000000808B, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
    0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
];

/// keccak256 of data that come in pieces.
#[derive(Clone)]
pub struct Keccak256 {
    lanes: [u64; LANES],
    filled: usize, // bytes of the current block that were absorbed
}

impl Keccak256 {
    /// Starts with no data.
    #[allow(clippy::new_without_default)] // one way to make one is enough
    pub const fn new() -> Self {
        Self { lanes: [0; LANES], filled: 0 }
    }

    /// Takes more data.
    pub fn update(&mut self, data: &[u8]) {
        for &byte in data {
            self.absorb(self.filled, byte);
            self.filled += 1;
            if self.filled == RATE {
                permute(&mut self.lanes);
                self.filled = 0;
            }
        }
    }

    /// Returns the digest of all data.
    pub fn finish(mut self) -> Bytes32 {
        self.absorb(self.filled, 0x01);
        self.absorb(RATE - 1, 0x80);
        permute(&mut self.lanes);
        let mut digest = [0; 32];
        for (bytes, lane) in digest.chunks_exact_mut(8).zip(self.lanes) {
            bytes.copy_from_slice(&lane.to_le_bytes());
        }
        digest
    }

    fn absorb(&mut self, at: usize, byte: u8) {
        self.lanes[at / 8] ^= u64::from(byte) << (at % 8 * 8);
    }
}

#[inline(never)]
fn permute(lanes: &mut [u64; LANES]) {
    for constant in &ROUND_CONSTANTS {
        round(lanes);
        lanes[0] ^= constant;
    }
}

#[inline(always)]
#[rustfmt::skip]
fn round(a: &mut [u64; LANES]) {
    // Theta: mix every column into its neighbours.
    let column = |x: usize| a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    let (p, q, r, s, t) = (column(0), column(1), column(2), column(3), column(4));
    let d = [
        t ^ q.rotate_left(1), p ^ r.rotate_left(1), q ^ s.rotate_left(1),
        r ^ t.rotate_left(1), s ^ p.rotate_left(1),
    ];
    // Rho and pi: rotate every lane on its way to its new place. Written out, because this is
    // most of the work, and with indices that are known it takes a tenth of the instructions.
    let b = [
        (a[0] ^ d[0]), (a[6] ^ d[1]).rotate_left(44), (a[12] ^ d[2]).rotate_left(43),
        (a[18] ^ d[3]).rotate_left(21), (a[24] ^ d[4]).rotate_left(14),
        (a[3] ^ d[3]).rotate_left(28), (a[9] ^ d[4]).rotate_left(20), (a[10] ^ d[0]).rotate_left(3),
        (a[16] ^ d[1]).rotate_left(45), (a[22] ^ d[2]).rotate_left(61),
        (a[1] ^ d[1]).rotate_left(1), (a[7] ^ d[2]).rotate_left(6), (a[13] ^ d[3]).rotate_left(25),
        (a[19] ^ d[4]).rotate_left(8), (a[20] ^ d[0]).rotate_left(18),
        (a[4] ^ d[4]).rotate_left(27), (a[5] ^ d[0]).rotate_left(36), (a[11] ^ d[1]).rotate_left(10),
        (a[17] ^ d[2]).rotate_left(15), (a[23] ^ d[3]).rotate_left(56),
        (a[2] ^ d[2]).rotate_left(62), (a[8] ^ d[3]).rotate_left(55), (a[14] ^ d[4]).rotate_left(39),
        (a[15] ^ d[0]).rotate_left(41), (a[21] ^ d[1]).rotate_left(2),
    ];
    // Chi: the only step that is not linear.
    for (row, old) in a.chunks_exact_mut(5).zip(b.chunks_exact(5)) {
        if let ([v, w, x, y, z], &[p, q, r, s, t]) = (row, old) {
            (*v, *w, *x) = (p ^ (!q & r), q ^ (!r & s), r ^ (!s & t));
            (*y, *z) = (s ^ (!t & p), t ^ (!p & q));
        }
    }
}
