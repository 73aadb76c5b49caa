"""Relayers: they collect what users want of a script and pack it into block data.

Source:
    PROTOCOL 1: users send naked transactions, relayers hold the state and pack them.
"""

from simulator.actors.relayers.base import Books, ExpectedReceipt, PackingView, Relayer
from simulator.actors.relayers.calls import CallRelayer
from simulator.actors.relayers.deposits import DepositRelayer
from simulator.actors.relayers.storage import StorageRelayer

__all__ = [
    "Books",
    "CallRelayer",
    "DepositRelayer",
    "ExpectedReceipt",
    "PackingView",
    "Relayer",
    "StorageRelayer",
]
