"""Names for quantities, so that mypy keeps a Slot from passing for Gwei.

At run time all of them are plain ``int`` or ``bytes``; sizes are enforced where values
enter: by SSZ (``chain.encoding``) and by the scenario models.

Source:
    PROTOCOL 2; ours where a quantity belongs to the simulation (fuel, ticks).
"""

from typing import NewType

Slot = NewType("Slot", int)
"""Slots since genesis, uint64."""

Epoch = NewType("Epoch", int)
"""Epochs since genesis, uint64."""

ShardIndex = NewType("ShardIndex", int)
"""Position of a shard, from 0, uint64."""

ScriptIndex = NewType("ScriptIndex", int)
"""Position of an execution script in the beacon state: ``env`` and ``executor``, uint64."""

ValidatorIndex = NewType("ValidatorIndex", int)
"""Position in the validator registry, uint64."""

Gwei = NewType("Gwei", int)
"""Amount of ETH; 10**9 Gwei are 1 ETH, uint64."""

Root = NewType("Root", bytes)
"""SSZ hash_tree_root or another 32-byte commitment."""

Pubkey = NewType("Pubkey", bytes)
"""Compressed BLS12-381 G1 point, 48 bytes."""

Signature = NewType("Signature", bytes)
"""Compressed BLS12-381 G2 point, 96 bytes."""

SecretKey = NewType("SecretKey", int)
"""BLS12-381 scalar, never zero."""

GeneralizedIndex = NewType("GeneralizedIndex", int)
"""Node of a binary Merkle tree: the root is 1, the children of n are 2n and 2n + 1."""

Fuel = NewType("Fuel", int)
"""wasmtime's unit of executed work, about one per instruction."""

Ticks = NewType("Ticks", int)
"""The unit a script reports for itself through ``useTicks``."""
