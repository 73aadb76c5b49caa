"""What users can get wrong.

::

    UserError                what was given cannot be used: exit status 2
    +-- ScenarioError        a scenario file, with every problem at once
    +-- ScoutFileError       a Scout file
    +-- RunFolderError       a run folder or its database
    |   +-- RunComplete      a run that needs no resuming
    +-- WorkerDied           a process that the run needed was killed
    +-- ScriptTooSlow        a script that took more real time than it may
"""

from collections.abc import Sequence
from typing import Final

from chain.errors import ShardlabError
from simulator.printable import make_printable

MAX_PROBLEMS: Final = 100


class UserError(ShardlabError):
    """Input that cannot be used; the message names it and says what to do."""

    def __init__(self, message: str) -> None:
        """Keep a message for people."""
        super().__init__("unusable_input")
        self.message = message

    def __str__(self) -> str:
        """Return the message alone."""
        return self.message


class ScenarioError(UserError):
    """A scenario that cannot be run.

    Attributes:
        problems: One line each, ``file:line: key: what is wrong``; not more than anybody reads.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the problems found, each as one line that no name in it can break up."""
        shown = map(make_printable, problems[:MAX_PROBLEMS])
        more = ["there are more problems"] if len(problems) > MAX_PROBLEMS else []
        self.problems = (*shown, *more)
        super().__init__("\n".join(self.problems))


class ScoutFileError(UserError):
    """A Scout test file that cannot be run."""


class RunFolderError(UserError):
    """A run folder that cannot be written, or holds no run that can be read."""


class RunComplete(RunFolderError):
    """A run that was to go on and has reached its end."""


class WorkerDied(UserError):
    """A process that somebody, or the system, killed while the run needed it."""


class ScriptTooSlow(UserError):
    """A script that the watchdog ended within a chain, so that the run cannot go on."""
