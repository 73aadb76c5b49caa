"""``--backend`` and ``--libraries``: what they choose, what they refuse, and where it is told."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.cli import shardlab
from tests.helpers.scenarios import HELLO
from tests.helpers.scripts import SCRIPTS

BIGNUM = SCRIPTS / "bignum_exp.wasm"
DATA = f"{12_345:064x}{1_000_000_007:064x}"


def execute(*options: str) -> dict[str, Any]:
    return shardlab("exec", BIGNUM, "--data", DATA, "--json", *options).document


def test_exec_says_what_it_ran_on_and_only_fuel_and_calls_differ() -> None:
    chosen = {
        ("linked", "wasm"): execute("--backend", "linked"),
        ("linked", "native"): execute("--libraries", "native", "--backend", "linked"),
        ("host", "native"): execute("--backend", "host"),
    }

    for (backend, libraries), document in chosen.items():
        assert (document.pop("backend"), document.pop("libraries")) == (backend, libraries)
    fuel = {kind: document.pop("fuel") for kind, document in chosen.items()}
    assert fuel["linked", "native"] == fuel["host", "native"] != fuel["linked", "wasm"]
    first, *others = ({**document, "calls": None} for document in chosen.values())
    assert others == [first, first]


def test_exec_json_says_what_the_plain_output_says() -> None:
    document = execute()
    plain = shardlab("exec", BIGNUM, "--data", DATA).stdout

    assert f"fuel:       {document['fuel']:,}\n" in plain
    assert f"backend:    {document['backend']}, {document['libraries']} libraries\n" in plain
    assert (document["backend"], document["calls"]) == ("linked", [])
    assert document["call_count"] > 0


def test_exec_traces_on_the_host_backend() -> None:
    document = execute("--trace")

    assert (document["backend"], document["libraries"]) == ("host", "native")
    assert len(document["calls"]) == document["call_count"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--backend", "host", "--libraries", "wasm"], "--libraries wasm: not with --backend host"),
        (["--trace", "--libraries", "wasm"], "--libraries wasm: not with --trace"),
        (["--trace", "--backend", "linked"], "not with --backend linked"),
        (["--backend", "fast"], "--backend fast: choose one of linked, host"),
        (["--libraries", "rust"], "--libraries rust: choose one of native, wasm"),
    ],
)
def test_exec_refuses_options_that_contradict_each_other(options: list[str], message: str) -> None:
    outcome = shardlab("exec", HELLO, *options)

    assert outcome.status == 2
    assert message in outcome.stderr


@pytest.mark.parametrize(
    "options", [[], ["--backend", "host"], ["--libraries", "native"], ["--libraries", "wasm"]]
)
def test_scout_files_pass_on_every_backend(options: list[str]) -> None:
    files = sorted((SCRIPTS.parent / "scout").glob("*.yaml"))

    assert shardlab("scout", *files, *options).status == 0


@pytest.mark.parametrize(
    ("options", "recorded"),
    [
        ([], ("linked", "native")),
        (["--backend", "host"], ("host", "native")),
        (["--libraries", "wasm"], ("linked", "wasm")),
    ],
)
def test_run_records_backend_and_libraries(options: list[str], recorded: tuple[str, str]) -> None:
    shardlab("run", "helloworld", "--out", "here", *options)

    report = json.loads((Path("here") / "report.json").read_text(encoding="utf-8"))
    execution = report["config"]["execution"]
    assert (execution["backend"], execution["libraries"]) == recorded
    with sqlite3.connect(Path("here") / "run.db") as database:
        dump = "\n".join(database.iterdump())
    assert f'"backend": "{recorded[0]}"' in dump
    assert f'"libraries": "{recorded[1]}"' in dump


def test_run_refuses_wasm_libraries_on_the_host_backend() -> None:
    outcome = shardlab("run", "helloworld", "--backend", "host", "--libraries", "wasm")

    assert outcome.status == 2
    assert outcome.stderr.startswith("error: --libraries wasm: not with --backend host")
