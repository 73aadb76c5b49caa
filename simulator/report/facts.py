"""What identifies a run on its page, and how to make it again.

Source:
    Ours: scenario, seed, settings and versions make a run repeatable.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Self

from chain.errors import ConservationBreach
from simulator.errors import UserError, WorkerDied
from simulator.loader import load_scenario
from simulator.report.encode import encode_report
from simulator.runner import describe_kept_run
from simulator.shipped import list_shipped
from simulator.store import COMPLETE, FAILED, INTERRUPTED, RunReader

_IDENTIFYING: Final = ("model", "config", "costs", "scripts")
"""What a changed scenario, or another version of shardlab, has different."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One run, before its events are looked at.

    Attributes:
        label: What the page calls it: its folder's name.
        scenario: Name of the scenario.
        title: The scenario's title.
        seed: The seed.
        slots: Slots that the database holds.
        planned_slots: Slots that the scenario asks for.
        shards: Number of shards.
        status: ``complete``, ``running``, ``interrupted`` or ``failed``.
        ending: How it ended, as a sentence.
        command: What to type to make the same run.
        is_shipped: Whether its scenario comes with shardlab; if not, the command names a file.
        overrides: ``key=value`` in the order given.
        seconds_per_slot: For people who think in seconds.
        config: All settings.
        costs: Rates and budget of validating.
        scripts: sha256 of the scripts' code by path.
        versions: Versions of shardlab and of what decides results, by name.
        metrics: Numbers by dotted name; none if the run was not closed.
        findings: What to know before trusting them.
        expectations: What the scenario expects, and whether it is met.
    """

    label: str
    scenario: str
    title: str
    seed: int
    slots: int
    planned_slots: int
    shards: int
    status: str
    ending: str
    command: str
    is_shipped: bool
    overrides: Sequence[str]
    seconds_per_slot: int
    config: Mapping[str, Any]
    costs: Mapping[str, Any]
    scripts: Mapping[str, str]
    versions: Mapping[str, str]
    metrics: Mapping[str, float]
    findings: Sequence[str]
    expectations: Sequence[Mapping[str, Any]]

    @classmethod
    def read(cls, reader: RunReader, label: str) -> Self:
        """Read them from a run database.

        Raises:
            KeyError: The database does not hold what identifies a run.
        """
        meta = reader.meta
        shipped = find_shipped_name(meta)
        return cls(
            label=label,
            scenario=meta["scenario"],
            title=meta["title"],
            seed=meta["seed"],
            slots=meta["slot"],
            planned_slots=meta["slots"],
            shards=meta["config"]["shard_count"],
            status=meta["status"],
            ending=_tell_ending(meta),
            command=build_command(
                shipped or f"{meta['scenario']}.yaml", meta["seed"], meta["overrides"]
            ),
            is_shipped=shipped is not None,
            overrides=meta["overrides"],
            seconds_per_slot=meta["config"]["seconds_per_slot"],
            config=meta["config"],
            costs=meta["costs"],
            scripts=meta["scripts"],
            versions=meta["versions"],
            metrics=reader.read_metrics(),
            findings=meta.get("findings", ()),
            expectations=meta.get("expectations", ()),
        )


def find_shipped_name(meta: Mapping[str, Any]) -> str | None:
    """Return the name by which ``shardlab run`` knows a run's scenario; None for somebody's own.

    A changed copy of a shipped scenario may have its name, so what identifies the run must agree.
    """
    for shipped in list_shipped():
        if shipped.path.stem == meta["scenario"]:
            with suppress(UserError):
                loaded = load_scenario(shipped.path, meta["overrides"])
                described = json.loads(encode_report(describe_kept_run(loaded)))
                if all(described[key] == meta.get(key) for key in _IDENTIFYING):
                    return shipped.name
    return None


def build_command(scenario: str, seed: int, overrides: Sequence[str]) -> str:
    """Return the command that makes a run again, quoted for a shell.

    Args:
        scenario: A name or a file, of which only the name is known, not where it lies.
        seed: The seed, which an override may have set first.
        overrides: ``key=value`` in the order given.
    """
    others = [item for item in overrides if item != f"seed={seed}"]
    file = f"./{scenario}" if scenario.startswith("-") else scenario
    words = ["shardlab", "run", file, "--seed", str(seed)]
    return shlex.join([*words, *(word for item in others for word in ("--set", item))])


def _tell_ending(meta: Mapping[str, Any]) -> str:
    """Return how a run ended, for people who know nothing of its program."""
    status, slot, slots = meta["status"], meta["slot"], meta["slots"]
    if status == COMPLETE:
        return "Complete."
    if status == INTERRUPTED:
        return f"Interrupted by the user after slot {slot} of {slots}."
    if status == FAILED:
        return f"Stopped after slot {slot} of {slots}: {_tell_failure(meta)}."
    held = f"slots 1 to {slot}" if slot > 1 else f"slot {slot}"
    return f"Not finished: it holds {held} of {slots}."


def _tell_failure(meta: Mapping[str, Any]) -> str:
    """Return why a run failed: its exception tells, the message is for programmers."""
    kind, _, message = str(meta.get("reason", "")).partition(": ")
    if kind == WorkerDied.__name__:
        return message.rstrip(".")
    again = "The command here meets it again: please report what it says"
    if kind == ConservationBreach.__name__:
        return f"ETH had appeared or vanished, which is a bug in shardlab. {again}"
    return f"shardlab met something that it does not foresee, which is a bug in it. {again}"
