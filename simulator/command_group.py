"""What all commands have in common: how they end, and how errors are told.

Source:
    Ours.
"""

from typing import Any, Final, NoReturn

import typer
from typer.core import TyperGroup

from simulator.guarded_output import OutputRefused, drop_output, guard_output

EXIT_FAILED: Final = 1
EXIT_UNUSABLE: Final = 2
EXIT_CRASHED: Final = 70
EXIT_INTERRUPTED: Final = 130
EXIT_PIPE_CLOSED: Final = 141
"""What a shell says of any program whose reader, such as ``head``, has seen enough."""


class CommandGroup(TyperGroup):
    """Turns the errors that users can cause into messages."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - click's signature
        """Parse the command line, which already prints for ``--help`` and ``--version``."""
        try:
            with guard_output():
                return super().make_context(*arguments, **options)
        except OutputRefused as refused:
            _end_without_output(refused)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - click's signature
        """Run a command."""
        from chain.errors import ConservationBreach  # noqa: PLC0415 - after --help
        from simulator.errors import UserError  # noqa: PLC0415 - after --help

        try:
            with guard_output():
                return super().invoke(ctx)
        except OutputRefused as refused:
            _end_without_output(refused)
        except UserError as error:
            for line in str(error).splitlines():
                typer.echo(f"error: {line}", err=True)
            raise typer.Exit(EXIT_UNUSABLE) from None
        except ConservationBreach as error:
            typer.echo(f"error: ETH is not conserved, the run was stopped: {error}", err=True)
            raise typer.Exit(EXIT_FAILED) from None
        except KeyboardInterrupt:
            typer.echo("interrupted", err=True)
            raise typer.Exit(EXIT_INTERRUPTED) from None


def _end_without_output(refused: OutputRefused) -> NoReturn:
    """Say why there is no output, unless its reader does not want any."""
    drop_output()
    if refused.is_unwanted:
        raise typer.Exit(EXIT_PIPE_CLOSED) from None
    typer.echo(f"error: {refused}", err=True)
    raise typer.Exit(EXIT_UNUSABLE) from None
