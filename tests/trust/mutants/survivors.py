"""Changes that no test notices, and why they may stay so."""

from tests.trust.mutants.workshop import Change


def explain(change: Change) -> str:
    """Return why a change needs no test; empty if there is no reason."""
    del change
    return ""
