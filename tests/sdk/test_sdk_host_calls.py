"""Every host function has a wrapper, which passes on what it is given and returns what it gets."""

from dataclasses import dataclass, replace
from typing import Final

import pytest
import wasmtime

from chain.bls import compute_signing_root
from chain.config import BlsBackend, ExecutionLimits
from chain.constants import DOMAIN_DEPOSIT, GWEI_PER_ETH, ZERO_SIGNATURE
from chain.containers import TimestampedDepositData
from chain.eei import HOST_FUNCTIONS, HostCall, ScriptCall, ScriptResult, ScriptRuntime
from chain.encoding import encode
from chain.types import Root, ScriptIndex, ShardIndex, Slot
from tests.helpers.keys import make_key, sign_deposit
from tests.helpers.sdk import read_check

STATE = Root(bytes(range(32)))
BEACON_ROOT = Root(b"\xbe" * 32)
SHARD_ROOT = Root(b"\x5a" * 32)
KNOWN_SHARD, UNKNOWN_SHARD = 3, 4

DEPOSIT = sign_deposit(make_key("new"), GWEI_PER_ETH)
TIMESTAMPED = TimestampedDepositData.create(deposit=DEPOSIT, min_timestamp=7)

A, B, M = (number.to_bytes(32, "big") for number in (1000, 77, 13))
X, Y = (number.to_bytes(48, "little") for number in (1000, 77))


def uint64(number: int) -> bytes:
    return number.to_bytes(8, "little")


@dataclass(frozen=True, slots=True)
class Case:
    """One call of a wrapper.

    Attributes:
        choice: Which, in ``checks/host_calls.rs``.
        label: The host function behind it.
        operands: What the wrapper is given.
        read: What the host must take from memory, in order.
        numbers: What must be among the arguments of the host function.
    """

    choice: int
    label: str
    operands: bytes = b""
    read: tuple[bytes, ...] = ()
    numbers: tuple[int, ...] = ()


def _build_cases() -> list[Case]:
    core = [
        Case(0x00, "eth2.loadPreStateRoot"),
        Case(0x01, "eth2.blockDataSize"),
        Case(0x02, "eth2.blockDataCopy", b"abcdefgh", (), (2, 4)),
        Case(0x03, "eth2.savePostStateRoot", STATE, (STATE,)),
        Case(0x04, "eth2.pushNewDeposit", encode(DEPOSIT), (encode(DEPOSIT),), (184,)),
        Case(0x05, "eth2.useTicks", uint64(5), (), (5,)),
        Case(0x06, "eth2.getShardId"),
        Case(0x07, "eth2.getSlot"),
        Case(0x08, "eth2.getEnv"),
        Case(0x09, "eth2.loadBeaconStateRoot"),
        Case(0x0A, "eth2.getShardStateRoot", uint64(KNOWN_SHARD), (), (KNOWN_SHARD,)),
        Case(0x0B, "eth2.exposeModifiedState", b"modified", (b"modified",), (8,)),
    ]
    debug = [
        Case(0x10, "debug.print32", uint64(2**32 - 1), (), (2**32 - 1,)),
        Case(0x11, "debug.print64", uint64(2**64 - 1), (), (2**64 - 1,)),
        *(
            Case(0x12 + at, label, b"text", (b"text",), (4,))
            for at, label in enumerate(
                ("debug.printMem", "debug.log", "debug.printMemHex", "debug.mem")
            )
        ),
        Case(0x16, "debug.startTimer"),
        Case(0x17, "debug.endTimer"),
        Case(0x18, "env.eth2_debugPrintMem", b"text", (b"text",), (4,)),
    ]
    words = [
        *(
            Case(0x20 + at, f"bignum.{name}", A + B, (A, B))
            for at, name in enumerate(("add256", "sub256", "mul256", "div256"))
        ),
        Case(0x24, "bignum.mulMod", A + B + M, (A, B, M)),
    ]
    names = ["mul", "add", "sub", "square", "toMontgomery", "fromMontgomery"]
    field = [
        Case(0x30 + at, f"bignum.{name}", X + Y, (X, Y) if at % 6 < 3 else (X,))
        for at, name in enumerate(f"{kind}_{name}" for kind in ("f1m", "frm") for name in names)
    ]
    integers = [
        Case(0x40 + at, f"bignum.int_{name}", X + Y, (X, Y))
        for at, name in enumerate(("add", "sub", "mul", "div"))
    ]
    message = b"message"
    signed = DEPOSIT.pubkey + message + ZERO_SIGNATURE
    crypto = [
        Case(0x50, "hash.keccak256", message, (message,), (7,)),
        Case(0x51, "hash.sha256", message, (message,), (7,)),
        Case(0x52, "bls.verify", signed, (DEPOSIT.pubkey, message, ZERO_SIGNATURE), (7,)),
        Case(0x53, "ssz.merkleize", A + B + M, (A + B + M,), (3, 2)),
    ]
    return [*core, *debug, *words, *field, *integers, *crypto]


CASES: Final = _build_cases()


def call(choice: int, operands: bytes = b"", limits: ExecutionLimits | None = None) -> ScriptResult:
    script = ScriptCall(
        code=read_check("host_calls"),
        pre_state_root=STATE,
        data=bytes([choice]) + operands,
        env=ScriptIndex(2**40),
        shard=ShardIndex(9),
        slot=Slot(2**41),
        beacon_state_root=BEACON_ROOT,
        shard_state_roots={ShardIndex(KNOWN_SHARD): SHARD_ROOT},
    )
    return ScriptRuntime(limits or ExecutionLimits()).execute(script, trace=True)


def find_calls(result: ScriptResult, label: str) -> list[HostCall]:
    return [each for each in result.calls if each.function == label]


def starts(data: bytes, shown: str) -> bool:
    """Tell whether a trace, which shortens, shows these bytes, or as many as an element has."""
    known, _, _ = shown.partition("...")
    return bool(known) and data.hex().startswith(known)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_wrapper_passes_on_its_arguments_and_returns_what_the_host_gave(case: Case) -> None:
    result = call(case.choice, case.operands)

    assert result.outcome == "returned", result.detail
    calls = [
        each for each in find_calls(result, case.label) if {*case.numbers} <= {*each.arguments}
    ]
    matching = [
        each
        for each in calls
        if len(each.read) >= len(case.read) and all(map(starts, case.read, each.read))
    ]
    assert matching
    written = "".join(matching[0].written)
    if written and "..." not in written:
        assert result.modified_state.startswith(bytes.fromhex(matching[0].written[0]))
    if matching[0].result is not None and case.label != "eth2.getShardStateRoot":
        assert result.modified_state.endswith(uint64(matching[0].result))


def test_wrappers_all_host_functions_have_a_case_and_are_imported() -> None:
    module = wasmtime.Module(wasmtime.Engine(), read_check("host_calls"))
    imported = {(each.module, each.name) for each in module.imports}
    labels = {row.spellings[0] for row in HOST_FUNCTIONS}
    assert imported == labels
    assert {case.label for case in CASES} == {".".join(each) for each in labels} - {"env.abort"}


def test_save_post_state_root_and_expose_reach_the_result() -> None:
    assert call(0x0B, b"modified").modified_state == b"modified"


def test_push_new_deposit_is_the_serialized_container() -> None:
    assert call(0x04, encode(DEPOSIT)).deposits == (encode(DEPOSIT),)


def test_push_new_timestamped_deposit_is_the_serialized_container() -> None:
    limits = replace(ExecutionLimits(), deposit_min_timestamp=True)
    assert call(0x0C, encode(TIMESTAMPED), limits).deposits == (encode(TIMESTAMPED),)


def test_get_shard_state_root_known_is_the_root_and_unknown_is_none() -> None:
    assert call(0x0A, uint64(KNOWN_SHARD)).modified_state == SHARD_ROOT + uint64(0)
    assert call(0x0A, uint64(UNKNOWN_SHARD)).modified_state == uint64(1)


def test_int_div_quotient_comes_first() -> None:
    shown = call(0x43, X + Y).modified_state
    assert int.from_bytes(shown[:48], "little") == 1000 // 77
    assert int.from_bytes(shown[48:96], "little") == 1000 % 77


@pytest.mark.parametrize(("choice", "x", "y"), [(0x40, 2**384 - 1, 1), (0x41, 1, 2)])
def test_int_add_and_int_sub_past_the_range_return_a_carry(choice: int, x: int, y: int) -> None:
    shown = call(choice, x.to_bytes(48, "little") + y.to_bytes(48, "little")).modified_state
    assert shown[48:] == uint64(1)


def test_bls_verify_valid_signature_is_true_and_another_is_false() -> None:
    key = make_key("signer", BlsBackend.FAST)
    message = compute_signing_root(STATE, DOMAIN_DEPOSIT)
    signature = key.sign(STATE, DOMAIN_DEPOSIT)
    assert call(0x52, key.pubkey + message + signature).modified_state == uint64(1)
    assert call(0x52, key.pubkey + STATE + signature).modified_state == uint64(0)


def test_abort_ends_with_its_own_outcome() -> None:
    assert call(0x19).outcome == "trapped:abort"
