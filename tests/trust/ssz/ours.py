"""Values of our containers, made from plain ones."""

from typing import Any

from ssz.sedes import List, Vector

from chain.encoding import Container, make_list
from tests.trust.ssz.values import Kind, Plain


def build_ours(kind: type[Container], plain: Plain) -> Container:
    """Make a container as the simulator makes it."""
    fields = {name: _build(kind.get_kind(name), plain[name]) for name in kind.get_field_names()}
    return kind.create(**fields)


def _build(kind: Kind, plain: Plain) -> Any:  # noqa: ANN401 - of any kind
    if isinstance(plain, dict):
        return build_ours(kind, plain)
    if isinstance(plain, list):
        return [build_element(kind.element_sedes, each) for each in plain]
    return plain


def build_element(kind: Kind, plain: Plain) -> Any:  # noqa: ANN401 - of any kind
    """Make what a field or a list may hold; lists within lists have to be made beforehand."""
    if isinstance(kind, List) and not isinstance(kind, Vector):
        return make_list(kind.element_sedes, kind.max_length, plain)
    return _build(kind, plain)
