"""Named values: where in a run each number of a lesson comes from, and how it is written.

Source:
    Ours.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from chain.config import ExecutionLimits
from chain.eei import CompiledStore, ScriptCall, ScriptResult, ScriptRuntime
from chain.types import Root
from simulator.errors import UserError
from simulator.events import Event
from simulator.lessons.narration import Lesson, Value
from simulator.lessons.simulation import Simulation
from simulator.terminal import format_gwei, shorten_root
from simulator.watchdog import keep_watch
from simulator.wording import name_things

PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
COMPARISON: Final = re.compile(r"([a-z][a-z0-9_]*) (<|=|>|!=) ([a-z][a-z0-9_]*)")

_INTEGER_BYTES: Final = 8
_DIGITS: Final = 3
_TENTHS: Final = 10
"""From here on a tenth says enough."""


class Record:
    """The runs of a lesson, as far as they have come, and what its values are now.

    Attributes:
        lesson: The lesson.
        main: The run that is told.
    """

    def __init__(self, lesson: Lesson, compiled: CompiledStore | None = None) -> None:
        """Start at genesis.

        Args:
            lesson: The lesson.
            compiled: Where compiled scripts are kept between runs, if anywhere.
        """
        self.lesson = lesson
        self.main = Simulation(lesson.loaded, compiled)
        self._compiled = compiled
        self._others: dict[str, Simulation] = {}

    def get_run(self, name: str | None) -> Simulation:
        """Return one of the runs; those that are not told go to their end at once."""
        if name is None:
            return self.main
        if name not in self._others:
            self._others[name] = Simulation(self.lesson.runs[name], self._compiled)
            self._others[name].run_to()
        return self._others[name]

    def execute(self, name: str) -> ScriptResult:
        """Run one of the lesson's executions."""
        wanted = self.lesson.narration.executions[name]
        call = ScriptCall(
            code=self.lesson.read_file(wanted.script),
            pre_state_root=Root(bytes.fromhex(wanted.state)),
            data=bytes.fromhex(wanted.data),
        )
        runtime = ScriptRuntime(ExecutionLimits(), self._compiled)
        with keep_watch(runtime):
            return runtime.attempt(call, trace=True)

    def fill(self, text: str) -> str:
        """Return a text in which values stand where their names were."""
        return PLACEHOLDER.sub(lambda match: self.format(match[1]), text)

    def format(self, name: str) -> str:
        """Return a value as a reader sees it."""
        value = self.lesson.narration.values[name]
        return format_value(self.compute(name), value.show, value.unit)

    def compute(self, name: str) -> Any:  # noqa: ANN401 - numbers, words, hex
        """Return a value as it is now.

        Raises:
            UserError: The run has not come so far, or never does what the value asks for.
        """
        value = self.lesson.narration.values[name]
        found = self._find(name, value)
        match value.read:
            case "size":
                return len(_to_bytes(found))
            case "integer":
                return int.from_bytes(_to_bytes(found)[:_INTEGER_BYTES], "little")
            case _:
                return found

    def is_true(self, comparison: bool | str) -> bool:  # noqa: FBT001 - as the lesson writes it
        """Tell whether a comparison of values holds."""
        if isinstance(comparison, bool):
            return comparison
        match = COMPARISON.fullmatch(comparison)
        if match is None:
            raise UserError(f"{self.lesson.name}: {comparison}: not a comparison")
        left, right = self.compute(match[1]), self.compute(match[3])
        return bool(
            {"<": left < right, "=": left == right, ">": left > right, "!=": left != right}[
                match[2]
            ]
        )

    def _find(self, name: str, value: Value) -> Any:  # noqa: ANN401 - see compute
        run = self.get_run(value.run)
        found: Any
        match value.source:
            case "config":
                found = _get_setting(run.loaded.config, value.config)
            case "scenario":
                found = _get_setting(run.loaded.scenario, value.scenario)
            case "code":
                found = len(run.loaded.scripts[value.code or ""])
            case "slot":
                found = run.slot if value.slot == "now" else run.last_slot
            case "execution":
                found = getattr(self.execute(value.execution or ""), value.field or "")
            case "metric":
                found = run.metrics.get(value.metric or "")
                if found is None:
                    raise self._complain(name, f"there is no metric {value.metric}")
            case "event":
                found = self._pick(name, value, run)
            case _:
                found = self._calculate(value)
        return found

    def _calculate(self, value: Value) -> float:
        left, right = (self.compute(operand) for operand in value.operands)
        if value.sum is not None:
            return left + right  # type: ignore[no-any-return]  # numbers, or Python complains
        if value.difference is not None:
            return left - right  # type: ignore[no-any-return]  # as above
        if value.product is not None:
            return left * right  # type: ignore[no-any-return]  # as above
        return left / right  # type: ignore[no-any-return]  # as above

    def _pick(self, name: str, value: Value, run: Simulation) -> Any:  # noqa: ANN401 - see compute
        matching = list(select(run.events, value.event or {}))
        if value.pick == "count":
            return len(matching)
        found = [getattr(event, value.field or "") for event in matching]
        if value.pick == "total":
            return sum(found)
        if not found:
            raise self._complain(name, f"nothing of the kind has happened by slot {run.slot}")
        match value.pick:
            case "largest":
                return max(found)
            case "last":
                return found[-1]
            case _:
                return found[0]

    def _complain(self, name: str, reason: str) -> UserError:
        seed = self.lesson.loaded.scenario.seed
        return UserError(f"{self.lesson.name}: values.{name}: {reason} (seed {seed})")


def select(events: list[Event], wanted: Mapping[str, bool | int | str]) -> Iterator[Event]:
    """Yield the events that a filter asks for."""
    fields = {name: value for name, value in wanted.items() if name != "kind"}
    for event in events:
        if event.kind == wanted["kind"] and all(
            _is_as_wanted(getattr(event, name), value) for name, value in fields.items()
        ):
            yield event


def _get_setting(settings: object, dotted: str | None) -> Any:  # noqa: ANN401 - any setting
    found: Any = settings
    for key in (dotted or "").split("."):
        found = getattr(found, key)
    return found


def _is_as_wanted(found: object, wanted: bool | int | str) -> bool:  # noqa: FBT001 - a value
    return bool(found) is wanted if isinstance(wanted, bool) else found == wanted


def format_value(value: Any, show: str, unit: str) -> str:  # noqa: ANN401 - see Record.compute
    """Return a value as text, with its unit in singular or plural."""
    match show:
        case "eth":
            text = format_gwei(int(value))
        case "root":
            text = shorten_root(value.hex() if isinstance(value, bytes) else value)
        case "milliseconds":
            text = f"{_round(value * 1000)} ms"
        case "seconds":
            text = f"{_round(value)} s"
        case "times":
            text = f"{_round(value)} times"
        case "chain":
            text = f"the {value} chain" if value == "beacon" else str(value)
        case _:
            text = _round(value) if isinstance(value, int | float) else str(value)
    if unit:
        text += f" {name_things(value, unit)}"
    return text


def _round(number: float) -> str:
    """Return a number to three digits, or to a tenth, or whole; thousands are separated.

    Tenths of numbers below a thousand let readers subtract them and find what the text says.
    """
    if isinstance(number, int) or number == int(number) or number >= 10**_DIGITS:
        return f"{round(number):,}"
    return f"{number:.1f}" if number >= _TENTHS else f"{number:.{_DIGITS}g}"


def _to_bytes(found: Any) -> bytes:  # noqa: ANN401 - hex or bytes
    return found if isinstance(found, bytes) else bytes.fromhex(found)
