//! Calls one host function through its wrapper.
//!
//! Block data: which (1 byte), then its operands. What `expose_modified_state` hands out: what
//! the host wrote, then the number that it returned, 8 bytes. The state is 32 bytes that no
//! function returns by itself.
#![no_std]
#![no_main]

use shardlab_sdk::bignum::{self, Element};
use shardlab_sdk::containers::{DepositData, TimestampedDepositData};
use shardlab_sdk::ssz::Decode;
use shardlab_sdk::{bls, debug, eth2, hash, script, ssz, trap, OrTrap};

script!(run);

fn run() {
    let (choice, operands) = eth2::block_data().split_first().unwrap_or_else(|| trap());
    match choice / 16 {
        0 => call_core(choice % 16, operands),
        1 => call_debug(choice % 16, operands),
        2 => call_words(choice % 16, operands),
        3 => call_field(choice % 16, operands),
        4 => call_integers(choice % 16, operands),
        5 => call_crypto(choice % 16, operands),
        _ => trap(),
    }
    eth2::save_post_state_root(&[9; 32]);
}

fn show(written: &[u8], result: u64) {
    let out = shardlab_sdk::alloc::zeroed(written.len() + 8);
    out[..written.len()].copy_from_slice(written);
    out[written.len()..].copy_from_slice(&result.to_le_bytes());
    eth2::expose_modified_state(out);
}

fn call_core(choice: u8, operands: &[u8]) {
    match choice {
        0 => show(&eth2::load_pre_state_root(), 0),
        1 => show(&[], eth2::block_data_size() as u64),
        2 => {
            let mut buffer = [0; 4];
            eth2::block_data_copy(&mut buffer, 2);
            show(&buffer, 0)
        }
        3 => eth2::save_post_state_root(&fixed(operands)),
        4 => eth2::push_new_deposit(&DepositData::decode(operands).or_trap()),
        5 => eth2::use_ticks(number(operands) as u32),
        6 => show(&[], eth2::get_shard_id().into()),
        7 => show(&[], eth2::get_slot()),
        8 => show(&[], eth2::get_env()),
        9 => show(&eth2::load_beacon_state_root(), 0),
        10 => match eth2::get_shard_state_root(number(operands) as u32) {
            Some(root) => show(&root, 0),
            None => show(&[], 1),
        },
        11 => eth2::expose_modified_state(operands),
        12 => {
            let deposit = TimestampedDepositData::decode(operands).or_trap();
            eth2::push_new_timestamped_deposit(&deposit)
        }
        _ => trap(),
    }
}

fn call_debug(choice: u8, operands: &[u8]) {
    match choice {
        0 => debug::print32(number(operands) as u32),
        1 => debug::print64(number(operands)),
        2 => debug::print_mem(operands),
        3 => debug::log(core::str::from_utf8(operands).ok().or_trap()),
        4 => debug::print_mem_hex(operands),
        5 => debug::mem(operands),
        6 => debug::start_timer(),
        7 => debug::end_timer(),
        8 => debug::debug_print_mem(operands),
        9 => debug::abort(),
        _ => trap(),
    }
}

fn call_words(choice: u8, operands: &[u8]) {
    let (a, b, m) = (word(operands, 0), word(operands, 1), word(operands, 2));
    let result = match choice {
        0 => bignum::add256(&a, &b),
        1 => bignum::sub256(&a, &b),
        2 => bignum::mul256(&a, &b),
        3 => bignum::div256(&a, &b),
        4 => bignum::mul_mod(&a, &b, &m),
        _ => trap(),
    };
    show(&result, 0)
}

fn call_field(choice: u8, operands: &[u8]) {
    let (a, b) = (element(operands, 0), element(operands, 1));
    let result = match choice {
        0 => bignum::f1m_mul(&a, &b),
        1 => bignum::f1m_add(&a, &b),
        2 => bignum::f1m_sub(&a, &b),
        3 => bignum::f1m_square(&a),
        4 => bignum::f1m_to_montgomery(&a),
        5 => bignum::f1m_from_montgomery(&a),
        6 => bignum::frm_mul(&a, &b),
        7 => bignum::frm_add(&a, &b),
        8 => bignum::frm_sub(&a, &b),
        9 => bignum::frm_square(&a),
        10 => bignum::frm_to_montgomery(&a),
        11 => bignum::frm_from_montgomery(&a),
        _ => trap(),
    };
    show(&result, 0)
}

fn call_integers(choice: u8, operands: &[u8]) {
    let (a, b) = (element(operands, 0), element(operands, 1));
    match choice {
        0 => {
            let (sum, carry) = bignum::int_add(&a, &b);
            show(&sum, carry.into())
        }
        1 => {
            let (difference, borrow) = bignum::int_sub(&a, &b);
            show(&difference, borrow.into())
        }
        2 => show(&bignum::int_mul(&a, &b), 0),
        3 => {
            let (quotient, remainder) = bignum::int_div(&a, &b);
            let mut both = [0; 96];
            both[..48].copy_from_slice(&quotient);
            both[48..].copy_from_slice(&remainder);
            show(&both, 0)
        }
        _ => trap(),
    }
}

fn call_crypto(choice: u8, operands: &[u8]) {
    match choice {
        0 => show(&hash::keccak256(operands), 0),
        1 => show(&hash::sha256(operands), 0),
        2 => {
            let (pubkey, rest) = operands.split_at(48);
            let (message, signature) = rest.split_at(rest.len() - 96);
            let is_valid = bls::verify(&fixed(pubkey), message, &fixed(signature));
            show(&[], is_valid.into())
        }
        3 => {
            let chunks = [word(operands, 0), word(operands, 1), word(operands, 2)];
            show(&ssz::merkleize(&chunks, 2), 0)
        }
        _ => trap(),
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().ok().or_trap()
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(fixed(bytes))
}

fn word(operands: &[u8], at: usize) -> [u8; 32] {
    operands.get(at * 32..at * 32 + 32).map_or([0; 32], fixed)
}

fn element(operands: &[u8], at: usize) -> Element {
    operands.get(at * 48..at * 48 + 48).map_or([0; 48], fixed)
}
