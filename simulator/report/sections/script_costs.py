"""What validating took, by script and by role: modelled seconds beside work, never added up.

Source:
    PROTOCOL 7.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from simulator import events
from simulator.costs import CostModel, EngineProfile, Role, find_role
from simulator.report.model import Table

_WORK: Final = ("decoded", "functions", "instructions")


class CostCollector:
    """Adds up the bytes that nodes paid for; they become seconds at the end."""

    def __init__(self, costs: Mapping[str, Any]) -> None:
        """Start with nothing.

        Args:
            costs: Rates, as the run's facts have them; without rates there are no seconds.
        """
        self._model = read_model(costs)
        self._light_clients = int(costs.get("light_clients", 0))
        self._mark_bytes = 0
        self._paid: Counter[Role] = Counter()
        self._work: Counter[tuple[Role, str]] = Counter()
        self._validations = Table(
            "script", "role", "place", "first", "last", "times", "nodes", "new_nodes", "paid",
            "seconds", "decoded", "functions", "instructions", "rule", "offset",
        )  # fmt: skip
        self._positions: dict[tuple[int | None, str, str, str], int] = {}

    def mark(self, event: events.MarkWritten) -> None:
        """Take in a mark: light clients read it."""
        self._mark_bytes += len(event.mark) // 2

    def validate(self, script: int | None, event: events.ScriptValidated) -> None:
        """Take in a validation.

        Args:
            script: Position of the script, None if it is left out: then it counts for its role.
            event: The validation.
        """
        role = find_role(event.role, on_beacon=event.chain == events.BEACON)
        self._paid[role] += event.size_bytes * event.new_nodes
        amounts = (event.decoded_bytes, event.functions, event.instructions)
        work = {name: amount * event.new_nodes for name, amount in zip(_WORK, amounts, strict=True)}
        for name, amount in work.items():
            self._work[role, name] += amount
        if script is not None:
            self._add_row(script, event, work)

    def build_validations(self) -> Table:
        """Return who validated what, alike validations together."""
        for position in range(len(self._validations)):
            paid = self._validations.get(position, "paid")
            self._validations.replace(position, "seconds", self._compute_seconds(paid))
        return self._validations

    def build_roles(self) -> Table:
        """Return ``role seconds decoded functions instructions``, for every role."""
        roles = Table("role", "seconds", *_WORK)
        for role in Role:
            work = {name: self._work[role, name] for name in _WORK}
            if role is Role.LIGHT_CLIENT:
                work["decoded"] += self._light_clients * self._mark_bytes
            roles.add(role=str(role), seconds=self._compute_seconds(self._paid[role]), **work)
        return roles

    def _compute_seconds(self, paid_bytes: int) -> float | None:
        return None if self._model is None else self._model.compute_seconds(paid_bytes)

    def _add_row(self, script: int, event: events.ScriptValidated, work: Mapping[str, int]) -> None:
        place = "beacon chain" if event.chain == events.BEACON else "shards"
        key = (script, event.role, place, event.rule)
        rows = self._validations
        if key not in self._positions:
            self._positions[key] = rows.add(
                script=script,
                role=event.role,
                place=place,
                first=event.slot,
                last=event.slot,
                seconds=None,
                rule=event.rule,
                offset=event.offset,
                **dict.fromkeys(("times", "nodes", "new_nodes", "paid", *_WORK), 0),
            )
        position = self._positions[key]
        rows.replace(position, "last", event.slot)
        paid = event.size_bytes * event.new_nodes
        counts = {"times": 1, "nodes": event.nodes, "new_nodes": event.new_nodes, "paid": paid}
        for name, amount in {**counts, **work}.items():
            rows.replace(position, name, rows.get(position, name) + amount)


def read_model(costs: Mapping[str, Any]) -> CostModel | None:
    """Return the cost model that a run's facts describe, None if they describe none."""
    if "validating_bytes_per_second" not in costs:
        return None
    profile = EngineProfile(
        costs["profile"],
        costs["validating_bytes_per_second"],
        costs["compiling_bytes_per_second"],
    )
    return CostModel(profile, costs["budget_seconds"])
