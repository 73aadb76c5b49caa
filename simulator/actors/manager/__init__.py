"""The people around the deposit manager: state provider, relayers, and a hostile one.

Source:
    PROTOCOL 1, 8 and 10.
"""

from simulator.actors.manager.mailroom import Mailroom
from simulator.actors.manager.relayer import ManagerRelayer
from simulator.actors.manager.replayer import Replayer
from simulator.actors.manager.states import ManagerStates

__all__ = ["Mailroom", "ManagerRelayer", "ManagerStates", "Replayer"]
