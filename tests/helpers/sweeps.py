"""Builds sweep files around a tiny scenario, and conducts them in this process."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from simulator.pools import LocalPool
from simulator.sweep import Point, Sweep, conduct_sweep, plan_sweep
from tests.helpers.scenarios import Settings, build_scenario, save_scenario


class Quiet:
    """Watches a sweep and keeps what it was told."""

    def __init__(self) -> None:
        self.pending: list[str] = []
        self.finished_before = 0
        self.advanced: list[str] = []

    def start(self, pending: Sequence[Point], finished: int) -> None:
        self.pending = [point.id for point in pending]
        self.finished_before = finished

    def advance(self, point: Point) -> None:
        self.advanced.append(point.id)


def build_sweep(**changes: Any) -> Settings:  # noqa: ANN401 - YAML values
    """A sweep of the scenario ``tiny``; two points unless told otherwise."""
    sweep: Settings = {"title": "A tiny sweep", "scenario": "tiny.yaml", "grid": {"slots": [2, 3]}}
    return {key: value for key, value in {**sweep, **changes}.items() if value is not None}


def save_sweep(sweep: Settings, folder: Path, name: str = "sweep") -> Path:
    """Write a sweep file, with the scenario it needs beside it."""
    if not (folder / "tiny.yaml").exists():
        save_scenario(build_scenario(2), folder)
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(sweep, sort_keys=False), encoding="utf-8")
    return path


def conduct(sweep: Settings, folder: Path, watcher: Quiet | None = None, workers: int = 1) -> Sweep:
    """Write a sweep file and run it into the folder ``out``."""
    plan = plan_sweep(save_sweep(sweep, folder))
    return conduct_sweep(plan, folder / "out", LocalPool(workers), watcher or Quiet())
