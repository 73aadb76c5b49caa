"""The page: each question with its command, its tables and its sentences.

Source:
    Ours.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from simulator.commands.shared import open_cache
from simulator.compare import Comparison, Group, build_comparison, compare, plan_runs
from simulator.compare.sentences import format_figure, label_settings
from simulator.errors import UserError
from simulator.shipped import list_shipped
from simulator.terminal.compare import format_spread
from simulator.validation_report.columns import COLUMNS, COSTS, EFFECTS
from simulator.validation_report.series import Question
from simulator.validation_report.words import CONCLUSION, INTRODUCTION
from simulator.validation_report.work import render_work

_RATIO: Final = "costs.attack_seconds_per_eth"
_NOTHING: Final = "-"


def answer(question: Question, workers: int) -> Comparison:
    """Run a question's scenario under its placements.

    Args:
        question: What to run.
        workers: Processes to use.

    Raises:
        UserError: As ``check_answer``.
    """
    vary = [question.strategies, *([question.vary] if question.vary else [])]
    planned = plan_runs(question.scenario, vary, question.overrides, seeds=str(question.seeds))
    runs = list(compare(planned, open_cache(), None, workers))
    comparison = build_comparison(runs, question.metrics or list(COLUMNS))
    check_answer(question, comparison)
    return comparison


def check_answer(question: Question, comparison: Comparison) -> None:
    """Refuse runs that are not what their question says they are.

    Raises:
        UserError: A run misses an expectation of its scenario, or a metric does not exist.
    """
    unmet = [
        f"{label_settings(run.settings)} seed={run.seed}: {expectation['metric']} is "
        f"{expectation['value']}"
        for run in comparison.runs
        for expectation in run.report["expectations"]
        if not expectation["met"]
    ]
    missing = [f"no metric {name}" for name in comparison.missing]
    if unmet or missing:
        raise UserError(f"{question.scenario}: " + "; ".join([*unmet, *missing]))


def write_report(series: Sequence[Question], workers: int) -> Iterator[str]:
    """Yield the report, piece by piece, in Markdown.

    Raises:
        UserError: As ``check_answer``.
    """
    yield INTRODUCTION
    yield _render_legend()
    words = {scenario.name: scenario.question for scenario in list_shipped()}
    for question in series:
        comparison = answer(question, workers)
        yield f"\n## {_name(question, comparison)}\n\n{words[question.scenario]}\n"
        yield f"\n```sh\n{_show_command(question)}\n```\n"
        yield from _render_answer(question, comparison)
        if question.shows_work:
            yield render_work()
    yield CONCLUSION


def _render_answer(question: Question, comparison: Comparison) -> Iterator[str]:
    """Yield tables of fixed columns, each with its sentences; growth has its own."""
    chosen = question.metrics
    tables = [chosen] if chosen else [[c.metric for c in columns] for columns in (COSTS, EFFECTS)]
    for metrics in tables:
        yield _render_table(comparison, metrics)
        yield _render_sentences(comparison, metrics)


def _render_legend() -> str:
    rows = [f"| {c.heading} | `{c.metric}` | {c.meaning} |\n" for c in (*COSTS, *EFFECTS)]
    return "\n| column | metric | what it says |\n| --- | --- | --- |\n" + "".join(rows)


def _name(question: Question, comparison: Comparison) -> str:
    title = str(comparison.runs[0].report["title"])
    key = question.vary.partition("=")[0]
    parts = (title, question.case, f"growth with `{key}`" if key else "")
    return ": ".join(part for part in parts if part)


def _show_command(question: Question) -> str:
    lines = [f"shardlab compare {question.scenario}", f"    --vary {question.strategies}"]
    if question.vary:
        lines.append(f"    --vary '{question.vary}'")
    lines += [f"    --set '{override}'" for override in question.overrides]
    lines.append(f"    --seeds {question.seeds}")
    return " \\\n".join(lines)


def _render_table(comparison: Comparison, metrics: Sequence[str]) -> str:
    """Return a table with settings as rows, zeros included."""
    keys = [key.removeprefix("validation.") for key in comparison.keys]
    header = [*keys, *(COLUMNS[name].heading for name in metrics)]
    rows = [
        [*group.settings.values(), *(_render_cell(group, name) for name in metrics)]
        for group in comparison.groups
    ]
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _render_cell(group: Group, metric: str) -> str:
    """Return mean and deviation; an attack ratio under seeds that paid nothing is free."""
    spread = group.summarize(metric)
    lacking = group.get_values(metric).count(None)
    if spread is None:
        return "free" if metric == _RATIO else _NOTHING
    shown = format_spread(spread) if spread.deviation else format_figure(spread.mean)
    return f"{shown} (free in {lacking} of {len(group.runs)})" if lacking else shown


def _render_sentences(comparison: Comparison, metrics: Sequence[str]) -> str:
    told = [
        sentence
        for finding in comparison.findings
        if finding.metric in metrics
        for sentence in finding.sentences
    ]
    return "\n" + "".join(f"- {sentence}\n" for sentence in told)
