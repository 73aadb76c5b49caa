//! Turns entropy into WebAssembly modules, one after the other, until its input ends.
//!
//! A request is one byte that chooses a flavour, the size of the entropy as four bytes, little
//! end first, and the entropy. The answer is the size of the module, likewise, and the module;
//! size zero where the entropy makes none. The same request always gets the same answer.

use std::io::{self, BufReader, BufWriter, Read, Write};

use arbitrary::Unstructured;
use wasm_smith::{Config, Module};

fn main() -> io::Result<()> {
    let mut requests = BufReader::new(io::stdin().lock());
    let mut answers = BufWriter::new(io::stdout().lock());
    let mut flavour = [0u8; 1];
    while requests.read(&mut flavour)? == 1 {
        let mut size = [0u8; 4];
        requests.read_exact(&mut size)?;
        let mut entropy = vec![0u8; u32::from_le_bytes(size) as usize];
        requests.read_exact(&mut entropy)?;
        let module = make_module(flavour[0], &entropy);
        answers.write_all(&(module.len() as u32).to_le_bytes())?;
        answers.write_all(&module)?;
    }
    answers.flush()
}

fn make_module(flavour: u8, entropy: &[u8]) -> Vec<u8> {
    let mut source = Unstructured::new(entropy);
    match Module::new(choose_config(flavour), &mut source) {
        Ok(module) => module.to_bytes(),
        Err(_) => Vec::new(),
    }
}

/// What a flavour may use: 0 is WebAssembly 1.0 with what every engine adds to it, 1 all that
/// scripts may use, 2 the same with bodies of any bytes, others everything there is.
fn choose_config(flavour: u8) -> Config {
    let is_more = flavour > 0;
    let is_all = flavour > 2;
    Config {
        allow_invalid_funcs: flavour == 2,
        bulk_memory_enabled: is_more,
        multi_value_enabled: is_more,
        reference_types_enabled: is_more,
        simd_enabled: is_more,
        custom_page_sizes_enabled: is_all,
        exceptions_enabled: is_all,
        gc_enabled: is_all,
        memory64_enabled: is_all,
        relaxed_simd_enabled: is_all,
        tail_call_enabled: is_all,
        threads_enabled: is_all,
        wide_arithmetic_enabled: is_all,
        extended_const_enabled: true,
        saturating_float_to_int_enabled: true,
        sign_extension_ops_enabled: true,
        generate_custom_sections: true,
        max_memories: if is_all { 3 } else { 1 },
        max_tables: if is_more { 3 } else { 1 },
        min_funcs: 1,
        max_data_segments: 4,
        max_element_segments: 4,
        max_elements: 8,
        max_exports: 8,
        max_funcs: 8,
        max_globals: 8,
        max_imports: 8,
        max_instructions: 60,
        max_tags: 4,
        max_types: 12,
        ..Config::default()
    }
}
