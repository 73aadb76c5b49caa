"""Receipts with their proofs, built by us and cut out of remerkleable's trees."""

from dataclasses import dataclass
from random import Random
from typing import Any, Final

from remerkleable.complex import List

from chain.containers import (
    BeaconState,
    DepositData,
    DepositReceiptProof,
    ShardBlockHeader,
    ShardState,
    TimestampedDepositData,
    WithdrawalReceiptProof,
)
from chain.errors import InvalidProof
from chain.merkle import build_element_branch
from chain.receipts import (
    build_crosslink_branch,
    build_deposit_branch,
    build_receipt_branch,
    build_state_anchor,
    validate_deposit_receipt_proof,
    validate_withdrawal_receipt_proof,
)
from chain.types import Root, ShardIndex, Slot
from tests.trust.ssz.declared import CONTAINERS
from tests.trust.ssz.ours import build_ours
from tests.trust.ssz.values import Draw, Plain, build_theirs
from tests.trust.trees.declared import find_branch

_RING_SLOTS: Final = 64
_MOST_RINGS: Final = 6
_MOST_HEADERS: Final = 9
_MOST_DEPOSITS: Final = 9


@dataclass(frozen=True, slots=True)
class Past:
    """A beacon state that a later one remembers.

    Attributes:
        slot: Its slot.
        visible: The later state, plain.
        ring: The full ring that its root was in, if that ring is history.
    """

    slot: int
    visible: Plain
    ring: list[bytes] | None

    def build_visible(self) -> BeaconState:
        """Return the later state as ours."""
        state: BeaconState = _build(BeaconState, self.visible)
        return state

    def find_siblings(self) -> tuple[bytes, ...]:
        """Return the siblings from the earlier state's root to the later one's."""
        visible = build_theirs(CONTAINERS["BeaconState"], self.visible)
        position = self.slot % _RING_SLOTS
        if self.ring is None:
            return find_branch(visible, "latest_state_roots", position).siblings
        batch = find_branch(visible, "historical_roots", self.slot // _RING_SLOTS)
        return (*self.find_ring_siblings(), *batch.siblings)

    def find_ring_siblings(self) -> tuple[bytes, ...]:
        """Return the siblings within the old ring; none if there is no old ring."""
        if self.ring is None:
            return ()
        return find_branch(_build_their_ring(self.ring), self.slot % _RING_SLOTS).siblings


def remember(rng: Random, root: bytes) -> Past:
    """Draw a later state that remembers the root of an earlier one, in its ring or as history."""
    slot = rng.randrange(_MOST_RINGS * _RING_SLOTS)
    age_slots = rng.choice([1, 63, 64, 65, rng.randint(1, 64), rng.randint(64, 400)])
    visible = Draw(rng).draw(CONTAINERS["BeaconState"])
    visible["slot"] = slot + age_slots
    visible["historical_roots"] = [rng.randbytes(32) for _ in range(visible["slot"] // _RING_SLOTS)]
    if age_slots <= _RING_SLOTS:
        visible["latest_state_roots"][slot % _RING_SLOTS] = root
        return Past(slot, visible, None)
    ring = [rng.randbytes(32) for _ in range(_RING_SLOTS)]
    ring[slot % _RING_SLOTS] = root
    batch_root = bytes(_build_their_ring(ring).hash_tree_root())
    visible["historical_roots"][slot // _RING_SLOTS] = batch_root
    return Past(slot, visible, ring)


@dataclass(frozen=True, slots=True)
class DepositClaim:
    """A deposit receipt and its proof.

    Attributes:
        deposit: The deposit.
        proof: As we build it.
        state: The state that holds the crosslink, or remembers one that did.
        is_timestamped: Whether deposits carry a time.
        due: Both branches, one behind the other, as they are in remerkleable's trees.
    """

    deposit: DepositData
    proof: DepositReceiptProof
    state: BeaconState
    is_timestamped: bool
    due: tuple[bytes, ...]

    @property
    def built(self) -> tuple[bytes, ...]:
        """Return both branches as we build them."""
        return (*self.proof.deposit_branch, *self.proof.crosslink_branch)

    def accepts(self, deposit: Any, proof: Any) -> bool:  # noqa: ANN401 - containers
        """Tell whether the state takes a proof for a deposit's."""
        try:
            validate_deposit_receipt_proof(
                deposit, proof, self.state, timestamped=self.is_timestamped
            )
        except InvalidProof:
            return False
        return True


def draw_deposit_claim(rng: Random) -> DepositClaim:
    """Draw a block with deposits, a crosslink that commits to it, and a state that tells of it."""
    is_timestamped = rng.random() < 1 / 2
    kind = TimestampedDepositData if is_timestamped else DepositData
    deposits = _draw_list(rng, kind.__name__, _MOST_DEPOSITS, 1024)
    position = rng.randrange(len(deposits.plain))
    shard, headers, header_at = _draw_headers(rng, deposits.root)
    earlier = _draw_earlier(rng, "crosslinks", shard)
    earlier["crosslinks"][shard]["headers_root"] = headers.root
    ours = _build(BeaconState, earlier)
    their_state = build_theirs(CONTAINERS["BeaconState"], earlier)
    past = remember(rng, bytes(their_state.hash_tree_root()))
    built = [_build(kind, plain) for plain in deposits.plain]
    roots = [_build(ShardBlockHeader, plain).hash_tree_root for plain in headers.plain]
    branch = build_crosslink_branch(ours, ShardIndex(shard), roots, header_at)
    steps = (position, "deposit") if is_timestamped else (position,)
    chosen = built[position]
    return DepositClaim(
        deposit=chosen.deposit if isinstance(chosen, TimestampedDepositData) else chosen,
        proof=DepositReceiptProof.create(
            header=_build(ShardBlockHeader, headers.plain[header_at]),
            deposit_index=position,
            deposit_branch=build_deposit_branch(built, position),
            header_index=header_at,
            beacon_slot=past.slot,
            crosslink_branch=[*branch, *_build_ring_branch(past)],
        ),
        state=past.build_visible(),
        is_timestamped=is_timestamped,
        due=(
            *find_branch(deposits.view, *steps).siblings,
            *find_branch(headers.view, header_at).siblings,
            *find_branch(their_state, "crosslinks", shard, "headers_root").siblings,
            *past.find_ring_siblings(),
        ),
    )


@dataclass(frozen=True, slots=True)
class WithdrawalClaim:
    """A withdrawal receipt and its proof.

    Attributes:
        receipt: The receipt.
        proof: As we build it.
        root: Root of the visible state.
        slot: Its slot.
        due: The branch as it is in remerkleable's trees.
    """

    receipt: Any
    proof: WithdrawalReceiptProof
    root: Root
    slot: Slot
    due: tuple[bytes, ...]

    def accepts(self, receipt: Any, proof: Any) -> bool:  # noqa: ANN401 - containers
        """Tell whether the visible state takes a proof for a receipt's."""
        try:
            validate_withdrawal_receipt_proof(receipt, proof, self.root, self.slot)
        except InvalidProof:
            return False
        return True


def draw_withdrawal_claim(rng: Random) -> WithdrawalClaim:
    """Draw a state with receipts, and a later one that remembers it."""
    position = rng.randrange(_MOST_DEPOSITS)
    earlier = _draw_earlier(rng, "withdrawal_receipts", position)
    ours = _build(BeaconState, earlier)
    theirs = build_theirs(CONTAINERS["BeaconState"], earlier)
    past = remember(rng, bytes(theirs.hash_tree_root()))
    visible = past.build_visible()
    ring = None if past.ring is None else _build_our_ring(past.ring)
    anchor = build_state_anchor(visible, Slot(past.slot), ring)
    return WithdrawalClaim(
        receipt=ours.withdrawal_receipts[position],
        proof=WithdrawalReceiptProof.create(
            slot=past.slot,
            position=position,
            branch=[*build_receipt_branch(ours, position), *anchor.branch],
        ),
        root=visible.hash_tree_root,
        slot=visible.slot,
        due=(
            *find_branch(theirs, "withdrawal_receipts", position).siblings,
            *past.find_siblings(),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A list, plain and as remerkleable's."""

    plain: list[Plain]
    view: Any

    @property
    def root(self) -> bytes:
        return bytes(self.view.hash_tree_root())


def _draw_list(rng: Random, name: str, most: int, limit: int) -> _Drawn:
    plain = [Draw(rng).draw(CONTAINERS[name]) for _ in range(rng.randint(1, most))]
    return _collect(name, plain, limit)


def _collect(name: str, plain: list[Plain], limit: int) -> _Drawn:
    declared = CONTAINERS[name]
    return _Drawn(plain, List[declared, limit](*[build_theirs(declared, each) for each in plain]))


def _draw_headers(rng: Random, deposit_root: bytes) -> tuple[int, _Drawn, int]:
    drawn = _draw_list(rng, "ShardBlockHeader", _MOST_HEADERS, 4096)
    position = rng.randrange(len(drawn.plain))
    shard = rng.randrange(_MOST_HEADERS)
    drawn.plain[position] |= {"shard": shard, "deposit_root": deposit_root}
    return shard, _collect("ShardBlockHeader", drawn.plain, 4096), position


def _draw_earlier(rng: Random, name: str, position: int) -> Plain:
    """Draw a state one of whose lists has an element at a position."""
    state = Draw(rng).draw(CONTAINERS["BeaconState"])
    element = CONTAINERS["BeaconState"].fields()[name].element_cls()
    missing = max(0, position + 1 - len(state[name]))
    state[name] += [Draw(rng).draw(element) for _ in range(missing)]
    return state


def _build(kind: Any, plain: Plain) -> Any:  # noqa: ANN401 - of the kind
    return build_ours(kind, plain)


def _build_their_ring(ring: list[bytes]) -> Any:  # noqa: ANN401 - of remerkleable
    declared = CONTAINERS["BeaconState"].fields()["latest_state_roots"]
    return build_theirs(declared, ring)


def _build_our_ring(ring: list[bytes]) -> Any:  # noqa: ANN401 - a vector of ours
    state = Draw(Random(0)).draw(CONTAINERS["ShardState"])  # noqa: S311 - only its ring matters
    return _build(ShardState, state | {"latest_state_roots": ring}).latest_state_roots


def _build_ring_branch(past: Past) -> list[Root]:
    if past.ring is None:
        return []
    ring, position = _build_our_ring(past.ring), past.slot % _RING_SLOTS
    return build_element_branch(ring, _RING_SLOTS, position, in_list=False)
