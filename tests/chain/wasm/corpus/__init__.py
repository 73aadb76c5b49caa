"""The corpus: modules that are right, and broken ones, at least one for every rule.

A broken module has a mark at the place of its mistake.
"""

from typing import Final

from tests.chain.wasm.corpus.attacks import ACCEPTED, ATTACKS
from tests.chain.wasm.corpus.case import HOST, Case
from tests.chain.wasm.corpus.features import BANNED, REFUSED
from tests.chain.wasm.corpus.limits import LIMITS
from tests.chain.wasm.corpus.malformed import MALFORMED_FORMAT
from tests.chain.wasm.corpus.profiles import FLOATS, INTERFACE
from tests.chain.wasm.corpus.references import MALFORMED_CODE
from tests.chain.wasm.corpus.valid import SCOUT_SOURCES, STRICT_SOURCES

MALFORMED: Final = MALFORMED_FORMAT + MALFORMED_CODE
BROKEN: Final = MALFORMED + REFUSED + BANNED + FLOATS + INTERFACE + LIMITS + ATTACKS

__all__ = [
    "ACCEPTED",
    "ATTACKS",
    "BROKEN",
    "HOST",
    "MALFORMED",
    "REFUSED",
    "SCOUT_SOURCES",
    "STRICT_SOURCES",
    "Case",
]
