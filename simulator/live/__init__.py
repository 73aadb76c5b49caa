"""A run while it runs, on the terminal: lanes, deposits in flight, costs, and what stood out.

``state`` and what it is made of fold events and know nothing of terminals; ``sections`` and
``dashboard`` turn that into lines; ``pace`` reads the clock and decides when it is worth it;
``show`` puts it on the screen. Nothing that is simulated sees any of it.

Source:
    Ours.
"""

from simulator.live.show import show_live

__all__ = ["show_live"]
