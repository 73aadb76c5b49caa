"""The corpus of ``shardlab calibrate``: the shipped scripts, and modules made for the purpose.

Shipped scripts are what a chain would really see, but small. The generated ones are dense code
of several sizes, so that a rate is not mostly the fixed cost of a call.

Source:
    Ours.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from simulator.rng import derive_rng
from simulator.shipped import get_scenarios_folder

SHIPPED_SCRIPTS: Final = (
    "helloworld",
    "counter",
    "hash_chain",
    "bignum_exp",
    "key_value",
    "deposit_relay",
    "deposit_manager",
)
"""Those that take part, by name: one more in the folder must not change what a rate means."""

GENERATED_FUNCTIONS: Final[Mapping[str, int]] = {
    "generated-small": 16,
    "generated-medium": 128,
    "generated-large": 512,
}
"""Functions of each generated module; one takes about 390 bytes."""

_OPERATIONS_PER_FUNCTION: Final = 48

_PREAMBLE: Final = b"\0asm\1\0\0\0"
_TYPES: Final = bytes.fromhex("02 60 00 00 60 02 7f 7f 01 7f")
"""``() -> ()`` for main, ``(i32, i32) -> i32`` for all others."""
_MEMORIES: Final = b"\x01\x00\x01"
_EXPORTS: Final = b"\x02\x04main\x00\x00\x06memory\x02\x00"

_END: Final = b"\x0b"
_LOCAL_GET: Final = b"\x20"
_LOCAL_SET: Final = b"\x21"
_I32_CONST: Final = b"\x41"
_BINARY_OPERATIONS: Final = b"\x6a\x6b\x6c\x71\x72\x73\x74\x75\x76\x77\x78"
"""Add, subtract, multiply, and, or, xor, shifts and rotations of i32."""


def build_corpus() -> dict[str, bytes]:
    """Return all modules by name; every one of them is valid.

    Source:
        Ours: the same modules on every machine, so that profiles can be compared.
    """
    folder = get_scenarios_folder() / "scripts"
    shipped = {name: (folder / f"{name}.wasm").read_bytes() for name in SHIPPED_SCRIPTS}
    generated = {name: build_module(count) for name, count in GENERATED_FUNCTIONS.items()}
    return {**shipped, **generated}


def build_module(functions: int) -> bytes:
    """Generate a valid script with that many functions besides ``main``.

    Source:
        Ours: arithmetic, memory accesses and a loop in every function.
    """
    bodies = [_build_entry(b"\x00" + _END), *map(_build_function, range(functions))]
    type_indices = b"\x00" + b"\x01" * functions
    sections = (
        (1, _TYPES),
        (3, _encode_u32(1 + functions) + type_indices),
        (5, _MEMORIES),
        (7, _EXPORTS),
        (10, _encode_u32(1 + functions) + b"".join(bodies)),
    )
    return _PREAMBLE + b"".join(
        bytes([number]) + _encode_u32(len(payload)) + payload for number, payload in sections
    )


def _build_function(number: int) -> bytes:
    """Return one function: a loop that counts its second parameter down."""
    work = b"".join(_build_operations(number))
    # loop; work; i1 -= 1 while it is not zero; end; return i0
    loop = b"\x03\x40" + work + b"\x20\x01\x41\x01\x6b\x22\x01\x0d\x00" + _END
    return _build_entry(b"\x00" + loop + b"\x20\x00" + _END)


def _build_operations(number: int) -> Iterator[bytes]:
    """Yield statements on the first parameter: arithmetic, and now and then memory."""
    rng = derive_rng(0, f"corpus/{number}")
    for _ in range(_OPERATIONS_PER_FUNCTION):
        # i0 = (i0 op constant), the constant of one byte
        yield _LOCAL_GET + b"\x00" + _I32_CONST + bytes([rng.randrange(1, 64)])
        yield bytes([rng.choice(_BINARY_OPERATIONS)])
        if rng.random() < 1 / 8:
            # mask to an address, and load from there
            yield b"\x41\x3f\x71\x28\x02\x00"
        yield _LOCAL_SET + b"\x00"


def _build_entry(body: bytes) -> bytes:
    return _encode_u32(len(body)) + body


def _encode_u32(value: int) -> bytes:
    encoded = bytearray()
    while value >> 7:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])
