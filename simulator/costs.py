"""Who validated what: every node pays once per code hash, however many roles it plays.

Source:
    PROTOCOL 7 ("count distinct (node, code hash) pairs").
"""

from collections.abc import Iterable

from chain.types import Root, ValidatorIndex


class ValidationLedger:
    """Which nodes have paid for which code."""

    def __init__(self, validators_per_node: int) -> None:
        """Set how many validators share a machine."""
        self._validators_per_node = validators_per_node
        self._paid: dict[Root, set[int]] = {}

    def charge(self, code_hash: Root, validators: Iterable[ValidatorIndex]) -> tuple[int, int]:
        """Charge the nodes of some validators for one script.

        Returns:
            How many nodes validated, and how many of them for the first time.
        """
        nodes = {validator // self._validators_per_node for validator in validators}
        paid = self._paid.setdefault(code_hash, set())
        new = nodes - paid
        paid |= new
        return len(nodes), len(new)
