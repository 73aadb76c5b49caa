"""What transitions need besides states and blocks: settings, the placement, the engine.

Source:
    Ours: one argument instead of four, passed last like the config it holds.
"""

from dataclasses import dataclass

from chain.config import ChainConfig
from chain.eei import CompiledStore, ScriptRuntime
from chain.effects import Effect
from chain.placement import CheckScript, Placement, Verdict, get_placements
from chain.validation import ScriptChecker, get_rules


@dataclass(frozen=True, slots=True)
class ChainContext:
    """Everything a transition is given besides states and blocks.

    Attributes:
        config: Settings of the run.
        placement: Where validation happens.
        checker: Validates scripts under the config's profile.
        runtime: Runs scripts.
    """

    config: ChainConfig
    placement: Placement
    checker: ScriptChecker
    runtime: ScriptRuntime

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
