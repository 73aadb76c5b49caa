//! The smallest script that moves ETH between shards: withdrawal receipts in, deposits out.
//!
//! Its state is one pool of ETH per shard, `Pool` below; all zeros is the empty pool. Block
//! data is empty, or the SSZ encoding of
//!
//! ```text
//! RelayData {receipts: List[ProvenReceipt], deposits: List[DepositData]}
//! ProvenReceipt {receipt: WithdrawalReceipt, proof: WithdrawalReceiptProof}
//! ```
//!
//! Receipts fill the pool, then deposits drain it. Anything wrong is a trap, so that a block
//! counts as a whole or not at all.
//!
//! It deliberately has no accounts and asks nobody's permission: a receipt names its
//! recipient for whoever watches, but whoever proposes a block spends the pool. Receipts must
//! come in rising order of their index; one that was jumped over is lost.
#![no_std]
#![no_main]

use core::mem::{size_of, MaybeUninit};

type Node = [u8; 32];

const WITHDRAWAL_RECEIPTS: u64 = 4; // positions of BeaconState's fields
const LATEST_STATE_ROOTS: u64 = 8;
const HISTORICAL_ROOTS: u64 = 9;
const RING: u64 = 64; // length of latest_state_roots
const RECENT: u32 = 25 * 32; // bytes of a branch from a receipt through the visible ring
const HISTORICAL: u32 = 50 * 32; // the same through the historical roots

#[repr(C)]
#[derive(Default)]
struct Pool {
    balance: u64, // Gwei
    next_receipt_index: u64,
    receipts_taken: u64,
    deposits_sent: u64,
}

/// What every encoded RelayData begins with.
#[repr(C)]
struct Lists {
    receipts: u32, // where the list begins: 8
    deposits: u32,
}

/// An encoded ProvenReceipt up to its branch; only one length of `data` fits the offsets.
#[repr(C, packed)]
struct ProvenReceipt {
    receipt_offset: u32,
    proof_offset: u32,
    receipt_index: u64,
    withdrawal_offset: u32,
    amount: u64,
    validator_index: u64,
    target: u64,
    data_offset: u32,
    pubkey: [u8; 48],
    signature: [u8; 96],
    data: Route,
    slot: u64,
    position: u64,
    branch_offset: u32,
}

/// The 56 bytes in `withdrawal.data`: who is to have the ETH, and on which shard.
#[repr(C, packed)]
#[derive(Clone, Copy)]
struct Route {
    shard: u64,
    recipient: [u8; 48],
}

#[repr(C, packed)]
struct DepositData {
    pubkey: [u8; 48],
    withdrawal_credentials: [u8; 32],
    amount: u64,
    signature: [u8; 96],
}

#[link(wasm_import_module = "eth2")]
extern "C" {
    fn blockDataSize() -> u32;
    fn blockDataCopy(to: *mut u8, offset: u32, length: u32); // traps past the end
    fn loadPreStateRoot(pool: *mut Pool);
    fn savePostStateRoot(pool: *const Pool);
    fn pushNewDeposit(deposit: *const DepositData, length: u32);
    fn loadBeaconStateRoot(root: *mut Node);
    fn getShardId() -> u32;
    fn getEnv() -> u64;
}

#[link(wasm_import_module = "hash")]
extern "C" {
    fn sha256(data: *const Node, length: u32, digest: *mut Node);
}

/// Ends the execution unless the condition holds; `assert!` would carry its text along.
fn require(condition: bool) {
    if !condition {
        core::arch::wasm32::unreachable()
    }
}

/// Reads a value that is nothing but numbers and bytes.
unsafe fn read<T>(offset: u32) -> T {
    let mut value = MaybeUninit::<T>::uninit();
    blockDataCopy(value.as_mut_ptr().cast(), offset, size_of::<T>() as u32);
    value.assume_init()
}

/// Root of a full tree over 1, 2, 4, ... chunks, which are overwritten.
#[inline(never)] // one copy instead of one for each number of chunks
unsafe fn merkleize(chunks: *mut Node, mut count: usize) -> Node {
    while count > 1 {
        count /= 2;
        for parent in 0..count {
            sha256(chunks.add(2 * parent), 64, chunks.add(parent));
        }
    }
    *chunks
}

/// SSZ root of a value that fits into N chunks.
unsafe fn root<T, const N: usize>(value: T) -> Node {
    let mut chunks = [[0; 32]; N];
    chunks.as_mut_ptr().cast::<T>().write_unaligned(value);
    merkleize(chunks.as_mut_ptr(), N)
}

unsafe fn receipt_root(receipt: &ProvenReceipt) -> Node {
    let data_length = size_of::<Route>() as u64;
    let withdrawal = [
        root::<_, 1>(receipt.validator_index),
        root::<_, 1>(receipt.target),
        root::<_, 2>([root::<_, 32>(receipt.data), root::<_, 1>(data_length)]),
        root::<_, 2>(receipt.pubkey),
        root::<_, 4>(receipt.signature),
    ];
    root::<_, 4>([
        root::<_, 1>(receipt.receipt_index),
        root::<_, 8>(withdrawal),
        root::<_, 1>(receipt.amount),
    ])
}

/// The turns from a receipt up to the visible beacon state: bit i is set where the path
/// comes from the right at height i. Every line below says how many turns it accounts for.
fn path(receipt: &ProvenReceipt, branch_bytes: u32) -> u64 {
    let (ring, slot_in_ring) = (receipt.slot / RING, receipt.slot % RING);
    require(receipt.position < 1 << 10);
    let below_ring = receipt.position // 10, and 1 for the length of the list
        | WITHDRAWAL_RECEIPTS << 11 // 4
        | slot_in_ring << 15; // 6
    if branch_bytes == RECENT {
        return below_ring | LATEST_STATE_ROOTS << 21; // 4
    }
    require(branch_bytes == HISTORICAL && ring < 1 << 24);
    below_ring
        | ring << 21 // 24, and 1 for the length of the list
        | HISTORICAL_ROOTS << 46 // 4
}

unsafe fn validate_proof(receipt: &ProvenReceipt, branch: u32, branch_bytes: u32) {
    let path = path(receipt, branch_bytes);
    let mut node = receipt_root(receipt);
    for height in 0..branch_bytes / 32 {
        let sibling: Node = read(branch + height * 32);
        let from_right = path >> height & 1 == 1;
        node = root::<_, 2>(if from_right { [sibling, node] } else { [node, sibling] });
    }
    let mut visible = Node::default();
    loadBeaconStateRoot(&mut visible);
    require(node == visible);
}

unsafe fn take_receipt(pool: &mut Pool, start: u32, end: u32) {
    let receipt: ProvenReceipt = read(start);
    require(receipt.receipt_offset == 8 && receipt.proof_offset == 8 + 240);
    require(receipt.withdrawal_offset == 20 && receipt.data_offset == 164);
    require(receipt.branch_offset == 20);
    require(receipt.data.shard == getShardId() as u64);
    require(receipt.target == getEnv());
    require(receipt.receipt_index >= pool.next_receipt_index && receipt.receipt_index < u64::MAX);
    let branch = start + size_of::<ProvenReceipt>() as u32;
    validate_proof(&receipt, branch, end.wrapping_sub(branch));
    require(receipt.amount <= u64::MAX - pool.balance);
    pool.balance += receipt.amount;
    pool.next_receipt_index = receipt.receipt_index + 1;
    pool.receipts_taken += 1;
}

/// Takes a list of receipts: first a table of where each begins, then one behind the other.
/// All of it is read up to its end, so the host traps when that lies outside the data.
unsafe fn take_receipts(pool: &mut Pool, list: u32, list_end: u32) {
    if list == list_end {
        return;
    }
    let table: u32 = read(list); // where the first begins is where the table ends
    require(table > 0 && table % 4 == 0);
    let mut start = list + table;
    for next in (4..=table).step_by(4) {
        let end = if next < table { list + read::<u32>(list + next) } else { list_end };
        take_receipt(pool, start, end);
        start = end;
    }
}

unsafe fn send_deposit(pool: &mut Pool, offset: u32) {
    let deposit: DepositData = read(offset);
    require(deposit.amount <= pool.balance);
    pool.balance -= deposit.amount;
    pool.deposits_sent += 1;
    pushNewDeposit(&deposit, size_of::<DepositData>() as u32);
}

#[no_mangle]
unsafe extern "C" fn main() {
    let mut pool = Pool::default();
    loadPreStateRoot(&mut pool);
    let size = blockDataSize();
    if size > 0 {
        let lists: Lists = read(0);
        require(lists.receipts == size_of::<Lists>() as u32);
        take_receipts(&mut pool, lists.receipts, lists.deposits);
        for offset in (lists.deposits..size).step_by(size_of::<DepositData>()) {
            send_deposit(&mut pool, offset);
        }
    }
    savePostStateRoot(&pool);
}

#[panic_handler]
fn trap(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
