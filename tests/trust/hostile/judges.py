"""Judging damaged files: used, or refused in words that name the file.

They run in a process of their own. Anything but the outcomes that are named here escapes.
"""

import os
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Final

from chain.config import BlsBackend
from chain.types import Fuel
from simulator.errors import ScenarioError, UserError
from simulator.loader import LoadedScenario, load_scenario
from simulator.scout import ScoutOptions, run_scout_files
from simulator.scout_file import load_scout_file
from simulator.setup import build_engine
from simulator.sweep import checks, plan_sweep
from tests.helpers.scenarios import build_journey, save_scenario
from tests.helpers.scripts import SCRIPTS
from tests.trust.hostile.bounded import lift_limit

_SLOTS: Final = 2
_MOST_BLOCKS: Final = 20
_MOST_POINTS: Final = 200
_FUEL: Final = Fuel(5_000_000)
_KINDS: Final = (
    ("no YAML", r": (not YAML|not a value|a key must be|not UTF-8)"),
    (
        "too deep, too many or too large",
        r"nested too|expand to too|larger than|characters$|too many",
    ),
    ("a key twice", r"given twice"),
    ("an unknown key", r": unknown key"),
    ("a missing key", r"missing( key.*)?$"),
    ("a file out of reach", r"outside the folder"),
    (
        "a file that cannot be read",
        (
            r"No such file|Is a directory|regular file|too long|null byte|"
            r"Not a directory|Symlink loop|no such file|longer than"
        ),
    ),
    ("more than memory or the registry holds", r"up to here|has room for|these are .* points"),
)
"""Kinds of refusals, for the page of results; the rest are values."""


def judge_scenario(folder: Path, data: bytes) -> str:
    """Load a scenario, and if it is small run its first slots."""
    path = _write(folder, data)
    try:
        loaded = load_scenario(path)
    except ScenarioError as error:
        return _judge_refusal(path, error)
    if not _is_small(loaded):
        return "used: loaded, too large to run here"
    lift_limit()
    engine = build_engine(loaded)
    try:
        for _ in range(min(_SLOTS, loaded.scenario.slots)):
            engine.run_slot()
    finally:
        engine.close()
    return "used: loaded and ran"


def judge_scout(folder: Path, data: bytes) -> str:
    """Load a Scout file, and if it is small run it."""
    path = _write(folder, data)
    try:
        file = load_scout_file(path)
    except UserError as error:
        return _judge_refusal(path, error)
    if len(file.blocks) > _MOST_BLOCKS:
        return "used: loaded, too large to run here"
    lift_limit()
    (result,) = run_scout_files([path], ScoutOptions(max_fuel=_FUEL))
    if result.error:
        raise AssertionError(result.error)
    return "used: ran and passed" if result.passed else "used: ran and differed"


def judge_sweep(folder: Path, data: bytes) -> str:
    """Plan a sweep."""
    path = _write(folder, data)
    # Planning loads every point: a thousand that are well formed are a long time, and no news.
    vars(checks)["MAX_POINTS"] = _MOST_POINTS
    try:
        plan_sweep(path)
    except UserError as error:
        return _judge_refusal(path, error)
    return "used: planned"


def _is_small(loaded: LoadedScenario) -> bool:
    scenario, config = loaded.scenario, loaded.config
    rate = 0.0
    for item in scenario.workload:
        for load, shards in (
            (item.deposits, 1),
            (item.transfers, 1),
            (item.calls, config.shard_count),
            (item.storage, config.shard_count),
        ):
            rate += 0 if load is None else load.per_slot * shards
    attacks = sum(attack.per_slot * max(1, attack.calls) for attack in scenario.adversaries)
    return (
        config.shard_count <= 64
        and scenario.genesis.validators + scenario.genesis.depositors <= 1000
        and rate <= 100
        and rate * scenario.slots <= 20_000
        and attacks <= 10
        and config.bls is not BlsBackend.REAL
        and config.execution.max_fuel <= 10**9
    )


def _judge_refusal(path: Path, error: UserError) -> str:
    """Name the kind of a refusal, having seen that every line is one, and names a file."""
    lines = str(error).split("\n")
    for line in lines:
        if not line.isprintable():
            raise AssertionError(f"a line that is not printable: {line!r}")
        is_named = line.startswith(
            (f"{path}:", f"{path.parent}/", f"{SCRIPTS.parent}/", "there are more")
        )
        if not is_named and "points after that" not in line:
            raise AssertionError(f"a line that names no file: {line!r}")
    for kind, pattern in _KINDS:
        if re.search(pattern, lines[0]):
            return f"refused: {kind}"
    return "refused: a value"


def _write(folder: Path, data: bytes) -> Path:
    _furnish(folder)
    path = folder / "case.yaml"
    path.write_bytes(data)
    return path


@cache
def _furnish(folder: Path) -> None:
    """Put beside the file what the shipped ones name, and some traps."""
    scripts = folder / "scripts"
    scripts.mkdir()
    for file in [*SCRIPTS.glob("*.wasm"), *SCRIPTS.parent.glob("lessons/scripts/*.wasm")]:
        shutil.copyfile(file, scripts / file.name)
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "loop").symlink_to("loop")
    with (folder / "huge").open("wb") as huge:
        huge.truncate(10**12)
    save_scenario(build_journey(), folder, "base")
