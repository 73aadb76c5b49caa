"""Costs: what validating took, in modelled seconds and in work, and who took it on.

The two kinds have names of their own, ``costs`` and ``work``, and are never added up. What a
clock says is a third kind and not made of events, so it is not here.

Source:
    PROTOCOL 7.
"""

from collections import Counter, defaultdict
from typing import Final

from simulator import events
from simulator.costs import CostModel, Role, find_role
from simulator.metrics.numbers import Number

_GWEI_PER_ETH: Final = 10**9
_DIGITS: Final = 6
_WORK: Final = ("work.bytes", "work.functions", "work.instructions")


class CostMetrics:
    """Folds validations into costs.

    Everything is counted in bytes and becomes seconds only at the end, so that no rounding
    depends on the order of events.
    """

    def __init__(self, model: CostModel, light_clients: int = 0) -> None:
        """Begin with nothing.

        Args:
            model: Rates and budget.
            light_clients: Nodes that read marks and validate nothing.
        """
        self._model = model
        self._light_clients = light_clients
        self._bytes_by_role: Counter[Role] = Counter()
        self._work: Counter[str] = Counter()
        self._bytes_asked = 0
        self._wasted_bytes = 0
        self._validations = 0
        self._bytes_by_code: Counter[str] = Counter()
        self._busiest_by_slot: dict[int, int] = defaultdict(int)
        self._bad_scripts: set[str] = set()
        self._attacks: dict[str, str] = {}
        self._attack_fees_gwei = 0
        self._mark_bytes = 0
        self._verdicts: dict[tuple[str, str], tuple[bool | None, int | None]] = {}
        self._wrong_verdicts = 0

    def submit(self, event: events.ScriptSubmitted) -> None:
        """Take in a script, whether it is really bad, and whether it is meant to hurt."""
        if event.rule:
            self._bad_scripts.add(event.script)
        if event.rule or event.attack:
            self._attacks[event.script] = event.code_hash

    def register(self, event: events.ScriptRegistered) -> None:
        """Take in a fee that was paid."""
        if event.script in self._attacks:
            self._attack_fees_gwei += event.fee

    def mark(self, event: events.MarkWritten) -> None:
        """Take in a mark, which light clients read as everybody does, and the verdict in it.

        A verdict that is written again, beside votes for the next one, counts once.
        """
        self._mark_bytes += len(event.mark) // 2
        place = (event.script, event.chain)
        verdict = (event.says_valid, event.until_slot)
        if verdict != self._verdicts.get(place) and event.says_valid is not None:
            is_bad = event.script in self._bad_scripts
            self._wrong_verdicts += event.says_valid == is_bad
        self._verdicts[place] = verdict

    def validate(self, event: events.ScriptValidated) -> None:
        """Take in a validation."""
        role = find_role(event.role, on_beacon=event.chain == events.BEACON)
        paid_bytes = event.size_bytes * event.new_nodes
        self._bytes_by_role[role] += paid_bytes
        self._bytes_asked += event.size_bytes * event.nodes
        self._wasted_bytes += paid_bytes if event.rule else 0
        self._validations += event.new_nodes
        self._bytes_by_code[event.code_hash] += paid_bytes
        slot = event.slot
        self._busiest_by_slot[slot] = max(self._busiest_by_slot[slot], event.busiest_bytes)
        self._add_work("bytes", role, event.decoded_bytes * event.new_nodes)
        self._add_work("functions", role, event.functions * event.new_nodes)
        self._add_work("instructions", role, event.instructions * event.new_nodes)

    def _add_work(self, kind: str, role: Role, amount: int) -> None:
        self._work[f"work.{kind}"] += amount
        self._work[f"work.{role}.{kind}"] += amount

    def compute(self) -> dict[str, Number]:
        """Return all numbers."""
        return {
            **self._describe_modelled(),
            **self._describe_attack(),
            "validation.wrong_verdicts": self._wrong_verdicts,
            **self._describe_work(),
        }

    def _describe_work(self) -> dict[str, Number]:
        """Return what was decoded; the marks that light clients read are bytes of another kind."""
        work = Counter(self._work)
        work[f"work.{Role.LIGHT_CLIENT}.mark_bytes"] = self._light_clients * self._mark_bytes
        shown = {name: amount for name, amount in work.items() if amount}
        return {**dict.fromkeys(_WORK, 0), **shown}

    def _describe_modelled(self) -> dict[str, Number]:
        model = self._model
        total = self._bytes_by_role.total()
        distinct = len(self._bytes_by_code)
        over = sum(map(model.is_over_budget, self._busiest_by_slot.values()))
        busiest = max(self._busiest_by_slot.values(), default=0)
        return {
            "costs.total_seconds": model.compute_seconds(total),
            "costs.validating_seconds": model.compute_validating_seconds(total),
            "costs.compiling_seconds": model.compute_compiling_seconds(total),
            "costs.without_memory_seconds": model.compute_seconds(self._bytes_asked),
            **{
                f"costs.{role}.seconds": model.compute_seconds(self._bytes_by_role[role])
                for role in Role
            },
            "costs.peak_slot_seconds": model.compute_seconds(busiest),
            "costs.slots_over_budget": over,
            "costs.duplication": round(self._validations / distinct, 3) if distinct else 0,
        }

    def _describe_attack(self) -> dict[str, Number]:
        """Return what bad scripts and those of adversaries cost the network, and their senders.

        Source:
            Ours: an attack that costs seconds and no fee is free, and a ratio to nothing is no
            number, so there is none.
        """
        model = self._model
        wasted = model.compute_seconds(self._wasted_bytes)
        hostile_codes = set(self._attacks.values())
        attack = model.compute_seconds(sum(self._bytes_by_code[code] for code in hostile_codes))
        fees_gwei = self._attack_fees_gwei
        ratios: dict[str, Number] = {}
        if fees_gwei or not attack:
            ratio = attack * _GWEI_PER_ETH / max(fees_gwei, 1)
            ratios["costs.attack_seconds_per_eth"] = round(ratio, _DIGITS)
        return {
            "costs.wasted_seconds": wasted,
            "costs.wasted_validating_seconds": model.compute_validating_seconds(self._wasted_bytes),
            "costs.attack_seconds": attack,
            "costs.attack_fees_gwei": fees_gwei,
            **ratios,
        }
