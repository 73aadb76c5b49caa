//! To and from the beacon chain: withdrawal receipts in, deposits out.

use crate::accounts::Debit;
use crate::keys::{Key, Table};
use crate::replay::claim;
use crate::wire::{DepositOut, Route, Signed, TakeIn};
use crate::{parse, Manager};
use shardlab_sdk::hash::Native;
use shardlab_sdk::receipts::withdrawal_receipt_root;
use shardlab_sdk::{eth2, require, OrTrap};

impl Manager {
    /// Credits a withdrawal to whom it names, once.
    pub fn take_in(&mut self, take_in: &TakeIn<'static>) {
        let TakeIn { receipt, proof } = take_in;
        let visible = withdrawal_receipt_root::<Native>(receipt, proof).or_trap();
        require(visible == eth2::load_beacon_state_root());
        require(receipt.withdrawal.target == self.env);
        let route: Route = parse(receipt.withdrawal.data.as_slice());
        require(route.shard == self.shard);
        let key_of = |word| Key::new(Table::Receipts, word);
        claim(&mut self.ledger, key_of, receipt.receipt_index);
        self.credit(route.recipient, receipt.amount);
    }

    /// Sends ETH of an account to a validator.
    pub fn deposit(&mut self, operation: &DepositOut<'static>, signed: &Signed) {
        let DepositOut { sender, nonce, deposit, .. } = operation;
        self.debit(Debit { sender, nonce: *nonce, amount: deposit.amount, signed });
        eth2::push_new_deposit(deposit);
    }
}
