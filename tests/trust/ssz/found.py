"""Every container class there is, found by walking the packages."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import walk_packages

import chain
import simulator
from chain.encoding import Container, SignedContainer

_NOT_INSTALLED_EVERYWHERE = "simulator.pools.cluster"
"""Asks for Ray."""


@cache
def find_containers() -> dict[str, type[Container]]:
    """Return all container classes of both packages by name.

    Raises:
        ValueError: Two of them share a name.
    """
    for package in (chain, simulator):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if module.name != _NOT_INSTALLED_EVERYWHERE and not module.name.endswith("__main__"):
                import_module(module.name)
    found: dict[str, type[Container]] = {}
    for kind in _list_subclasses(Container):
        if kind is SignedContainer or not kind.__module__.startswith(("chain.", "simulator.")):
            continue
        if found.setdefault(kind.__name__, kind) is not kind:
            raise ValueError(f"two containers are called {kind.__name__}")
    return dict(sorted(found.items()))


def _list_subclasses(kind: type[Container]) -> Iterator[type[Container]]:
    for child in kind.__subclasses__():
        yield child
        yield from _list_subclasses(child)
