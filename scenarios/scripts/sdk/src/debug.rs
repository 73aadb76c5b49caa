//! Lines of text for whoever watches; consensus ignores them.

use core::fmt::{Arguments, Result, Write};

mod host {
    #[link(wasm_import_module = "debug")]
    extern "C" {
        pub fn print32(number: u32);
        pub fn print64(number: u64);
        pub fn printMem(pointer: *const u8, length: usize);
        pub fn printMemHex(pointer: *const u8, length: usize);
        pub fn log(pointer: *const u8, length: usize);
        pub fn mem(pointer: *const u8, length: usize);
        pub fn startTimer();
        pub fn endTimer();
    }

    #[link(wasm_import_module = "env")]
    extern "C" {
        pub fn eth2_debugPrintMem(pointer: *const u8, length: usize);
        pub fn abort() -> !;
    }
}

/// Prints text.
pub fn log(text: &str) {
    // SAFETY: the host reads exactly the text.
    unsafe { host::log(text.as_ptr(), text.len()) }
}

/// Prints a number, unsigned and in hex.
pub fn print32(number: u32) {
    // SAFETY: no memory is involved.
    unsafe { host::print32(number) }
}

/// Prints a number, unsigned and in hex.
pub fn print64(number: u64) {
    // SAFETY: no memory is involved.
    unsafe { host::print64(number) }
}

/// Prints bytes as text, escaped where they are none.
pub fn print_mem(bytes: &[u8]) {
    // SAFETY: the host reads exactly the bytes.
    unsafe { host::printMem(bytes.as_ptr(), bytes.len()) }
}

/// Prints bytes in hex.
pub fn print_mem_hex(bytes: &[u8]) {
    // SAFETY: the host reads exactly the bytes.
    unsafe { host::printMemHex(bytes.as_ptr(), bytes.len()) }
}

/// Prints bytes in hex.
pub fn mem(bytes: &[u8]) {
    // SAFETY: the host reads exactly the bytes.
    unsafe { host::mem(bytes.as_ptr(), bytes.len()) }
}

/// Prints bytes in hex, through the name that some hosts know instead.
pub fn debug_print_mem(bytes: &[u8]) {
    // SAFETY: the host reads exactly the bytes.
    unsafe { host::eth2_debugPrintMem(bytes.as_ptr(), bytes.len()) }
}

/// Notes the fuel.
pub fn start_timer() {
    // SAFETY: no memory is involved.
    unsafe { host::startTimer() }
}

/// Prints the fuel used since `start_timer`.
pub fn end_timer() {
    // SAFETY: no memory is involved.
    unsafe { host::endTimer() }
}

/// Ends the execution with the outcome `abort`, where `trap` would give `unreachable`.
pub fn abort() -> ! {
    // SAFETY: the host does not return.
    unsafe { host::abort() }
}

/// Prints one formatted line of at most 256 bytes: `debug::print(format_args!("{}", n))`.
///
/// Formatting takes kilobytes of code; a script that goes on a chain is better off with `log`.
pub fn print(arguments: Arguments) {
    let mut line = Line { bytes: [0; 256], length: 0 };
    // What does not fit is cut off, so there is no error to handle.
    let _ = line.write_fmt(arguments);
    let shown = line.bytes.get(..line.length).unwrap_or(&line.bytes);
    // SAFETY: the host reads exactly the bytes; it escapes a character that was cut in two.
    unsafe { host::log(shown.as_ptr(), shown.len()) }
}

struct Line {
    bytes: [u8; 256],
    length: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> Result {
        for (place, byte) in self.bytes.iter_mut().skip(self.length).zip(text.bytes()) {
            *place = if byte == b'\n' { b' ' } else { byte };
            self.length += 1;
        }
        Ok(())
    }
}
