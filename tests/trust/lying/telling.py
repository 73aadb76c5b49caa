"""Ways of putting a dishonest operation into an honest block."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from chain.constants import DOMAIN_BEACON_BLOCK
from tests.helpers.chain import NAMES
from tests.trust.lying.lie import (
    Lie,
    Tell,
    change_operation,
    forge,
    get_position,
    go_on,
    pick,
    pick_signature,
)
from tests.trust.lying.worlds import Moment

_LIMITS: Final = {
    "crosslinks": 4,
    "new_execution_scripts": 16,
    "new_validators": 16,
    "withdrawals": 16,
    "validation_reports": 64,
}
Change = Callable[[Random, Moment, Any], tuple[Any, set[str]] | None]
"""Takes an honest operation; returns a dishonest one and the rules that may catch it."""


def lie_about(kind: str, change: Change) -> Tell:
    """Return what replaces one operation of a kind in the honest block."""

    def tell(rng: Random, moment: Moment) -> Lie | None:
        operations = get_operations(moment, kind)
        if not operations:
            return None
        position = rng.randrange(len(operations))
        made = change(rng, moment, operations[position])
        if made is None:
            return None
        message = change_operation(moment, kind, position, [made[0]])
        return None if message is None else forge(moment, message, *made[1])

    return tell


def lie_twice(kind: str, *codes: str) -> Tell:
    """Return what includes an operation more than once."""

    def tell(rng: Random, moment: Moment) -> Lie | None:
        operations = get_operations(moment, kind)
        if not operations:
            return None
        position = rng.randrange(len(operations))
        times = rng.randrange(2, 4) if _LIMITS[kind] > 4 else 2
        too_many = len(operations) + times - 1 > _LIMITS[kind]
        allowed = ("too_many_operations",) if too_many else codes
        message = change_operation(moment, kind, position, [operations[position]] * times)
        return None if message is None else forge(moment, message, *allowed)

    return tell


def lie_again(kind: str, *codes: str) -> Tell:
    """Return what includes an operation of the block before in the next block that may have it."""

    def tell(rng: Random, moment: Moment) -> Lie | None:
        operations = get_operations(moment, kind)
        if not operations:
            return None
        later = go_on(get_position(moment))
        message = change_operation(later, kind, 0, [pick(rng, operations)])
        return None if message is None else forge(later, message, *codes)

    return tell


def lie_too_often(kind: str) -> Tell:
    """Return what includes more operations than a block may have."""

    def tell(rng: Random, moment: Moment) -> Lie | None:
        operations = get_operations(moment, kind)
        if not operations:
            return None
        count = _LIMITS[kind] + rng.randrange(1, 4)
        message = change_operation(moment, kind, 0, [operations[0]] * count)
        return None if message is None else forge(moment, message, "too_many_operations")

    return tell


def get_operations(moment: Moment, kind: str) -> list[Any]:
    """Return the honest block's operations of a kind; none on a shard."""
    body = getattr(moment.honest.message, "body", None)
    return [] if body is None else list(getattr(body, kind))


def count_scripts(moment: Moment) -> int:
    """Return how many scripts there are when the block's registrations are done."""
    registered = get_operations(moment, "new_execution_scripts")
    return len(moment.lab.beacon.execution_scripts) + len(registered)


def sign_with(field: str, domain: bytes, *codes: str) -> Change:
    """Return a change of the signature: another one, or one of the right key for another thing."""

    def change(rng: Random, moment: Moment, operation: Any) -> tuple[Any, set[str]]:  # noqa: ANN401 - any operation
        signature = pick_signature(rng, moment, getattr(operation, field))
        key = moment.lab.keys[rng.randrange(len(NAMES))]
        signed = key.sign(operation.hash_tree_root, rng.choice((domain, DOMAIN_BEACON_BLOCK)))
        return operation.evolve(**{field: rng.choice((signature, signed))}), set(codes)

    return change


def name_lies(prefix: str, changes: Mapping[str, Change], kind: str) -> dict[str, Tell]:
    """Return what tells lies about operations of a kind, by name."""
    return {f"{prefix}: {name}": lie_about(kind, change) for name, change in changes.items()}
