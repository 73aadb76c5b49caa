//! Messages between shards: out of an account into the outbox here, proven and credited there.

use crate::accounts::Debit;
use crate::keys::{Key, Table};
use crate::replay::claim;
use crate::wire::{Message, NumberedMessage, Receive, Send, Signed, NEVER};
use crate::{parse, Manager};
use shardlab_sdk::hash::Native;
use shardlab_sdk::smt::Change;
use shardlab_sdk::{alloc, eth2, require, OrTrap};

impl Manager {
    /// Takes ETH from an account, and leaves a message that another shard can prove.
    pub fn send(&mut self, send: &Send<'static>, signed: &Signed) {
        let Send { sender, nonce, to_shard, recipient, amount, expiry_slot, .. } = *send;
        self.get_foreign_root(to_shard); // nobody could ever receive it on an unknown shard
        self.debit(Debit { sender, nonce, amount, signed });
        self.post(to_shard, &Message { sender, recipient, amount, expiry_slot });
    }

    /// Puts a message into the outbox, under the next number.
    fn post(&mut self, to_shard: u64, message: &Message<'static>) {
        let counter = self.ledger.find::<u64>(Key::new(Table::Sent, to_shard));
        let number = self.ledger.read(&counter).unwrap_or(0);
        let place = self.ledger.find(Key::of_pair(Table::Outbox, to_shard, number));
        require(self.ledger.read(&place).is_none());
        self.ledger.write(&place, message);
        self.ledger.write(&counter, &(number + 1));
    }

    /// Takes in messages that lie in another shard's crosslinked outbox, each of them once.
    pub fn receive(&mut self, receive: &Receive<'static>) {
        self.require_script_root(receive.from_shard, receive.script_root, &receive.state_branch);
        self.require_messages(receive);
        let slot = eth2::get_slot();
        for NumberedMessage { number, message } in receive.messages.iter() {
            let key_of = |word| Key::of_pair(Table::Inbox, receive.from_shard, word);
            claim(&mut self.ledger, key_of, number);
            self.deliver(receive.from_shard, &parse(message), slot);
        }
    }

    /// Traps unless the messages lie in the outbox of the other shard. There must be one at
    /// least, and numbers must rise: a proof has it no other way.
    fn require_messages(&self, receive: &Receive<'static>) {
        let messages = &receive.messages;
        let keys = alloc::collect(messages.len(), |at| {
            let number = messages.get(at).or_trap().number;
            Key::of_pair(Table::Outbox, self.shard, number).to_bytes()
        });
        let leaves = keys.iter().zip(messages.iter());
        let changes = leaves.map(|(key, each)| Change::read::<Native>(key, each.message));
        self.require_leaves(receive.script_root, changes, &receive.siblings);
    }

    /// Credits a message, or sends its ETH back if it is too late.
    fn deliver(&mut self, from_shard: u64, message: &Message<'static>, slot: u64) {
        let Message { sender, recipient, amount, expiry_slot } = *message;
        if slot <= expiry_slot {
            return self.credit(recipient, amount);
        }
        let bounce = Message { sender: recipient, recipient: sender, amount, expiry_slot: NEVER };
        self.post(from_shard, &bounce);
    }
}
