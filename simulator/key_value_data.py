"""What goes into the key_value script: block data, one write behind the other.

The script in ``scenarios/scripts/key_value.rs`` reads these bytes itself; this is how relayers
speak to it.

Source:
    Ours: PROTOCOL 1 asks for witnesses in the data and leaves their encoding open.
"""

from typing import Final

from chain.errors import MalformedEncoding
from chain.trie import Witness

KEY_BYTES: Final = 4
"""Size of a key."""

_NODE_BYTES: Final = 32
_PART_BYTES: Final = (KEY_BYTES,) + (_NODE_BYTES,) * (2 + 8 * KEY_BYTES)

WRITE_BYTES: Final = sum(_PART_BYTES)
"""Size of a write: key, new value, old value, then one sibling for every bit of the key."""


def encode_write(witness: Witness, new_value: bytes) -> bytes:
    """Return the block data that replaces one key's value.

    Args:
        witness: Proof of the key's value in the state that the writes before this one leave.
        new_value: 32 bytes; zeros are the value of a key that was never written.

    Raises:
        MalformedEncoding: ``wrong_size``; the script could not tell the parts from each other.

    Source:
        Ours: see the module's docstring.
    """
    parts = (witness.key, new_value, witness.value, *witness.branch)
    sizes = tuple(len(part) for part in parts)
    if sizes != _PART_BYTES:
        raise MalformedEncoding("wrong_size", given=sizes, needed=_PART_BYTES)
    return b"".join(parts)
