//! Keccak-f[1600] and keccak256, as Ethereum 1 uses it.

static ROUNDS: [u64; 24] = compute_round_constants();
/// Bytes that go into the state at a time.
pub const RATE_BYTES: u32 = 136;

pub type Block = [u64; RATE_BYTES as usize / 8];
type State = [u64; 25];

/// The constants are the output of a linear feedback shift register: see FIPS 202, 3.2.5.
const fn compute_round_constants() -> [u64; 24] {
    let mut constants = [0; 24];
    let mut register = 1_u8;
    let mut round = 0;
    while round < 24 {
        let mut bit = 0;
        while bit < 7 {
            constants[round] |= ((register & 1) as u64) << ((1 << bit) - 1);
            register = (register << 1) ^ ((register >> 7) * 0x71);
            bit += 1;
        }
        round += 1;
    }
    constants
}

/// (x, y) moves to (y, 2x + 3y), turned by a triangular number: lane by lane from (1, 0) on.
macro_rules! turn_and_move {
    ($state:ident, $($lane:literal by $bits:literal),*) => {{
        let mut carried = $state[1];
        $(
            let next = $state[$lane];
            $state[$lane] = carried.rotate_left($bits);
            carried = next;
        )*
        let _ = carried;
    }};
}

fn permute(lanes: &mut State) {
    let mut state = *lanes;
    for constant in &ROUNDS {
        let mut parity = [0; 5];
        for x in 0..5 {
            parity[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
        }
        for x in 0..5 {
            let effect = parity[(x + 4) % 5] ^ parity[(x + 1) % 5].rotate_left(1);
            for y in 0..5 {
                state[x + 5 * y] ^= effect;
            }
        }
        turn_and_move!(
            state, 10 by 1, 7 by 3, 11 by 6, 17 by 10, 18 by 15, 3 by 21, 5 by 28, 16 by 36,
            8 by 45, 21 by 55, 24 by 2, 4 by 14, 15 by 27, 23 by 41, 19 by 56, 13 by 8, 12 by 25,
            2 by 43, 20 by 62, 14 by 18, 22 by 39, 9 by 61, 6 by 20, 1 by 44
        );
        for y in 0..5 {
            let row: [u64; 5] = core::array::from_fn(|x| state[x + 5 * y]);
            for x in 0..5 {
                state[x + 5 * y] = row[x] ^ (!row[(x + 1) % 5] & row[(x + 2) % 5]);
            }
        }
        state[0] ^= constant;
    }
    *lanes = state;
}

pub fn absorb(state: &mut State, block: &Block) {
    for (lane, word) in state.iter_mut().zip(block) {
        *lane ^= word;
    }
    permute(state);
}
