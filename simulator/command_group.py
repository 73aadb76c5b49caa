"""What all commands have in common: how they end, and how errors are told.

Source:
    Ours.
"""

import sys
from typing import Any, Final

import typer
from typer.core import TyperGroup

EXIT_FAILED: Final = 1
EXIT_UNUSABLE: Final = 2
EXIT_CRASHED: Final = 70
EXIT_INTERRUPTED: Final = 130


class CommandGroup(TyperGroup):
    """Turns the errors that users can cause into messages."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - click's signature
        """Run a command."""
        from chain.errors import ConservationBreach  # noqa: PLC0415 - after --help
        from simulator.errors import UserError  # noqa: PLC0415 - after --help

        try:
            return super().invoke(ctx)
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
        except BrokenPipeError:
            # Whoever reads us has seen enough; keep Python from complaining at exit.
            sys.stdout = None
            raise typer.Exit(EXIT_FAILED) from None
