"""The validation report: every scenario of the series under all placements, as one page.

    python -m simulator.validation_report docs/validation-report.md

Tables and sentences are worked out from the runs; what this module adds is which questions are
asked, and the conclusion, which a test holds against the numbers.

Source:
    PROTOCOL 7 (the question that shardlab exists for).
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chain.placement import get_placements
from simulator.commands.shared import count_cores, open_cache
from simulator.compare import Comparison, build_comparison, compare, plan_runs
from simulator.shipped import list_shipped
from simulator.terminal.compare import format_spread

STRATEGY: Final = "validation.strategy"

METRICS: Final = (
    "costs.total_seconds",
    "costs.beacon_node.seconds",
    "costs.shard_committee_member.seconds",
    "costs.peak_slot_seconds",
    "costs.duplication",
    "costs.wasted_seconds",
    "costs.attack_seconds_per_eth",
    "scripts.slots_to_usable.p50",
    "state.mark_bytes",
    "state.dead_code_bytes",
    "beacon.blocks_lost",
    "shards.blocks_rejected",
    "shards.noop_blocks",
    "shards.blocks_reverted",
    "validation.wrong_verdicts",
)
"""What is reported of every placement; the page says what each of them is."""


@dataclass(frozen=True, slots=True)
class Question:
    """One scenario of the series, and what else is varied.

    Attributes:
        scenario: Its name.
        seeds: How many seeds it is run with.
        vary: A numeric key and its values, ``key=a,b,c``; empty for placements alone.
        metrics: What to show, by default everything.
        placements: Which ones to compare, by default all.
    """

    scenario: str
    seeds: int = 3
    vary: str = ""
    metrics: Sequence[str] = METRICS
    placements: Sequence[str] = ()

    @property
    def strategies(self) -> str:
        """Return how the placements are written on a command line."""
        return f"{STRATEGY}={','.join(self.placements or get_placements())}"


_GROWTH: Final = ("costs.total_seconds", "costs.peak_slot_seconds", "state.mark_bytes")

SERIES: Final = (
    Question("validation/steady"),
    Question("validation/flood"),
    Question("validation/popular"),
    Question("validation/scattered"),
    Question("validation/big_scripts"),
    Question("validation/bombs"),
    Question("validation/rotating_committee"),
    Question(
        "validation/rotating_committee",
        seeds=5,
        vary="validation.committee_size=4,8,16,32",
        metrics=("validation.wrong_verdicts", "costs.total_seconds", "scripts.slots_to_usable.p50"),
        placements=("committee",),
    ),
    Question(
        "validation/network_size", seeds=1, vary="chain.shard_count=64,256,1024", metrics=_GROWTH
    ),
    Question("validation/popular", seeds=1, vary="genesis.validators=64,128,256", metrics=_GROWTH),
    Question(
        "validation/popular",
        seeds=1,
        vary="workload[0].calls.first_shards=1,2,4,8",
        metrics=_GROWTH,
    ),
    Question(
        "validation/popular",
        seeds=1,
        vary="workload[0].calls.per_slot=0.2,0.4,0.8",
        metrics=_GROWTH,
    ),
    Question(
        "validation/big_scripts",
        seeds=1,
        vary="adversaries[0].size_bytes=12000,24000,48000",
        metrics=_GROWTH,
    ),
    Question("validation/flood", seeds=1, vary="adversaries[0].per_slot=0.5,1,2", metrics=_GROWTH),
)
"""Placements first, then how their costs grow: with S, N, A, u, code size and the share of bad
scripts."""


def answer(question: Question, workers: int) -> Comparison:
    """Run a question's scenario under all placements.

    Args:
        question: What to run.
        workers: Processes to use.
    """
    vary = [question.strategies]
    if question.vary:
        vary.append(question.vary)
    planned = plan_runs(question.scenario, vary, seeds=str(question.seeds))
    runs = compare(planned, open_cache(), None, workers)
    return build_comparison(list(runs), question.metrics)


def write_report(series: Sequence[Question], workers: int) -> Iterator[str]:
    """Yield the report, piece by piece, in Markdown."""
    yield _INTRODUCTION
    questions = {scenario.name: scenario.question for scenario in list_shipped()}
    for question in series:
        comparison = answer(question, workers)
        yield f"\n## {_name(question, comparison)}\n\n{questions[question.scenario]}\n"
        yield f"\n```sh\n{_show_command(question)}\n```\n"
        yield _render_table(comparison)
        yield _render_sentences(comparison)
    yield _CONCLUSION


def _name(question: Question, comparison: Comparison) -> str:
    title = comparison.runs[0].report["title"]
    key = question.vary.partition("=")[0]
    return f"{title}: growth with `{key}`" if key else str(title)


def _show_command(question: Question) -> str:
    lines = [f"shardlab compare {question.scenario}", f"    --vary {question.strategies}"]
    if question.vary:
        lines.append(f"    --vary '{question.vary}'")
    if question.seeds > 1:
        lines.append(f"    --seeds {question.seeds}")
    return " \\\n".join(lines)


def _render_table(comparison: Comparison) -> str:
    """Return a table with settings as rows; metrics that are zero everywhere are left out."""
    shown = [name for name in comparison.metrics if _is_told(comparison, name)]
    header = [*comparison.keys, *shown]
    rows = [
        [
            *group.settings.values(),
            *(format_spread(group.summarize(name)) for name in shown),
        ]
        for group in comparison.groups
    ]
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _is_told(comparison: Comparison, metric: str) -> bool:
    return any(value for group in comparison.groups for value in group.get_values(metric))


def _render_sentences(comparison: Comparison) -> str:
    told = [sentence for finding in comparison.findings for sentence in finding.sentences]
    return "\n" + "".join(f"- {sentence}\n" for sentence in told)


def main(path: Path) -> None:
    """Write the report to a file."""
    text = "".join(write_report(SERIES, count_cores()))
    path.write_text(text, encoding="utf-8")


_INTRODUCTION: Final = """\
<!-- Written by `make validation-report`. -->

# Where should scripts be validated?

Every scenario of `scenarios/validation` under all nine places of validation
([protocol.md](protocol.md#7-where-validation-happens)). Costs are modelled: bytes of code times the
rates of an engine profile, once for each distinct node and code hash. `total_seconds` is the CPU
time of all nodes, `peak_slot_seconds` the most that one node spends in one slot, of the 0.1 that it
has, `duplication` how many nodes validate the same code, `wasted_seconds` what went into bad
scripts, `attack_seconds_per_eth` what an attacker makes the network spend for an ETH of fees. Where
an attack costs its sender nothing, it counts as one of a Gwei, so that the ratio is a number.
Numbers are means with sample standard deviations over the seeds.
"""

_CONCLUSION: Final = """
## Where the argument holds, and where it does not

The record argues: validate on the beacon chain, because shards cannot share a mark.

**It holds for popular scripts.** A script that every shard uses is validated by all validators in
either case, and on the shards by their other full nodes too. Looking at every call is out of the
question: it costs tens of times as much, and grows with use. And it holds for many shards, each of
which has nodes that are no validators: at 1,024 shards with four such nodes each, where shards
validate the cost is several times that of the beacon chain.

**It holds against floods, if the sender pays.** Under beacon-block a bad script costs its sender
nothing and its proposer the block, which is the worst of all places to be attacked in; under
beacon-operation the fee is kept. Where shards validate, bad code stays in the state for good.

**It does not hold for scripts that are used on few shards.** There shard-lazy makes a fraction of
the nodes look, once, and nobody looks at code that nobody calls. With big scripts that are called
once, the factor is more than ten.

**It overlooks the third way.** A committee's verdict is a mark that shards share. It costs a
fraction that does not grow with the number of validators, and a few slots of waiting. What it costs
instead is trust: with three seats in ten against it, a committee of four is now and then wrong, and
one of sixteen or more was not in any of these runs. Optimism costs least where nobody cheats, and
most where many do: every objection makes all beacon nodes look.

**Peaks depend on the script, not on the place.** A node that validates one big script in one slot
needs the same time wherever that is decided; only when several are called at once does a node that
sits on several shards have more to do than any beacon node. Deferral spreads the work of many
scripts, not that of one.
"""


if __name__ == "__main__":
    main(Path(sys.argv[1]))
