"""Exports: what a shard did, run again by ``shardlab scout``, and by whoever reads Scout files."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.errors import RunFolderError, UserError
from simulator.runner import RunResult
from simulator.scout_export import write_scout_export
from tests.helpers.late_optimism import define_late_optimism
from tests.helpers.scenarios import (
    FLOAT,
    HELLO,
    RELAY,
    Settings,
    build_journey,
    build_scenario,
    call,
    register,
    run_scenario,
    write_script,
)
from tests.helpers.scout_export import (
    SEES_EVERYTHING,
    build_export,
    check_exports,
    export_shard,
    get_post_states,
    read_text,
    run_file,
)

CORE_KEYS = {
    "beacon_state",
    "shard_pre_state",
    "shard_blocks",
    "shard_post_state",
    "deposit_receipts",
}


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of one deposit's journey from shard 0 to shard 1."""
    folder = tmp_path_factory.mktemp("journey")
    run_scenario(build_journey(), folder, folder / "run")
    return folder / "run"


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """A run of a script that sees all it can, beside one that sees little."""
    folder = tmp_path_factory.mktemp("seeing")
    (folder / "sees.wasm").write_bytes(SEES_EVERYTHING)
    scenario = build_scenario(
        16,
        events=[register("hello", HELLO), register("sees", str(folder / "sees.wasm"))],
        workload=[
            {"calls": {"script": "sees", "per_slot": 0.7}},
            {"calls": {"script": "hello", "per_slot": 0.3}},
        ],
    )
    return run_scenario(scenario, folder, folder / "run")


def change(path: Path, edit: Any) -> Path:  # noqa: ANN401 - a function of the document
    """Edit a test file; return the edited copy beside it."""
    document = read_text(path)
    edit(document)
    copy = path.with_name("changed.yaml")
    copy.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return copy


def flip(text: str) -> str:
    """Change the last digit of a hex text."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def test_export_lists_the_blocks_and_states_of_the_run(journey: Path) -> None:
    document = read_text(export_shard(journey, 0))

    assert document["beacon_state"] == {"execution_scripts": ["shard_0_scripts/0_relay.wasm"]}
    assert document["shard_pre_state"] == {"exec_env_states": ["00" * 32]}
    assert {block["env"] for block in document["shard_blocks"]} == {"0"}
    (deposit,) = document["deposit_receipts"]
    assert deposit["amount"] == "1000"
    code = (journey.parent / "shard_0_scripts" / "0_relay.wasm").read_bytes()
    assert code == Path(RELAY).read_bytes()


def test_export_has_only_scouts_keys_and_ours(journey: Path) -> None:
    document = read_text(export_shard(journey, 0))

    assert document.keys() - {"shardlab"} == CORE_KEYS
    assert document["shardlab"] == {
        "shard": "0",
        "shard_count": "4",
        "max_fuel": "400000000",
        "max_memory_pages": "512",
        "max_table_elements": "65536",
        "unsaved_post_state": "trap",
        "bls": "insecure",
        "libraries": "native",
    }
    for block in document["shard_blocks"]:
        assert block.keys() == {"env", "data", "slot", "beacon_root"}
    for deposit in document["deposit_receipts"]:
        assert deposit.keys() == {"pubkey", "withdrawal_credentials", "amount", "signature"}


def test_export_of_core_functions_passes_without_our_keys(journey: Path) -> None:
    def drop(document: Any) -> None:  # noqa: ANN401 - YAML of any shape
        del document["shardlab"]
        for block in document["shard_blocks"]:
            del block["slot"], block["beacon_root"]

    path = change(export_shard(journey, 3), drop)

    assert run_file(path).passed


def test_export_of_an_idle_shard_passes_with_no_block(journey: Path) -> None:
    path = export_shard(journey, 2)
    document = read_text(path)

    assert document["shard_blocks"] == document["deposit_receipts"] == []
    assert get_post_states(document) == []
    assert run_file(path).passed
    assert not path.with_name("shard_2_scripts").exists()


def test_export_of_every_shard_passes_with_what_scripts_see(seeing: RunResult) -> None:
    assert all(check_exports(seeing))


def test_export_lists_crosslinks_only_where_they_changed(seeing: RunResult) -> None:
    assert seeing.run_dir is not None
    blocks = read_text(export_shard(seeing.run_dir, 2))["shard_blocks"]
    listed = [block["crosslinks"] for block in blocks if "crosslinks" in block]

    # Crosslinks come in every second slot, blocks in between see what the block before saw.
    assert 2 <= len(listed) < len(blocks)
    known = dict.fromkeys("0123", "00" * 32)
    for crosslinks in listed:
        assert crosslinks
        assert all(known[shard] != root for shard, root in crosslinks.items())
        known.update(crosslinks)
    assert "00" * 32 not in known.values()


@pytest.mark.parametrize("key", ["data", "slot", "beacon_root", "crosslinks", "env"])
def test_export_with_a_changed_block_fails(key: str, seeing: RunResult) -> None:
    def edit(document: Any) -> None:  # noqa: ANN401 - YAML of any shape
        block = next(each for each in document["shard_blocks"] if "crosslinks" in each)
        if key == "crosslinks":
            block[key]["3"] = flip(block[key]["3"])
        elif key == "env":
            block[key] = "0"
        elif key == "data":
            # The script takes no notice of its data: leave the block out.
            document["shard_blocks"].remove(block)
        else:
            block[key] = "999" if key == "slot" else flip(block[key])

    assert seeing.run_dir is not None
    ran = run_file(change(export_shard(seeing.run_dir, 1), edit))

    assert not ran.error
    assert any(line.startswith("exec_env_states[1]: expected ") for line in ran.differences)


@pytest.mark.parametrize(("key", "value"), [("shard", "2"), ("shard_count", "5")])
def test_export_for_another_chain_fails(key: str, value: str, seeing: RunResult) -> None:
    assert seeing.run_dir is not None
    path = export_shard(seeing.run_dir, 1)

    ran = run_file(change(path, lambda document: document["shardlab"].update({key: value})))

    assert any(line.startswith("exec_env_states[1]: expected ") for line in ran.differences)


def test_export_with_a_changed_root_fails(journey: Path) -> None:
    def edit(document: Any) -> None:  # noqa: ANN401 - YAML of any shape
        states = document["shard_post_state"]["exec_env_states"]
        states[0] = flip(states[0])

    ran = run_file(change(export_shard(journey, 0), edit))

    (difference,) = ran.differences
    assert difference.startswith("exec_env_states[0]: expected ")


def test_export_with_a_changed_deposit_fails(journey: Path) -> None:
    def edit(document: Any) -> None:  # noqa: ANN401 - YAML of any shape
        document["deposit_receipts"][0]["amount"] = "1001"

    ran = run_file(change(export_shard(journey, 0), edit))

    assert ran.differences == ("deposit_receipts[0]: amount: expected 1001, got 1000",)


def test_export_with_a_changed_script_fails(journey: Path) -> None:
    path = export_shard(journey, 0)
    path.with_name("shard_0_scripts").joinpath("0_relay.wasm").write_bytes(Path(HELLO).read_bytes())

    assert not run_file(path).passed


@pytest.fixture
def strategy() -> Iterator[str]:
    with define_late_optimism() as name:
        yield name


def test_export_leaves_out_what_was_called_back(strategy: str, tmp_path: Path) -> None:
    happening: list[Settings] = [
        register("good", HELLO),
        register("bad", FLOAT, slot=3),
        *[call("good", slot, 1) for slot in (2, 4, 11)],
        *[call("bad", slot, 1) for slot in (5, 7)],
    ]
    scenario = build_scenario(
        16,
        chain={"crosslink_interval_slots": 16},
        validation={"strategy": strategy},
        events=happening,
    )

    result = run_scenario(scenario, tmp_path, tmp_path / "run")

    # The objection of slot 9 calls back slots 4, 5 and 7; calls of good scripts come again.
    assert check_exports(result) == [0, result.metrics["shards.blocks"] - 3, 0, 0]
    slots = [block["slot"] for block in read_text(tmp_path / "shard_1.yaml")["shard_blocks"]]
    assert slots[0] == "2"
    assert not {"4", "5", "7"} & set(slots)
    # As it stood before the objection.
    path = export_shard(tmp_path / "run", 1, last_slot=8)
    slots = [block["slot"] for block in read_text(path)["shard_blocks"]]
    assert slots == ["2", "4", "5", "7"]
    assert run_file(path).passed


def test_export_of_some_slots_passes_and_begins_where_the_others_end(seeing: RunResult) -> None:
    assert seeing.run_dir is not None
    whole = read_text(export_shard(seeing.run_dir, 1))
    early = export_shard(seeing.run_dir, 1, last_slot=9)
    first = read_text(early)
    assert run_file(early).passed

    late = export_shard(seeing.run_dir, 1, first_slot=10)
    second = read_text(late)

    assert run_file(late).passed
    assert first["shard_post_state"] == second["shard_pre_state"]
    assert second["shard_post_state"] == whole["shard_post_state"]
    assert len(first["shard_blocks"]) + len(second["shard_blocks"]) == len(whole["shard_blocks"])


def test_export_of_timestamped_deposits_passes(tmp_path: Path) -> None:
    push = write_script(
        tmp_path,
        "push",
        """
        (call $copy (i32.const 0) (i32.const 0) (i32.const 192))
        (call $push (i32.const 0) (i32.const 192))
        (call $save (i32.const 500))
        """,
        """
        (import "eth2" "blockDataCopy" (func $copy (param i32 i32 i32)))
        (import "eth2" "pushNewDeposit" (func $push (param i32 i32)))
        (import "eth2" "savePostStateRoot" (func $save (param i32)))
        """,
    )
    data = bytes(range(80)) + (7).to_bytes(8, "little") + bytes(96) + (9).to_bytes(8, "little")
    scenario = build_scenario(
        4,
        chain={"execution": {"deposit_min_timestamp": True, "max_ticks": 5}},
        events=[register("push", push), call("push", 3, 0, data.hex())],
    )

    result = run_scenario(scenario, tmp_path, tmp_path / "run")

    assert sum(check_exports(result)) == 1
    document = read_text(tmp_path / "shard_0.yaml")
    assert document["shardlab"]["deposit_min_timestamp"] == "true"
    assert document["shardlab"]["max_ticks"] == "5"
    (deposit,) = document["deposit_receipts"]
    assert (deposit["amount"], deposit["min_timestamp"]) == ("7", "9")


@pytest.mark.parametrize("shard", [-1, 4])
def test_build_of_an_unknown_shard_names_those_there_are(shard: int, journey: Path) -> None:
    with pytest.raises(UserError, match=f"--shard {shard}: the run has shards 0 to 3"):
        build_export(journey, shard)


def test_build_from_something_else_names_it(tmp_path: Path) -> None:
    with pytest.raises(RunFolderError, match="holds no run"):
        build_export(tmp_path, 0)


@pytest.mark.parametrize("taken", ["case.yaml", "case_scripts"])
def test_write_where_something_is_needs_force(taken: str, journey: Path, tmp_path: Path) -> None:
    export = build_export(journey, 0)
    if taken == "case.yaml":
        (tmp_path / taken).write_text("mine", encoding="utf-8")
    else:
        (tmp_path / taken).mkdir()

    with pytest.raises(UserError, match=f"{taken}: exists already; use --force"):
        write_scout_export(export, tmp_path / "case.yaml", force=False)
    assert [path.name for path in tmp_path.iterdir()] == [taken]

    write_scout_export(export, tmp_path / "case.yaml", force=True)
    assert run_file(tmp_path / "case.yaml").passed


@pytest.mark.parametrize(
    "name", ["a b.yaml", "\"\\'#: {.yaml", "\u00e9\U0001f600.yaml", "a\nb.yaml", "x"]
)
def test_write_under_any_name_is_found_again(name: str, journey: Path, tmp_path: Path) -> None:
    path = tmp_path / name

    write_scout_export(build_export(journey, 0, name), path, force=False)

    assert run_file(path).passed
    (script,) = read_text(path)["beacon_state"]["execution_scripts"]
    assert (tmp_path / script).is_file()


def test_write_that_fails_leaves_nothing(journey: Path, tmp_path: Path) -> None:
    export = build_export(journey, 0)

    with pytest.raises(UserError, match=r"case\.yaml: cannot be written: No such file"):
        write_scout_export(export, tmp_path / "none" / "case.yaml", force=False)
    assert list(tmp_path.iterdir()) == []


def test_write_of_more_than_scout_reads_says_what_to_do(
    journey: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.scout_file.MAX_FILE_BYTES", 1000)

    with pytest.raises(UserError, match=r"^case\.yaml.* larger than 1000 bytes; choose fewer"):
        write_scout_export(build_export(journey, 0), tmp_path / "case.yaml", force=False)
    assert list(tmp_path.iterdir()) == []


def test_export_repeats_to_the_byte(seeing: RunResult) -> None:
    assert seeing.run_dir is not None
    first, second = (build_export(seeing.run_dir, 1) for _ in range(2))

    digest = hashlib.sha256(first.text.encode()).hexdigest()
    assert hashlib.sha256(second.text.encode()).hexdigest() == digest
    assert str(seeing.run_dir) not in first.text
