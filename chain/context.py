"""What transitions need besides states and blocks: settings, the placement, the engine.

Source:
    Ours: one argument instead of four, passed last like the config it holds.
"""

from dataclasses import dataclass, field

from chain.config import ChainConfig
from chain.eei import CompiledStore, ScriptCall, ScriptResult, ScriptRuntime
from chain.effects import Effect
from chain.placement import CheckScript, Placement, Verdict, get_placements
from chain.validation import ScriptChecker, get_rules


class LastExecution:
    """Remembers the last execution: a proposer asks first, then whoever imports its block.

    A script sees nothing but its call, so the same call has the same result. A block that says
    anything else than the one that was tried is run.
    """

    def __init__(self) -> None:
        """Start with nothing to remember."""
        self._last: tuple[ScriptCall, ScriptResult] | None = None

    def execute(self, runtime: ScriptRuntime, call: ScriptCall) -> ScriptResult:
        """Run a call, unless it is the one that was run last."""
        if self._last is None or self._last[0] != call:
            self._last = call, runtime.execute(call)
        return self._last[1]


@dataclass(frozen=True, slots=True)
class ChainContext:
    """Everything a transition is given besides states and blocks.

    Attributes:
        config: Settings of the run.
        placement: Where validation happens.
        checker: Validates scripts under the config's profile.
        runtime: Runs scripts.
        last_execution: What it ran last, for those who run the same block once more.
    """

    config: ChainConfig
    placement: Placement
    checker: ScriptChecker
    runtime: ScriptRuntime
    last_execution: LastExecution = field(default_factory=LastExecution, compare=False)

    def execute(self, call: ScriptCall) -> ScriptResult:
        """Run a script once; nothing that a script does raises.

        Source:
            PROTOCOL 5.
        """
        return self.last_execution.execute(self.runtime, call)

    def check_into(self, effects: list[Effect]) -> CheckScript:
        """Return a check that also records that it was asked for."""

        def check(code: bytes) -> Verdict:
            checked = self.checker.examine(code)
            effects.append(checked)
            return Verdict(checked.rule, checked.offset)

        return check


def build_context(config: ChainConfig, compiled: CompiledStore | None = None) -> ChainContext:
    """Set up the engine, the rules and the placement that a config names.

    Args:
        config: Settings; ``strategy`` must name a placement.
        compiled: Where compiled scripts are kept between runs, if anywhere.

    Raises:
        KeyError: No such strategy: the scenario models refuse it earlier.

    Source:
        Ours.
    """
    runtime = ScriptRuntime(config.execution, compiled)
    return ChainContext(
        config=config,
        placement=get_placements()[config.strategy](),
        checker=ScriptChecker(get_rules(config), runtime),
        runtime=runtime,
    )
