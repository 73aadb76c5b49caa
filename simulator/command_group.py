"""What all commands have in common under Typer.

Source:
    Ours.
"""

from typing import Any

from typer.core import TyperGroup

from simulator.endings import EXIT_CRASHED, EXIT_FAILED, print_guarded, run_guarded


class CommandGroup(TyperGroup):
    """Turns the errors that users can cause into messages."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - click's signature
        """Parse the command line, which already prints for ``--help`` and ``--version``."""
        return print_guarded(lambda: super(CommandGroup, self).make_context(*arguments, **options))

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - click's signature
        """Run a command."""
        return run_guarded(lambda: super(CommandGroup, self).invoke(ctx))


__all__ = ["EXIT_CRASHED", "EXIT_FAILED", "CommandGroup"]
