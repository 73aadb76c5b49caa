"""``none``: nobody validates."""

from chain.placement.base import Placement


class NonePlacement(Placement):
    """``none``: nobody validates, a bad script fails when it is called, if it does.

    Who, when: nobody, never. Mark: none. A bad script costs whoever calls it carelessly the
    block, again and again; where it runs although a rule is broken, such as the one against
    floats, engines may disagree about the result. Its sender pays the fee. Usable at once.
    Total cost: 0, and the failing calls.

    Source:
        PROTOCOL 7.
    """

    name = "none"
