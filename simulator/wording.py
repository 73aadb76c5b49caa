"""Numbers in sentences: one slot, two slots.

Source:
    Ours: what people read says "1 slot", whichever command says it.
"""


def count_of(number: float, noun: str) -> str:
    """Return a number of things, such as ``1 slot`` or ``1,024 boxes``.

    Args:
        number: How many, with thousands separated.
        noun: What, in the singular; words that end in an s get ``es``.
    """
    return f"{number:,} {name_things(number, noun)}"


def name_things(number: float, noun: str) -> str:
    """Return the word for a number of things, for where the number is shown in another way."""
    plural = f"{noun}es" if noun.endswith(("s", "x")) else f"{noun}s"
    return noun if number == 1 else plural
