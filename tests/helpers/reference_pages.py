"""The reference pages under docs/, rendered from what the program itself goes by."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from chain.eei import LIMIT_OUTCOMES, RETURNED, TRAP_CODES, render_host_functions
from chain.wasm import (
    CONTRACT_LIMITS,
    DECODABLE_FEATURES,
    ENGINE_LIMITS,
    RULES,
    RuleKind,
    ScriptLimits,
)
from tests.helpers.error_codes_page import render_error_codes_page
from tests.helpers.markdown import GENERATED, join_parts, render_table
from tests.helpers.scenario_page import render_scenario_page

# --- the host functions -------------------------------------------------------------------

_EEI_INTRO: Final = """\
# The host functions

What a script can import. A script exports `main`, without parameters, and `memory`. Every block
runs in a fresh instance, so nothing but the 32 bytes of state survives.

- Pointers and lengths are unsigned 32-bit numbers; a parameter without a type is an `i32`.
- `in` marks memory that the host reads, `out` memory that it writes.
- Every function has a second spelling in module `env`, for toolchains that know only that one.
- Fuel is what a call costs beyond the instruction itself: a price per call, and for ranges whose
  size is an argument a price per byte.
- The host judges a call in a fixed order, so that every node names the same fault: no calls while
  a start function runs, then the arguments by themselves, then every memory range in full, then
  the price, then what the bytes say. Only then does a byte move into memory.
- `abort` ends a script at any time, also while a start function runs. Its price must be there as
  fuel, and is not taken.

The tables come from `chain/eei/table.py`, which also links the functions.
"""

_EEI_OUTCOMES: Final = """\
## Outcomes

An execution ends with one outcome. Only `returned` has effects: a new state and deposits. All
others leave the pre-state, and a shard block that leads to one is invalid as a whole.
"""


def render_eei_page() -> str:
    """Render docs/eei.md from the table of host functions."""
    success = "`main` returned and saved a post state, or the config asks for none."
    outcomes = [
        [f"`{code}`", sentence] for code, sentence in {RETURNED: success, **LIMIT_OUTCOMES}.items()
    ]
    traps = [[f"`{code}`", sentence] for code, sentence in TRAP_CODES.items()]
    functions = render_host_functions().replace("\n### ", "\n## ").removeprefix("### ")
    return join_parts(
        [
            GENERATED,
            _EEI_INTRO,
            f"## {functions}",
            _EEI_OUTCOMES,
            render_table(["outcome", "meaning"], outcomes),
            "All other outcomes are `trapped:` and one of these codes:",
            render_table(["code", "meaning"], traps),
        ]
    )


# --- the rules of scripts -----------------------------------------------------------------

_RULES_INTRO: Final = """\
# The rules of scripts

What `shardlab validate` checks, and what every placement means by validating a script. A broken
rule is reported with its code and a byte offset into the module.

There are two profiles. `strict` is the contract interface: WebAssembly 1.0 without floats,
exactly the exports `main` and `memory`, no start function. `scout` takes whatever toolchains
made for Scout: floats, a start function that calls no host function, more exports, and these
additions to WebAssembly 1.0:
{features}.
`validation.features` in a scenario lets them into `strict` one by one. All other additions are
refused by name under both profiles.

The first broken rule is the one reported, and the order is fixed, so that every node names the
same one:

1. the size of the code;
2. the sections in file order, each from its first byte to its last. Where one byte breaks several
   rules, unknown comes before float, float before feature, and feature before limit;
3. after the import, export and start sections the interface rules of their entries, in order;
4. after the last section what only the whole file shows: missing bodies or data, missing exports,
   host functions that the start function reaches;
5. operand types, by the engine's own checker: `type_check`, at the offset that it names, or 0.

A valid script can still be refused when it is first run: [`too_complex`](eei.md#outcomes)
bounds the work of compiling it.
"""

_KIND_INTROS: Final = {
    RuleKind.MALFORMED: "No profile and no engine accepts a module that breaks one of these.",
    RuleKind.FEATURE: "Additions to WebAssembly 1.0 that the profile does not allow.",
    RuleKind.PROFILE: "What the profile asks of a script. Floats, extra exports and start "
    "functions break a rule under `strict` only; a start function that reaches the host does "
    "so under `scout`.",
    RuleKind.LIMIT: "There is too much of something; the numbers are below.",
}

_LIMITS_INTRO: Final = """\
## Numbers

Under `strict`, the size of the code and of the memory follow the run's config
(`chain.max_code_bytes`, `chain.execution.max_memory_pages`). `shardlab validate` uses the numbers
here.
"""


def render_rules_page() -> str:
    """Render docs/validation-rules.md from the catalogue of rules."""
    features = ", ".join(f"`{feature}`" for feature in sorted(DECODABLE_FEATURES))
    parts = [GENERATED, _RULES_INTRO.format(features=features)]
    for kind in RuleKind:
        rows = [
            [f"`{code}`", rule.sentence, rule.offset]
            for code, rule in RULES.items()
            if rule.kind is kind
        ]
        table = render_table(["code", "the rule", "reported at"], rows)
        parts.extend([f"## {kind.capitalize()}", _KIND_INTROS[kind], table])
    return join_parts([*parts, _LIMITS_INTRO, _render_limits()])


def _render_limits() -> str:
    scout, strict = asdict(ENGINE_LIMITS), asdict(CONTRACT_LIMITS)
    meanings = _read_attributes(ScriptLimits)
    rows = [
        [f"`{name}`", f"{strict[name]:,}", f"{scout[name]:,}", meanings[name]] for name in strict
    ]
    return render_table(["limit", "`strict`", "`scout`", "of what"], rows)


def _read_attributes(kind: type) -> dict[str, str]:
    """Return what a dataclass's docstring says about its attributes."""
    text = (kind.__doc__ or "").partition("Attributes:\n")[2]
    meanings: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith(" " * 12):
            meanings[name] += f" {line.strip()}"
        elif line.strip():
            name, _, meaning = line.strip().partition(": ")
            meanings[name] = meaning
    return meanings


REFERENCE_PAGES: Final[Mapping[Path, Callable[[], str]]] = {
    Path("docs/eei.md"): render_eei_page,
    Path("docs/error-codes.md"): render_error_codes_page,
    Path("docs/scenario.md"): render_scenario_page,
    Path("docs/validation-rules.md"): render_rules_page,
}
"""Generated pages, relative to the project."""
