"""The functions that rewritten modules bring along, for what depends on an operand.

Both have the type ``(i32) -> (i32)``. A product of size and price is made in 64 bits, in which
it cannot wrap, and charged up to what one call of ``useTicks`` can take.

Source:
    Ours: ewasm's sentinel had one such function, for the growth of memory.
"""

from typing import Final

from chain.wasm.assembler import assemble
from chain.wasm.encoding import encode_body
from chain.wasm.model import ValueType

MAX_CHARGE: Final = 2**32 - 1
"""What one call of ``useTicks`` can take."""

_CHARGE: Final = """
    local.get $size
    i64.extend_i32_u
    i64.const $cost
    i64.mul
    local.set $ticks
    local.get $ticks
    i64.const $most
    local.get $ticks
    i64.const $most
    i64.lt_u
    select
    i32.wrap_i64
    call $use_ticks
"""
"""``useTicks(min(size * cost, most))``"""

_CHARGE_UNITS: Final = f"""
    {_CHARGE}
    local.get $size
"""

_GROW_MEMORY: Final = f"""
    local.get $size
    memory.grow 0
    local.tee $old_size
    i32.const -1
    i32.ne
    if
      {_CHARGE}
    end
    local.get $old_size
"""

_LOCALS: Final = {"size": 0, "ticks": 1, "old_size": 2}


def encode_charge_units(use_ticks: int, cost: int) -> bytes:
    """Encode a function that charges for a size, and returns it.

    Args:
        use_ticks: Function index of ``useTicks``.
        cost: Ticks per unit.

    Source:
        Ours: see the module's docstring.
    """
    code = assemble(_CHARGE_UNITS, **_LOCALS, cost=cost, most=MAX_CHARGE, use_ticks=use_ticks)
    return encode_body([ValueType.I64], code)


def encode_grow_memory(use_ticks: int, cost: int) -> bytes:
    """Encode a function that grows memory, and charges if that succeeds.

    Args:
        use_ticks: Function index of ``useTicks``.
        cost: Ticks per page.

    Source:
        Ours: see the module's docstring.
    """
    code = assemble(_GROW_MEMORY, **_LOCALS, cost=cost, most=MAX_CHARGE, use_ticks=use_ticks)
    return encode_body([ValueType.I64, ValueType.I32], code)
