//! BLS signatures, as the host checks them.

mod host {
    #[link(wasm_import_module = "bls")]
    extern "C" {
        pub fn verify(
            pubkey: *const u8,
            message: *const u8,
            length: usize,
            signature: *const u8,
        ) -> u32;
    }
}

/// Tells whether a signature is valid. Bytes that are no points make it invalid.
pub fn verify(pubkey: &[u8; 48], message: &[u8], signature: &[u8; 96]) -> bool {
    // SAFETY: the host reads 48 bytes, exactly the message, and 96 bytes.
    let valid = unsafe {
        host::verify(pubkey.as_ptr(), message.as_ptr(), message.len(), signature.as_ptr())
    };
    valid == 1
}
