"""Small chains for tests: a genesis, signed blocks, and deposits on their way to a claim."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import wasmtime

from chain.beacon import apply_beacon_block, apply_beacon_slot, process_beacon_block
from chain.bls import compute_signing_root, sign_together
from chain.committees import get_beacon_proposer, get_shard_committee, get_shard_proposer
from chain.config import DEMO, BlsBackend, ChainConfig
from chain.constants import (
    DOMAIN_BEACON_BLOCK,
    DOMAIN_CROSSLINK,
    DOMAIN_SHARD_BLOCK,
    GWEI_PER_ETH,
    STATE_ROOTS_RING_SLOTS,
    ZERO_ROOT,
)
from chain.containers import (
    BeaconBlock,
    BeaconState,
    Crosslink,
    DepositReceiptProof,
    ExecutionScript,
    NewValidator,
    ShardBlock,
    ShardBlockHeader,
    SignedBeaconBlock,
    SignedCrosslink,
    SignedShardBlock,
    TimestampedDepositData,
    compute_shard_block_header,
)
from chain.context import build_context
from chain.effects import Effect
from chain.encoding import encode
from chain.errors import InvalidBlock
from chain.genesis import (
    EMPTY_BODY,
    build_active_validator,
    build_depositor,
    build_genesis_beacon_state,
    build_genesis_shard_state,
    build_retired_validator,
)
from chain.merkle import build_element_branch
from chain.operations.crosslinks import is_crosslink_due
from chain.receipts import (
    PushedDeposit,
    build_crosslink_branch,
    build_deposit_branch,
    compute_headers_root,
)
from chain.shard import ShardTransition, apply_shard_block, apply_shard_slot, process_shard_block
from chain.types import Gwei, Root, ScriptIndex, ShardIndex, Slot, ValidatorIndex
from tests.helpers.keys import Key, make_key, sign_registration

CONFIG: Final = replace(DEMO, bls=BlsBackend.INSECURE)
"""Four shards, eight slots an epoch, crosslinks at even slots, signatures that cost nothing."""

ACTIVE: Final = 12
"""Validators on duty, with indices from 0: three on the committee of each shard."""

DEPOSITOR: Final = ValidatorIndex(ACTIVE)
RETIREE: Final = ValidatorIndex(ACTIVE + 2)
NAMES: Final = (
    *(f"validator/{index}" for index in range(ACTIVE)),
    *("depositor/0", "depositor/1", "retiree/0", "retiree/1"),
)

STATE: Final = bytes(range(32))
"""Block data that PUSHER saves as its post-state."""


@cache
def compile_script(text: str) -> bytes:
    return bytes(wasmtime.wat2wasm(text))


def compile_pusher(deposit_bytes: int, memory: str = "1") -> bytes:
    """Return a script that saves 32 bytes of data and pushes the rest as deposits."""
    return compile_script(
        f"""(module
          (import "eth2" "blockDataSize" (func $size (result i32)))
          (import "eth2" "blockDataCopy" (func $copy (param i32 i32 i32)))
          (import "eth2" "savePostStateRoot" (func $save (param i32)))
          (import "eth2" "pushNewDeposit" (func $push (param i32 i32)))
          (memory (export "memory") {memory})
          (func (export "main") (local $at i32)
            (call $copy (i32.const 0) (i32.const 0) (call $size))
            (call $save (i32.const 0))
            (local.set $at (i32.const 32))
            (block $done
              (loop $next
                (br_if $done (i32.ge_u (local.get $at) (call $size)))
                (call $push (local.get $at) (i32.const {deposit_bytes}))
                (local.set $at (i32.add (local.get $at) (i32.const {deposit_bytes})))
                (br $next)))))"""
    )


PUSHER: Final = compile_pusher(184)
PUSHERS: Final = tuple(compile_pusher(184, memory=f"1 {most}") for most in range(2, 7))
"""Scripts of one size that do the same: nobody registers the same twice in a block."""
TRAPPER: Final = compile_script(
    '(module (memory (export "memory") 1) (func (export "main") unreachable))'
)
FLOATER: Final = compile_script(
    """(module
      (import "eth2" "savePostStateRoot" (func $save (param i32)))
      (memory (export "memory") 1)
      (func (export "main") (drop (f32.const 1)) (call $save (i32.const 0))))"""
)
"""Runs and saves zeros, but the strict profile has no floats."""


@dataclass(frozen=True, slots=True)
class AcceptedBlock:
    """A shard block as its relayers remember it."""

    header: ShardBlockHeader
    deposits: tuple[PushedDeposit, ...]


def build_genesis(config: ChainConfig = CONFIG) -> BeaconState:
    """Return a genesis in which everybody of ``NAMES`` has ETH."""
    builders = {
        "validator": (build_active_validator, 32),
        "depositor": (build_depositor, 100),
        "retiree": (build_retired_validator, 1000),
    }
    people = []
    for name in NAMES:
        build, balance = builders[name.partition("/")[0]]
        key = make_key(name, config.bls)
        people.append(build(key.pubkey, Gwei(balance * GWEI_PER_ETH)))
    return build_genesis_beacon_state(people, config)


class Lab:
    """A beacon chain and its shards in the hands of somebody who has all keys.

    Within a slot the beacon block comes first; the shards' blocks see the state it left.
    """

    def __init__(
        self,
        config: ChainConfig = CONFIG,
        scripts: Sequence[bytes] = (),
        newcomers: Sequence[Key] = (),
    ) -> None:
        """Start at genesis.

        Args:
            config: Settings.
            scripts: Registered already, with 500 ETH each.
            newcomers: Keys of validators that will come on duty later.
        """
        self.context = build_context(config)
        self.keys = [make_key(name, config.bls) for name in NAMES]
        self._by_pubkey = {key.pubkey: key for key in (*self.keys, *newcomers)}
        registered = [
            ExecutionScript.create(code=code, balance=500 * GWEI_PER_ETH, mark=b"")
            for code in scripts
        ]
        self.beacon = build_genesis(config).evolve(execution_scripts=registered)
        self.shards = [
            build_genesis_shard_state(ShardIndex(shard)) for shard in range(config.shard_count)
        ]
        self.blocks: list[list[AcceptedBlock]] = [[] for _ in self.shards]
        self.effects: list[Effect] = []
        self.past: dict[int, BeaconState] = {}
        self.shard_roots: list[list[Root]] = [[] for _ in self.shards]

    @property
    def config(self) -> ChainConfig:
        return self.context.config

    def advance(self, slots: int = 1) -> None:
        """Let slots begin on all chains."""
        for _ in range(slots):
            self.past[self.beacon.slot] = self.beacon
            self.beacon = apply_beacon_slot(self.beacon, self.context, self.effects)
            for shard, state in enumerate(self.shards):
                self.shard_roots[shard].append(state.hash_tree_root)
                self.shards[shard] = apply_shard_slot(
                    state, self.beacon, self.context, self.effects
                )

    def advance_to(self, slot: int) -> None:
        self.advance(slot - self.beacon.slot)

    def get_key(self, index: ValidatorIndex) -> Key:
        return self._by_pubkey[self.beacon.validators[index].pubkey]

    # Beacon blocks

    def build_beacon_block(self, **operations: Sequence[object]) -> SignedBeaconBlock:
        """Return the due block with these operations, whether or not they are valid."""
        state = self.beacon
        block = BeaconBlock.create(
            slot=state.slot,
            parent_root=state.latest_block_header.hash_tree_root,
            state_root=ZERO_ROOT,
            proposer_index=get_beacon_proposer(state, state.slot, self.config),
            body=EMPTY_BODY.evolve(**operations),
        )
        try:
            post_state = process_beacon_block(state, block, self.context, [])
        except InvalidBlock:
            return self.sign_beacon_block(block)
        return self.sign_beacon_block(block.evolve(state_root=post_state.hash_tree_root))

    def sign_beacon_block(self, block: BeaconBlock) -> SignedBeaconBlock:
        """Sign a block as its slot's due proposer, whatever is in it."""
        key = self.get_key(get_beacon_proposer(self.beacon, self.beacon.slot, self.config))
        signature = key.sign(block.hash_tree_root, DOMAIN_BEACON_BLOCK)
        return SignedBeaconBlock.create(message=block, signature=signature)

    def add_beacon_block(self, **operations: Sequence[object]) -> list[Effect]:
        """Propose the due block, and import its bytes; return what that did."""
        encoded = encode(self.build_beacon_block(**operations))
        effects: list[Effect] = []
        self.beacon = apply_beacon_block(self.beacon, encoded, self.context, effects)
        self.effects += effects
        return effects

    def register(self, *codes: bytes) -> list[Effect]:
        """Register scripts in a block of the next slot."""
        self.advance()
        operations = [
            sign_registration(
                self.keys[DEPOSITOR], sender=DEPOSITOR, slot=self.beacon.slot, code=code
            )
            for code in codes
        ]
        return self.add_beacon_block(new_execution_scripts=operations)

    # Shard blocks

    def build_shard_block(
        self, data: bytes = STATE, *, env: int = 0, shard: int = 0
    ) -> SignedShardBlock:
        """Return the due block of a shard, whether or not its script accepts the data."""
        state = self.shards[shard]
        block = ShardBlock.create(
            shard=shard,
            slot=state.slot,
            parent_root=state.parent_block.hash_tree_root,
            beacon_root=self.beacon.hash_tree_root,
            env=ScriptIndex(env),
            data=data,
            state_root=ZERO_ROOT,
            deposit_root=ZERO_ROOT,
            proposer_index=self._get_shard_proposer(shard),
        )
        try:
            transition = process_shard_block(state, block, self.beacon, self.context, [])
        except InvalidBlock:
            return self.sign_shard_block(block, shard)
        return self.sign_shard_block(
            block.evolve(
                state_root=transition.state.hash_tree_root,
                deposit_root=transition.state.parent_block.deposit_root,
            ),
            shard,
        )

    def sign_shard_block(self, block: ShardBlock, shard: int = 0) -> SignedShardBlock:
        """Sign a block as the due proposer of a shard, whatever is in it."""
        key = self.get_key(self._get_shard_proposer(shard))
        signature = key.sign(block.hash_tree_root, DOMAIN_SHARD_BLOCK)
        return SignedShardBlock.create(message=block, signature=signature)

    def add_shard_block(
        self, data: bytes = STATE, *, env: int = 0, shard: int = 0
    ) -> ShardTransition:
        """Propose the due block of a shard, and import its bytes."""
        signed = self.build_shard_block(data, env=env, shard=shard)
        transition = apply_shard_block(
            self.shards[shard], encode(signed), self.beacon, self.context, self.effects
        )
        self.shards[shard] = transition.state
        header = compute_shard_block_header(signed.message)
        self.blocks[shard].append(AcceptedBlock(header, transition.deposits))
        return transition

    def _get_shard_proposer(self, shard: int) -> ValidatorIndex:
        slot = self.shards[shard].slot
        return get_shard_proposer(self.beacon, ShardIndex(shard), slot, self.config)

    # From a shard to the beacon chain

    def get_run(self, crosslink: Crosslink) -> list[AcceptedBlock]:
        """Return the blocks that a crosslink commits to."""
        return [
            block
            for block in self.blocks[crosslink.shard]
            if crosslink.start_slot <= block.header.slot <= crosslink.end_slot
        ]

    def build_crosslink(self, shard: int = 0) -> Crosslink:
        """Return the crosslink that is due for a shard."""
        end_slot = self.beacon.slot - self.config.crosslink_lag_slots
        unfilled = Crosslink.create(
            shard=shard,
            start_slot=self.beacon.crosslinks[shard].end_slot + 1,
            end_slot=end_slot,
            headers_root=ZERO_ROOT,
            shard_state_root=self.shard_roots[shard][end_slot],
        )
        roots = [block.header.hash_tree_root for block in self.get_run(unfilled)]
        return unfilled.evolve(headers_root=compute_headers_root(roots))

    def sign_crosslink(
        self, crosslink: Crosslink, votes: Sequence[bool] | None = None
    ) -> SignedCrosslink:
        """Let committee members vote; all of them unless told otherwise."""
        shard = ShardIndex(crosslink.shard % self.config.shard_count)
        committee = get_shard_committee(self.beacon, shard, self.beacon.slot, self.config)
        bits = tuple(votes) if votes is not None else (True,) * len(committee)
        voters = [member for member, voted in zip(committee, bits, strict=False) if voted]
        secrets = [self.get_key(voter).secret for voter in voters or committee]
        message = compute_signing_root(crosslink.hash_tree_root, DOMAIN_CROSSLINK)
        return SignedCrosslink.create(
            crosslink=crosslink,
            aggregation_bits=bits,
            signature=sign_together(self.config.bls, secrets, message),
        )

    def add_crosslink(self, shard: int = 0) -> Slot:
        """Include a shard's crosslink at the next slot that allows it; return that slot."""
        self.advance()
        while not is_crosslink_due(self.beacon.slot, self.config):
            self.advance()
        signed = self.sign_crosslink(self.build_crosslink(shard))
        self.add_beacon_block(crosslinks=[signed])
        return self.beacon.slot

    def build_claim(
        self, crosslinked: Slot, *, shard: int = 0, block: int = -1, position: int = 0
    ) -> NewValidator:
        """Return the claim of a deposit whose crosslink was included at a slot before now."""
        state = {**self.past, self.beacon.slot: self.beacon}[crosslinked]
        run = self.get_run(state.crosslinks[shard])
        accepted, header_index = run[block], block % len(run)
        roots = [each.header.hash_tree_root for each in run]
        branch = build_crosslink_branch(state, ShardIndex(shard), roots, header_index)
        if self.beacon.slot - crosslinked > STATE_ROOTS_RING_SLOTS:
            branch += self._build_ring_branch(crosslinked)
        pushed = accepted.deposits[position]
        return NewValidator.create(
            executor=accepted.header.env,
            deposit=pushed.deposit if isinstance(pushed, TimestampedDepositData) else pushed,
            proof=DepositReceiptProof.create(
                header=accepted.header,
                deposit_index=position,
                deposit_branch=build_deposit_branch(accepted.deposits, position),
                header_index=header_index,
                beacon_slot=crosslinked,
                crosslink_branch=branch,
            ),
        )

    def _build_ring_branch(self, slot: Slot) -> list[Root]:
        """Return the way from the state root of a slot to the historical root above it."""
        full_at = (slot // STATE_ROOTS_RING_SLOTS + 1) * STATE_ROOTS_RING_SLOTS
        ring = self.past[full_at].latest_state_roots
        position = slot % STATE_ROOTS_RING_SLOTS
        return build_element_branch(ring, STATE_ROOTS_RING_SLOTS, position, in_list=False)

    def push(self, *deposits: PushedDeposit, env: int = 0, shard: int = 0) -> Slot:
        """Push deposits on a shard in the next slot and crosslink them; return that slot."""
        self.advance()
        self.add_shard_block(STATE + b"".join(map(encode, deposits)), env=env, shard=shard)
        return self.add_crosslink(shard)
