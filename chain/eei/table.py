"""The one table of host functions: linking, validation, documentation and tests read it.

Source:
    PROTOCOL 5; ``getEnv`` is ours: without it no script could tell whether a withdrawal
    receipt names it as the target.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from chain.eei import bignum, core, crypto, debug, extended, fields
from chain.eei.interface import (
    BASE_FUEL,
    Counted,
    Group,
    Handler,
    HostFunction,
    Parameter,
    PerRun,
    Size,
    length,
    read,
    value,
    write,
)
from chain.wasm import ANY_SIGNATURE, FunctionType, ValueType
from chain.wasm.model import AnySignature

_I32: Final = ValueType.I32
_I64: Final = ValueType.I64
_ROOT_BYTES: Final = 32
_WORD_BYTES: Final = 32
_DIGEST_BYTES: Final = 32

# Prices follow what the work takes here: about four units of fuel are a nanosecond of wasm.
_COPY_BYTE_FUEL: Final = 1
_SHA256_BYTE_FUEL: Final = 8
_KECCAK_BYTE_FUEL: Final = 24
_MERKLEIZE_BYTE_FUEL: Final = 128
_VERIFY_FUEL: Final = 10_000_000
# Insecure signatures are a sha256 of the same inputs: a price of 2.5 ms would leave no block room
# for the transfers that an experiment without real signatures wants to see.
_INSECURE_VERIFY_FUEL: Final = BASE_FUEL + _SHA256_BYTE_FUEL * (
    crypto.PUBKEY_BYTES + crypto.SIGNATURE_BYTES
)
_MERKLEIZE_FUEL: Final = 200_000

_RANGE: Final = (read("pointer", Counted("length")), length())


def _core_rows() -> Iterator[HostFunction]:
    yield HostFunction(
        module="eth2",
        name="loadPreStateRoot",
        group=Group.CORE,
        summary="Writes the script's 32 bytes of state.",
        parameters=(write("pointer", _ROOT_BYTES),),
        handler=core.load_pre_state_root,
    )
    yield HostFunction(
        module="eth2",
        name="blockDataSize",
        group=Group.CORE,
        summary="Returns the size of the block data in bytes.",
        parameters=(),
        result=_I32,
        handler=core.block_data_size,
    )
    yield HostFunction(
        module="eth2",
        name="blockDataCopy",
        group=Group.CORE,
        summary="Writes `data[offset : offset + length]`; past the end is "
        "`block_data_out_of_bounds`, looked at before memory.",
        parameters=(write("pointer", Counted("length")), value("offset"), value("length")),
        handler=core.block_data_copy,
        check=core.check_block_data_copy,
        byte_fuel=_COPY_BYTE_FUEL,
    )
    yield HostFunction(
        module="eth2",
        name="savePostStateRoot",
        group=Group.CORE,
        summary="Reads the new state; the last call wins.",
        parameters=(read("pointer", _ROOT_BYTES),),
        handler=core.save_post_state_root,
    )
    yield HostFunction(
        module="eth2",
        name="pushNewDeposit",
        group=Group.CORE,
        summary="Appends a serialized `DepositData`; a length other than 184 (192 with "
        "`deposit_min_timestamp`) is `malformed_deposit`, looked at before memory.",
        parameters=_RANGE,
        handler=core.push_new_deposit,
        check=core.check_push_new_deposit,
        byte_fuel=_COPY_BYTE_FUEL,
    )
    yield HostFunction(
        module="eth2",
        name="useTicks",
        group=Group.CORE,
        summary="Subtracts from the tick budget; below zero is `out_of_ticks`.",
        parameters=(value("ticks"),),
        handler=core.use_ticks,
    )


def _debug_rows() -> Iterator[HostFunction]:
    numbers = (("print32", _I32, 32), ("print64", _I64, 64))
    for name, kind, bits in numbers:
        yield HostFunction(
            module="debug",
            name=name,
            group=Group.DEBUG,
            summary="Prints a number, unsigned and in hex.",
            parameters=(value("number", kind),),
            handler=debug.print_number(name, bits),
        )
    for name in ("printMem", "log"):
        printer = debug.print_memory(name, debug.escape_text)
        yield _build_printer(name, "Prints UTF-8 text, escaped.", printer)
    for name in ("printMemHex", "mem"):
        yield _build_printer(name, "Prints bytes in hex.", debug.print_memory(name, bytes.hex))
    timers = (
        ("startTimer", "Notes the fuel.", debug.start_timer),
        ("endTimer", "Prints the fuel used since `startTimer`.", debug.end_timer),
    )
    for name, summary, handler in timers:
        yield HostFunction(
            module="debug",
            name=name,
            group=Group.DEBUG,
            summary=summary,
            parameters=(),
            handler=handler,
        )
    name = "eth2_debugPrintMem"
    printer = debug.print_memory(name, bytes.hex)
    yield _build_printer(name, "Prints bytes in hex.", printer, module="env")
    yield HostFunction(
        module="env",
        name="abort",
        group=Group.DEBUG,
        summary="Ends the script with `abort`; may be imported with any signature of numbers.",
        parameters=None,
        handler=debug.abort,
        has_env_spelling=False,
    )


def _build_printer(
    name: str, summary: str, handler: Handler, *, module: str = "debug"
) -> HostFunction:
    return HostFunction(
        module=module,
        name=name,
        group=Group.DEBUG,
        summary=summary,
        parameters=_RANGE,
        handler=handler,
        byte_fuel=_COPY_BYTE_FUEL,
        has_env_spelling=module != "env",
    )


def _extended_rows() -> Iterator[HostFunction]:
    numbers = (
        ("getShardId", "Returns the shard that executes.", _I32, extended.get_shard_id),
        ("getSlot", "Returns the block's slot.", _I64, extended.get_slot),
        ("getEnv", "Returns the script's index in the beacon state.", _I64, extended.get_env),
    )
    for name, summary, result, handler in numbers:
        yield HostFunction(
            module="eth2",
            name=name,
            group=Group.EXTENDED,
            summary=summary,
            parameters=(),
            result=result,
            handler=handler,
        )
    yield HostFunction(
        module="eth2",
        name="loadBeaconStateRoot",
        group=Group.EXTENDED,
        summary="Writes the root of the beacon state that the shard last saw.",
        parameters=(write("pointer", _ROOT_BYTES),),
        handler=extended.load_beacon_state_root,
    )
    yield HostFunction(
        module="eth2",
        name="getShardStateRoot",
        group=Group.EXTENDED,
        summary="Writes the state root of a shard and returns 0, or returns 1 if it is unknown.",
        parameters=(value("shard"), write("pointer", _ROOT_BYTES)),
        result=_I32,
        handler=extended.get_shard_state_root,
    )
    yield HostFunction(
        module="eth2",
        name="exposeModifiedState",
        group=Group.EXTENDED,
        summary="Hands the modified state to relayers, the last call's; consensus ignores it.",
        parameters=_RANGE,
        handler=extended.expose_modified_state,
        byte_fuel=_COPY_BYTE_FUEL,
    )


def _bignum_rows() -> Iterator[HostFunction]:
    operations = (
        ("add256", "`a + b`; past 256 bits is `bignum_overflow`.", bignum.compute_sum),
        ("sub256", "`a - b`; below zero is `bignum_overflow`.", bignum.compute_difference),
        ("mul256", "`a * b` modulo 2**256.", bignum.compute_product),
        ("div256", "`a // b`; by zero is `division_by_zero`.", bignum.compute_quotient),
    )
    for name, summary, operation in operations:
        yield HostFunction(
            module="bignum",
            name=name,
            group=Group.BIGNUM,
            summary=summary,
            parameters=_operands("a b", "out", _WORD_BYTES),
            handler=bignum.compute(operation),
        )
    yield HostFunction(
        module="bignum",
        name="mulMod",
        group=Group.BIGNUM,
        summary="`a * b % m`, the product not truncated; by zero is `division_by_zero`.",
        parameters=_operands("a b m", "out", _WORD_BYTES),
        handler=bignum.mul_mod,
    )


def _field_rows() -> Iterator[HostFunction]:
    kinds = (
        ("f1m", fields.get_base_field, PerRun("f1m", fields.get_base_bytes)),
        ("frm", fields.get_scalar_field, PerRun("frm", fields.get_scalar_bytes)),
    )
    operations = (
        ("mul", "a b", "`a * b`, all in Montgomery form.", fields.multiply),
        ("add", "a b", "`a + b`.", fields.add),
        ("sub", "a b", "`a - b`.", fields.subtract),
        ("square", "in", "`in * in`, both in Montgomery form.", fields.multiply),
        ("toMontgomery", "in", "`in * R`.", fields.to_montgomery),
        ("fromMontgomery", "in", "`in / R`.", fields.from_montgomery),
    )
    for prefix, get_field, size in kinds:
        for name, inputs, summary, operation in operations:
            yield HostFunction(
                module="bignum",
                name=f"{prefix}_{name}",
                group=Group.FIELD,
                summary=summary,
                parameters=_operands(inputs, "out", size),
                handler=fields.compute_in_field(get_field, operation),
            )
    size = PerRun("f1m", fields.get_base_bytes)
    integers = (
        ("int_add", "out", _I32, "`a + b`; returns the carry.", fields.int_add),
        ("int_sub", "out", _I32, "`a - b`; returns the borrow.", fields.int_sub),
        ("int_mul", "out", None, "Low half of `a * b`.", fields.int_mul),
        ("int_div", "quotient remainder", None, "`divmod(a, b)`.", fields.int_div),
    )
    for name, outputs, result, summary, handler in integers:
        yield HostFunction(
            module="bignum",
            name=name,
            group=Group.FIELD,
            summary=summary,
            parameters=_operands("a b", outputs, size),
            result=result,
            handler=handler,
        )


def _operands(inputs: str, outputs: str, size: Size) -> tuple[Parameter, ...]:
    """Describe pointers to numbers of one size, by their names."""
    return (
        *(read(name, size) for name in inputs.split()),
        *(write(name, size) for name in outputs.split()),
    )


def _crypto_rows() -> Iterator[HostFunction]:
    hashes = (
        ("keccak256", crypto.keccak256, _KECCAK_BYTE_FUEL),
        ("sha256", crypto.sha256, _SHA256_BYTE_FUEL),
    )
    for name, handler, byte_fuel in hashes:
        yield HostFunction(
            module="hash",
            name=name,
            group=Group.CRYPTO,
            summary=f"Writes the {name} of a range.",
            parameters=(*_RANGE, write("out", _DIGEST_BYTES)),
            handler=handler,
            byte_fuel=byte_fuel,
        )
    yield HostFunction(
        module="bls",
        name="verify",
        group=Group.CRYPTO,
        summary="Returns 1 if the BLS signature is valid, else 0.",
        parameters=(
            read("pubkey", crypto.PUBKEY_BYTES),
            read("message_pointer", Counted("message_length")),
            length("message_length"),
            read("signature", crypto.SIGNATURE_BYTES),
        ),
        result=_I32,
        handler=crypto.verify,
        base_fuel=_VERIFY_FUEL,
        insecure_fuel=_INSECURE_VERIFY_FUEL,
        byte_fuel=_SHA256_BYTE_FUEL,
    )
    yield HostFunction(
        module="ssz",
        name="merkleize",
        group=Group.CRYPTO,
        summary="Writes the SSZ Merkle root of 32-byte chunks, padded to `2**limit_log2`; "
        "more chunks than that, or a limit above `2**64`, is `merkleize_limit`.",
        parameters=(
            read("chunks_pointer", Counted("count", crypto.CHUNK_BYTES)),
            length("count"),
            value("limit_log2"),
            write("out", _ROOT_BYTES),
        ),
        handler=crypto.merkleize,
        check=crypto.check_merkleize,
        base_fuel=_MERKLEIZE_FUEL,
        byte_fuel=_MERKLEIZE_BYTE_FUEL,
    )


HOST_FUNCTIONS: Final[tuple[HostFunction, ...]] = (
    *_core_rows(),
    *_debug_rows(),
    *_extended_rows(),
    *_bignum_rows(),
    *_field_rows(),
    *_crypto_rows(),
)
"""Every host function, in the order of the documentation."""

FUNCTIONS_BY_IMPORT: Final[Mapping[tuple[str, str], HostFunction]] = {
    spelling: row for row in HOST_FUNCTIONS for spelling in row.spellings
}
"""Every spelling, with its row."""

HOST_IMPORTS: Final[Mapping[tuple[str, str], FunctionType | AnySignature]] = {
    spelling: row.signature or ANY_SIGNATURE for spelling, row in FUNCTIONS_BY_IMPORT.items()
}
"""Every spelling, with its signature: what script validation compares imports with."""
