"""Worker processes: how they end, and what is said if they end too early."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chain.types import ScriptIndex, SecretKey, ShardIndex, ValidatorIndex
from simulator.errors import WorkerDied
from simulator.loader import LoadedScenario
from simulator.parallel import BlockOrder
from simulator.parallel.crew import CrewExecutor
from simulator.parallel.messages import Setup
from simulator.parallel.processes import WorkerBug, WorkerProcess, start_crew
from simulator.runner import SimulationBug, run
from simulator.setup import build_engine
from tests.helpers.chain import CONFIG
from tests.helpers.processes import (
    PATIENCE_SECONDS,
    has_slots,
    is_running,
    list_children,
    wait_until,
    wait_until_ended,
)
from tests.helpers.scenarios import HELLO, build_scenario, load, register, save_scenario

ORDER = BlockOrder(ShardIndex(1), ScriptIndex(0), b"", ValidatorIndex(0), SecretKey(1), False)  # noqa: FBT003 - positional record
CALLS = {"calls": {"script": "hello", "per_slot": 1.0, "start": 2}}


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedScenario:
    scenario = build_scenario(4, events=[register("hello", HELLO)], workload=[CALLS])
    return load(scenario, tmp_path)


@pytest.fixture
def worker() -> Iterator[WorkerProcess]:
    with closing(WorkerProcess(Setup(CONFIG, None, [ShardIndex(0)]))) as started:
        yield started


def send_many(worker: WorkerProcess) -> None:
    for _ in range(1_000):
        worker.send(ORDER)


def test_killed_worker_is_named_as_the_reason(worker: WorkerProcess) -> None:
    os.kill(worker.process_id, signal.SIGKILL)

    with pytest.raises(WorkerDied, match=r"was ended by SIGKILL.*try --workers 1"):
        worker.receive()


def test_bug_in_a_worker_is_told_with_its_traceback(worker: WorkerProcess) -> None:
    worker.send(ORDER)  # for a shard that it does not hold
    worker.flush()

    with pytest.raises(WorkerBug, match="in a worker process:\nTraceback"):
        worker.receive()


def test_bug_in_a_worker_is_told_to_who_still_sends(worker: WorkerProcess) -> None:
    worker.send(ORDER)
    worker.flush()
    wait_until_ended([worker.process_id])

    with pytest.raises(WorkerBug, match="in a worker process:\nTraceback"):
        send_many(worker)


def test_run_whose_worker_is_killed_says_so(
    loaded: LoadedScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is nobody's bug, so it is not reported as one."""
    take = CrewExecutor.take

    def kill_and_take(crew: CrewExecutor, shard: ShardIndex) -> object:
        for link in crew.links:
            assert isinstance(link, WorkerProcess)
            os.kill(link.process_id, signal.SIGKILL)
        return take(crew, shard)

    monkeypatch.setattr(CrewExecutor, "take", kill_and_take)

    with pytest.raises(WorkerDied):
        run(loaded, workers=2)


def test_run_with_a_bug_in_a_worker_names_scenario_seed_and_slot(
    loaded: LoadedScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BlockOrder, "__reduce__", lambda _: (BlockOrder, (0, 0, b"", 0, 1, True)))

    with pytest.raises(SimulationBug, match="scenario tiny, seed 1, slot 2"):
        run(loaded, workers=2)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
class TestEnd:
    def test_end_of_a_run_ends_its_workers(self, loaded: LoadedScenario) -> None:
        engine = build_engine(loaded)
        crew = start_crew(engine.world, None, 2)
        engine.set_executor(crew)
        process_ids = [link.process_id for link in crew.links if isinstance(link, WorkerProcess)]
        engine.run_slot()
        assert all(map(is_running, process_ids))

        engine.close()

        assert len(process_ids) == 2
        assert not any(map(is_running, process_ids))

    @pytest.mark.slow
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
    def test_signal_leaves_no_worker_behind(self, number: signal.Signals, tmp_path: Path) -> None:
        scenario = build_scenario(
            1_000_000,
            events=[register("hello", HELLO)],
            workload=[{"calls": {**CALLS["calls"], "stop": 9}}],
        )
        path = save_scenario(scenario, tmp_path)
        command = [sys.executable, "-c", "from simulator.cli import main; main()", "run"]
        arguments = [str(path), "--workers", "2", "--out", str(tmp_path / "run")]
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [*command, *arguments], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        )
        wait_until(lambda: has_slots(tmp_path / "run"))
        children = list_children(process.pid)

        assert len(children) >= 2
        process.send_signal(number)
        _, complaints = process.communicate(timeout=PATIENCE_SECONDS)

        wait_until_ended(children)
        assert process.returncode != 0
        assert "Traceback" not in complaints
