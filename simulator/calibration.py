"""What ``shardlab calibrate`` does: measure, then write the file.

Source:
    Ours.
"""

from pathlib import Path

from simulator.commands.shared import show_progress
from simulator.costs.calibrate import Calibration, calibrate
from simulator.costs.corpus import build_corpus
from simulator.errors import UserError


def calibrate_machine(out: Path, repeats: int) -> Calibration:
    """Measure this machine and write a profile file.

    Raises:
        UserError: The file cannot be written; nothing has been measured then.
    """
    corpus = build_corpus()
    try:
        _validate_writable(out)
        with show_progress("calibrate", len(corpus)) as progress:
            calibration = calibrate(repeats, corpus=corpus, progress=progress)
        out.write_bytes(calibration.encode())
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{out}: cannot be written: {reason}") from error
    return calibration


def _validate_writable(path: Path) -> None:
    """Find out now, and leave everything as it is: measuring takes a while.

    Raises:
        OSError: The file cannot be written.
    """
    is_new = not path.exists()
    with path.open("ab"):
        pass
    if is_new:
        path.unlink()
