//! The core of the interface: state, block data, deposits, and what else a script can see.

use crate::alloc;
use crate::containers::{DepositData, TimestampedDepositData};
use crate::ssz::Encode;
use crate::Bytes32;

mod host {
    #[link(wasm_import_module = "eth2")]
    extern "C" {
        pub fn loadPreStateRoot(root: *mut u8);
        pub fn blockDataSize() -> usize;
        pub fn blockDataCopy(to: *mut u8, offset: usize, length: usize);
        pub fn savePostStateRoot(root: *const u8);
        pub fn pushNewDeposit(deposit: *const u8, length: usize);
        pub fn useTicks(ticks: u32);
        pub fn getShardId() -> u32;
        pub fn getSlot() -> u64;
        pub fn getEnv() -> u64;
        pub fn loadBeaconStateRoot(root: *mut u8);
        pub fn getShardStateRoot(shard: u32, root: *mut u8) -> u32;
        pub fn exposeModifiedState(state: *const u8, length: usize);
    }
}

/// Returns the script's 32 bytes of state.
pub fn load_pre_state_root() -> Bytes32 {
    let mut root = [0; 32];
    // SAFETY: the host writes 32 bytes.
    unsafe { host::loadPreStateRoot(root.as_mut_ptr()) };
    root
}

/// Sets the script's 32 bytes of state; the last call wins.
pub fn save_post_state_root(root: &Bytes32) {
    // SAFETY: the host reads 32 bytes.
    unsafe { host::savePostStateRoot(root.as_ptr()) }
}

/// Returns the size of the block data in bytes.
pub fn block_data_size() -> usize {
    // SAFETY: no memory is involved.
    unsafe { host::blockDataSize() }
}

/// Fills a buffer with block data from an offset on; traps when there is not enough.
pub fn block_data_copy(to: &mut [u8], offset: usize) {
    // SAFETY: the host writes exactly the buffer.
    unsafe { host::blockDataCopy(to.as_mut_ptr(), offset, to.len()) }
}

/// Returns all block data. Every call copies it anew, so call it once.
pub fn block_data() -> &'static [u8] {
    let data = alloc::zeroed(block_data_size());
    block_data_copy(data, 0);
    data
}

/// Sends ETH of the script to a validator.
pub fn push_new_deposit(deposit: &DepositData) {
    push(deposit, &mut [0; DepositData::SIZE]);
}

/// Sends ETH on a chain whose deposits carry `min_timestamp`.
pub fn push_new_timestamped_deposit(deposit: &TimestampedDepositData) {
    push(deposit, &mut [0; TimestampedDepositData::SIZE]);
}

fn push(deposit: &impl Encode, buffer: &mut [u8]) {
    deposit.encode(buffer);
    // SAFETY: the host reads exactly the buffer.
    unsafe { host::pushNewDeposit(buffer.as_ptr(), buffer.len()) }
}

/// Takes from the tick budget; traps below zero.
pub fn use_ticks(ticks: u32) {
    // SAFETY: no memory is involved.
    unsafe { host::useTicks(ticks) }
}

/// Returns the shard that executes.
pub fn get_shard_id() -> u32 {
    // SAFETY: no memory is involved.
    unsafe { host::getShardId() }
}

/// Returns the slot of the block.
pub fn get_slot() -> u64 {
    // SAFETY: no memory is involved.
    unsafe { host::getSlot() }
}

/// Returns the script's index in the beacon state: what deposits and withdrawals name.
pub fn get_env() -> u64 {
    // SAFETY: no memory is involved.
    unsafe { host::getEnv() }
}

/// Returns the root of the beacon state that the shard last saw.
pub fn load_beacon_state_root() -> Bytes32 {
    let mut root = [0; 32];
    // SAFETY: the host writes 32 bytes.
    unsafe { host::loadBeaconStateRoot(root.as_mut_ptr()) };
    root
}

/// Returns the state root of a shard, or none if it is unknown.
pub fn get_shard_state_root(shard: u32) -> Option<Bytes32> {
    let mut root = [0; 32];
    // SAFETY: the host writes 32 bytes.
    let missing = unsafe { host::getShardStateRoot(shard, root.as_mut_ptr()) };
    (missing == 0).then(|| root)
}

/// Hands the modified state to relayers, the last call's; consensus ignores it.
pub fn expose_modified_state(state: &[u8]) {
    // SAFETY: the host reads exactly the bytes.
    unsafe { host::exposeModifiedState(state.as_ptr(), state.len()) }
}
