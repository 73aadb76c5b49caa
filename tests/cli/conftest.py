"""Every test of the command line has its own working directory and cache."""

from pathlib import Path

import pytest

from simulator.module_cache import CACHE_VARIABLE
from tests.helpers.cli import shardlab
from tests.helpers.scenarios import build_journey, save_scenario


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))


@pytest.fixture
def journey(tmp_path: Path) -> Path:
    """A scenario file in which one deposit travels from shard 0 to shard 1."""
    return save_scenario(build_journey(), tmp_path, "journey")


@pytest.fixture
def run_folder(journey: Path) -> Path:
    """The run folder of that scenario."""
    assert shardlab("run", journey, "--out", "run").status == 0
    return Path("run")
