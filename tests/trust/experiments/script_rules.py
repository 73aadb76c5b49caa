"""The rules of scripts against wasmtime, which shares no code with them."""

from bisect import bisect_right
from functools import cache
from itertools import accumulate
from typing import Final

from tests.chain.wasm.corpus import ACCEPTED, BROKEN, SCOUT_SOURCES, STRICT_SOURCES
from tests.helpers.scripts import SCENARIOS
from tests.helpers.wasm_modules import assemble, build_wat
from tests.trust.experiment import Cases, Experiment, Section, Tally
from tests.trust.random_wasm.module import write_module
from tests.trust.script_rules import smith
from tests.trust.script_rules.bases import list_bases
from tests.trust.script_rules.examine import examine_module

_VALUES: Final = 255
"""Other values of a byte."""

_SMITH_BATCH: Final = 500

_FOUND_ABORT: Final = (
    "Scripts that import `env.abort` with references or vectors, or twice with two signatures, "
    "passed validation and could never be linked."
)

_SIDES: Final = (
    "Wasmtime validates and compiles with just the additions to WebAssembly that ours may use, "
    "once all of them and once without bulk memory, several values, references and vectors; "
    "the interface that a profile asks for is judged from what wasmtime reflects of a module "
    "and what docs/eei.md names."
)


@cache
def list_corpus() -> tuple[bytes, ...]:
    """Return the modules made by hand, and those that are shipped."""
    texts = (*STRICT_SOURCES.values(), *SCOUT_SOURCES.values())
    return (
        *(assemble(case.text).code for case in (*BROKEN, *ACCEPTED)),
        *(build_wat(text) for text in texts),
        *(path.read_bytes() for path in sorted(SCENARIOS.rglob("*.wasm"))),
    )


def examine_corpus(cases: Cases, tally: Tally) -> None:
    """Try modules made by hand."""
    modules = list_corpus()
    for number in cases:
        examine_module(modules[number], number, tally)


@cache
def _list_ends() -> tuple[int, ...]:
    """Return how many bytes the modules have up to the end of each."""
    return tuple(accumulate(len(code) for code in list_bases()))


def _find_byte(number: int) -> tuple[bytes, int]:
    """Return the module and the place of a byte among those of all modules."""
    ends = _list_ends()
    chosen = bisect_right(ends, number)
    code = list_bases()[chosen]
    return code, number - ends[chosen] + len(code)


def count_bytes() -> int:
    """Return how many bytes there are to truncate at."""
    return _list_ends()[-1]


def count_mutations() -> int:
    """Return how many modules differ from one of the twenty in a byte."""
    return count_bytes() * _VALUES


def examine_mutations(cases: Cases, tally: Tally) -> None:
    """Try each other value of each byte."""
    for number in cases:
        code, place = _find_byte(number // _VALUES)
        byte = (code[place] + 1 + number % _VALUES) % 256
        examine_module(code[:place] + bytes([byte]) + code[place + 1 :], number, tally)


def examine_truncations(cases: Cases, tally: Tally) -> None:
    """Try every size that is too small."""
    for number in cases:
        code, place = _find_byte(number)
        examine_module(code[:place], number, tally)


def examine_random(cases: Cases, tally: Tally) -> None:
    """Try modules of our own generator."""
    for number in cases:
        examine_module(write_module(cases.make_rng(number)), number, tally)


def examine_smith(cases: Cases, tally: Tally) -> None:
    """Try modules of somebody else's generator."""
    for start in range(0, len(cases), _SMITH_BATCH):
        numbers = cases.numbers[start : start + _SMITH_BATCH]
        requests = [smith.choose_request(cases.make_rng(number)) for number in numbers]
        modules = smith.make_modules(requests)
        for number, (flavour, _), code in zip(numbers, requests, modules, strict=True):
            is_valid = examine_module(code, number, tally)
            verdict = "valid" if is_valid else "refused"
            tally.count(f"made with {smith.FLAVOURS[flavour]}: {verdict}")


EXPERIMENTS: Final = (
    Experiment(
        name="script_rules_corpus",
        section=Section.ORACLES,
        claim="What ours calls valid compiles, and what wasmtime takes ours calls not malformed.",
        method=f"Modules made by hand, at least one for every rule, and all shipped. {_SIDES}",
        unit="modules",
        full=lambda: len(list_corpus()),
        quick=1_000,
        examine=examine_corpus,
        is_exhaustive=True,
    ),
    Experiment(
        name="script_rules_mutations",
        section=Section.ORACLES,
        claim="The same holds for modules with one wrong byte.",
        method="Every other value of every byte of twenty small modules, which have every kind of "
        f"section and every family of instructions. {_SIDES}",
        unit="modules",
        full=count_mutations,
        quick=16_500,
        examine=examine_mutations,
        is_exhaustive=True,
    ),
    Experiment(
        name="script_rules_truncations",
        section=Section.ORACLES,
        claim="The same holds for modules that end too early.",
        method=f"The same twenty modules, cut at every byte. {_SIDES}",
        unit="modules",
        full=count_bytes,
        quick=2_000,
        examine=examine_truncations,
        is_exhaustive=True,
    ),
    Experiment(
        name="script_rules_random",
        section=Section.ORACLES,
        claim="The same holds for random modules.",
        method="Modules of a generator of our own, which knows the instructions and their types "
        "from the specification: a third right in every byte, the others with a few mistakes in "
        f"indices, numbers, types, sizes, sections or instructions. {_SIDES}",
        unit="modules",
        full=100_000,
        quick=2_500,
        examine=examine_random,
        found=(_FOUND_ABORT,),
    ),
    Experiment(
        name="script_rules_smith",
        section=Section.ORACLES,
        claim="The same holds for modules of wasm-smith.",
        method="Modules of the crate with which wasmtime itself is tested: with few additions, "
        "with all that ours may use, with bodies of any bytes, and with everything there is. "
        f"{_SIDES}",
        unit="modules",
        full=100_000,
        quick=1_500,
        examine=examine_smith,
        find_obstacle=smith.find_obstacle,
    ),
)
