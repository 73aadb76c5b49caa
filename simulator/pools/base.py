"""What all pools promise.

Source:
    Ours.
"""

import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

MAX_ATTEMPTS: Final = 3
"""A job that ends its worker this often is given up: the next worker would not fare better."""

J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Crash:
    """A job that has no result, because of a bug of ours or because its workers ended.

    Attributes:
        summary: One line, the same in every pool.
        trace: The traceback, if there is one; it has paths, so it differs between machines.
        is_lost: Whether the workers ended, rather than the function.
    """

    summary: str
    trace: str = ""
    is_lost: bool = False


class Pool(Protocol):
    """Runs jobs somewhere."""

    def run(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[int, R | Crash]]:
        """Run a function once per job.

        Args:
            function: From a module, so that its name can be sent to a worker; it returns the same
                wherever it runs.
            jobs: Taken from only when a worker is about to be free.

        Yields:
            The position of each job and what came of it, in the order in which they finish.
        """
        ...


class _Raised(Exception):
    """Carries what a job raised across one frame."""


def attempt_job(function: Callable[[J], R], job: J) -> R | Crash:
    """Run a job; turn what it raises into a value, which survives every way of sending it."""
    try:
        return _name_failure(function, job)
    except _Raised as error:
        cause = error.__cause__
        trace = "".join(traceback.format_exception(cause))
        return Crash(f"{type(cause).__name__}: {_get_root(cause)}", trace)


def _name_failure(function: Callable[[J], R], job: J) -> R:
    try:
        return function(job)
    except BaseException as error:
        if isinstance(error, Exception):
            raise _Raised from error
        raise


def _get_root(error: BaseException | None) -> str:
    """Return an error's message, and those of the errors that it was raised from."""
    messages = []
    while error is not None:
        messages.append(str(error).partition("\n")[0])
        error = error.__cause__
    return ": ".join(messages)


def describe_lost_job() -> Crash:
    """Return what comes of a job that ended every worker it was given to."""
    return Crash(
        f"{MAX_ATTEMPTS} workers ended before the point did, perhaps for lack of memory",
        is_lost=True,
    )
