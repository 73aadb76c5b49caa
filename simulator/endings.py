"""How commands end: exit statuses, and errors in words.

Source:
    Ours.
"""

import sys
from collections.abc import Callable
from typing import Final, NoReturn, TypeVar

from simulator.guarded_output import OutputRefused, drop_output, guard_output

T = TypeVar("T")

EXIT_FAILED: Final = 1
EXIT_UNUSABLE: Final = 2
EXIT_CRASHED: Final = 70
EXIT_INTERRUPTED: Final = 130
EXIT_PIPE_CLOSED: Final = 141
"""What a shell says of any program whose reader, such as ``head``, has seen enough."""


def print_guarded(command: Callable[[], T]) -> T:
    """Do what may print; end the process if it cannot.

    Args:
        command: What to do.

    Raises:
        SystemExit: Nobody reads, or nothing can be written.
    """
    try:
        with guard_output():
            return command()
    except OutputRefused as refused:
        drop_output(sys.stdout)
        if refused.is_unwanted:
            raise SystemExit(EXIT_PIPE_CLOSED) from None
        _end(f"error: {refused}", EXIT_UNUSABLE)


def run_guarded(command: Callable[[], T]) -> T:
    """Run a command; end the process with a message on the errors that users can cause.

    Args:
        command: What to do.

    Raises:
        SystemExit: One of them occurred.
    """
    from chain.errors import ConservationBreach  # noqa: PLC0415 - after --help
    from simulator.errors import UserError  # noqa: PLC0415 - after --help

    try:
        return print_guarded(command)
    except UserError as error:
        _end("\n".join(f"error: {line}" for line in str(error).splitlines()), EXIT_UNUSABLE)
    except ConservationBreach as error:
        _end(f"error: ETH is not conserved, the run was stopped: {error}", EXIT_FAILED)
    except KeyboardInterrupt as error:
        _end(str(error) or "interrupted", EXIT_INTERRUPTED)


def _end(message: str, status: int) -> NoReturn:
    # A status is all that is left to say to whoever has no ear for messages.
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"{message}\n")
            sys.stderr.flush()
        except OSError:
            # Else Python tries once more at the end, and fails with a status of its own.
            drop_output(sys.stderr)
    raise SystemExit(status) from None
