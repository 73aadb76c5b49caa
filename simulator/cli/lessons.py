"""``shardlab lesson`` and ``shardlab assemble``.

Source:
    Ours.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()


@commands.command(epilog="Example: shardlab lesson 1")
def lesson(
    number: Annotated[int | None, typer.Argument(help="Which lesson; without it, a list.")] = None,
    *,
    page: Annotated[bool, typer.Option("--page", help="Write a page instead of talking.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="File of the page; by default lesson-NUMBER.html."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a file that is not a page of shardlab's.")
    ] = False,
    first_step: Annotated[
        int | None, typer.Option("--from", min=1, help="Begin with this step.")
    ] = None,
    pauses: Annotated[
        bool | None, typer.Option("--pause/--no-pause", help="Whether to wait for you.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Tell it with the numbers of another seed.")
    ] = None,
    copy: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Copy its scenario and scripts, to play with."),
    ] = None,
) -> None:
    """Tell a lesson: prose, a pause, the next slots, questions with answers."""
    from simulator.lessons import lecturing  # noqa: PLC0415 - after --help

    given = {
        "--page": page,
        "--out": out is not None,
        "--force": force,
        "--from": first_step is not None,
        "--pause" if pauses else "--no-pause": pauses is not None,
        "--seed": seed is not None,
        "--copy": copy is not None,
    }
    lecturing.validate_options(number, [option for option, is_given in given.items() if is_given])
    if number is None:
        lecturing.print_lessons()
    elif copy is not None:
        scenario = lecturing.copy(number, copy)
        typer.echo(f"{scenario} is ready; run it with: shardlab run {scenario}")
    elif page or out is not None:
        path = lecturing.write_page(number, out, seed, force=force)
        typer.echo(f"{path} is ready; open it in a browser.")
    else:
        can_answer = pauses is not False and sys.stdin.isatty() and sys.stdout.isatty()
        lecturing.perform(number, first_step or 1, seed, can_answer=can_answer)


@commands.command(epilog="Example: shardlab assemble adder.wat")
def assemble(
    source: Annotated[Path, typer.Argument(help="WebAssembly in its text format, a .wat file.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="By default beside it, as .wasm.")
    ] = None,
) -> None:
    """Turn WebAssembly text into a script."""
    from simulator.lessons.assembly import assemble_file  # noqa: PLC0415 - after --help

    target, size = assemble_file(source, out)
    typer.echo(f"{target}: {size:,} bytes; check it with: shardlab validate {target}")
