//! Returns the state it was given, unless the block data is one byte: then it never returns.
//! What checking the code cannot find, and only metering ends.
#![no_std]
#![no_main]

#[link(wasm_import_module = "eth2")]
extern "C" {
    fn loadPreStateRoot(pointer: *mut u8);
    fn savePostStateRoot(pointer: *const u8);
    fn blockDataSize() -> u32;
}

#[no_mangle]
extern "C" fn main() {
    let mut state = [0u8; 32];
    unsafe {
        if blockDataSize() == 1 {
            spin();
        }
        loadPreStateRoot(state.as_mut_ptr());
        savePostStateRoot(state.as_ptr());
    }
}

/// Counts forever. A counter that nobody could see would be compiled away.
fn spin() -> ! {
    let mut count = 0u64;
    loop {
        count = count.wrapping_add(1);
        unsafe { core::ptr::write_volatile(core::ptr::addr_of_mut!(SEEN), count) };
    }
}

static mut SEEN: u64 = 0;

#[panic_handler]
fn trap(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
