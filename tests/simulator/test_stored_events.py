"""Run databases of strangers: nothing is believed that a run could not have written."""

import json
import sqlite3
import zlib
from pathlib import Path

import pytest
import yaml

from chain.constants import BLOCK_DATA_BYTES_LIMIT
from simulator.commands.deposits import follow_deposits
from simulator.commands.scripts import export_scout
from simulator.errors import RunFolderError
from simulator.report.page import write_page
from simulator.store import DATABASE_NAME, RunReader
from simulator.stored_events import decode_block, decode_event
from tests.trust.hostile.base_run import (
    make_base_database,
    rename_everything,
    write_database,
)

BOMB = zlib.compress(bytes(BLOCK_DATA_BYTES_LIMIT + 1))


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> Path:
    return write_database(tmp_path, make_base_database())


def change(run: Path, script: str) -> None:
    with sqlite3.connect(run / DATABASE_NAME) as connection:
        connection.executescript(script)
    connection.close()


def test_decode_block_longest_data_is_unpacked() -> None:
    data = bytes(BLOCK_DATA_BYTES_LIMIT)
    first, second = b"a" * 184, b"b" * 184
    assert decode_block(zlib.compress(data), 1, first + second, 2) == {
        "data": data,
        "pushed": (first, second),
    }


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ((BOMB, 1, b"", 0), "longer than any block's"),
        ((zlib.compress(b"abc")[:-1], 1, b"", 0), "cut off"),
        ((b"abc", 1, b"", 0), "cannot be unpacked"),
        (("abc", 0, b"", 0), "another type"),
        ((b"", 0, b"", 10**9), "are not 1000000000 deposits"),
        ((b"", 0, b"abc", 2), "3 bytes are not 2 deposits"),
        ((b"", 0, b"", 2), "0 bytes are not 2 deposits"),
        ((b"", 0, bytes(183), 1), "183 bytes are not 1 deposits"),
        ((b"", 0, b"", -1), "are not -1 deposits"),
    ],
)
def test_decode_block_that_no_run_wrote_is_refused(block: tuple[object, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decode_block(*block)


@pytest.mark.parametrize(
    ("kind", "slot", "chain", "details"),
    [
        ("unheard_of", 1, "beacon", {}),
        ("pool_funded", -1, "beacon", {}),
        ("pool_funded", 10_000_001, "beacon", {}),
        ("pool_funded", 1, "shard 5000", {}),
        ("pool_funded", 1, "beacon", {"gwei": True}),
        ("pool_funded", 1, "beacon", {"gwei": 1.5}),
        ("pool_funded", 1, "beacon", {"gwei": 10**30}),
        ("pool_funded", 1, "beacon", {"shard": 10**9}),
        ("pool_funded", 1, "beacon", {"script": None}),
        ("pool_funded", 1, "beacon", {"more": 1}),
        ("pool_funded", 1, "beacon", {"event": ["x"]}),
    ],
)
def test_decode_event_that_no_run_wrote_is_refused(
    kind: str, slot: object, chain: object, details: dict[str, object]
) -> None:
    usual: dict[str, object] = {"script": "a", "shard": 0, "gwei": 1, "event": "settled"}
    decode_event("pool_funded", 1, "beacon", json.dumps(usual), None)
    with pytest.raises(ValueError, match=r"kind|cannot be"):
        decode_event(kind, slot, chain, json.dumps({**usual, **details}), None)


def test_decode_event_without_a_field_is_refused() -> None:
    with pytest.raises(ValueError, match="pool_funded: event is missing"):
        decode_event("pool_funded", 1, "beacon", '{"script": "a", "shard": 0, "gwei": 1}', None)


@pytest.mark.parametrize(
    "script",
    [
        "CREATE VIEW more AS SELECT 1",
        "CREATE TRIGGER more AFTER INSERT ON events BEGIN SELECT 1; END",
        (
            "DROP TABLE metrics; CREATE VIEW metrics AS "
            "WITH RECURSIVE c (name) AS (SELECT 1 UNION ALL "
            "SELECT name + 1 FROM c) SELECT name, 1 AS value FROM c"
        ),
        "ALTER TABLE scripts ADD COLUMN more",
    ],
)
def test_reader_other_tables_than_a_run_has_are_refused(script: str, run: Path) -> None:
    change(run, script)
    with pytest.raises(RunFolderError, match="its tables are not a run's"):
        RunReader(run)


def test_reader_endless_settings_are_refused(run: Path) -> None:
    change(
        run,
        "DROP TABLE meta; CREATE VIEW meta AS WITH RECURSIVE c (key) AS (SELECT 1 UNION ALL "
        "SELECT key + 1 FROM c) SELECT key, 1 AS value FROM c",
    )
    with pytest.raises(RunFolderError, match="no table of a run's settings"):
        RunReader(run)


def test_reader_text_of_a_hundred_megabytes_is_refused(run: Path) -> None:
    change(run, "UPDATE events SET details = zeroblob(100000000) WHERE id = 2")
    with pytest.raises(RunFolderError, match="cannot be read: string or blob too big"):
        list(RunReader(run).read_events())


def test_reader_other_code_under_a_hash_is_refused(run: Path) -> None:
    reader = RunReader(run)
    (code_hash,) = reader.meta["scripts"].values()
    reader.read_script(code_hash)
    reader.close()
    change(run, "UPDATE scripts SET code = x'00'")
    with pytest.raises(RunFolderError, match="holds other code"):
        RunReader(run).read_script(code_hash)


def test_follow_steps_of_a_deposit_that_nobody_asked_for_are_refused(run: Path) -> None:
    change(run, "DELETE FROM events WHERE kind = 'deposit_created'")
    for number in (None, 1):
        with pytest.raises(RunFolderError, match="steps of a deposit 1 that is none"):
            follow_deposits(run, number)


def test_report_about_a_story_that_no_run_can_tell_is_refused(run: Path, tmp_path: Path) -> None:
    change(run, "DELETE FROM events WHERE kind = 'deposit_created'")
    with pytest.raises(RunFolderError, match="not a run that this version can show"):
        write_page([run], tmp_path / "report.html")


def test_export_scout_name_that_leads_elsewhere_stays_in_the_folder(
    run: Path, tmp_path: Path
) -> None:
    rename_everything(run / DATABASE_NAME, "x/../../../evil")
    (tmp_path / "deep" / "out").mkdir(parents=True)
    path, _, _ = export_scout(run, 1, tmp_path / "deep" / "out" / "a.yaml", 0, None, force=False)
    (script,) = yaml.safe_load(path.read_text(encoding="utf-8"))["beacon_state"][
        "execution_scripts"
    ]
    assert script == "a_scripts/0_x__________evil.wasm"
    assert (path.parent / script).is_file()
    assert not list(tmp_path.glob("evil*")) + list((tmp_path / "deep").glob("evil*"))
