//! Breaks no rule of validation and traps at every call: what checking the code cannot find.
#![no_std]
#![no_main]

#[no_mangle]
extern "C" fn main() {
    core::arch::wasm32::unreachable()
}

#[panic_handler]
fn trap(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
