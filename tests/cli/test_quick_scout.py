"""``shardlab scout FILE...`` does the same with Typer and without it, and sooner without."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from simulator.cli import main
from simulator.cli.quick import QuickScout, parse_quick_scout
from tests.helpers.cli import Outcome, shardlab
from tests.helpers.processes import get_unmeasured_environment

SCOUT = Path(__file__).parents[2] / "scenarios" / "scout"
PASSING = str(SCOUT / "helloworld.yaml")

UNNEEDED = [
    "chain.bls",
    "chain.eei.dispatch",
    "chain.eei.preparing",
    "chain.eei.table",
    "chain.encoding",
    "chain.wasm.decode",
    "eth_hash",
    "importlib.metadata",
    "networkx",
    "pydantic",
    "rich",
    "sqlite3",
    "ssz",
    "trie",
    "typer",
]


@pytest.fixture
def differing(tmp_path: Path) -> str:
    text = Path(PASSING).read_text(encoding="utf-8")
    path = tmp_path / "differing.yaml"
    head, post = text.replace("../scripts", str(SCOUT.parent / "scripts")).split(
        "shard_post_state:"
    )
    digits = post.index('"') + 1
    flipped = "1" if post[digits] == "0" else "0"
    path.write_text(
        f"{head}shard_post_state:{post[:digits]}{flipped}{post[digits + 1 :]}", encoding="utf-8"
    )
    return str(path)


def run_main(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> Outcome:
    try:
        main(arguments)
        status = 0
    except SystemExit as ended:
        status = int(ended.code or 0)
    streams = capsys.readouterr()
    return Outcome(status, streams.out, streams.err)


@pytest.mark.parametrize("flags", [[], ["--json"], ["--strict"], ["--strict", "--json"]])
def test_scout_without_typer_does_the_same(
    flags: list[str], differing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["scout", PASSING, *flags, differing, "absent.yaml", str(SCOUT / "deposits.yaml")]
    assert parse_quick_scout(arguments) is not None

    quick = run_main(arguments, capsys)

    assert quick == shardlab(*arguments)
    assert quick.status == 2
    assert "absent.yaml" in quick.stderr


@pytest.mark.parametrize(("chosen", "status"), [("passing", 0), ("differing", 1)])
def test_scout_without_typer_ends_with_the_same_status(
    chosen: str, status: int, differing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["scout", PASSING if chosen == "passing" else differing]

    assert run_main(arguments, capsys).status == shardlab(*arguments).status == status


def test_parse_quick_scout_takes_files_and_flags_in_any_order() -> None:
    parsed = parse_quick_scout(["scout", "--json", "a.yaml", "--strict", "b.yaml"])

    assert parsed == QuickScout((Path("a.yaml"), Path("b.yaml")), is_strict=True, as_json=True)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["scout"],
        ["scout", "--json"],
        ["scout", "--help"],
        ["scout", "a.yaml", "--help"],
        ["scout", "a.yaml", "--jason"],
        ["scout", "a.yaml", "--unsaved", "keep"],
        ["scout", "a.yaml", "--unsaved=keep"],
        ["scout", "--", "--json"],
        ["--version"],
        ["run", "a.yaml"],
    ],
    ids=" ".join,
)
def test_parse_quick_scout_leaves_the_rest_to_typer(arguments: list[str]) -> None:
    assert parse_quick_scout(arguments) is None


def test_scout_of_compiled_scripts_imports_only_what_it_needs(tmp_path: Path) -> None:
    """A timed test would only be noise; ``tests/benchmarks/test_start.py`` measures."""
    program = (
        "import sys\nfrom simulator.cli import main\n"
        f"main(['scout', {PASSING!r}])\n"
        f"sys.stderr.write(' '.join(name for name in {UNNEEDED} if name in sys.modules))"
    )

    def run() -> str:
        return subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", program],
            env={**get_unmeasured_environment(), "SHARDLAB_CACHE": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=True,
        ).stderr

    assert "chain.wasm.decode" in run()
    assert run() == ""
