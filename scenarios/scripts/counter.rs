//! Adds up the numbers in its block data, and counts the blocks that brought them.
//!
//! State: `total` and `blocks`, two little-endian u64, then 16 bytes that it leaves alone.
//! Block data: any number of little-endian u64. A total that overflows is a trap.
#![no_std]
#![no_main]

#[repr(C)]
#[derive(Default)]
struct State {
    total: u64,
    blocks: u64,
    unused: [u64; 2],
}

#[link(wasm_import_module = "eth2")]
extern "C" {
    fn blockDataSize() -> u32;
    fn blockDataCopy(to: *mut u64, offset: u32, length: u32);
    fn loadPreStateRoot(state: *mut State);
    fn savePostStateRoot(state: *const State);
}

#[no_mangle]
unsafe extern "C" fn main() {
    let mut state = State::default();
    loadPreStateRoot(&mut state);
    for offset in (0..blockDataSize()).step_by(8) {
        let mut number = 0;
        blockDataCopy(&mut number, offset, 8); // traps when less than a number is left
        state.total = state.total.checked_add(number).unwrap();
    }
    state.blocks = state.blocks.checked_add(1).unwrap();
    savePostStateRoot(&state);
}

#[panic_handler]
fn trap(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
