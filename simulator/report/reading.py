"""Reading runs for a page: one pass over a run's events feeds all sections.

Source:
    Ours.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from simulator.errors import RunFolderError
from simulator.report.facts import RunFacts
from simulator.report.model import Collector, ReportedRun, Section
from simulator.store import RunReader


def read_runs(folders: Iterable[Path], sections: Sequence[Section]) -> list[ReportedRun]:
    """Read several runs; each gets a label of its own.

    Raises:
        RunFolderError: One of them is no run, or none that this version can show.
    """
    runs: list[ReportedRun] = []
    for folder in folders:
        taken = {run.facts.label for run in runs}
        runs.append(read_run(folder, _choose_label(folder, taken), sections))
    return runs


def read_run(folder: Path, label: str, sections: Sequence[Section]) -> ReportedRun:
    """Read one run.

    Raises:
        RunFolderError: It is no run, or none that this version can show.
    """
    reader = RunReader(folder)
    try:
        facts = RunFacts.read(reader, label)
        if not facts.slots:
            raise RunFolderError(f"{reader.path}: not one slot of the run has ended yet")
        collectors = {part.name: part.start(facts) for part in sections if part.start}
        _feed(reader, list(collectors.values()))
        models = {name: collector.finish() for name, collector in collectors.items()}
    except (KeyError, TypeError) as error:
        raise RunFolderError(f"{reader.path}: not a run of shardlab: {error}") from error
    finally:
        reader.close()
    return ReportedRun(facts, models)


def _feed(reader: RunReader, collectors: Sequence[Collector]) -> None:
    for event in reader.read_events():
        for collector in collectors:
            collector.add(event)


def _choose_label(folder: Path, taken: set[str]) -> str:
    """Return the run folder's name, numbered if another run has it."""
    resolved = folder.resolve()
    name = resolved.name if resolved.is_dir() else resolved.parent.name
    numbered = (f"{name} ({number})" for number in range(2, len(taken) + 2))
    return next(label for label in (name, *numbered) if label not in taken)
