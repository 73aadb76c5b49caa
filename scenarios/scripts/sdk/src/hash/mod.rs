//! keccak256 and sha256: the host's, and the same computed in wasm.
//!
//! Which is better is one of the open questions of Phase 2 ("native or wasm?"), so what hashes
//! elsewhere in this library asks for one of them: `Native` or `Wasm`.

mod keccak;
mod sha2;

use crate::Bytes32;
pub use keccak::Keccak256;
pub use sha2::Sha256;

mod host {
    #[link(wasm_import_module = "hash")]
    extern "C" {
        pub fn keccak256(data: *const u8, length: usize, digest: *mut u8);
        pub fn sha256(data: *const u8, length: usize, digest: *mut u8);
    }
}

/// Who hashes.
pub trait Hash {
    /// keccak256 as Ethereum 1 uses it.
    fn keccak256(data: &[u8]) -> Bytes32;

    /// sha256.
    fn sha256(data: &[u8]) -> Bytes32;
}

/// The host's `hash` library.
pub enum Native {}

impl Hash for Native {
    fn keccak256(data: &[u8]) -> Bytes32 {
        keccak256(data)
    }

    fn sha256(data: &[u8]) -> Bytes32 {
        sha256(data)
    }
}

/// This library's own code.
pub enum Wasm {}

impl Hash for Wasm {
    fn keccak256(data: &[u8]) -> Bytes32 {
        let mut hasher = Keccak256::new();
        hasher.update(data);
        hasher.finish()
    }

    fn sha256(data: &[u8]) -> Bytes32 {
        let mut hasher = Sha256::new();
        hasher.update(data);
        hasher.finish()
    }
}

/// keccak256 as Ethereum 1 uses it, by the host.
pub fn keccak256(data: &[u8]) -> Bytes32 {
    let mut digest = [0; 32];
    // SAFETY: the host reads exactly the data and writes 32 bytes.
    unsafe { host::keccak256(data.as_ptr(), data.len(), digest.as_mut_ptr()) };
    digest
}

/// sha256, by the host.
pub fn sha256(data: &[u8]) -> Bytes32 {
    let mut digest = [0; 32];
    // SAFETY: the host reads exactly the data and writes 32 bytes.
    unsafe { host::sha256(data.as_ptr(), data.len(), digest.as_mut_ptr()) };
    digest
}
