"""Going on with a run that was interrupted.

Source:
    Ours.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.commands.run_folders import tell_what_is_kept
from simulator.commands.shared import count_cores, open_cache, show_progress
from simulator.errors import RunComplete

if TYPE_CHECKING:
    from simulator.runner import RunResult


def resume_run(folder: Path, *, workers: int | None, live: bool) -> "RunResult | None":
    """Go on with a run, with a progress bar where somebody watches.

    Args:
        folder: The run folder.
        workers: Processes that make shard blocks; None for one per core where that pays off.
        live: Whether to show the run while it runs, instead of the bar.

    Returns:
        None if the run has reached its end, which is then said.

    Raises:
        UserError: The run cannot go on.
    """
    from simulator.parallel.choice import pays_off  # noqa: PLC0415 - only where it is used
    from simulator.resuming import load_run, refuse_complete, resume  # noqa: PLC0415 - only where it is used

    try:
        refuse_complete(folder)
        loaded = load_run(folder)
        if workers is None:
            workers = count_cores() if pays_off(loaded) else 1
        if live:
            from simulator.live import show_live  # noqa: PLC0415 - only where it is used

            with show_live(loaded) as watch:
                return resume(folder, open_cache(), watch=watch, workers=workers, note=_warn)
        with show_progress(loaded.name, loaded.scenario.slots) as progress:
            return resume(folder, open_cache(), progress, workers=workers, note=_warn)
    except RunComplete as complete:
        sys.stderr.write(f"{complete}\n")
        return None
    except KeyboardInterrupt:
        raise KeyboardInterrupt(tell_what_is_kept(folder)) from None


def _warn(note: str) -> None:
    sys.stderr.write(f"note: {note}\n")
