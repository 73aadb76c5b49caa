"""What transitions need besides states and blocks: settings, the placement, the engine.

Source:
    Ours: one argument instead of four, passed last like the config it holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chain.config import ChainConfig
from chain.containers import BeaconState
from chain.eei import CompiledStore, ScriptCall, ScriptResult, ScriptRuntime
from chain.effects import Effect
from chain.placement import CheckScript, Placement, Verdict, get_placements
from chain.types import Root
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


class LastBeaconBlock:
    """Remembers what the last beacon block led to: its proposer asks first, as with executions.

    The same block on the same state; what it claims as its state root is not a part of that.
    """

    def __init__(self) -> None:
        """Start with nothing to remember."""
        self._last: tuple[BeaconState, Root, BeaconState, Sequence[Effect]] | None = None

    def find(
        self, state: BeaconState, header_root: Root, effects: list[Effect]
    ) -> BeaconState | None:
        """Return the state that a block led to, and tell its effects again; None if not known."""
        if self._last is None or self._last[0] is not state or self._last[1] != header_root:
            return None
        effects += self._last[3]
        return self._last[2]

    def remember(
        self, state: BeaconState, header_root: Root, after: BeaconState, effects: Sequence[Effect]
    ) -> None:
        """Keep what a block led to, instead of the one before."""
        self._last = state, header_root, after, tuple(effects)


@dataclass(frozen=True, slots=True)
class ChainContext:
    """Everything a transition is given besides states and blocks.

    Attributes:
        config: Settings of the run.
        placement: Where validation happens.
        checker: Validates scripts under the config's profile.
        runtime: Runs scripts.
        last_execution: What it ran last, for those who run the same block once more.
        last_beacon_block: What the last beacon block did, likewise.
    """

    config: ChainConfig
    placement: Placement
    checker: ScriptChecker
    runtime: ScriptRuntime
    last_execution: LastExecution = field(default_factory=LastExecution, compare=False)
    last_beacon_block: LastBeaconBlock = field(default_factory=LastBeaconBlock, compare=False)

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
