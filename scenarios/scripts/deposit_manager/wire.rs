//! Block data, operations and leaves, as `simulator/manager/data.py` writes them.
#![allow(missing_docs)] // the fields are documented there

use shardlab_sdk::containers::{
    Branch, DepositData, Pubkey, Root, Signature, WithdrawalReceipt, WithdrawalReceiptProof,
};
use shardlab_sdk::ssz::{Bytes, List};
use shardlab_sdk::{container, OrTrap};

/// No root covers these lists, so the limit of block data is theirs.
const LIMIT: u64 = 1 << 22;

/// Values of leaves.
pub type Values<'a> = List<'a, Bytes<'a, LIMIT>, LIMIT>;

/// A slot that never comes.
pub const NEVER: u64 = u64::MAX;

/// First byte of an operation.
pub mod selector {
    pub const TAKE_IN: u8 = 0;
    pub const TRANSFER: u8 = 1;
    pub const DEPOSIT: u8 = 2;
    pub const SEND: u8 = 3;
    pub const RECEIVE: u8 = 4;
    pub const SEND_NETTED: u8 = 5;
    pub const RECEIVE_NETTED: u8 = 6;
    pub const PROVE_ROW: u8 = 7;
    pub const LOCK_RESERVE: u8 = 8;
}

const SIGNATURE_BYTES: usize = 96;

/// An operation as its sender signed it.
pub struct Signed<'a> {
    pub selector: u8,
    pub content: &'a [u8],
    pub signature: &'a Signature,
}

impl<'a> Signed<'a> {
    /// Takes the encoding of an operation, whose signature is its last field.
    pub fn new(selector: u8, payload: &'a [u8]) -> Self {
        let content_bytes = payload.len().checked_sub(SIGNATURE_BYTES).or_trap();
        let content = payload.get(..content_bytes).or_trap();
        let signature = payload.get(content_bytes..).or_trap().try_into().ok().or_trap();
        Self { selector, content, signature }
    }
}

container! {
    /// Operations, and one multiproof of all leaves that they touch.
    pub struct ManagerData<'a> {
        pub keys: Bytes<'a, LIMIT>,
        pub values: Values<'a>,
        pub siblings: Bytes<'a, LIMIT>,
        pub operations: List<'a, Bytes<'a, LIMIT>, LIMIT>,
    }

    pub struct TakeIn<'a> {
        pub receipt: WithdrawalReceipt<'a>,
        pub proof: WithdrawalReceiptProof<'a>,
    }

    /// What `withdrawal.data` holds.
    pub struct Route<'a> {
        pub shard: u64,
        pub recipient: &'a Pubkey,
    }

    pub struct Transfer<'a> {
        pub sender: &'a Pubkey,
        pub nonce: u64,
        pub recipient: &'a Pubkey,
        pub amount: u64,
        pub signature: &'a Signature,
    }

    pub struct DepositOut<'a> {
        pub sender: &'a Pubkey,
        pub nonce: u64,
        pub deposit: DepositData,
        pub signature: &'a Signature,
    }

    pub struct Send<'a> {
        pub sender: &'a Pubkey,
        pub nonce: u64,
        pub to_shard: u64,
        pub recipient: &'a Pubkey,
        pub amount: u64,
        pub expiry_slot: u64,
        pub signature: &'a Signature,
    }

    pub struct NumberedMessage<'a> {
        pub number: u64,
        pub message: &'a [u8; Message::SIZE], // stays encoded, because that is what is proven
    }

    pub struct Receive<'a> {
        pub from_shard: u64,
        pub script_root: &'a Root,
        pub state_branch: Branch<'a>,
        pub messages: List<'a, NumberedMessage<'a>, LIMIT>,
        pub siblings: Bytes<'a, LIMIT>,
    }

    pub struct ReceiveNetted<'a> {
        pub from_shard: u64,
        pub send: &'a [u8; Send::SIZE], // stays encoded, because that is what was signed
    }

    pub struct ProveRow<'a> {
        pub from_shard: u64,
        pub script_root: &'a Root,
        pub state_branch: Branch<'a>,
        pub total: u64,
        pub siblings: Bytes<'a, LIMIT>,
    }

    pub struct LockReserve<'a> {
        pub sender: &'a Pubkey,
        pub nonce: u64,
        pub amount: u64,
        pub signature: &'a Signature,
    }

    pub struct EthAccount<'a> {
        pub pubkey: &'a Pubkey,
        pub nonce: u64,
        pub value: u64,
    }

    pub struct Message<'a> {
        pub sender: &'a Pubkey,
        pub recipient: &'a Pubkey,
        pub amount: u64,
        pub expiry_slot: u64,
    }
}

container! {
    pub struct NettedCredit {
        pub credited: u64,
        pub proven: u64,
    }

    pub struct Reserve {
        pub locked: u64,
        pub drawn: u64,
    }
}
