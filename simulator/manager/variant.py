"""Which variant of the deposit manager a module is.

Source:
    PROTOCOL 8: replay protection belongs to the script; the custom section is ours.
"""

from typing import Final

from chain.wasm import get_custom_section
from simulator.manager.rules import ReplayProtection

_SECTION: Final = "replay_protection"


def find_replay_protection(code: bytes) -> ReplayProtection | None:
    """Return how a deposit manager is protected, None if the code is none."""
    section = get_custom_section(code, _SECTION)
    names = {protection.value.encode(): protection for protection in ReplayProtection}
    return None if section is None else names.get(section)
