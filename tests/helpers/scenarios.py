"""Builds tiny scenarios, writes them to files, and runs them.

A tiny scenario has insecure signatures, eight validators and instant withdrawals, so that a run
of thirty slots takes a fraction of a second.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml

from chain.shard import get_env_state
from chain.types import ScriptIndex
from simulator.events import DepositStep, Event
from simulator.loader import LoadedScenario, load_scenario
from simulator.runner import RunResult, run
from tests.helpers.scripts import SCRIPTS
from tests.helpers.wat import build_script

Settings = dict[str, Any]
E = TypeVar("E", bound=Event)

HELLO: Final = str(SCRIPTS / "helloworld.wasm")
RELAY: Final = str(SCRIPTS / "deposit_relay.wasm")
STORE: Final = str(SCRIPTS / "key_value.wasm")
FLOAT: Final = str(SCRIPTS / "bad_float.wasm")

DEPOSITORS: Final = 2
VALIDATORS: Final = 8


def register(name: str, script: str, slot: int = 1, sender: int = 0) -> Settings:
    """An event that registers a script."""
    return {"slot": slot, "register": {"name": name, "script": script, "sender": sender}}


def call(script: str, slot: int, shard: int = 0, data: str = "") -> Settings:
    """An event that calls a script once."""
    return {"slot": slot, "call": {"script": script, "shard": shard, "data": data}}


def deposit(slot: int, gwei: int = 1000, script: str = "relay", **ends: int) -> Settings:
    """An event that sends one deposit, from shard 0 to shard 1 unless told otherwise."""
    shards = {"from": ends.get("sender", 0), "to": ends.get("receiver", 1)}
    return {"slot": slot, "deposit": {"script": script, "gwei": gwei, **shards}}


def build_scenario(slots: int = 16, **changes: Any) -> Settings:  # noqa: ANN401 - YAML values
    """A tiny scenario; ``changes`` replace top-level keys, or extend the nested ones."""
    scenario: Settings = {
        "title": "A tiny scenario",
        "seed": 1,
        "slots": slots,
        "chain": {"bls": "insecure", "validator_lifecycle": "instant"},
        "genesis": {"validators": VALIDATORS, "depositors": DEPOSITORS},
    }
    for key, value in changes.items():
        nested = isinstance(value, dict) and key in scenario
        scenario[key] = {**scenario[key], **value} if nested else value
    return scenario


def build_journey(slots: int = 24, **changes: Any) -> Settings:  # noqa: ANN401 - YAML values
    """A tiny scenario in which one deposit of 1,000 Gwei goes from shard 0 to shard 1."""
    events = [register("relay", RELAY), deposit(4)]
    return build_scenario(slots, events=[*events, *changes.pop("events", [])], **changes)


def save_scenario(scenario: Settings, folder: Path, name: str = "tiny") -> Path:
    """Write a scenario file."""
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(scenario, sort_keys=False), encoding="utf-8")
    return path


def load(
    scenario: Settings, folder: Path, overrides: Iterable[str] = (), seed: int | None = None
) -> LoadedScenario:
    """Write a scenario file and load it."""
    return load_scenario(save_scenario(scenario, folder), overrides, seed)


def run_scenario(scenario: Settings, folder: Path, run_dir: Path | None = None) -> RunResult:
    """Write a scenario file, load and run it; events are kept."""
    return run(load(scenario, folder), run_dir, keep_events=True)


def write_script(folder: Path, name: str, body: str, imports: str = "") -> str:
    """Write a script whose ``main`` has a WAT body; return its path for ``register``."""
    path = folder / f"{name}.wasm"
    path.write_bytes(build_script(body, imports=imports))
    return str(path)


def get_steps(events: Iterable[Event], number: int = 1) -> list[str]:
    """The names of a deposit's steps, in order."""
    return [step.event for step in get_step_events(events, number)]


def get_step_events(events: Iterable[Event], number: int = 1) -> list[DepositStep]:
    """A deposit's steps, in order."""
    return [event for event in events if isinstance(event, DepositStep) and event.deposit == number]


def select(events: Iterable[Event], kind: type[E]) -> Sequence[E]:
    """The events of one kind, in order."""
    return [event for event in events if isinstance(event, kind)]


def get_pools(result: RunResult, env: int = 0) -> list[int]:
    """The ETH in a relay's pool on every shard, Gwei: the first field of its state."""
    states = [get_env_state(shard, ScriptIndex(env)) for shard in result.states.shards]
    return [int.from_bytes(state[:8], "little") for state in states]
