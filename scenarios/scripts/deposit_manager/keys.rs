//! Where everything lies in the tree: one byte names a table, five name an entry.
//!
//! Five bytes are the least that a million accounts share without much risk, and each level
//! costs a transfer four hashes. Whoever grinds a key pair onto somebody's entry takes only an
//! entry, because the leaf holds the whole public key. All keys of a block share the levels of
//! the byte in front.
//!
//! A key is used as a number, whose six bytes in big-endian order are the way down the tree.

use shardlab_sdk::containers::Pubkey;
use shardlab_sdk::{hash, require, Bytes32};

/// Size of a key.
pub const KEY_BYTES: usize = 6;

/// Messages from one shard to another: what fits into three bytes of a key.
pub const MESSAGE_LIMIT: u64 = 1 << 24;

/// Shards: what fits into two bytes of a key.
pub const SHARD_LIMIT: u64 = 1 << 16;

const ENTRY_BITS: u32 = 40;
const NUMBER_BITS: u32 = 24;

/// A way down the tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(u64);

/// What a leaf is.
#[derive(Clone, Copy)]
pub enum Table {
    /// `EthAccount`; the entry is the address, cut to five bytes.
    Accounts,
    /// Withdrawal receipts taken in; the entry is a place in what remembers them.
    Receipts,
    /// Number of messages sent to a shard.
    Sent,
    /// `Message`; the entry is the target shard and the message's number.
    Outbox,
    /// Messages taken in; the entry is the source shard and a place in what remembers them.
    Inbox,
    /// `own[here][shard]` of netting, signed.
    Row,
    /// `NettedCredit`: what is known of `own[shard][here]`.
    Column,
    /// Next nonce of a foreign sender.
    Netted,
    /// `Reserve`; one entry.
    Reserve,
}

impl Key {
    /// Reads a key of block data, which has `KEY_BYTES`.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Returns the bytes of a key, the most significant one first.
    pub fn to_bytes(self) -> [u8; KEY_BYTES] {
        let [_, _, bytes @ ..] = self.0.to_be_bytes();
        bytes
    }

    /// Returns the key of an entry; traps if five bytes cannot hold it.
    pub fn new(table: Table, entry: u64) -> Self {
        require(entry >> ENTRY_BITS == 0);
        Self((table as u64) << ENTRY_BITS | entry)
    }

    /// Returns the key of an entry that has a shard and a number.
    pub fn of_pair(table: Table, shard: u64, number: u64) -> Self {
        require(number < MESSAGE_LIMIT);
        Self::new(table, shard << NUMBER_BITS | number)
    }

    /// Returns the key of an account.
    pub fn of_account(pubkey: &Pubkey) -> Self {
        Self::of_digest(Table::Accounts, &hash::keccak256(pubkey))
    }

    /// Returns the key of the next nonce of a sender on another shard.
    pub fn of_foreign_sender(shard: u64, pubkey: &Pubkey) -> Self {
        let mut both = [0; 8 + 48];
        both[..8].copy_from_slice(&shard.to_le_bytes());
        both[8..].copy_from_slice(pubkey);
        Self::of_digest(Table::Netted, &hash::keccak256(&both))
    }

    fn of_digest(table: Table, digest: &Bytes32) -> Self {
        let [a, b, c, d, e, ..] = *digest;
        Self::new(table, Self::from_bytes(&[a, b, c, d, e]).0)
    }
}
