"""SSZ read from the specification and nothing else: encodings, roots, and random values.

Written top-down and recursive where ``chain.encoding`` and py-ssz work bottom-up and
incrementally, so that a mistake would have to be made twice.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any

from hypothesis import strategies as st
from ssz.sedes import Bitlist, ByteVector, List, UInt, Vector

import chain.containers
from chain.encoding import Bytes, Container

Kind = Any
Value = Any


def get_containers() -> list[type[Container]]:
    """Return every container class of the protocol, by name."""
    found = {
        name: value
        for name, value in vars(chain.containers).items()
        if isinstance(value, type)
        and issubclass(value, Container)
        and value.__module__ == chain.containers.__name__
    }
    return [found[name] for name in sorted(found)]


def get_fields(kind: type[Container]) -> list[tuple[str, Kind]]:
    return [(name, kind.get_kind(name)) for name in kind.get_field_names()]


def compute_naive_root(kind: Kind, value: Value) -> bytes:
    """Return hash_tree_root as the specification defines it."""
    if isinstance(kind, type):
        roots = [compute_naive_root(part, getattr(value, name)) for name, part in get_fields(kind)]
        return merkleize(roots, len(roots))
    if isinstance(kind, UInt | ByteVector):
        chunks = pack(encode_naively(kind, value))
        return merkleize(chunks, len(chunks))
    if isinstance(kind, Bytes):
        return mix_in(merkleize(pack(value), count_chunks(kind.limit)), len(value))
    if isinstance(kind, Bitlist):
        bits = sum(int(bit) << position for position, bit in enumerate(value))
        chunks = pack(bits.to_bytes((len(value) + 7) // 8, "little"))
        return mix_in(merkleize(chunks, (kind.max_bit_count + 255) // 256), len(value))
    chunks, limit = _split_elements(kind, list(value))
    root = merkleize(chunks, limit)
    return mix_in(root, len(value)) if isinstance(kind, List) else root


def encode_naively(kind: Kind, value: Value) -> bytes:
    """Return the serialization as the specification defines it."""
    if isinstance(kind, UInt):
        return int(value).to_bytes(int(kind.size), "little")
    if isinstance(kind, ByteVector | Bytes):
        return bytes(value)
    if isinstance(kind, Bitlist):
        bits = sum(int(bit) << position for position, bit in enumerate([*value, True]))
        return bits.to_bytes(len(value) // 8 + 1, "little")
    if isinstance(kind, type):
        return _join([(part, getattr(value, name)) for name, part in get_fields(kind)])
    return _join([(kind.element_sedes, element) for element in value])


def merkleize(chunks: Sequence[bytes], limit: int) -> bytes:
    """Return the root of a tree with room for ``limit`` chunks, absent ones being zero."""
    return _merkleize(chunks, (limit - 1).bit_length())


def _merkleize(chunks: Sequence[bytes], depth: int) -> bytes:
    if not chunks:
        return _compute_zero_root(depth)
    if depth == 0:
        [chunk] = chunks
        return chunk
    half = 1 << (depth - 1)
    left, right = _merkleize(chunks[:half], depth - 1), _merkleize(chunks[half:], depth - 1)
    return hash_pair(left, right)


@cache
def _compute_zero_root(depth: int) -> bytes:
    if depth == 0:
        return bytes(32)
    return hash_pair(_compute_zero_root(depth - 1), _compute_zero_root(depth - 1))


def hash_pair(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(left + right).digest()


def mix_in(root: bytes, length: int) -> bytes:
    return hash_pair(root, length.to_bytes(32, "little"))


def pack(data: bytes) -> list[bytes]:
    return [data[start : start + 32].ljust(32, b"\x00") for start in range(0, len(data), 32)]


def count_chunks(size_bytes: int) -> int:
    return (size_bytes + 31) // 32


def _split_elements(kind: Kind, elements: list[Value]) -> tuple[list[bytes], int]:
    """Return the chunks of a list or vector, and how many there may be."""
    element = kind.element_sedes
    if isinstance(element, UInt):
        packed = pack(b"".join(encode_naively(element, item) for item in elements))
        return packed, count_chunks(kind.max_length * element.size)
    return [compute_naive_root(element, item) for item in elements], kind.max_length


def _is_fixed(kind: Kind) -> bool:
    if isinstance(kind, type):
        return all(_is_fixed(part) for _, part in get_fields(kind))
    if isinstance(kind, Vector) and not isinstance(kind, ByteVector):
        return _is_fixed(kind.element_sedes)
    return isinstance(kind, UInt | ByteVector)


def _join(parts: list[tuple[Kind, Value]]) -> bytes:
    """Lay parts out: the fixed ones in place, the others behind, with offsets to them."""
    encoded = [(_is_fixed(kind), encode_naively(kind, value)) for kind, value in parts]
    offset = sum(len(data) if fixed else 4 for fixed, data in encoded)
    front, back = b"", b""
    for fixed, data in encoded:
        front += data if fixed else (offset + len(back)).to_bytes(4, "little")
        back += b"" if fixed else data
    return front + back


def values_of(kind: Kind) -> st.SearchStrategy[Value]:
    """Draw values of an SSZ kind; lists stay short, edges of integers come up often."""
    if isinstance(kind, type) and issubclass(kind, Container):
        fields = {name: values_of(part) for name, part in get_fields(kind)}
        return st.builds(kind.create, **fields)
    if isinstance(kind, List):
        return st.lists(values_of(kind.element_sedes), max_size=3)
    if isinstance(kind, Vector) and not isinstance(kind, ByteVector):
        return st.lists(values_of(kind.element_sedes), min_size=1, max_size=3).map(
            lambda few: [few[position % len(few)] for position in range(kind.length)]
        )
    return _simple_values_of(kind)


def _simple_values_of(kind: Kind) -> st.SearchStrategy[Value]:
    if isinstance(kind, UInt):
        most = 2**kind.num_bits - 1
        return st.one_of(st.integers(0, most), st.sampled_from([0, 1, most]))
    if isinstance(kind, Bitlist):
        return st.lists(st.booleans(), max_size=17).map(tuple)
    if isinstance(kind, Bytes):
        return st.binary(max_size=min(kind.limit, 70))
    return st.binary(min_size=kind.length, max_size=kind.length)
