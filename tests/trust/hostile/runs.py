"""Whole runs whose scripts are all hostile."""

import time
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from random import Random
from shutil import rmtree
from typing import Any, Final

from chain.config import Backend, Libraries, Metering, Profile
from chain.placement import get_placements
from simulator.events import Event
from simulator.loader import load_scenario
from simulator.runner import RunResult, run
from simulator.store import COMPLETE, RunReader
from tests.helpers.scenarios import build_scenario, call, register, save_scenario
from tests.trust.experiment import Cases
from tests.trust.hostile.documented import read_outcomes, read_refusals, read_rules
from tests.trust.hostile.scripts import draw_script
from tests.trust.hostile.warden import Answer

SCRIPTS_PER_RUN: Final = 20
_SLOTS: Final = 32
_LAST_REGISTRATION: Final = 8
_CALLS: Final = 40
_DEPOSITORS: Final = 5
_FUEL: Final = 1_000_000
_SHARE_WITH_WORKERS: Final = 0.04
_SHARE_KEPT: Final = 0.2
_CODE_FIELDS: Final = ("code", "rule", "outcome")
_FAILED: Final = "script_failed"


def attempt_run(cases: Cases, number: int, folder: Path) -> Answer:
    """Run a scenario of hostile scripts."""
    rng = cases.make_rng(number)
    place = folder / "run"
    place.mkdir()
    answer = Answer()
    try:
        loaded = load_scenario(str(save_scenario(_draw_scenario(rng, place), place)))
        kept = place / "kept" if rng.random() < _SHARE_KEPT else None
        workers = 2 if rng.random() < _SHARE_WITH_WORKERS else 1
        began = time.perf_counter()
        result = run(loaded, kept, workers=workers, keep_events=True)
        answer.peaks["s for one run"] = time.perf_counter() - began
        _judge(result, answer)
        if kept is not None:
            _read_back(kept, result, answer)
    finally:
        rmtree(place)
    return answer


def _draw_scenario(rng: Random, folder: Path) -> dict[str, Any]:
    shards = rng.randrange(2, 5)
    events = []
    for position in range(SCRIPTS_PER_RUN):
        (folder / f"{position}.wasm").write_bytes(draw_script(rng).code)
        slot = rng.randrange(1, _LAST_REGISTRATION)
        sender = rng.randrange(_DEPOSITORS)
        events.append(register(f"s{position}", f"{position}.wasm", slot, sender))
    for _ in range(_CALLS):
        name, data = f"s{rng.randrange(SCRIPTS_PER_RUN)}", rng.randbytes(rng.randrange(40))
        slot = rng.randrange(_LAST_REGISTRATION, _SLOTS)
        events.append(call(name, slot, rng.randrange(shards), data.hex()))
    often = f"s{rng.randrange(SCRIPTS_PER_RUN)}"
    return build_scenario(
        _SLOTS,
        seed=rng.randrange(2**32),
        chain={"shard_count": shards, "execution": _draw_execution(rng)},
        validation={
            "strategy": rng.choice(sorted(get_placements())),
            "profile": str(rng.choice(tuple(Profile))),
        },
        proposers={"careless": rng.choice((0.0, 0.5, 1.0))},
        genesis={"validators": rng.randrange(1, 12), "depositors": _DEPOSITORS},
        events=events,
        workload=[{"calls": {"script": often, "per_slot": 1.0, "start": 3}}],
    )


def _draw_execution(rng: Random) -> dict[str, Any]:
    backend = rng.choice(tuple(Backend))
    libraries = Libraries.NATIVE if backend is Backend.HOST else rng.choice(tuple(Libraries))
    return {
        "metering": str(rng.choice(tuple(Metering))),
        "max_fuel": _FUEL,
        "max_ticks": _FUEL,
        "watchdog_fuel": _FUEL,
        "backend": str(backend),
        "libraries": str(libraries),
    }


def _judge(result: RunResult, answer: Answer) -> None:
    """Every code that any event tells of is documented, and the books are right."""
    known = read_outcomes() | read_rules() | read_refusals()
    for event in result.events:
        for code in _list_codes(event):
            answer.outcomes.append(f"{event.kind}: {code}")
            if code not in known or code == "overran":
                answer.failures.append(
                    f"{event.kind} in slot {event.slot}: {code} is documented nowhere"
                )
    if result.metrics["conservation_error"]:
        answer.failures.append(f"ETH is not conserved: {result.metrics['conservation_error']}")
    accepted = int(result.metrics["shards.blocks"])
    answer.outcomes += ["shard block accepted"] * accepted


def _list_codes(event: Event) -> list[str]:
    """Return the codes that an event tells, with the outcome behind ``script_failed`` by itself."""
    named = {each.name for each in fields(event)}
    told = [str(getattr(event, name)) for name in _CODE_FIELDS if name in named]
    parts = [part for code in told for part in _take_apart(code)]
    return [part for part in parts if part]


def _take_apart(code: str) -> tuple[str, ...]:
    head, _, outcome = code.partition(":")
    return (head, outcome) if head == _FAILED else (code,)


def _read_back(folder: Path, result: RunResult, answer: Answer) -> None:
    with closing(RunReader(folder)) as reader:
        if reader.meta["status"] != COMPLETE:
            answer.failures.append(f"the database says {reader.meta['status']}")
        count = sum(1 for _ in reader.read_events())
        if count != len(result.events):
            answer.failures.append(
                f"{count} events in the database, {len(result.events)} in the run"
            )
