"""What is printed for a terminal neither steers it nor poses as markup."""

import io
import json

import pytest
from rich.text import Text

from simulator.printable import make_printable, mask_unprintable
from simulator.terminal import print_json
from simulator.terminal.formats import CleanConsole, start_table

HOSTILE = "a\x1b[31m\x9b2J\x07\u202e[red]:bomb:[/]\x85b"


@pytest.mark.parametrize("width", [80, 12])
def test_clean_console_text_and_table_hold_no_control_characters(width: int) -> None:
    output = io.StringIO()
    console = CleanConsole(output, width=width)
    table = start_table()
    table.add_column(HOSTILE)
    table.add_row(HOSTILE)
    for item in (Text(HOSTILE, style="bold"), HOSTILE, table):
        console.print(item)
    assert all(each.isprintable() or each == "\n" for each in output.getvalue())


def test_clean_console_takes_no_text_for_markup() -> None:
    output = io.StringIO()
    CleanConsole(output, width=80).print("[red]x[/] :bomb:")
    assert output.getvalue() == "[red]x[/] :bomb:\n"


def test_clean_console_keeps_its_own_colours() -> None:
    output = io.StringIO()
    CleanConsole(output, force_terminal=True, color_system="standard").print(
        Text("x\x1b[2J", style="red")
    )
    assert output.getvalue() == "\x1b[31mx\N{REPLACEMENT CHARACTER}[2J\x1b[0m\n"


def test_print_json_escapes_what_steers_and_keeps_the_rest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = "\x9b\u202e\ud800\x7f\U000e0041 \u00e9\U0001f600"
    print_json({"name": name})
    text = capsys.readouterr().out
    assert json.loads(text)["name"] == name
    assert "\u00e9\U0001f600" in text
    assert text.replace("\n", "").isprintable()


def test_make_printable_is_one_line() -> None:
    assert make_printable("a\nb\x1b") == r"a\nb\x1b"


def test_mask_unprintable_keeps_the_length() -> None:
    assert mask_unprintable("a\x1bb") == "a\N{REPLACEMENT CHARACTER}b"
