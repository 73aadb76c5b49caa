"""The parts of the screen: what the state says, in lines of a given width.

Source:
    Ours.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from rich.segment import Segment

from simulator.costs import Role
from simulator.live.lanes import Outcome
from simulator.live.lines import (
    ACCENT,
    BAD,
    BOLD,
    DIM,
    GOOD,
    OUTCOME_STYLES,
    PLAIN,
    Glyphs,
    Line,
    clean,
    draw_bar,
    draw_cells,
    draw_heading,
    fit,
    flow,
    format_eth,
    spread,
)
from simulator.live.notes import Tone
from simulator.live.pace import Pace
from simulator.live.state import LiveState
from simulator.wording import name_things

_LABEL_WIDTH: Final = 10
_MOST_CELL_WIDTH: Final = 2
_TONES: Final = {Tone.GOOD: GOOD, Tone.PLAIN: PLAIN, Tone.BAD: BAD}
_PAYING: Final = tuple(role for role in Role if role is not Role.LIGHT_CLIENT)
_ROLE_WIDTH: Final = 15
_SECONDS_WIDTH: Final = 12
_LEGEND: Final = {
    Outcome.RAN: "ran",
    Outcome.DEPOSITS: "deposits",
    Outcome.NOOP: "no-op",
    Outcome.CALLED_BACK: "called back",
    Outcome.REFUSED: "refused",
}


def draw_header(state: LiveState, pace: Pace, width: int, glyphs: Glyphs) -> list[Line]:
    """Draw what runs, and how far it is."""
    count = f"slot {state.slot:,} of {state.slots:,}"
    title = [Segment(clean(state.title), BOLD)]
    return [
        spread(title, [Segment(count, ACCENT)], width),
        _draw_speed(state, pace, width, glyphs),
    ]


def _draw_speed(state: LiveState, pace: Pace, width: int, glyphs: Glyphs) -> Line:
    speed, left = pace.slots_per_second, pace.seconds_left
    words = "starting" if left is None else f"{speed:,.1f} slots/s, {_format_time(left)} left"
    bar = draw_bar(state.slot, state.slots, max(1, width - len(words) - 2), glyphs)
    return fit([*bar, Segment(f"  {words}", DIM)], width)


def _format_time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def draw_chains(state: LiveState, rows: int, width: int, glyphs: Glyphs) -> list[Line]:
    """Draw the lanes of all chains, the last slots that fit.

    Args:
        state: What happened.
        rows: The most rows for shards.
        width: Of a line.
        glyphs: Symbols.
    """
    room = max(1, width - _LABEL_WIDTH)
    cell_width = max(1, min(_MOST_CELL_WIDTH, room // max(1, state.slots)))
    last = max(1, state.slot)
    first = max(1, last - room // cell_width + 1)
    lines = [draw_heading(f"Chains, slots {first:,} to {last:,}", width, glyphs)]
    for lane in state.lanes.read(first, last, rows):
        # Of a slot that is not over, nothing is known yet.
        cells = lane.cells if state.slot else b""
        label = Segment(lane.label.rjust(_LABEL_WIDTH - 1) + " ", DIM)
        lines.append([label, *draw_cells(cells, cell_width, glyphs)])
    return [*lines, _draw_legend(width, glyphs)]


def _draw_legend(width: int, glyphs: Glyphs) -> Line:
    line: Line = []
    for outcome, words in _LEGEND.items():
        line.append(Segment(glyphs.cells[outcome], OUTCOME_STYLES[outcome]))
        line.append(Segment(f" {words}  ", DIM))
    indent = min(_LABEL_WIDTH, max(0, width - Segment.get_line_length(line)))
    return [Segment(" " * indent), *line]


def draw_deposits(state: LiveState, rows: int, width: int, glyphs: Glyphs) -> list[Line]:
    """Draw how many deposits are where, and the oldest of those on their way.

    Args:
        state: What happened.
        rows: How many of the oldest.
        width: Of a line.
        glyphs: Symbols.
    """
    deposits = state.deposits
    counts = (
        ("in flight", f"{deposits.in_flight:,}"),
        ("asked for", f"{deposits.created:,}"),
        ("settled", f"{deposits.settled:,}"),
        ("failed", f"{deposits.failed:,}"),
    )
    steps = [(step, f"{count:,}") for step, count in deposits.count_steps().items()]
    return [
        draw_heading("Deposits", width, glyphs),
        *flow(counts, width),
        *(flow(steps, width) or [[Segment("none on its way", DIM)]]),
        *_draw_oldest(state, rows, glyphs),
    ]


def _draw_oldest(state: LiveState, rows: int, glyphs: Glyphs) -> list[Line]:
    lines = []
    for deposit in state.deposits.find_oldest(rows):
        created = deposit.created
        way = f"{created.from_shard} {glyphs.arrow} {created.to_shard}"
        slots = state.slot - created.slot
        age = f"{slots:,} {name_things(slots, 'slot'):<5}"
        lines.append(
            [
                Segment(f"#{created.deposit:<4} ", DIM),
                Segment(f"{way:<8} ", ACCENT),
                Segment(f"{deposit.step:<11}", PLAIN),
                Segment(f"{age:>9}  ", BOLD),
                Segment(f"{format_eth(created.gwei)}, {created.route}", DIM),
            ]
        )
    return lines


def draw_costs(state: LiveState, rows: int, width: int, glyphs: Glyphs) -> list[Line]:
    """Draw what validating has cost so far, by role.

    Args:
        state: What happened.
        rows: How many lines there are: with enough, every role has one, and a bar.
        width: Of a line.
        glyphs: Symbols.
    """
    numbers = state.costs.compute()
    totals = (
        ("total", _format_seconds(numbers["costs.total_seconds"])),
        ("duplication", f"{numbers['costs.duplication']:,.1f}"),
        ("wasted", _format_seconds(numbers["costs.wasted_seconds"])),
    )
    seconds = {role: numbers[f"costs.{role}.seconds"] for role in Role}
    lines = [draw_heading("Costs, modelled", width, glyphs), *flow(totals, width)]
    if len(lines) + len(_PAYING) <= rows:
        return [*lines, *_draw_bars(seconds, width, glyphs)]
    paid = [(_name(role), _format_seconds(seconds[role])) for role in _PAYING if seconds[role]]
    return [*lines, *(flow(paid, width) or [[]])]


def _draw_bars(seconds: Mapping[Role, float], width: int, glyphs: Glyphs) -> Iterator[Line]:
    most = max(seconds.values())
    room = width - _ROLE_WIDTH - _SECONDS_WIDTH - 2
    for role in _PAYING:
        full = round(room * seconds[role] / most) if most else 0
        yield [
            Segment(f"{_name(role):<{_ROLE_WIDTH}} ", DIM),
            Segment(f"{_format_seconds(seconds[role]):>{_SECONDS_WIDTH}} "),
            Segment(glyphs.done * full, ACCENT),
        ]


def _name(role: Role) -> str:
    return role.replace("_", " ")


def _format_seconds(seconds: float) -> str:
    return f"{seconds:,.3f} s"


def draw_books(state: LiveState, width: int) -> Line:
    """Draw whether ETH is conserved, and where it is."""
    books = state.books
    if books is None:
        return [Segment("ETH", BOLD)]
    error = Segment(f"error {books.error:,} Gwei", BAD if books.error else GOOD)
    places = (
        ("total", format_eth(books.total_eth)),
        ("burned", format_eth(books.burned)),
        ("in flight", format_eth(books.in_flight)),
    )
    head = [Segment("ETH ", BOLD), error, Segment("   ")]
    [first, *_] = flow(places, width - Segment.get_line_length(head))
    return [*head, *first]


def draw_notes(state: LiveState, rows: int, width: int, glyphs: Glyphs) -> list[Line]:
    """Draw what stood out of late, the newest first."""
    lines = [draw_heading("Events", width, glyphs)]
    for note in state.notes.read_last(rows):
        when = Segment(f"slot {note.slot:<6,} ", DIM)
        lines.append([when, Segment(clean(note.describe()), _TONES[note.tone])])
    return lines
