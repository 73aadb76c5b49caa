"""Small formats, and how runs and the stories of deposits are printed."""

import pytest

from chain.config import DEMO
from simulator.follow import FollowedDeposit
from simulator.metrics import Metrics
from simulator.runner import FinalStates, RunResult
from simulator.terminal import (
    format_gwei,
    format_number,
    print_deposit,
    print_deposits,
    print_result,
    shorten_address,
    shorten_root,
)
from tests.helpers.chain import build_genesis
from tests.helpers.events import step


@pytest.mark.parametrize(
    ("gwei", "text"),
    [
        (0, "0 ETH"),
        (1, "0.000000001 ETH"),
        (1_500_000_000, "1.5 ETH"),
        (32_000_000_000, "32 ETH"),
        (1_234_567 * 10**9 + 10, "1,234,567.00000001 ETH"),
    ],
)
def test_format_gwei_shows_eth_without_trailing_zeros(gwei: int, text: str) -> None:
    assert format_gwei(gwei) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234567, "1,234,567"), (2.0, "2"), (0.24617, "0.246"), (-1234.5, "-1,234.500")],
)
def test_format_number_separates_thousands(value: float, text: str) -> None:
    assert format_number(value) == text


def test_shorten_root_keeps_eight_digits() -> None:
    assert shorten_root("0123456789abcdef") == "01234567"
    assert shorten_root("") == ""


def test_shorten_address_keeps_ten_digits() -> None:
    assert shorten_address("0123456789abcdef") == "0x0123456789"


META = {"title": "Alice pays Bob", "status": "complete", "config": {"seconds_per_slot": 6}}
ALICE, BOB = "a1" * 20, "b0" * 20

TRANSFER = FollowedDeposit(
    number=7,
    script="manager",
    from_shard=0,
    to_shard=3,
    gwei=2_000_000_000,
    created_slot=3,
    route="receipt",
    sender=ALICE,
    recipient=BOB,
    steps=[
        step(7, "pushed", 4, account=ALICE, held=(5_000_000_000, 3_000_000_000)),
        step(7, "claimed", 6, 1408, note="validator 72", beacon_bytes=1644),
        step(7, "settled", 9, 416, account=BOB, held=(0, 2_000_000_000)),
    ],
)


def test_print_deposit_tells_route_accounts_balances_and_operations(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")

    print_deposit(META, TRANSFER)

    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[1:3] == [
        "Deposit 7: 2 ETH from shard 0 to shard 3 through manager, route receipt",
        "Sender 0xa1a1a1a1a1, recipient 0xb0b0b0b0b0",
    ]
    assert "4 beacon pushed abababab account 0xa1a1a1a1a1 5 -> 3 ETH" in lines
    assert "6 beacon claimed abababab 1408 B validator 72, 1,644 B operation" in lines
    assert "9 beacon settled abababab 416 B account 0xb0b0b0b0b0 0 -> 2 ETH" in lines
    assert lines[-1] == "Settled 5 slots (30 seconds) after it was pushed."


def test_print_deposit_that_stays_on_its_shard_and_fails_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    failed = FollowedDeposit(
        8,
        "manager",
        1,
        1,
        5,
        3,
        "shard",
        ALICE,
        BOB,
        steps=[step(8, "rejected", 4, note="insufficient_balance", account=ALICE)],
    )

    print_deposit(META, failed)

    said = " ".join(capsys.readouterr().out.split())
    assert "on shard 1 through manager, route shard" in said
    assert "insufficient_balance, account 0xa1a1a1a1a1" in said
    assert said.endswith("Rejected: insufficient_balance.")


def test_print_deposit_before_its_first_step_has_no_table(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_deposit(META, FollowedDeposit(9, "manager", 0, 1, 5, 3))

    said = capsys.readouterr().out
    assert "slot" not in said
    assert "nothing has happened to it yet" in said


def test_print_deposit_fits_sixty_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")

    print_deposit(META, TRANSFER)
    print_deposits(META, [TRANSFER])

    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 60
    assert "\u2026" not in said
    for word in ("0xa1a1a1a1a1", "0xb0b0b0b0b0", "operation"):
        assert word in said


def test_print_deposits_shows_routes_where_there_is_room(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    print_deposits(META, [TRANSFER])

    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "7 0 3 2 ETH receipt settled 4 5 slots" in lines


def list_summary(capsys: pytest.CaptureFixture[str], **metrics: float) -> list[str]:
    named = {name.replace("__", "."): value for name, value in metrics.items()}
    result = RunResult(
        scenario="tiny",
        title="Tiny",
        seed=1,
        slots=8,
        states=FinalStates(build_genesis(), ()),
        events=(),
        metrics={**Metrics(DEMO).compute(), **named},
        findings=(),
        expectations=(),
        report={"beacon_state_root": "ab" * 32},
        run_dir=None,
    )
    print_result(result)
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_print_result_tells_routes_apart_where_there_are_several(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = list_summary(
        capsys,
        routes__netting__created=4,
        routes__netting__settled=3,
        routes__netting__latency_slots__p50=2,
        routes__shard__created=9,
        routes__shard__settled=9,
    )

    assert "Routes" in lines
    assert "settled by netting 3" in lines
    assert "latency by netting, median slots 2" in lines
    assert "settled by shard 9" in lines
    assert not any("receipt" in line for line in lines)


def test_print_result_says_nothing_of_routes_if_all_go_by_the_beacon_chain(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = list_summary(capsys, routes__beacon__created=4, routes__beacon__settled=3)

    assert "Routes" not in lines


def test_print_result_tells_what_witnesses_took(capsys: pytest.CaptureFixture[str]) -> None:
    lines = list_summary(
        capsys, witness__bytes=1200, witness__bytes_per_operation=400.5, witness__repaired=1
    )

    assert "bytes per operation 400.500" in lines
    assert "stale, made again 1" in lines
