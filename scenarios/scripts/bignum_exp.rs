//! Raises its state to a power: the post-state is `state ** exponent % modulus`.
//!
//! All three numbers are 256-bit big-endian. Block data: exponent, then modulus, 64 bytes.
//! The host multiplies (`bignum.mulMod`); a modulus of zero is a trap there.
#![no_std]
#![no_main]

type Number = [u8; 32];

#[repr(C)]
#[derive(Default)]
struct Power {
    exponent: Number,
    modulus: Number,
}

#[link(wasm_import_module = "eth2")]
extern "C" {
    fn blockDataSize() -> u32;
    fn blockDataCopy(to: *mut Power, offset: u32, length: u32);
    fn loadPreStateRoot(base: *mut Number);
    fn savePostStateRoot(result: *const Number);
}

#[link(wasm_import_module = "bignum")]
extern "C" {
    fn mulMod(a: *const Number, b: *const Number, modulus: *const Number, product: *mut Number);
}

unsafe fn multiply(a: Number, b: Number, modulus: &Number) -> Number {
    let mut product = Number::default();
    mulMod(&a, &b, modulus, &mut product);
    product
}

#[no_mangle]
unsafe extern "C" fn main() {
    assert!(blockDataSize() == 64);
    let mut power = Power::default();
    blockDataCopy(&mut power, 0, 64);
    let mut base = Number::default();
    loadPreStateRoot(&mut base);

    let mut one = Number::default();
    one[31] = 1;
    let mut result = multiply(one, one, &power.modulus); // 0 if the modulus is 1
    for byte in power.exponent {
        for bit in (0..8).rev() {
            result = multiply(result, result, &power.modulus);
            if byte >> bit & 1 == 1 {
                result = multiply(result, base, &power.modulus);
            }
        }
    }
    savePostStateRoot(&result);
}

#[panic_handler]
fn trap(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
