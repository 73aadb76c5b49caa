"""Scenario, Scout and sweep files that are damaged, hostile, or ask for too much."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from tests.helpers.scenarios import build_journey
from tests.helpers.scout import CASE
from tests.helpers.scripts import SCENARIOS
from tests.trust.experiment import Cases, Experiment, Section, Tally
from tests.trust.hostile.bounded import SECONDS, BoundedJudge, Judge, Make, Verdict
from tests.trust.hostile.damaged_yaml import make_damaged
from tests.trust.hostile.judges import judge_scenario, judge_scout, judge_sweep
from tests.trust.hostile.scenario_places import SCENARIO_PLACES, SCOUT_PLACES, SWEEP_PLACES

_COMMAND_EVERY: Final = 50
_SMALL_SWEEP: Final = {
    "title": "A sweep",
    "scenario": "base.yaml",
    "set": {"slots": 20},
    "grid": {"genesis.validators": [8, 16]},
    "sample": {"count": 2, "keys": {"proposers.careless": {"from": 0.0, "to": 1.0}}},
    "seeds": 2,
}
_OURS_IN_SCOUT: Final = """\
shardlab: {shard: 1, shard_count: 4, max_fuel: 1000000, bls: insecure}
"""


@cache
def _read_scenarios() -> Sequence[str]:
    files = [
        path
        for name in ("*", "validation/*", "lessons/*")
        for path in SCENARIOS.glob(f"{name}.yaml")
    ]
    texts = [
        path.read_text(encoding="utf-8").replace("../scripts", "scripts") for path in sorted(files)
    ]
    return [*texts, yaml.safe_dump({**build_journey(), "events": build_journey()["events"][1:]})]


@cache
def _read_scouts() -> Sequence[str]:
    files = sorted((SCENARIOS / "scout").glob("*.yaml"))
    texts = [path.read_text(encoding="utf-8").replace("../scripts", "scripts") for path in files]
    case = CASE.replace("script.wasm", "scripts/helloworld.wasm")
    return [*texts, case, case + _OURS_IN_SCOUT]


@cache
def _read_sweeps() -> Sequence[str]:
    files = sorted((SCENARIOS / "sweeps").glob("*.yaml"))
    small = yaml.safe_dump(_SMALL_SWEEP, sort_keys=False)
    return [*(path.read_text(encoding="utf-8") for path in files), *[small] * 4]


def make_scenario(cases: Cases, number: int) -> tuple[str, bytes]:
    """Return the kind and the bytes of a damaged scenario."""
    return make_damaged(_read_scenarios(), SCENARIO_PLACES, cases.make_rng(number))


def make_scout(cases: Cases, number: int) -> tuple[str, bytes]:
    """Return the kind and the bytes of a damaged Scout file."""
    return make_damaged(_read_scouts(), SCOUT_PLACES, cases.make_rng(number))


def make_sweep(cases: Cases, number: int) -> tuple[str, bytes]:
    """Return the kind and the bytes of a damaged sweep."""
    return make_damaged(_read_sweeps(), SWEEP_PLACES, cases.make_rng(number))


def _examine(judge: Judge, make: Make, command: Sequence[str], cases: Cases, tally: Tally) -> None:
    with BoundedJudge(judge) as bounded:
        for number in cases:
            kind, data = make(cases, number)
            verdict = bounded.judge(data)
            tally.count(verdict.outcome)
            tally.peak("seconds of a case", round(verdict.seconds, 1))
            tally.peak("megabytes resident", round(verdict.megabytes))
            failure = verdict.failure
            if not failure and not number % _COMMAND_EVERY:
                failure = _judge_command(command, data, verdict, tally)
            if failure:
                tally.fail(number, f"{kind}: {failure}; begins {data[:60].hex()}")


def _judge_command(command: Sequence[str], data: bytes, verdict: Verdict, tally: Tally) -> str:
    """Return what is wrong with how the command line refuses a file."""
    if not verdict.outcome.startswith("refused"):
        return ""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "case.yaml").write_bytes(data)
        words = [each.format(file="case.yaml", out="out") for each in command]
        try:
            done = subprocess.run(  # noqa: S603 - our own command line
                [sys.executable, "-m", "simulator.cli", *words],
                cwd=folder,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS * 6,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "the command does not end"
        left = sorted(path.name for path in folder.iterdir())
    if done.returncode != 2 or "Traceback" in done.stderr or not done.stderr.startswith("error: "):
        return f"the command ends with {done.returncode}: {done.stderr[-800:]}"
    if left != ["case.yaml"]:
        return f"the command leaves {left}"
    tally.count("refused by the command line with status 2, nothing written")
    return ""


def examine_scenarios(cases: Cases, tally: Tally) -> None:
    """Load damaged scenarios."""
    command = ("run", "{file}", "--out", "{out}")
    _examine(judge_scenario, make_scenario, command, cases, tally)


def examine_scouts(cases: Cases, tally: Tally) -> None:
    """Load damaged Scout files."""
    _examine(judge_scout, make_scout, ("scout", "{file}"), cases, tally)


def examine_sweeps(cases: Cases, tally: Tally) -> None:
    """Plan damaged sweeps."""
    command = ("sweep", "{file}", "--dry-run", "--out", "{out}")
    _examine(judge_sweep, make_sweep, command, cases, tally)


_METHOD: Final = (
    "Shipped files with bits, bytes, lines and encodings damaged; with hostile values put "
    "anywhere (huge numbers, nesting, billions of laughs, tags, anchors, paths that lead astray); "
    "and with values that ask for too much. Reading one may take 20 seconds and 1 GB of "
    "memory; every line of a refusal must be printable and name the file."
)

EXPERIMENTS: Final = (
    Experiment(
        name="malformed_scenarios",
        section=Section.ATTACKS,
        claim="No scenario file brings anything but an error of ours, or a run.",
        method=f"{_METHOD} What loads and is small runs two slots; one in fifty also goes through "
        "the command line.",
        unit="files",
        full=10_000,
        quick=150,
        examine=examine_scenarios,
        found=(
            (
                "A scenario could name scripts and cost profiles anywhere, and wait for ever on a "
                "named pipe: files that are named must now be regular ones in its folder, unless "
                "--allow-outside is given."
            ),
            (
                "A number like 1:59:59:... took the square of its length to read, one of thousands "
                "of hex digits ended its own error message with a traceback, and a float to the "
                "base of 60 overflowed: numbers have at most 1,000 characters."
            ),
            (
                "A hundred thousand unknown keys took the square of their number; problems are now "
                "told up to the hundredth."
            ),
            (
                "A script named fifty thousand times was read as often, and a hundred spellings of "
                "one path were kept as often: scripts are read once, and up to 256 MiB together."
            ),
            (
                "Users could want 10^12 things, all planned before slot 1, and genesis could hold "
                "more validators than the registry: both are refused, with the key."
            ),
            (
                "The complete topology of 4,096 shards was a list of 17 million edges; every "
                "transfer within a shard listed all its accounts."
            ),
            "Keys with line ends or terminal sequences reached the terminal as they were.",
        ),
    ),
    Experiment(
        name="malformed_scouts",
        section=Section.ATTACKS,
        claim="No Scout file brings anything but an error of ours, or a result.",
        method=f"{_METHOD} What loads and is small runs; one in fifty also goes through the "
        "command line.",
        unit="files",
        full=10_000,
        quick=150,
        examine=examine_scouts,
        found=(
            (
                "A Scout file could name wasm files anywhere, and a hundred of 64 MB each: they "
                "must be in its folder or the working directory, and have 256 MB together."
            ),
        ),
    ),
    Experiment(
        name="malformed_sweeps",
        section=Section.ATTACKS,
        claim="No sweep file brings anything but an error of ours, or a plan.",
        method=f"{_METHOD} One in fifty also goes through the command line.",
        unit="files",
        full=2_000,
        quick=50,
        examine=examine_sweeps,
        found=(
            "A sweep could name scenarios, and set scripts and profiles, anywhere.",
            (
                "Every key was compared with every other of up to a hundred thousand: there are at "
                "most 200 under set, grid and sample each."
            ),
        ),
    ),
)
