"""SSZ: the only importer of py-ssz, with types and our errors added.

A container is declared once, field by field::

    class Checkpoint(Container):
        epoch: Epoch = field(uint64)
        root: Root = field(bytes32)

Source:
    The SSZ specification as py-ssz implements it; the declaration form is ours, so that mypy
    and SSZ read the same line.
"""

from ssz.sedes import Bitlist, bytes32, bytes48, bytes96, uint8, uint64

from chain.encoding.byte_strings import Bytes
from chain.encoding.codec import decode, decode_list, encode
from chain.encoding.container import Container, SignedContainer, compute_list_root, field
from chain.encoding.lists import SszList, list_of, make_list, vector_of
from chain.encoding.trees import ZERO_HASHES, hash_pair, merkleize_chunks, mix_in_length

__all__ = [
    "ZERO_HASHES",
    "Bitlist",
    "Bytes",
    "Container",
    "SignedContainer",
    "SszList",
    "bytes32",
    "bytes48",
    "bytes96",
    "compute_list_root",
    "decode",
    "decode_list",
    "encode",
    "field",
    "hash_pair",
    "list_of",
    "make_list",
    "merkleize_chunks",
    "mix_in_length",
    "uint8",
    "uint64",
    "vector_of",
]
