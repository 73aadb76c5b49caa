//! The smallest script worth running: it keeps its state and insists on empty block data.
#![no_std]
#![no_main]

#[link(wasm_import_module = "eth2")]
extern "C" {
    fn blockDataSize() -> u32;
    fn loadPreStateRoot(root: *mut [u8; 32]);
    fn savePostStateRoot(root: *const [u8; 32]);
}

#[no_mangle]
unsafe extern "C" fn main() {
    assert!(blockDataSize() == 0);
    let mut root = [0; 32];
    loadPreStateRoot(&mut root);
    savePostStateRoot(&root);
}

#[panic_handler]
fn trap(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
