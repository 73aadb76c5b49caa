"""Packages that import a name when somebody asks for it.

A package's ``__init__`` is its front door. If the door imported everything behind it, running
one small script would wait for the decoder, the linker and SSZ, and need none of them.

Source:
    Ours.
"""

from collections.abc import Callable, Mapping
from importlib import import_module


def import_lazily(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Make a package's ``__getattr__``, which Python asks for names that are not there yet.

    Type checkers see the same names imported beside the call, under ``TYPE_CHECKING``.

    Args:
        package: Its full name.
        homes: The names that each module of the package offers, separated by spaces, by the
            module's name in it.

    Returns:
        A function that imports a name and leaves it in the package, so that it is asked once.

    Source:
        Ours; PEP 562.
    """
    modules = {
        name: f"{package}.{module}" for module, names in homes.items() for name in names.split()
    }

    def get_name(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found: object = getattr(import_module(modules[name]), name)
        setattr(import_module(package), name, found)
        return found

    return get_name
