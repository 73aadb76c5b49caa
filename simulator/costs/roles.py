"""In which role a node pays for validating.

Source:
    PROTOCOL 7 (who, when).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

BEACON_NODES: Final = "beacon nodes"
CHALLENGER: Final = "challenger"
PROPOSER: Final = "proposer"
REPORTER: Final = "reporter"
SHARD_COMMITTEE: Final = "shard committee"
SHARD_FULL_NODES: Final = "shard full nodes"


class Role(StrEnum):
    """Roles of the cost figures, as in the names of metrics."""

    BEACON_NODE = "beacon_node"
    SHARD_COMMITTEE = "shard_committee"
    SHARD_FULL_NODE = "shard_full_node"
    CHALLENGER = "challenger"
    LIGHT_CLIENT = "light_client"
    """Follows headers and validates nothing, under any placement: it trusts the marks."""


_ROLES: Final[Mapping[str, Role]] = {
    BEACON_NODES: Role.BEACON_NODE,
    CHALLENGER: Role.CHALLENGER,
    REPORTER: Role.CHALLENGER,
    SHARD_COMMITTEE: Role.SHARD_COMMITTEE,
    SHARD_FULL_NODES: Role.SHARD_FULL_NODE,
}


def find_role(name: str, *, on_beacon: bool) -> Role:
    """Return the role of the cost figures behind the name that an event gives.

    Args:
        name: As in ``ScriptValidated``.
        on_beacon: Whether it happened on the beacon chain: a proposer there is a beacon node, and
            on a shard a member of the committee.

    Source:
        Ours: the five roles of the cost figures.
    """
    if name == PROPOSER:
        return Role.BEACON_NODE if on_beacon else Role.SHARD_COMMITTEE
    return _ROLES[name]
