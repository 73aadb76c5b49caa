"""Reading runs for a page: one pass over a run's events feeds all sections.

Source:
    Ours.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from simulator.errors import RunFolderError
from simulator.events import Event
from simulator.report.facts import RunFacts
from simulator.report.model import ReportedRun, Section
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
        facts = _read_facts(reader, label)
        if not facts.slots:
            raise RunFolderError(f"{reader.path}: not one slot of the run has ended yet")
        collectors = {part.name: part.start(facts) for part in sections if part.start}
        for event in _read_events(reader):
            for collector in collectors.values():
                collector.add(event)
        return ReportedRun(facts, {name: each.finish() for name, each in collectors.items()})
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        # Every event is well formed by now; a story that no run can tell is a stranger's.
        raise _complain(reader, error) from error
    finally:
        reader.close()


def _read_facts(reader: RunReader, label: str) -> RunFacts:
    try:
        return RunFacts.read(reader, label)
    except (KeyError, TypeError, ValueError) as error:
        raise _complain(reader, error) from error


def _read_events(reader: RunReader) -> Iterator[Event]:
    """Return all events; what cannot be read is the database's fault, what follows is ours."""
    events = reader.read_events()
    while True:
        try:
            event = next(events, None)
        except (KeyError, TypeError, ValueError) as error:
            raise _complain(reader, error) from error
        if event is None:
            return
        yield event


def _complain(reader: RunReader, error: Exception) -> RunFolderError:
    return RunFolderError(
        f"{reader.path}: not a run that this version can show: {type(error).__name__}: {error}"
    )


def _choose_label(folder: Path, taken: set[str]) -> str:
    """Return the run folder's name, numbered if another run has it."""
    resolved = folder.resolve()
    name = resolved.name if resolved.is_dir() else resolved.parent.name
    numbered = (f"{name} ({number})" for number in range(2, len(taken) + 2))
    return next(label for label in (name, *numbered) if label not in taken)
