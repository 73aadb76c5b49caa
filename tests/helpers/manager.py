"""Blocks for the deposit manager, built leaf by leaf, and run as real wasm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from chain.bls import sign
from chain.config import BlsBackend, ExecutionLimits
from chain.constants import ZERO_ROOT, ZERO_SIGNATURE
from chain.eei import ScriptCall, ScriptResult, ScriptRuntime
from chain.encoding import encode
from chain.genesis import build_genesis_shard_state
from chain.multiproof import build_multiproof
from chain.trie import ScriptTrie
from chain.types import Gwei, Root, ScriptIndex, ShardIndex, Slot
from simulator.manager.data import (
    BITS_PER_WORD,
    KEY_BYTES,
    ManagerData,
    Message,
    NumberedMessage,
    Selector,
    Send,
    SignedOperation,
    Transfer,
    compute_message,
    encode_operation,
    get_account_key,
)
from simulator.manager.rules import ReplayProtection
from tests.helpers.keys import Key, make_key
from tests.helpers.multiproofs import build_trie
from tests.helpers.relay import build_branch, build_list_branch
from tests.helpers.scripts import read_script

SHARD: Final = ShardIndex(1)
OTHER: Final = ShardIndex(3)
THIRD: Final = ShardIndex(0)
ENV: Final = ScriptIndex(2)
SLOT: Final = Slot(40)
NEVER: Final = Slot(2**64 - 1)

PROTECTIONS: Final = tuple(ReplayProtection)
ANNE: Final = make_key("anne")
BOB: Final = make_key("bob")
CLEO: Final = make_key("cleo")

State = dict[bytes, bytes]
"""Written leaves by key."""

UNSEEN_ROOT: Final = Root(bytes([9]) * 32)
"""State root of a shard that nobody looks into."""


def read_manager(protection: ReplayProtection) -> bytes:
    """Return the code of a variant."""
    is_default = protection is ReplayProtection.BITFIELD
    return read_script("deposit_manager" if is_default else f"deposit_manager_{protection}")


@cache
def get_manager_runtime(backend: BlsBackend = BlsBackend.INSECURE) -> ScriptRuntime:
    return ScriptRuntime(ExecutionLimits(bls=backend))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A block, the state that it finds, and what it should do.

    Attributes:
        operations: Encoded.
        state: Before.
        writes: Leaves that the block should change, as they should be afterwards.
        reads: Keys that it needs besides.
        shard_roots: What the shard sees of others.
    """

    operations: Sequence[bytes]
    state: State = field(default_factory=dict)
    writes: State = field(default_factory=dict)
    reads: frozenset[bytes] = frozenset()
    shard: ShardIndex = SHARD
    env: ScriptIndex = ENV
    slot: Slot = SLOT
    beacon_root: Root = ZERO_ROOT
    shard_roots: Mapping[ShardIndex, Root] = field(
        default_factory=lambda: {SHARD: UNSEEN_ROOT, OTHER: UNSEEN_ROOT, THIRD: UNSEEN_ROOT}
    )

    def build_data(self) -> ManagerData:
        trie = build_trie(self.state, KEY_BYTES)
        keys = sorted({*self.writes, *self.reads})
        return ManagerData.create(
            keys=b"".join(keys),
            values=[self.state.get(key, b"") for key in keys],
            siblings=build_multiproof(trie, keys).siblings,
            operations=self.operations,
        )

    def run(
        self,
        protection: ReplayProtection,
        *,
        data: bytes | None = None,
        pre_state: Root | None = None,
        backend: BlsBackend = BlsBackend.INSECURE,
    ) -> ScriptResult:
        call = ScriptCall(
            code=read_manager(protection),
            pre_state_root=compute_state_root(self.state) if pre_state is None else pre_state,
            data=encode(self.build_data()) if data is None else data,
            env=self.env,
            shard=self.shard,
            slot=self.slot,
            beacon_state_root=self.beacon_root,
            shard_state_roots=self.shard_roots,
        )
        return get_manager_runtime(backend).execute(call)


def compute_state_root(state: State) -> Root:
    """Return the 32 bytes that the chain has: zeros for a script that never ran."""
    return build_trie(state, KEY_BYTES).root if state else ZERO_ROOT


def assert_applies(case: Case, protection: ReplayProtection) -> ScriptResult:
    """The block does what the case says, and nothing else."""
    result = case.run(protection)
    assert (result.outcome, result.detail) == ("returned", "")
    assert result.post_state_root == compute_state_root({**case.state, **case.writes})
    return result


def assert_refuses(case: Case, protection: ReplayProtection, **given: bytes | Root | None) -> None:
    """The block traps and nothing happens."""
    result = case.run(protection, **given)  # type: ignore[arg-type]  # data or pre_state
    assert result.outcome == "trapped:unreachable"
    assert result.post_state_root == given.get("pre_state", compute_state_root(case.state))
    assert result.deposits == ()


def uint64(number: int) -> bytes:
    return number.to_bytes(8, "little")


def account(owner: Key, value: int, nonce: int = 0) -> State:
    """An account's leaf, by its key."""
    return {get_account_key(owner.pubkey): owner.pubkey + uint64(nonce) + uint64(value)}


def message(sender: Key, recipient: Key, amount: int, expiry_slot: int = NEVER) -> bytes:
    """A message's leaf."""
    return sender.pubkey + recipient.pubkey + uint64(amount) + uint64(expiry_slot)


def build_numbered(number: int, sent: bytes) -> NumberedMessage:
    """A message's leaf, decoded."""
    decoded = Message.create(
        sender=sent[:48],
        recipient=sent[48:96],
        amount=Gwei(int.from_bytes(sent[96:104], "little")),
        expiry_slot=Slot(int.from_bytes(sent[104:], "little")),
    )
    return NumberedMessage.create(number=number, message=decoded)


def claimed(*numbers: int, protection: ReplayProtection) -> bytes:
    """What remembers numbers of the first word, or numbers that were taken in order."""
    if protection is ReplayProtection.NONCE:
        return uint64(max(numbers) + 1)
    bits = sum(1 << number % BITS_PER_WORD for number in numbers)
    return bits.to_bytes(BITS_PER_WORD // 8, "little")


def sign_operation(
    owner: Key,
    selector: Selector,
    unsigned: SignedOperation,
    shard: ShardIndex = SHARD,
    env: ScriptIndex = ENV,
) -> SignedOperation:
    signature = sign(owner.backend, owner.secret, compute_message(selector, unsigned, shard, env))
    return unsigned.evolve(signature=signature)


def transfer(
    sender: Key, recipient: Key, amount: int, nonce: int = 0, signer: Key | None = None
) -> bytes:
    """A transfer, encoded; signed by the sender if nobody else is named."""
    unsigned = Transfer.create(
        sender=sender.pubkey,
        nonce=nonce,
        recipient=recipient.pubkey,
        amount=amount,
        signature=ZERO_SIGNATURE,
    )
    signed = sign_operation(signer or sender, Selector.TRANSFER, unsigned)
    return encode_operation(Selector.TRANSFER, signed)


def build_send(
    selector: Selector = Selector.SEND,
    *,
    sender: Key = ANNE,
    recipient: Key = BOB,
    amount: int = 10,
    to_shard: int = OTHER,
    nonce: int = 0,
    expiry_slot: int = NEVER,
    signed_on: ShardIndex = SHARD,
) -> Send:
    """A signed send, by message or by netting."""
    unsigned = Send.create(
        sender=sender.pubkey,
        nonce=nonce,
        to_shard=ShardIndex(to_shard),
        recipient=recipient.pubkey,
        amount=amount,
        expiry_slot=Slot(expiry_slot),
        signature=ZERO_SIGNATURE,
    )
    signed = sign_operation(sender, selector, unsigned, signed_on)
    assert isinstance(signed, Send)
    return signed


def flip_bit(data: bytes, bit: int) -> bytes:
    """Return bytes in which one bit differs."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@dataclass(frozen=True, slots=True)
class ForeignState:
    """This script on another shard, as a crosslink lets it be seen."""

    trie: ScriptTrie
    branch: tuple[Root, ...]
    shard_root: Root

    def prove(self, keys: Sequence[bytes]) -> bytes:
        """Return the siblings of leaves there."""
        return build_multiproof(self.trie, keys).siblings


def build_foreign_state(contents: State, shard: ShardIndex = OTHER) -> ForeignState:
    """Build a shard state in which the script has these leaves, its branch hashed naively."""
    trie = build_trie(contents, KEY_BYTES)
    states = [Root(bytes([7]) * 32), Root(bytes([8]) * 32), trie.root, Root(bytes([6]) * 32)]
    state = build_genesis_shard_state(shard).evolve(exec_env_states=states)
    roots = [
        bytes(state.get_kind(name).get_hash_tree_root(getattr(state, name)))
        for name in state.get_field_names()
    ]
    branch = build_list_branch(states, 16, ENV) + build_branch(roots, 3, 0)
    return ForeignState(trie, tuple(map(Root, branch)), state.hash_tree_root)
