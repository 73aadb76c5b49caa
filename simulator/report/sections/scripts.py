"""The scripts: who registered and validated them, what that took, and how they fared.

Source:
    PROTOCOL 6, 7.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulator import events
from simulator.report.facts import RunFacts
from simulator.report.model import Section
from simulator.report.sections.script_costs import CostCollector
from simulator.report.sections.script_lives import LifeCollector

Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Scripts:
    """Scripts and what became of them.

    Attributes:
        strategy: The placement, empty if the database does not say.
        scripts: In the order submitted: ``name submitted sender bytes hash flaw attack registered
            index fee refused by code usable settled called calls noops failed dropped fuel marks
            mark verdict until condemned returned rewarded burned``. Slots, or null for what never
            happened; ``usable``, ``settled`` and ``called`` are the first slot in which it is so.
            ``flaw`` is the rule that it really breaks, ``code`` why it was refused and ``by`` whom,
            ``mark`` the last one in hex, ``verdict`` 1, 0 or null,
            ``condemned`` the slot since which it says no, the last three Gwei of bonds.
        left_out: Scripts that are not among them, because there are so many.
        validations: ``script role place first last times nodes new_nodes paid seconds decoded
            functions instructions rule offset``. ``script`` is a position in ``scripts``, ``paid``
            bytes of code over all nodes that had to pay, ``seconds`` what that is by the model.
        roles: All of it, by role of the cost figures: ``role seconds decoded functions
            instructions``. Light clients only read marks.
        failures: ``script what code offset first last count meaning``; offset -1 if none.
    """

    strategy: str
    scripts: Columns
    left_out: int
    validations: Columns
    roles: Columns
    failures: Columns


class ScriptsCollector:
    """Follows the scripts through a run."""

    def __init__(self, facts: RunFacts) -> None:
        """Start without scripts."""
        self._strategy = str(facts.config.get("strategy", ""))
        self._lives = LifeCollector()
        self._costs = CostCollector(facts.costs)

    def add(self, event: events.Event) -> None:
        """Take in one event."""
        self._lives.add(event)
        if isinstance(event, events.ScriptValidated):
            self._costs.validate(self._lives.find(event.script), event)
        elif isinstance(event, events.MarkWritten):
            self._costs.mark(event)

    def finish(self) -> Scripts:
        """Return the model."""
        return Scripts(
            strategy=self._strategy,
            scripts=self._lives.scripts.to_columns(),
            left_out=self._lives.left_out,
            validations=self._costs.build_validations().to_columns(),
            roles=self._costs.build_roles().to_columns(),
            failures=self._lives.failures.failures.to_columns(),
        )


SECTION: Final = Section("scripts", "The scripts", ScriptsCollector)
