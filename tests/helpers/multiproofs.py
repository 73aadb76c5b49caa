"""Trees and batches of writes whose keys are close to one another as often as far apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

from chain.trie import ScriptTrie

KEY_BYTES: Final = 2

Contents = dict[bytes, bytes]

keys = st.one_of(
    st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES),
    st.integers(0, 8).map(lambda number: number.to_bytes(KEY_BYTES, "big")),
    st.integers(0, 15).map(lambda bit: (1 << bit).to_bytes(KEY_BYTES, "big")),
)
values = st.binary(min_size=32, max_size=32) | st.sampled_from([bytes(32), b"\x01" * 32])


@dataclass(frozen=True, slots=True)
class Batch:
    """What is in a tree, and what is written to it."""

    contents: Contents
    writes: Contents


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    """Draw a tree and at least one write; some keys are there, some are not."""
    contents = draw(st.dictionaries(keys, values, max_size=12))
    known = st.sampled_from(sorted(contents)) if contents else keys
    writes = draw(st.dictionaries(known | keys, values, min_size=1, max_size=8))
    return Batch(contents, writes)


def build_trie(contents: Mapping[bytes, bytes], key_bytes: int = KEY_BYTES) -> ScriptTrie:
    trie = ScriptTrie(key_bytes)
    for key, value in contents.items():
        trie.set_value(key, value)
    return trie
