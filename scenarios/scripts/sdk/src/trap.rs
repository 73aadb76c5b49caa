//! How a script ends when something is wrong.
//!
//! A debug build says where, through `debug`. A release build executes `unreachable` and
//! carries no text, which is what makes a script small.

use crate::Malformed;
use core::arch::wasm32::unreachable;
use core::panic::PanicInfo;

/// Ends the execution; the block that led here is invalid.
#[inline(always)]
#[track_caller]
pub fn trap() -> ! {
    if cfg!(debug_assertions) {
        panic!("the script trapped")
    }
    unreachable()
}

/// Ends the execution unless the condition holds. Unlike `assert!` it leaves no text behind.
#[inline(always)]
#[track_caller]
pub fn require(condition: bool) {
    if !condition {
        trap()
    }
}

/// Takes the value out of what may be none, or ends the execution.
pub trait OrTrap<T> {
    /// Like `unwrap`, without the text.
    fn or_trap(self) -> T;
}

impl<T> OrTrap<T> for Option<T> {
    #[inline(always)]
    #[track_caller]
    fn or_trap(self) -> T {
        match self {
            Some(value) => value,
            None => trap(),
        }
    }
}

impl<T> OrTrap<T> for Result<T, Malformed> {
    #[inline(always)]
    #[track_caller]
    fn or_trap(self) -> T {
        match self {
            Ok(value) => value,
            Err(Malformed) => trap(),
        }
    }
}

#[panic_handler]
fn report(info: &PanicInfo) -> ! {
    if cfg!(debug_assertions) {
        crate::debug::print(format_args!("{}", info));
    }
    unreachable()
}
