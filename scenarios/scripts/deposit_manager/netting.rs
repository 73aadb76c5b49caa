//! Netting: credit first, proof later, and a reserve that covers the time between.
//!
//! A sender's shard moves ETH from its own entry of a table to the target's, `own[here][to]`.
//! The target credits what the sender signed without waiting for a crosslink, and notes what it
//! credited. Once the sender's row is crosslinked, anybody can prove it. Whatever is credited
//! without proof must be covered by the reserve, ETH that somebody locked here.

use crate::accounts::Debit;
use crate::keys::{Key, Table};
use crate::ledger::Place;
use crate::replay::{claim_nonce, IS_PROTECTED};
use crate::wire::{
    selector, LockReserve, NettedCredit, ProveRow, ReceiveNetted, Reserve, Send, Signed, NEVER,
};
use crate::{parse, Manager};
use core::iter::once;
use shardlab_sdk::hash::Native;
use shardlab_sdk::smt::Change;
use shardlab_sdk::{require, OrTrap};

impl Manager {
    /// Moves ETH from an account to another shard's entry of the row.
    pub fn send_netted(&mut self, send: &Send<'static>, signed: &Signed) {
        let Send { sender, nonce, to_shard, amount, expiry_slot, .. } = *send;
        require(expiry_slot == NEVER); // there is no message that could come back
        self.get_foreign_root(to_shard);
        self.debit(Debit { sender, nonce, amount, signed });
        let moved = i64::try_from(amount).ok().or_trap();
        self.move_row(to_shard, moved);
        self.move_row(self.shard, -moved);
    }

    /// Adds to an entry of this shard's row, which is signed.
    fn move_row(&mut self, shard: u64, difference: i64) {
        let place = self.ledger.find::<u64>(Key::new(Table::Row, shard));
        let row = self.ledger.read(&place).unwrap_or(0) as i64;
        self.ledger.write(&place, &(row.checked_add(difference).or_trap() as u64));
    }

    /// Credits what a sender on another shard signed away there, before that is proven.
    pub fn receive_netted(&mut self, receive: &ReceiveNetted<'static>) {
        let from_shard = receive.from_shard;
        let send: Send = parse(receive.send);
        self.get_foreign_root(from_shard);
        require(send.to_shard == self.shard && send.amount > 0 && send.expiry_slot == NEVER);
        let signed = Signed::new(selector::SEND_NETTED, receive.send);
        self.require_signature(send.sender, &signed, from_shard);
        if IS_PROTECTED {
            let next = Key::of_foreign_sender(from_shard, send.sender);
            claim_nonce(&mut self.ledger, next, send.nonce);
        }
        let (place, before) = self.find_column(from_shard);
        let credited = before.credited.checked_add(send.amount).or_trap();
        self.update_column(&place, &before, NettedCredit { credited, ..before });
        self.credit(send.recipient, send.amount);
    }

    /// Learns what another shard really moved here, which relieves the reserve.
    pub fn prove_row(&mut self, prove: &ProveRow<'static>) {
        let ProveRow { from_shard, script_root, total, .. } = *prove;
        self.require_script_root(from_shard, script_root, &prove.state_branch);
        require(i64::try_from(total).is_ok()); // an entry for another shard never falls
        let key = Key::new(Table::Row, self.shard).to_bytes();
        let row = Change::read::<Native>(&key, &total.to_le_bytes());
        self.require_leaves(script_root, once(row), &prove.siblings);
        let (place, before) = self.find_column(from_shard);
        require(total >= before.proven);
        self.update_column(&place, &before, NettedCredit { proven: total, ..before });
    }

    /// Turns ETH of an account into reserve, for good.
    pub fn lock_reserve(&mut self, lock: &LockReserve<'static>, signed: &Signed) {
        let LockReserve { sender, nonce, amount, .. } = *lock;
        self.debit(Debit { sender, nonce, amount, signed });
        let (place, mut reserve) = self.find_reserve();
        reserve.locked = reserve.locked.checked_add(amount).or_trap();
        self.ledger.write(&place, &reserve);
    }

    fn find_column(&self, shard: u64) -> (Place<NettedCredit>, NettedCredit) {
        let place = self.ledger.find(Key::new(Table::Column, shard));
        let found = self.ledger.read(&place);
        (place, found.unwrap_or(NettedCredit { credited: 0, proven: 0 }))
    }

    /// Replaces a column, and draws from the reserve, or gives back, what it now lacks.
    fn update_column(
        &mut self,
        place: &Place<NettedCredit>,
        before: &NettedCredit,
        after: NettedCredit,
    ) {
        self.ledger.write(place, &after);
        let difference = i128::from(after.shortfall()) - i128::from(before.shortfall());
        if difference == 0 {
            return; // so that a block which needs no reserve need not bring its leaf
        }
        let (place, mut reserve) = self.find_reserve();
        let drawn = i128::from(reserve.drawn) + difference;
        require(drawn <= i128::from(reserve.locked));
        reserve.drawn = drawn.try_into().ok().or_trap();
        self.ledger.write(&place, &reserve);
    }

    fn find_reserve(&self) -> (Place<Reserve>, Reserve) {
        let place = self.ledger.find(Key::new(Table::Reserve, 0));
        let found = self.ledger.read(&place);
        (place, found.unwrap_or(Reserve { locked: 0, drawn: 0 }))
    }
}

impl NettedCredit {
    /// Returns what was credited without proof.
    fn shortfall(&self) -> u64 {
        self.credited.saturating_sub(self.proven)
    }
}
