"""From values to bytes and back.

Source:
    SSZ serialization.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, TypeVar, cast

import ssz

from chain.encoding.container import Container
from chain.encoding.lists import list_of
from chain.errors import MalformedEncoding

C = TypeVar("C", bound=Container)


def encode(value: Container) -> bytes:
    """Return the SSZ encoding of a container.

    Source:
        SSZ serialization.
    """
    return type(value).write_plain(value)


def decode(kind: type[C], data: bytes) -> C:
    """Read a container from its SSZ encoding, which must be the canonical one.

    py-ssz tolerates some offsets that no encoder writes. Two encodings of one block would
    be two names for it, so only what ``encode`` writes is read; of the rest, py-ssz says
    whether it is SSZ at all.

    Args:
        kind: Container class.
        data: Encoding, any bytes.

    Raises:
        MalformedEncoding: ``not_ssz``, ``not_canonical``.

    Source:
        SSZ serialization; canonical form is ours.
    """
    with suppress(ssz.SSZException, ValueError):  # not plain: py-ssz says what is wrong
        return cast("C", kind.read_plain(data))
    try:
        ssz.decode(data, cast("Any", kind))
    except (ssz.SSZException, ValueError) as error:
        raise MalformedEncoding("not_ssz", kind=kind.__name__, size=len(data)) from error
    raise MalformedEncoding("not_canonical", kind=kind.__name__, size=len(data))


def decode_list(kind: type[C], limit: int, data: bytes) -> tuple[C, ...]:
    """Read a list of fixed-size containers from its SSZ encoding.

    Args:
        kind: Container class of fixed size.
        limit: Most elements.
        data: Encoding, any bytes.

    Raises:
        MalformedEncoding: ``not_ssz``.

    Source:
        SSZ serialization.
    """
    try:
        return tuple(cast("Iterable[C]", ssz.decode(data, list_of(kind, limit))))
    except (ssz.SSZException, ValueError) as error:
        raise MalformedEncoding("not_ssz", kind=kind.__name__, size=len(data)) from error
