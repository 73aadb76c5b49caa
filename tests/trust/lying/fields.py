"""Which field each bit of an encoding belongs to.

Source:
    SSZ serialization, read from the specification; shares nothing with ``chain.encoding`` but
    the declarations of the containers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ssz.sedes import List, Vector

from chain.encoding import Container
from tests.helpers.ssz_model import encode_naively, get_fields

OFFSET: Final = "offset"
_OFFSET_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of an encoding that belong together.

    Attributes:
        path: The field, elements of lists as ``[]``; the offset of a part that varies in size
            is the field's with ``offset`` behind it.
        start: First byte.
        stop: Byte behind the last.
    """

    path: str
    start: int
    stop: int


def locate(value: Container) -> list[Span]:
    """Return all spans of a container's encoding, in order."""
    spans = sorted(_locate(type(value), value, "", 0), key=lambda span: span.start)
    return [span for span in spans if span.stop > span.start]


def list_leaves(kind: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - py-ssz's kinds
    """Yield the paths of everything that a kind's values are made of."""
    if isinstance(kind, type):
        for name, part in get_fields(kind):
            yield from list_leaves(part, f"{path}.{name}".removeprefix("."))
    elif isinstance(kind, List | Vector) and isinstance(kind.element_sedes, type):
        yield from list_leaves(kind.element_sedes, f"{path}[]")
    else:
        yield path


def _locate(kind: Any, value: Any, path: str, start: int) -> Iterator[Span]:  # noqa: ANN401 - as above
    if isinstance(kind, type):
        fields = get_fields(kind)
        parts = [(part, getattr(value, name), f"{path}.{name}") for name, part in fields]
        yield from _locate_parts([(p, v, n.removeprefix(".")) for p, v, n in parts], start)
    elif isinstance(kind, List | Vector) and isinstance(kind.element_sedes, type):
        yield from _locate_parts([(kind.element_sedes, one, f"{path}[]") for one in value], start)
    else:
        yield Span(path, start, start + len(encode_naively(kind, value)))


def _locate_parts(parts: list[tuple[Any, Any, str]], start: int) -> Iterator[Span]:
    sizes = [len(encode_naively(kind, value)) for kind, value, _ in parts]
    fixed = [kind.is_fixed_sized for kind, _, _ in parts]
    heads = [
        size if is_fixed else _OFFSET_BYTES for size, is_fixed in zip(sizes, fixed, strict=True)
    ]
    head, tail = start, start + sum(heads)
    for (kind, value, path), size, is_fixed in zip(parts, sizes, fixed, strict=True):
        if is_fixed:
            yield from _locate(kind, value, path, head)
            head += size
        else:
            yield Span(f"{path} {OFFSET}", head, head + _OFFSET_BYTES)
            yield from _locate(kind, value, path, tail)
            head, tail = head + _OFFSET_BYTES, tail + size
