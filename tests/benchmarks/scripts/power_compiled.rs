//! Exponentiation in a field whose multiplication is compiled in: the same source as the library.
#![no_std]
#![no_main]

#[path = "../../../chain/eei/libraries/montgomery.rs"]
#[allow(dead_code)]
mod montgomery;
mod power;
#[path = "../../../chain/eei/libraries/words.rs"]
#[allow(dead_code)]
mod words;

use montgomery::{multiply, Field, Modulus};
use power::Element;

struct Prime;

impl Field<12, 13> for Prime {
    const MODULUS: Modulus<12, 13> = Modulus::new(
        "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
    );
}

#[inline(never)]
fn product(a: &Element, b: &Element) -> Element {
    multiply::<Prime, 12, 13>(a, b)
}

#[no_mangle]
extern "C" fn main() {
    power::run(|a, b, out| *out = product(a, b));
}
