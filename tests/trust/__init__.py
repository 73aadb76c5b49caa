"""Experiments that show what the simulator can be trusted with: ``make trust`` runs them.

Each tries one claim on many cases: against an independent implementation, under attack, or
killed half-way. Continuous integration runs them at a small size; ``python -m tests.trust``
runs them at full size and writes what came of it to ``tests/TRUST.md``.
"""
