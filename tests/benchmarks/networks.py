"""Networks of many shards on which one script is called, for benchmarks of whole runs."""

import sys
from dataclasses import dataclass
from pathlib import Path

from simulator.loader import LoadedScenario, load_scenario
from simulator.runner import RunResult, run


@dataclass(frozen=True, slots=True)
class Network:
    """A network that calls a script; the first block is in the second slot.

    Attributes:
        preset: Which chain to start from.
        shards: How many.
        slots: How long it lives.
        script: The script that is called.
        per_slot: How often, per shard; the fraction is drawn.
        data: Hex; the same in every call.
    """

    preset: str
    shards: int
    slots: int
    script: str
    per_slot: float = 1.0
    data: str = ""

    def load(self) -> LoadedScenario:
        register = f"{{name: called, script: scripts/{self.script}.wasm}}"
        calls = f"{{script: called, per_slot: {self.per_slot}, start: 2, data: '{self.data}'}}"
        overrides = (
            f"slots={self.slots}",
            f"preset={self.preset}",
            f"chain.shard_count={self.shards}",
            "chain.bls=insecure",
            f"genesis.validators={2 * self.shards}",
            f"events=[{{slot: 1, register: {register}}}]",
            f"workload=[{{calls: {calls}}}]",
        )
        return load_scenario("helloworld", overrides)

    def run(self, folder: Path | None = None, workers: int = 1) -> RunResult:
        return run(self.load(), folder, keep_events=False, workers=workers)


def read_resident_mb(process_id: int | str = "self") -> float:
    """Return the memory that a process has in use now, MB; 0 where the system does not say."""
    status = Path(f"/proc/{process_id}/status")
    if not sys.platform.startswith("linux") or not status.exists():
        return 0.0
    lines = status.read_text(encoding="utf-8").splitlines()
    sizes = [line.split()[1] for line in lines if line.startswith("VmRSS")]
    return int(sizes[0]) / 1024 if sizes else 0.0
