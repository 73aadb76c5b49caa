"""Any run, interrupted anywhere, with or without a checkpoint, ends as if it had not been."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import checkpoints
from simulator.module_cache import CACHE_VARIABLE
from simulator.resuming import load_run, resume
from simulator.runner import run
from simulator.store import CHECKPOINT_NAME
from tests.helpers.crashes import describe_difference, interrupt_at
from tests.helpers.floating_relay import write_floating_relay
from tests.helpers.properties import PROPERTY
from tests.helpers.random_scenarios import random_scenarios
from tests.helpers.random_transfers import draw_transfers
from tests.helpers.scenarios import Settings, load

RESUMES = settings(PROPERTY, max_examples=10)


def check(scenario: Settings, folder: Path, data: st.DataObject) -> None:
    loaded = load(scenario, folder)
    slot = data.draw(st.integers(1, loaded.scenario.slots), label="interrupted behind")
    pace = data.draw(st.sampled_from([0.0, 1000.0]), label="seconds between checkpoints")
    quick: Any = {"LEAST_SECONDS": pace, "_SHARE": 0}
    run(loaded, folder / "whole")
    with patch.multiple(checkpoints, **quick):
        with pytest.raises(KeyboardInterrupt):
            run(loaded, folder / "run", progress=interrupt_at(slot))
        assert (folder / "run" / CHECKPOINT_NAME).exists() is (pace == 0.0)
        assert load_run(folder / "run") == loaded

        resume(folder / "run")

    assert describe_difference(folder / "run", folder / "whole") is None


@pytest.mark.slow
@RESUMES
@given(scenario=random_scenarios(max_slots=24), data=st.data())
def test_resume_any_scenario_ends_as_if_it_had_not_been_interrupted(
    scenario: Settings, data: st.DataObject
) -> None:
    with TemporaryDirectory() as name, patch.dict(os.environ, {CACHE_VARIABLE: f"{name}/cache"}):
        write_floating_relay(Path(name))
        check(scenario, Path(name), data)


@pytest.mark.slow
@settings(PROPERTY, max_examples=3)
@given(seed=st.integers(0, 2**32), data=st.data())
def test_resume_any_transfers_with_all_faults_end_as_if_they_had_not_been_interrupted(
    seed: int, data: st.DataObject
) -> None:
    with TemporaryDirectory() as name, patch.dict(os.environ, {CACHE_VARIABLE: f"{name}/cache"}):
        check(draw_transfers(seed), Path(name), data)
