//! Accounts: who has how much, and who may take from it.

use crate::keys::Key;
use crate::ledger::Place;
use crate::wire::{EthAccount, Signed, Transfer};
use crate::Manager;
use shardlab_sdk::containers::Pubkey;
use shardlab_sdk::{bls, hash, require, OrTrap};

const PLACE_BYTES: usize = 17; // selector, shard and script in front of what is signed
const LONGEST_CONTENT: usize = 240; // of a signed operation, a deposit's

type Account = EthAccount<'static>;

/// What an account pays, and what says that it may be taken.
pub struct Debit<'a> {
    pub sender: &'static Pubkey,
    pub nonce: u64,
    pub amount: u64,
    pub signed: &'a Signed<'a>,
}

impl Manager {
    /// Moves ETH between two accounts of this shard, which may be one and the same.
    pub fn transfer(&mut self, transfer: &Transfer<'static>, signed: &Signed) {
        let Transfer { sender, nonce, recipient, amount, .. } = *transfer;
        self.debit(Debit { sender, nonce, amount, signed });
        self.credit(recipient, amount);
    }

    /// Adds to an account, which is created if there is none.
    pub fn credit(&mut self, pubkey: &'static Pubkey, amount: u64) {
        let (place, found) = self.find_account(pubkey);
        let mut account = found.unwrap_or(EthAccount { pubkey, nonce: 0, value: 0 });
        account.value = account.value.checked_add(amount).or_trap();
        self.ledger.write(&place, &account);
    }

    /// Takes from an account what its owner signed away.
    pub fn debit(&mut self, debit: Debit) {
        let (place, found) = self.find_account(debit.sender);
        let mut account = found.or_trap();
        require(account.nonce == debit.nonce && debit.amount > 0);
        self.require_signature(debit.sender, debit.signed, self.shard);
        account.value = account.value.checked_sub(debit.amount).or_trap();
        account.nonce = account.nonce.checked_add(1).or_trap();
        self.ledger.write(&place, &account);
    }

    /// Traps unless a sender signed an operation for a shard and for this script.
    pub fn require_signature(&self, sender: &Pubkey, signed: &Signed, shard: u64) {
        let mut buffer = [0; PLACE_BYTES + LONGEST_CONTENT];
        let message = buffer.get_mut(..PLACE_BYTES + signed.content.len()).or_trap();
        message[0] = signed.selector;
        message[1..9].copy_from_slice(&shard.to_le_bytes());
        message[9..PLACE_BYTES].copy_from_slice(&self.env.to_le_bytes());
        message[PLACE_BYTES..].copy_from_slice(signed.content);
        require(bls::verify(sender, &hash::keccak256(message), signed.signature));
    }

    /// Finds an account. Its address may be taken by another key: that is nobody's account.
    fn find_account(&self, pubkey: &Pubkey) -> (Place<Account>, Option<Account>) {
        let place = self.ledger.find(Key::of_account(pubkey));
        let found = self.ledger.read(&place);
        require(found.map_or(true, |account: Account| account.pubkey == pubkey));
        (place, found)
    }
}
