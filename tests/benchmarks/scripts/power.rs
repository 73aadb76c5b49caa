//! Exponentiation in the base field of BLS12-381, whoever multiplies.
//!
//! Block data: a number of 48 bytes and how often to invert it, 4 bytes, all little-endian. The
//! post-state is the low 32 bytes of what comes out, in Montgomery form like the number itself.

pub type Element = [u32; 12];

#[repr(C)]
struct Input {
    number: Element,
    rounds: u32,
}

#[link(wasm_import_module = "eth2")]
extern "C" {
    fn blockDataCopy(to: *mut Input, offset: u32, length: u32);
    fn savePostStateRoot(result: *const Element);
}

/// The prime less two: to that power, a number is its inverse.
const EXPONENT: [u32; 12] = [
    0xffffaaa9, 0xb9feffff, 0xb153ffff, 0x1eabfffe, 0xf6b0f624, 0x6730d2a0, 0xf38512bf, 0x64774b84,
    0x434bacd7, 0x4b1ba7b6, 0x397fe69a, 0x1a0111ea,
];
/// The highest bit is not zero.
const BITS: usize = 381;

fn invert(number: &Element, multiply: impl Fn(&Element, &Element, &mut Element)) -> Element {
    let mut result = *number;
    for bit in (0..BITS - 1).rev() {
        let base = result;
        multiply(&base, &base, &mut result);
        if EXPONENT[bit / 32] >> (bit % 32) & 1 == 1 {
            let base = result;
            multiply(&base, number, &mut result);
        }
    }
    result
}

/// The whole script.
pub fn run(multiply: impl Fn(&Element, &Element, &mut Element)) {
    let mut input = Input { number: [0; 12], rounds: 0 };
    unsafe { blockDataCopy(&mut input, 0, 52) };
    for _ in 0..input.rounds {
        input.number = invert(&input.number, &multiply);
    }
    unsafe { savePostStateRoot(&input.number) };
}

#[panic_handler]
fn trap(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
