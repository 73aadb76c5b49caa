"""What is in an attack's module: counts that are the same on every machine, beside its cost.

The modelled cost of code is its size, whatever is in it. What a validator decodes, and what a
compiler would have to do, is known without a clock: this table says it for every kind.

Source:
    Ours: the work of PROTOCOL 7's "measured, never mixed", as far as it is deterministic.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from chain.config import DEMO
from chain.constants import CODE_BYTES_LIMIT
from chain.eei import ScriptRuntime
from chain.eei.complexity import MAX_COMPILE_WORK, compute_compile_work
from chain.validation import ScriptChecker, get_rules
from chain.wasm import decode_module
from simulator.actors.attackers.modules import build_attack, build_good
from simulator.compare.sentences import format_figure
from simulator.costs import CostModel
from simulator.scenario import AttackKind

SIZE_BYTES: Final = 16_384
"""As in the scenario of bombs."""

GOOD: Final = "(a good script)"

_SKIPPED: Final = frozenset({AttackKind.BUDGET, AttackKind.OVERSIZED})
_HEADINGS: Final = (
    "kind",
    "broken rule",
    "modelled s",
    "bytes decoded",
    "functions",
    "instructions",
    "compile work",
)


@dataclass(frozen=True, slots=True)
class ModuleWork:
    """One module, validated once.

    Attributes:
        kind: What it is.
        rule: The rule that it breaks, empty if none.
        seconds: What one node is charged for it.
        decoded_bytes: How far validating reads.
        functions: Function bodies among them.
        instructions: Instructions in those.
        compile_share: Of the work that the runtime allows a compiler: above 1 it refuses. None
            if nobody compiles it, because it breaks a rule.
    """

    kind: str
    rule: str
    seconds: float
    decoded_bytes: int
    functions: int
    instructions: int
    compile_share: float | None


def measure_work() -> Iterator[ModuleWork]:
    """Yield the work of a good script, and of one module of every kind, all of one size.

    Source:
        Ours.
    """
    config = replace(DEMO, max_code_bytes=CODE_BYTES_LIMIT)
    checker = ScriptChecker(get_rules(config), ScriptRuntime(config.execution))
    codes = {GOOD: build_good(SIZE_BYTES, 0)}
    for kind in AttackKind:
        if kind not in _SKIPPED:
            codes[kind.value] = build_attack(kind, SIZE_BYTES, 0)
    for name, code in codes.items():
        checked = checker.examine(code)
        yield ModuleWork(
            name,
            checked.rule,
            CostModel().compute_seconds(len(code)),
            checked.work.size_bytes,
            checked.work.functions,
            checked.work.instructions,
            None if checked.rule else _share_compile_work(code),
        )


def _share_compile_work(code: bytes) -> float:
    return compute_compile_work(code, decode_module(code)) / MAX_COMPILE_WORK


def render_work() -> str:
    """Return the table in Markdown, with what it says."""
    rows = [_HEADINGS, ("---", "---", *["---:"] * (len(_HEADINGS) - 2))]
    rows += [_render_row(work) for work in measure_work()]
    table = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    return f"\n{_ABOVE}\n{table}\n{_BELOW}"


def _render_row(work: ModuleWork) -> tuple[str, ...]:
    counts = (work.decoded_bytes, work.functions, work.instructions)
    share = work.compile_share
    return (
        work.kind,
        work.rule or "-",
        format_figure(work.seconds),
        *(f"{count:,}" for count in counts),
        "not compiled" if share is None else f"{share:.2%}",
    )


_ABOVE: Final = f"""\
What is in one module of {SIZE_BYTES:,} bytes of every kind, counted, not timed. Compile work is the
runtime's own estimate, as a share of the most that it lets a compiler do:
"""

_BELOW: Final = """\
The model charges all of them alike, because it charges bytes. It shows who pays for a bomb, and
cannot show how much worse one is than other code of its size. The counts show some of that. A valid
module has between 18 instructions (a huge branch table) and 10,248 (deep nesting). Many locals in
nested loops make over thirty times the work that the runtime lets a compiler do, so they are
refused before it starts: the model charges a compilation that never happens. What breaks a rule
early is hardly read, and is charged in full too. What a clock says is no part of this page:
`shardlab run validation/bombs --measure`.
"""
