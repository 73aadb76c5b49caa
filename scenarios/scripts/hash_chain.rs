//! Chains blocks by hash: the post-state is `keccak256(state || block data)`.
//!
//! The hash is computed in wasm, which makes this the script to time an engine with. Block
//! data streams through one 136-byte buffer, so its size costs no memory.
#![no_std]
#![no_main]

const RATE: usize = 136;
const LANES: usize = 25;

const ROUND_CONSTANTS: [u64; 24] = [
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000,
    0x000000000000808B, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
    0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
];

#[link(wasm_import_module = "eth2")]
extern "C" {
    fn blockDataSize() -> u32;
    fn blockDataCopy(to: *mut u8, offset: u32, length: u32);
    fn loadPreStateRoot(root: *mut u8);
    fn savePostStateRoot(root: *const u64);
}

fn permute(lanes: &mut [u64; LANES]) {
    for constant in ROUND_CONSTANTS {
        // Theta: mix every column into its neighbours.
        let mut parity = [0; 5];
        for (at, lane) in lanes.iter().enumerate() {
            parity[at % 5] ^= lane;
        }
        for (at, lane) in lanes.iter_mut().enumerate() {
            *lane ^= parity[(at + 4) % 5] ^ parity[(at + 1) % 5].rotate_left(1);
        }
        // Rho and pi: rotate every lane but the first on its way to its new place.
        let (mut x, mut y) = (1, 0);
        let mut moving = lanes[1];
        for step in 1..LANES as u32 {
            (x, y) = (y, (2 * x + 3 * y) % 5);
            let place = &mut lanes[x + 5 * y];
            (moving, *place) = (*place, moving.rotate_left(step * (step + 1) / 2));
        }
        // Chi: the only step that is not linear.
        for row in lanes.chunks_exact_mut(5) {
            let old = [row[0], row[1], row[2], row[3], row[4]];
            for x in 0..5 {
                row[x] ^= !old[(x + 1) % 5] & old[(x + 2) % 5];
            }
        }
        // Iota: make every round different.
        lanes[0] ^= constant;
    }
}

fn absorb(lanes: &mut [u64; LANES], block: &[u8; RATE]) {
    for (lane, bytes) in lanes.iter_mut().zip(block.chunks_exact(8)) {
        *lane ^= u64::from_le_bytes(bytes.try_into().unwrap());
    }
    permute(lanes);
}

#[no_mangle]
unsafe extern "C" fn main() {
    let mut lanes = [0; LANES];
    let mut block = [0; RATE];
    loadPreStateRoot(block.as_mut_ptr());
    let mut filled = 32;
    let (mut offset, size) = (0, blockDataSize());
    loop {
        let length = (RATE - filled).min((size - offset) as usize);
        blockDataCopy(block.as_mut_ptr().add(filled), offset, length as u32);
        offset += length as u32;
        filled += length;
        if filled < RATE {
            break;
        }
        absorb(&mut lanes, &block);
        filled = 0;
    }
    block[filled..].fill(0);
    block[filled] ^= 0x01;
    block[RATE - 1] ^= 0x80;
    absorb(&mut lanes, &block);
    savePostStateRoot(lanes.as_ptr());
}

#[panic_handler]
fn trap(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
