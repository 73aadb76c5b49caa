//! What keeps a withdrawal receipt, or a message, from counting twice.
//!
//! The record proposes a bitfield and a nonce, and forgets that without either one receipt
//! pays many times. All three are built, so that they can be compared:
//!
//! - `bitfield`: a bit for each number; they may come in any order.
//! - `nonce`: the lowest number that still counts. One leaf for all, but whoever jumps over a
//!   number has lost it for everybody.
//! - `none`: nothing is remembered, which shows the loss.
//!
//! The custom section `replay_protection` of the module says which one it is.

use crate::keys::Key;
use crate::ledger::Ledger;
use shardlab_sdk::{require, OrTrap};

type Word = [u8; 64];

const BITS_PER_WORD: u64 = 512;

#[allow(dead_code)] // every build has one of them
enum Protection {
    Bitfield,
    Nonce,
    None,
}

macro_rules! choose {
    ($protection:ident, $name:literal) => {
        const PROTECTION: Protection = Protection::$protection;

        #[used]
        #[link_section = "replay_protection"]
        static NAME: [u8; $name.len()] = *$name;
    };
}

#[cfg(not(any(replay_protection = "nonce", replay_protection = "none")))]
choose! { Bitfield, b"bitfield" }
#[cfg(replay_protection = "nonce")]
choose! { Nonce, b"nonce" }
#[cfg(replay_protection = "none")]
choose! { None, b"none" }

/// Whether anything is remembered at all.
pub const IS_PROTECTED: bool = !matches!(PROTECTION, Protection::None);

/// Marks a number as used; traps if it was before. What is remembered begins at `key_of(0)`.
pub fn claim(ledger: &mut Ledger, key_of: impl Fn(u64) -> Key, number: u64) {
    match PROTECTION {
        Protection::Bitfield => claim_bit(ledger, key_of(number / BITS_PER_WORD), number),
        Protection::Nonce => claim_nonce(ledger, key_of(0), number),
        Protection::None => {}
    }
}

fn claim_bit(ledger: &mut Ledger, key: Key, number: u64) {
    let place = ledger.find::<Word>(key);
    let mut word = ledger.read(&place).unwrap_or([0; 64]);
    let at = (number % BITS_PER_WORD) as usize;
    let byte = word.get_mut(at / 8).or_trap();
    let bit = 1 << (at % 8);
    require(*byte & bit == 0);
    *byte |= bit;
    ledger.write(&place, &word);
}

/// Takes a number that is not below the one in a leaf, which becomes the next one.
pub fn claim_nonce(ledger: &mut Ledger, key: Key, number: u64) {
    let place = ledger.find::<u64>(key);
    require(number >= ledger.read(&place).unwrap_or(0));
    ledger.write(&place, &number.checked_add(1).or_trap());
}
