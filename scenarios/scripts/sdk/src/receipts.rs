//! Withdrawal receipts: how ETH arrives at a script, and what proves that it did.

use crate::containers::{WithdrawalReceipt, WithdrawalReceiptProof};
use crate::hash::Hash;
use crate::ssz::HashTreeRoot;
use crate::{Bytes32, Malformed};

const RING_SLOTS: u64 = 64;
const RECENT_DEPTH: usize = 25; // from a receipt through the ring of recent state roots
const HISTORICAL_DEPTH: usize = 50; // the same through the historical roots

// Positions of fields in BeaconState.
const WITHDRAWAL_RECEIPTS: u64 = 4;
const LATEST_STATE_ROOTS: u64 = 8;
const HISTORICAL_ROOTS: u64 = 9;

/// Returns the beacon state root that a proof leads to from a receipt.
///
/// A script compares it with `eth2::load_beacon_state_root()`. It still has to see that
/// `withdrawal.target` is itself, and that it takes no receipt twice.
pub fn withdrawal_receipt_root<H: Hash>(
    receipt: &WithdrawalReceipt,
    proof: &WithdrawalReceiptProof,
) -> Result<Bytes32, Malformed> {
    let index = compute_index(proof).ok_or(Malformed)?;
    proof.branch.branch_root::<H>(&receipt.hash_tree_root::<H>(), index)
}

/// Returns the generalized index of the receipt below the visible beacon state, whose depth
/// tells which of the two ways the branch goes. Every line says how many levels it spans.
fn compute_index(proof: &WithdrawalReceiptProof) -> Option<u64> {
    let (ring, slot_in_ring) = (proof.slot / RING_SLOTS, proof.slot % RING_SLOTS);
    if proof.position >= 1 << 10 {
        return None;
    }
    let below_ring = proof.position // 10, and 1 for the length of the list
        | WITHDRAWAL_RECEIPTS << 11 // 4
        | slot_in_ring << 15; // 6
    match proof.branch.len() {
        RECENT_DEPTH => {
            Some(1 << RECENT_DEPTH | below_ring | LATEST_STATE_ROOTS << 21) // 4
        }
        HISTORICAL_DEPTH if ring < 1 << 24 => {
            let below_state = below_ring | ring << 21; // 24, and 1 for the length of the list
            Some(1 << HISTORICAL_DEPTH | below_state | HISTORICAL_ROOTS << 46) // 4
        }
        _ => None,
    }
}
