"""One table: it links, it is what imports are validated against, it is the documentation."""

import pytest

from chain.config import BlsBackend, ExecutionLimits
from chain.eei import HOST_FUNCTIONS, HOST_IMPORTS, HostFunction, render_host_functions
from chain.wasm import ANY_SIGNATURE, SCOUT_RULES, FunctionType, ValueType, validate_rules
from tests.helpers.wat import build_script, declare, run

I32, I64 = ValueType.I32, ValueType.I64

PROTOCOL = {
    "eth2": {
        "loadPreStateRoot": "i",
        "blockDataSize": "-> i",
        "blockDataCopy": "iii",
        "savePostStateRoot": "i",
        "pushNewDeposit": "ii",
        "useTicks": "i",
        "getShardId": "-> i",
        "getSlot": "-> l",
        "getEnv": "-> l",
        "loadBeaconStateRoot": "i",
        "getShardStateRoot": "ii -> i",
        "exposeModifiedState": "ii",
    },
    "debug": {
        "print32": "i",
        "print64": "l",
        "printMem": "ii",
        "printMemHex": "ii",
        "log": "ii",
        "mem": "ii",
        "startTimer": "",
        "endTimer": "",
    },
    "bignum": {
        "add256": "iii",
        "sub256": "iii",
        "mul256": "iii",
        "div256": "iii",
        "mulMod": "iiii",
        **{
            f"{prefix}_{name}": kinds
            for prefix in ("f1m", "frm")
            for name, kinds in (
                ("mul", "iii"),
                ("add", "iii"),
                ("sub", "iii"),
                ("square", "ii"),
                ("toMontgomery", "ii"),
                ("fromMontgomery", "ii"),
            )
        },
        "int_add": "iii -> i",
        "int_sub": "iii -> i",
        "int_mul": "iii",
        "int_div": "iiii",
    },
    "hash": {"keccak256": "iii", "sha256": "iii"},
    "bls": {"verify": "iiii -> i"},
    "ssz": {"merkleize": "iiii"},
}
"""The tables of PROTOCOL 5, written out once more: i is i32, l is i64."""


def parse(text: str) -> FunctionType:
    params, _, results = text.partition("-> ")
    kinds = {"i": I32, "l": I64}
    return FunctionType(
        tuple(kinds[each] for each in params.strip()), tuple(kinds[each] for each in results)
    )


def test_host_imports_hold_exactly_the_protocol_in_both_spellings() -> None:
    expected: dict[tuple[str, str], object] = {
        ("env", "eth2_debugPrintMem"): parse("ii"),
        ("env", "abort"): ANY_SIGNATURE,
    }
    for module, functions in PROTOCOL.items():
        for name, text in functions.items():
            expected[(module, name)] = expected[("env", f"{module}_{name}")] = parse(text)

    assert dict(HOST_IMPORTS) == expected


@pytest.mark.parametrize(
    ("row", "spelling"),
    [(row, spelling) for row in HOST_FUNCTIONS for spelling in row.spellings],
    ids=lambda each: ".".join(each) if isinstance(each, tuple) else "",
)
def test_every_spelling_of_every_row_links_and_validates(
    row: HostFunction, spelling: tuple[str, str]
) -> None:
    script = build_script("", imports=declare(row, spelling))

    validate_rules(script, SCOUT_RULES, HOST_IMPORTS)

    assert run(script).outcome == "returned"


@pytest.mark.parametrize("row", HOST_FUNCTIONS, ids=lambda row: row.label)
def test_markdown_lists_every_row(row: HostFunction) -> None:
    lines = render_host_functions().splitlines()

    (line,) = (each for each in lines if each.startswith(f"| `{row.module}` | `{row.name}("))

    assert row.summary in line
    assert all(f"`{module}.{field}`" in line for module, field in row.spellings[1:])


def test_markdown_shows_roles_sizes_and_prices() -> None:
    text = render_host_functions()

    assert (
        "| `eth2` | `blockDataCopy(pointer: out length bytes, offset, length)` | "
        "`env.eth2_blockDataCopy` | 1,000 + 1 a byte | " in text
    )
    assert "`merkleize(chunks_pointer: in count * 32 bytes, count, limit_log2, out: out" in text
    assert "`f1m_mul(a: in f1m element, b: in f1m element, out: out f1m element)`" in text
    assert "| `env` | `abort(...)` |  |" in text
    assert "10,000,000 (2,152 with insecure signatures) + 8 a byte" in text
    assert "`print64(number: i64)`" in text


def test_every_host_call_has_a_price() -> None:
    for backend in BlsBackend:
        limits = ExecutionLimits(bls=backend)
        assert all(row.compute_base_fuel(limits) >= 1_000 for row in HOST_FUNCTIONS)
