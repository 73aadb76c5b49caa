"""``tests/TRUST.md``: what was tried, how often, what came of it, what was found and fixed."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.trust.experiment import Experiment, Section
from tests.trust.register import list_experiments
from tests.trust.results import read_result

TRUST_PAGE: Final = Path(__file__).parents[1] / "TRUST.md"

_INTRODUCTION: Final = """\
# What shardlab can be trusted with

A simulator's numbers are worth what its correctness is worth, and this one runs code from
strangers. Every figure here was measured by `make trust`, which writes this page; one
experiment runs again with `python -m tests.trust NAME`, and one case of it, by the number
that a failure names, with `python -m tests.trust NAME --case NUMBER`. `make test` tries them
at a smaller size, all but `mutants`, whose parts it tests. What a hostile script, scenario,
run database or cache can do and cannot do is in [SECURITY.md](../SECURITY.md).
"""

_MOST_OUTCOMES: Final = 40
_SHOWN_WHOLE: Final = 100
_BAR: Final = r"\|"


def build_page() -> str:
    """Return the page, from the results that are kept."""
    experiments = list_experiments()
    parts = [_INTRODUCTION, _build_overview(experiments)]
    for section in Section:
        members = [item for item in experiments if item.section is section]
        if members:
            parts.append(f"## {section.value}\n")
            parts += [build_part(item, read_result(item.name)) for item in members]
    return "\n".join(parts)


def _build_overview(experiments: Sequence[Experiment]) -> str:
    rows = [
        "| experiment | cases | seed | unexplained | explained |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for item in experiments:
        told = read_result(item.name)
        if told is None:
            rows.append(f"| [{item.name}](#{item.name}) | not run at full size | | | |")
        else:
            rows.append(
                f"| [{item.name}](#{item.name}) | {told['tried']:,} {item.unit} | {told['seed']} "
                f"| {told['failed']:,} | {sum(told['explained'].values()):,} |"
            )
    return "\n".join(rows) + "\n"


def build_part(item: Experiment, told: Mapping[str, Any] | None) -> str:
    """Return what the page tells of one experiment."""
    lines = [f"### {item.name}\n", f"**{item.claim}** {item.method}\n"]
    if told is not None:
        lines += _describe_result(item, told)
    if item.found:
        lines.append("Found and fixed:\n")
        lines += [f"- {sentence}" for sentence in item.found]
        lines.append("")
    return "\n".join(lines)


def _describe_result(item: Experiment, told: Mapping[str, Any]) -> Iterator[str]:
    tried = f"{told['tried']:,} {item.unit}, seed {told['seed']}"
    yield f"Tried: {tried}. Unexplained: {told['failed']:,}.\n"
    for failure in told["failures"]:
        yield f"- FAILED {failure}"
    if told["failures"]:
        yield ""
    for name, counted in (("outcome", told["outcomes"]), ("explained", told["explained"])):
        if counted:
            yield from _build_counts(name, counted)
    for heading, rows in told.get("tables", {}).items():
        yield from _build_table(heading, rows)
    if told["peaks"]:
        yield (
            "At most: "
            + ", ".join(f"{name} {_show(value)}" for name, value in told["peaks"].items())
            + ".\n"
        )


def _show(value: float) -> str:
    return f"{value:,.0f}" if value >= _SHOWN_WHOLE else f"{value:.3g}"


def _build_table(heading: str, rows: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Show a table in full, folded up; of each row's cells the most frequent first."""
    yield f"<details><summary>{heading.replace(' | ', ', ')}: {len(rows)} rows</summary>\n"
    yield f"| {heading} |"
    yield "| --- | --- |"
    for row, cells in rows.items():
        ranked = sorted(cells.items(), key=lambda pair: (-pair[1], pair[0]))
        shown = ", ".join(f"{cell} ({times:,})" if times > 1 else cell for cell, times in ranked)
        yield f"| {row.replace('|', _BAR)} | {shown.replace('|', _BAR)} |"
    yield "\n</details>\n"


def _build_counts(name: str, counted: Mapping[str, int]) -> Iterator[str]:
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    yield f"| {name} | cases |"
    yield "| --- | ---: |"
    for outcome, times in ranked[:_MOST_OUTCOMES]:
        yield f"| {outcome} | {times:,} |"
    if len(ranked) > _MOST_OUTCOMES:
        rest = sum(times for _, times in ranked[_MOST_OUTCOMES:])
        yield f"| {len(ranked) - _MOST_OUTCOMES} others | {rest:,} |"
    yield ""
