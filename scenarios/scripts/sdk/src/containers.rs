//! The protocol's containers, with the fields and limits of `chain/containers.py`.
//!
//! They have no documentation of their own: the protocol is documented there.
#![allow(missing_docs)]

use crate::container;
use crate::ssz::{Bitlist, Bytes, List, Vector};

const VALIDATOR_LIMIT: u64 = 1 << 20;
const SCRIPT_LIMIT: u64 = 1 << 16;
const SHARD_LIMIT: u64 = 1 << 12;
const CODE_BYTES_LIMIT: u64 = 1 << 22;
const BLOCK_DATA_BYTES_LIMIT: u64 = 1 << 22;
const MARK_BYTES_LIMIT: u64 = 1 << 12;
const WITHDRAWAL_DATA_BYTES_LIMIT: u64 = 1 << 10;
const OPERATIONS_PER_BLOCK_LIMIT: u64 = 1 << 10;
const WITHDRAWAL_RECEIPTS_LIMIT: u64 = 1 << 10;
const CLAIMS_PER_SHARD_LIMIT: u64 = 1 << 32;
const COMMITTEE_LIMIT: u64 = 1 << 12;
const HISTORICAL_ROOTS_LIMIT: u64 = 1 << 24;
const BRANCH_LIMIT: u64 = 1 << 7;
const STATE_ROOTS_RING_SLOTS: u64 = 64;

pub type Root = [u8; 32];
pub type Pubkey = [u8; 48];
pub type Signature = [u8; 96];
pub type Branch<'a> = List<'a, Root, BRANCH_LIMIT>;
pub type Ring<'a> = Vector<'a, Root, STATE_ROOTS_RING_SLOTS>;

type Operations<'a, T> = List<'a, T, OPERATIONS_PER_BLOCK_LIMIT>;

container! {
    pub struct Validator {
        pub pubkey: Pubkey,
        pub withdrawal_credentials: Root,
        pub activation_eligibility_epoch: u64,
        pub activation_epoch: u64,
        pub exit_epoch: u64,
        pub withdrawable_epoch: u64,
    }

    pub struct DepositData {
        pub pubkey: Pubkey,
        pub withdrawal_credentials: Root,
        pub amount: u64,
        pub signature: Signature,
    }

    pub struct TimestampedDepositData {
        pub deposit: DepositData,
        pub min_timestamp: u64,
    }

    pub struct ShardBlockHeader {
        pub shard: u64,
        pub slot: u64,
        pub parent_root: Root,
        pub beacon_root: Root,
        pub env: u64,
        pub data_root: Root,
        pub state_root: Root,
        pub deposit_root: Root,
        pub proposer_index: u64,
    }

    pub struct Crosslink {
        pub shard: u64,
        pub start_slot: u64,
        pub end_slot: u64,
        pub headers_root: Root,
        pub shard_state_root: Root,
    }

    pub struct BeaconBlockHeader {
        pub slot: u64,
        pub parent_root: Root,
        pub state_root: Root,
        pub proposer_index: u64,
        pub body_root: Root,
    }
}

container! {
    pub struct DepositReceiptProof<'a> {
        pub header: ShardBlockHeader,
        pub deposit_index: u64,
        pub deposit_branch: Branch<'a>,
        pub header_index: u64,
        pub beacon_slot: u64,
        pub crosslink_branch: Branch<'a>,
    }

    pub struct NewExecutionScript<'a> {
        pub sender: u64,
        pub slot: u64,
        pub code: Bytes<'a, CODE_BYTES_LIMIT>,
        pub pubkey: Pubkey,
        pub signature: Signature,
    }

    pub struct NewValidator<'a> {
        pub executor: u64,
        pub deposit: DepositData,
        pub proof: DepositReceiptProof<'a>,
    }

    pub struct Withdrawal<'a> {
        pub validator_index: u64,
        pub target: u64,
        pub data: Bytes<'a, WITHDRAWAL_DATA_BYTES_LIMIT>,
        pub pubkey: Pubkey,
        pub signature: Signature,
    }

    pub struct ExecutionScript<'a> {
        pub code: Bytes<'a, CODE_BYTES_LIMIT>,
        pub balance: u64,
        pub mark: Bytes<'a, MARK_BYTES_LIMIT>,
    }

    pub struct WithdrawalReceipt<'a> {
        pub receipt_index: u64,
        pub withdrawal: Withdrawal<'a>,
        pub amount: u64,
    }

    pub struct WithdrawalReceiptProof<'a> {
        pub slot: u64,
        pub position: u64,
        pub branch: Branch<'a>,
    }

    pub struct SignedCrosslink<'a> {
        pub crosslink: Crosslink,
        pub aggregation_bits: Bitlist<'a, COMMITTEE_LIMIT>,
        pub signature: Signature,
    }

    pub struct ValidationReport<'a> {
        pub reporter: u64,
        pub script: u64,
        pub slot: u64,
        pub data: Bytes<'a, MARK_BYTES_LIMIT>,
        pub signature: Signature,
    }

    pub struct BeaconBlockBody<'a> {
        pub crosslinks: List<'a, SignedCrosslink<'a>, SHARD_LIMIT>,
        pub new_execution_scripts: Operations<'a, NewExecutionScript<'a>>,
        pub new_validators: Operations<'a, NewValidator<'a>>,
        pub withdrawals: Operations<'a, Withdrawal<'a>>,
        pub validation_reports: Operations<'a, ValidationReport<'a>>,
    }

    pub struct BeaconBlock<'a> {
        pub slot: u64,
        pub parent_root: Root,
        pub state_root: Root,
        pub proposer_index: u64,
        pub body: BeaconBlockBody<'a>,
    }

    pub struct SignedBeaconBlock<'a> {
        pub message: BeaconBlock<'a>,
        pub signature: Signature,
    }

    pub struct BeaconState<'a> {
        pub slot: u64,
        pub validators: List<'a, Validator, VALIDATOR_LIMIT>,
        pub balances: List<'a, u64, VALIDATOR_LIMIT>,
        pub execution_scripts: List<'a, ExecutionScript<'a>, SCRIPT_LIMIT>,
        pub withdrawal_receipts: List<'a, WithdrawalReceipt<'a>, WITHDRAWAL_RECEIPTS_LIMIT>,
        pub next_withdrawal_receipt_index: u64,
        pub crosslinks: List<'a, Crosslink, SHARD_LIMIT>,
        pub latest_block_header: BeaconBlockHeader,
        pub latest_state_roots: Ring<'a>,
        pub historical_roots: List<'a, Root, HISTORICAL_ROOTS_LIMIT>,
        pub claims: List<'a, List<'a, u64, CLAIMS_PER_SHARD_LIMIT>, SHARD_LIMIT>,
    }

    pub struct ShardState<'a> {
        pub exec_env_states: List<'a, Root, SCRIPT_LIMIT>,
        pub slot: u64,
        pub parent_block: ShardBlockHeader,
        pub latest_state_roots: Ring<'a>,
        pub marks: List<'a, Bytes<'a, MARK_BYTES_LIMIT>, SCRIPT_LIMIT>,
    }

    pub struct ShardBlock<'a> {
        pub shard: u64,
        pub slot: u64,
        pub parent_root: Root,
        pub beacon_root: Root,
        pub env: u64,
        pub data: Bytes<'a, BLOCK_DATA_BYTES_LIMIT>,
        pub state_root: Root,
        pub deposit_root: Root,
        pub proposer_index: u64,
    }

    pub struct SignedShardBlock<'a> {
        pub message: ShardBlock<'a>,
        pub signature: Signature,
    }
}
