"""docs/error-codes.md: every outcome and every code, read from the code that raises it."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chain.eei import LIMIT_OUTCOMES, RETURNED, TRAP_CODES
from chain.errors import (
    ConservationBreach,
    InvalidBeaconBlock,
    InvalidBlock,
    InvalidOperation,
    InvalidProof,
    InvalidShardBlock,
    MalformedEncoding,
    ScriptOverran,
    ShardlabError,
)
from chain.wasm import RULES
from simulator.manager.rules import InvalidManagerOperation
from tests.helpers.markdown import GENERATED, join_parts, render_table, to_markdown

PROJECT: Final = Path(__file__).resolve().parents[2]

_INTRO: Final = """\
# Outcomes and error codes

Whatever can be refused has a code that does not change: events carry it, `shardlab follow` and the
report show it, and tests match it. Behind a code stand the values that were compared.

Where does a code come from? A *script* ends with an [outcome](#outcomes-of-scripts). A *module*
that breaks [a rule](#rules-of-scripts) never becomes a script. *Operations* and *blocks* are judged
by the chain; an operation's code becomes the block's where the block has to pay for it. Users of
`deposit_manager` are refused by [its rules](#deposit-manager) before a relayer packs anything.

To see the codes of a run, ask its database:

```sql
SELECT json_extract(details, '$.reason') AS code, count(*) FROM events
WHERE kind IN ('shard_block_rejected', 'beacon_block_rejected') GROUP BY code;
```

The tables name the module that judges: there the rule stands, with its source.
"""

_OUTCOMES: Final = """\
## Outcomes of scripts

Only `returned` has effects. All other outcomes leave the state as it was, and a shard block
that leads to one is invalid as a whole: `script_failed`, with the outcome beside it.
"""

_RULES: Final = """\
## Rules of scripts

`shardlab validate` and every placement report the first broken rule and its byte offset. What each
rule asks is on [its own page](validation-rules.md). The codes:
"""

_DROPPED: Final = """\
## Dropped calls

A relayer drops a call with the code of the block that was refused, or of why the script cannot be
called; `script_failed` then has the outcome behind it, as in `script_failed:out_of_fuel`. One code
is the relayer's own:
"""

NOOP: Final = "noop"
_NOOP_MEANING: Final = "The block was accepted, and did nothing but mark its script as bad."

SECTIONS: Final[Mapping[type[ShardlabError], tuple[str, str]]] = {
    InvalidOperation: (
        "Operations",
        "What it costs, the operation or the whole beacon block, is up to the place of validation.",
    ),
    InvalidBeaconBlock: ("Beacon blocks", "Refused as a whole; the slot stays empty."),
    InvalidShardBlock: (
        "Shard blocks",
        "Refused as a whole; the shard's state stays as it was.",
    ),
    InvalidBlock: ("Blocks of either chain", "What can befall both."),
    InvalidProof: (
        "Proofs",
        "A Merkle branch, a witness or a multiproof does not lead where it claims to.",
    ),
    MalformedEncoding: ("Encodings", "Bytes that are not what they should be."),
    InvalidManagerOperation: (
        "Deposit manager",
        "What the script would trap on. A relayer refuses it, and the transfer is `rejected`.",
    ),
    ScriptOverran: (
        "Real time",
        "The run stops: what a chain does must not depend on the clock.",
    ),
    ConservationBreach: ("The books", "The run stops: it is a bug of ours."),
}
"""Heading and introduction of each kind of error whose codes are read from the code."""

TYPE_CHECK: Final = "type_check"
"""The rule that the engine judges by, after all of ours."""

MEANINGS: Final[Mapping[str, str]] = {
    "address_taken": "Another public key has the account's entry.",
    "already_claimed": "What was paid out before.",
    "bond_not_covered": "Somebody whose balance does not cover what is to be locked.",
    "challenger_off_duty": "An objection by somebody who is not an active validator.",
    "eth_not_conserved": "Balances and burned fees do not add up to the ETH at genesis.",
    "insufficient_balance": "More than the account has.",
    "malformed_block": "Bytes that are not the encoding of a signed block; `reason` says why.",
    "malformed_multiproof": "A multiproof that cannot be read, or whose keys or values have other "
    "sizes than the tree's.",
    "malformed_vote": "A vote that is neither yes nor no.",
    "malformed_witness": "A key or a number of siblings that does not fit the tree.",
    "message_number": "A message number that the boxes have no place for.",
    "netting_expires": "A netted transfer with an expiry: it counts at once and for good.",
    "no_account": "A sender who has no account on this shard.",
    "no_active_validators": "An epoch in which nobody is on duty.",
    "not_canonical": "Bytes that decode, but are not the one encoding of what they decode to.",
    "not_on_committee": "A vote by somebody who has no seat for this script.",
    "not_ssz": "Bytes that are not SSZ of the expected container.",
    "not_wat": "Text that is not WebAssembly's text format.",
    "other_script": "A receipt that names another script.",
    "overflow": "A sum of 2**64 Gwei or more.",
    "overran": "A script that the watchdog ended; no limit of the chain had.",
    "position_out_of_range": "An element that the list cannot have.",
    "proof_*": "The deposit's proof fails; behind `proof_` stands a [proof's code](#proofs).",
    "report_not_expected": "A vote or a challenge under a place of validation that asks for none.",
    "reserve_exhausted": "Unproven credits beyond the reserve that is locked for them.",
    "row_fell": "A row that proves less than was proven before.",
    "same_shard": "A message to the shard that it is on.",
    "script_called_back": "A deposit of a script that a challenge brought down.",
    "script_failed": "A script that did not return; `outcome` says [how](#outcomes-of-scripts).",
    "script_invalid": "Code that breaks the [rule](#rules-of-scripts) named beside it.",
    "script_marked_invalid": "A call of a script that is known to be bad.",
    "script_pending": "A deposit of a script that can still be challenged.",
    "signature": "A signature that is not the account's over this operation.",
    "slot_taken": "A second block for a slot.",
    "state_not_visible": "A proof against a beacon state that the judge cannot look up.",
    "unknown_script": "A script that is not registered.",
    "unknown_selector": "An operation that does not exist.",
    "unknown_shard": "A shard that does not exist.",
    "vote_not_open": "A vote about a script on which no vote is open.",
    "voted_already": "A second vote of the same member.",
    "window_closed": "An objection after the time for objections.",
    "wrong_branch_length": "More or fewer siblings than the position is deep.",
    "wrong_nonce": "A nonce that is not the account's next.",
    "wrong_shard": "Something that names another shard.",
    "wrong_size": "More or fewer bytes than the parts need.",
    "wrong_slot": "Something made or signed for another slot.",
    "zero_amount": "An amount of nothing.",
}
"""What codes mean where the function that raises one does more than judge by it."""


@dataclass(frozen=True, slots=True, order=True)
class CodeSite:
    """One place that raises an error.

    Attributes:
        kind: Name of the error's class.
        code: The code, with ``*`` for a part that only the run knows.
        module: Path of the module in the project.
        sentence: What it refuses, by its function's docstring; empty if that does not say.
        values: Names of the compared values.
    """

    kind: str
    code: str
    module: str
    sentence: str
    values: tuple[str, ...]


def render_error_codes_page() -> str:
    """Render docs/error-codes.md from the tables of outcomes and from what raises errors."""
    success = "`main` returned and saved a post state, or the config asks for none."
    traps = {f"trapped:{code}": sentence for code, sentence in TRAP_CODES.items()}
    outcomes = {RETURNED: success, **LIMIT_OUTCOMES, **traps}
    rows = [[f"`{code}`", sentence] for code, sentence in outcomes.items()]
    rules = ", ".join(f"`{code}`" for code in sorted({*RULES, TYPE_CHECK}))
    parts = [GENERATED, _INTRO, _OUTCOMES, render_table(["outcome", "meaning"], rows)]
    sites = sorted(set(find_code_sites()))
    for kind, (heading, intro) in SECTIONS.items():
        parts.extend([f"## {heading}", intro, _render_kind(kind.__name__, sites)])
    dropped = render_table(["code", "meaning"], [[f"`{NOOP}`", _NOOP_MEANING]])
    return join_parts([*parts, _DROPPED, dropped, _RULES, f"{rules}."])


def _render_kind(kind: str, sites: Sequence[CodeSite]) -> str:
    judges: dict[tuple[str, str, str], list[str]] = {}
    for site in sites:
        if site.kind == kind:
            values = ", ".join(f"`{name}`" for name in site.values)
            modules = judges.setdefault((site.code, describe(site), values), [])
            modules.append(f"`{site.module}`")
    rows = [
        [f"`{code}`", sentence, values, ", ".join(dict.fromkeys(modules))]
        for (code, sentence, values), modules in judges.items()
    ]
    return render_table(["code", "what is refused", "compared", "judged in"], rows)


def describe(site: CodeSite) -> str:
    """Return what a code means where it is raised; nothing if nobody says."""
    sentence = MEANINGS.get(site.code, site.sentence)
    return to_markdown(sentence[:1].upper() + sentence[1:])


def find_code_sites() -> Iterator[CodeSite]:
    """Yield every place in the two packages that names a code."""
    kinds = {kind.__name__ for kind in SECTIONS}
    for folder in ("chain", "simulator"):
        for path in sorted((PROJECT / folder).rglob("*.py")):
            module = path.relative_to(PROJECT).as_posix()
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for call, function in _walk_calls(tree, None):
                if function and isinstance(call.func, ast.Name) and call.func.id in kinds:
                    yield from _read_site(call, call.func.id, module, function)


def _walk_calls(
    node: ast.AST, function: ast.FunctionDef | None
) -> Iterator[tuple[ast.Call, ast.FunctionDef | None]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, function
        inside = child if isinstance(child, ast.FunctionDef) else function
        yield from _walk_calls(child, inside)


def _read_site(
    call: ast.Call, kind: str, module: str, function: ast.FunctionDef
) -> Iterator[CodeSite]:
    code = _read_code(call.args[0]) if call.args else ""
    # An error that passes another's code on has none of its own.
    if code:
        sentence = (ast.get_docstring(function) or "").partition("\n\n")[0]
        refused = sentence.removeprefix("Refuse ") if sentence.startswith("Refuse ") else ""
        values = tuple(keyword.arg for keyword in call.keywords if keyword.arg)
        yield CodeSite(kind, code, module, refused, values)


def _read_code(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(code)):
            return code
        case ast.JoinedStr(values=parts):
            return "".join(
                str(part.value) if isinstance(part, ast.Constant) else "*" for part in parts
            )
        case _:
            return ""
