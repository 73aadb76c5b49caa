"""The watchdog: ends a script that takes too much real time, whatever the limits of its chain say.

Fuel, ticks and rules are meant to end every script, and they are the same on every machine. This
is for what they might miss, a mistake of ours or of the engine. How long something takes is not
the same on every machine, so what the watchdog ends has no outcome within a chain: the run stops
with an error. Outside of chains, ``exec`` and ``scout`` show it as the outcome ``overran``.

Code ends at its next loop or call. Neither the compiler nor a host function can be ended from
outside: the one is bounded by the rule ``too_complex``, the others by what each byte costs, and
the script ends when they do.

Nobody asks a clock: an execution that a thread finds under way at several looks in a row has
taken at least the time between them, and a process that was stopped in between loses one look.

Source:
    Ours.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Final

from chain.eei import ScriptRuntime
from chain.errors import ScriptOverran
from simulator.errors import ScriptTooSlow, UserError

WATCHDOG_VARIABLE: Final = "SHARDLAB_WATCHDOG_SECONDS"
"""Environment variable that sets another limit; 0 means none."""

DEFAULT_SECONDS: Final = 300.0
"""Of one execution: twice what the dearest script can take by default under any metering.

A script that is merely dear must not stop a run, or hostile ones would (``dearest_scripts`` in
``tests/TRUST.md``).
"""

_MOST_SECONDS: Final = 1e6
_LOOKS: Final = 4
"""Within the limit: what overruns it is ended within a quarter of it."""


@contextmanager
def keep_watch(runtime: ScriptRuntime) -> Iterator[None]:
    """Watch what a runtime executes.

    Args:
        runtime: Used by the thread that enters this, and by no other.

    Raises:
        ScriptTooSlow: A script was ended within a chain.
        UserError: The limit is not a number of seconds.

    Source:
        Ours.
    """
    seconds = read_limit_seconds()
    if not seconds:
        yield
        return
    is_over = Event()
    watch = Thread(target=_watch, args=(runtime, seconds / _LOOKS, is_over), daemon=True)
    watch.start()
    try:
        yield
    except ScriptOverran as error:
        raise ScriptTooSlow(_describe(error, seconds)) from error
    finally:
        is_over.set()
        watch.join()


def read_limit_seconds() -> float:
    """Return how long one execution may take, 0 for as long as it likes.

    Raises:
        UserError: The environment says something else than a number of seconds.

    Source:
        Ours.
    """
    text = os.environ.get(WATCHDOG_VARIABLE, "")
    if not text:
        return DEFAULT_SECONDS
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _MOST_SECONDS:
        raise UserError(f"{WATCHDOG_VARIABLE}: needs seconds from 0 to {_MOST_SECONDS:g}: {text!r}")
    return seconds


def _watch(runtime: ScriptRuntime, interval: float, is_over: Event) -> None:
    seen, looks = 0, 0
    while not is_over.wait(interval):
        number = runtime.under_way
        looks = looks + 1 if number and number == seen else 0
        seen = number
        if looks >= _LOOKS:
            # Once more at every look: it may be in a place that nothing can end.
            runtime.interrupt(number)


def _describe(error: ScriptOverran, seconds: float) -> str:
    where = ", ".join(f"{name} {value}" for name, value in error.values.items())
    return (
        f"{where}: ran for longer than {seconds:g} seconds of real time, and no limit of the chain "
        "ended it; what a chain does must not depend on the clock, so the run was stopped. "
        f"{WATCHDOG_VARIABLE} sets another limit, 0 none"
    )
