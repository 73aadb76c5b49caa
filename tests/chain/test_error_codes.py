"""Every error code that the chain can raise is asked for by some test."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHAIN = ROOT / "chain"
TESTS = ROOT / "tests"

ERRORS = {
    "ConservationBreach",
    "InvalidBeaconBlock",
    "InvalidBlock",
    "InvalidOperation",
    "InvalidProof",
    "InvalidShardBlock",
    "MalformedEncoding",
    "ScriptFault",
}
"""All but InvalidScript, whose codes are a table that has its own tests."""


def get_raised(path: Path) -> Iterator[tuple[str, ast.expr]]:
    """Yield the error and the first argument of every raise in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            name = ast.unparse(node.exc.func)
            if name in ERRORS:
                yield name, node.exc.args[0]


def get_codes() -> set[tuple[str, str]]:
    """Return all codes, with the files they are raised in."""
    codes: set[tuple[str, str]] = set()
    for path in sorted(CHAIN.rglob("*.py")):
        for _, code in get_raised(path):
            if isinstance(code, ast.Constant):
                codes.add((path.relative_to(ROOT).as_posix(), str(code.value)))
    return codes


def get_mentioned() -> set[str]:
    """Return every string that a test compares with, or is parametrized with."""
    return {
        node.value
        for path in sorted(TESTS.rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


MENTIONED = get_mentioned()


def is_mentioned(file: str, code: str) -> bool:
    """Tell whether a test names a code; a script's fault is named by its outcome too."""
    return code in MENTIONED or (file.startswith("chain/eei/") and f"trapped:{code}" in MENTIONED)


def test_error_codes_are_asked_for_by_tests() -> None:
    codes = get_codes()

    assert len(codes) > 50
    assert sorted(code for code in codes if not is_mentioned(*code)) == []


def test_proof_codes_of_claims_are_asked_for_by_a_test() -> None:
    """A claim raises the codes of its proof behind ``proof_``."""
    codes = {code for file, code in get_codes() if file in {"chain/merkle.py", "chain/receipts.py"}}

    assert codes
    assert {f"proof_{code}" for code in codes} <= MENTIONED


def test_computed_codes_are_the_ones_we_know() -> None:
    """Whoever passes an error's code on is listed here, so that none escapes the test above."""
    computed = {
        (path.relative_to(ROOT).as_posix(), ast.unparse(code))
        for path in sorted(CHAIN.rglob("*.py"))
        for _, code in get_raised(path)
        if not isinstance(code, ast.Constant)
    }

    assert {file for file, _ in computed if not file.startswith("chain/eei/")} == {
        "chain/beacon.py",
        "chain/operations/claims.py",
    }


def test_codes_are_snake_case_and_stay_within_one_line() -> None:
    codes = {code for _, code in get_codes()}

    assert all(code.isidentifier() and code == code.lower() for code in codes)
