"""What identifies a run on its page, and how to make it again.

Source:
    Ours: scenario, seed, settings and versions make a run repeatable.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from simulator.shipped import list_shipped
from simulator.store import COMPLETE, FAILED, INTERRUPTED, RUNNING, RunReader

_ENDS: Final[Mapping[str, str]] = {
    COMPLETE: "Complete.",
    FAILED: "Stopped by an error",
    INTERRUPTED: "Interrupted",
    RUNNING: "Not finished",
}


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
            command=build_command(meta["scenario"], meta["seed"], meta["overrides"]),
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


def build_command(scenario: str, seed: int, overrides: Sequence[str]) -> str:
    """Return the command that makes a run again, quoted for a shell.

    A scenario that is not shipped is a file, and only its name is known, not where it lies.
    """
    stems = {shipped.path.stem: shipped.name for shipped in list_shipped()}
    others = [item for item in overrides if item != f"seed={seed}"]
    words = ["shardlab", "run", stems.get(scenario, f"{scenario}.yaml"), "--seed", str(seed)]
    return shlex.join([*words, *(word for item in others for word in ("--set", item))])


def _tell_ending(meta: Mapping[str, Any]) -> str:
    status = str(meta["status"])
    if status == COMPLETE:
        return _ENDS[COMPLETE]
    reason = f" ({meta['reason']})" if meta.get("reason") else ""
    told = _ENDS.get(status, status)
    return f"{told}{reason}: it ends at slot {meta['slot']} of {meta['slots']}."
