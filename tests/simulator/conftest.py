"""Fixtures about runs that end early."""

from pathlib import Path

import pytest

from simulator.loader import LoadedScenario
from simulator.module_cache import CACHE_VARIABLE
from tests.helpers.crashes import KILLED_AT, SLOTS, run_killed_at
from tests.helpers.scenarios import build_journey, load


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep compiled scripts, and the key of checkpoints, where no other test does."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))


@pytest.fixture
def journey(tmp_path: Path) -> LoadedScenario:
    return load(build_journey(SLOTS), tmp_path)


@pytest.fixture
def killed(journey: LoadedScenario, tmp_path: Path) -> Path:
    """A run that was killed behind slot 12; its checkpoint, if it makes any, is of slot 11."""
    del journey
    folder = tmp_path / "killed"
    place = "simulator.store.writer:RunWriter.write_slot!"
    run_killed_at(place, KILLED_AT, "run", tmp_path / "tiny.yaml", "--out", folder)
    return folder
