"""Names that try to be more than names, through everything that writes names."""

import io
import json
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random
from typing import Any, Final
from xml.etree import ElementTree as ET

import pydot
import yaml
from pyarrow import parquet

from chain.config import ExecutionLimits
from chain.eei import ScriptResult
from chain.types import Fuel, Root, Ticks
from simulator.commands.deposits import export_flows, follow_deposits
from simulator.commands.scripts import export_scout
from simulator.errors import ScenarioError, ScoutFileError
from simulator.loader import load_scenario
from simulator.scout_file import load_scout_file
from simulator.store import DATABASE_NAME
from simulator.sweep.plan import Point
from simulator.sweep.points import Choice
from simulator.sweep.results import Outcome, PointResult
from simulator.sweep.table import write_results
from simulator.terminal import (
    describe_deposits,
    print_deposit,
    print_deposits,
    print_execution,
    print_json,
)
from tests.helpers.scenarios import build_scenario
from tests.trust.experiment import Cases, Experiment, Section, Tally
from tests.trust.hostile.base_run import make_base_database, rename_everything, write_database

_PIECES: Final = (
    "\x1b[31m", "\x1b]0;title\x07", "\x1b]8;;http://x\x1b\\", "\x9b2J", "\x90q\x9c", "\r", "\n",
    "\x08", "\x7f", "\0", "\u202e", "\u2066", "\u200b", "\u2028", "\u0085", "\ufeff", "\ud800",
    "[red]", "[/]", "[link=http://x]", ":bomb:", '"', "'", "\\", "\\n", "`", "$(id)", ";", "--",
    "<script>alert(1)</script>", "]]>", "<!--", "-->", "&amp;", "&#x41;", "<?xml?>", "=1+1",
    "@SUM(A1)", "+1", "-1", "\t=1", '"; a -> b; "', "} digraph {", "{", "}", ": ", "- ", "#", "*a",
    "&a", "!!int", "%", "../", "/etc/passwd", "..\\", "a" * 300, "error: ", "warning: ", "\n---\n",
    "relay", "\U0001f600", "\u00e9", "\U000e0041", "\ue000", "\u0301", "\u3000",
)  # fmt: skip
_POINT_SLOTS: Final = 4
_SHARDS: Final = 4


def make_name(rng: Random) -> str:
    """Return a text that tries to be more than text."""
    return "".join(rng.choice(_PIECES) for _ in range(rng.randint(1, 5)))


def _capture(print_it: Callable[[], object]) -> str:
    output = io.StringIO()
    with redirect_stdout(output):
        print_it()
    return output.getvalue()


def _find_steering(text: str) -> str:
    """Return what in a text could steer a terminal."""
    return "".join(each for each in text if not each.isprintable() and each != "\n")


def _try_flows(run: Path, name: str, _folder: Path) -> Iterator[str]:
    root = ET.fromstring(export_flows(run, "graphml"))  # noqa: S314 - our own output
    space = "{http://graphml.graphdrawing.org/xmlns}"
    nodes = {node.attrib["id"] for node in root.iter(f"{space}node")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pydot's parser, from pyparsing
        graphs = pydot.graph_from_dot_data(export_flows(run, "dot")) or []
    in_dot = {node.get_name() for graph in graphs for node in graph.get_nodes()} - {"\\n"}
    in_json = {str(node["id"]) for node in json.loads(export_flows(run, "json"))["nodes"]}
    if not nodes == in_dot == in_json == {"0", "1"}:
        yield f"nodes {nodes}, {in_dot}, {in_json} for {name!r}"


def _try_follow(run: Path, name: str, _folder: Path) -> Iterator[str]:
    meta, deposits = follow_deposits(run, None)
    _, (deposit,) = follow_deposits(run, 1)
    told = _capture(lambda: print_deposit(meta, deposit))
    listed = _capture(lambda: print_deposits(meta, deposits))
    for form, text in (("story", told), ("list", listed)):
        if _find_steering(text):
            yield f"{form} for a terminal holds {_find_steering(text)!r}"
    # Rich breaks lines at any of its own places, so only what has no spaces can be looked for.
    for word in ("[red]", ":bomb:"):
        if word in name[:40] and word not in told:
            yield f"{word} was taken for markup"
    document = _capture(lambda: print_json(describe_deposits(meta, deposits)))
    if _find_steering(document):
        yield f"JSON holds {_find_steering(document)!r}"
    if json.loads(document)["deposits"][0]["script"] != name:
        yield "JSON holds another name"


def _try_execution(_run: Path, name: str, _folder: Path) -> Iterator[str]:
    result = ScriptResult(
        outcome="trapped:unreachable",
        detail=name,
        post_state_root=Root(bytes(32)),
        deposits=(),
        fuel_used=Fuel(1),
        ticks_used=Ticks(0),
        debug=(name, name),
        modified_state=b"",
        calls=(),
        host_call_count=0,
    )
    told = _capture(lambda: print_execution(result, ExecutionLimits()))
    if _find_steering(told):
        yield f"debug output steers: {_find_steering(told)!r}"


def _try_export(run: Path, name: str, folder: Path) -> Iterator[str]:
    before = {path for path in folder.rglob("*") if run not in path.parents}
    export_scout(run, 1, folder / "deep" / "out.yaml", 0, None, force=True)
    text = (folder / "deep" / "out.yaml").read_text(encoding="utf-8")
    document: Mapping[str, Any] = yaml.safe_load(text)
    if list(document) != ["shardlab", "beacon_state", "shard_pre_state", "shard_blocks",
        "shard_post_state", "deposit_receipts"]:  # fmt: skip
        yield f"a Scout file with the keys {list(document)} for {name!r}"
    written = {path for path in folder.rglob("*") if run not in path.parents} - before
    allowed = folder / "deep"
    if any(path != allowed and allowed not in path.parents for path in written):
        yield f"files outside: {sorted(map(str, written))}"
    if _find_steering(text):
        yield f"a Scout file holds {_find_steering(text)!r}"
    shutil.rmtree(allowed)


def _try_table(_run: Path, name: str, folder: Path) -> Iterator[str]:
    if "\ud800" in name:
        return
    point = Point("id", name, {name: Choice(name, ("grid", name))}, 1, _POINT_SLOTS, (), 0)
    result = PointResult("id", Outcome.COMPLETE, {name: 1.0}, (name,), (name,), "00", name)
    path = folder / "results.parquet"
    write_results(path, name, [name], lambda _: True, lambda: iter([(point, result)]))
    table = parquet.read_table(path)
    (row,) = table.to_pylist()
    found = {row["scenario"], row[name], row["error"], *row["findings"], *row["unmet_expectations"]}
    if found != {name} or row[f"metrics.{name}"] != 1.0:
        yield f"a table holds {found} for {name!r}"


def _try_errors(_run: Path, name: str, folder: Path) -> Iterator[str]:
    scenario = build_scenario()
    scenario[name] = 1
    scenario["expect"] = [{"metric": name, "equals": name}]
    scenario["events"] = [{"slot": 1, "register": {"name": name, "script": name}}]
    path = folder / "case.yaml"
    path.write_text(yaml.safe_dump(scenario), encoding="utf-8", errors="surrogatepass")
    for load, kind in ((load_scenario, ScenarioError), (load_scout_file, ScoutFileError)):
        try:
            load(path)
        except kind as error:
            told = str(error)
        else:
            yield f"{name!r} was let through"
            continue
        lines = told.split("\n")
        if any(not line.isprintable() or not line.startswith(str(folder)) for line in lines):
            yield f"an error of several lines, or one that steers: {told!r}"


_TRIALS: Final = {
    "flows as GraphML, DOT, JSON": _try_flows,
    "follow, as text and JSON": _try_follow,
    "exec with debug output": _try_execution,
    "export-scout": _try_export,
    "sweep table": _try_table,
    "errors about files": _try_errors,
}


def examine(cases: Cases, tally: Tally) -> None:
    """Let a hostile name through every exporter, and read back what it wrote."""
    with tempfile.TemporaryDirectory() as made, redirect_stderr(io.StringIO()):
        folder = Path(made).resolve()
        for number in cases:
            name = make_name(cases.make_rng(number))
            run = write_database(folder, make_base_database())
            rename_everything(run / DATABASE_NAME, name)
            (folder / "deep").mkdir(exist_ok=True)
            for trial, attempt in _TRIALS.items():
                problems = list(attempt(run, name, folder))
                tally.count(trial)
                for problem in problems:
                    tally.fail(number, f"{trial}: {problem}")


EXPERIMENTS: Final = (
    Experiment(
        name="hostile_names",
        section=Section.ATTACKS,
        claim="A name is a name wherever it is written.",
        method="Random texts of terminal sequences, markup, quotes of all languages, bidirectional "
        "marks, line ends, formulas and paths are put wherever a scenario, a run database or a "
        "script can put a name. What is written for a terminal may hold no control character; "
        "GraphML, DOT, JSON, YAML and Parquet are read back by other parsers and must hold the "
        "same structure and the same text; no file is written outside the folder asked for.",
        unit="names",
        full=2_000,
        quick=60,
        examine=examine,
        found=(
            (
                "Terminal sequences in titles, notes and debug output reached the terminal, and "
                "names in tables were taken for markup."
            ),
            "C1 control characters and bidirectional marks went into JSON output unescaped.",
        ),
    ),
)
