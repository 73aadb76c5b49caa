"""Scripts made up at random: host calls in and out of range, in loops, tables and starts."""

from random import Random
from typing import Final

from chain.eei import HOST_FUNCTIONS, HostFunction
from chain.eei.interface import Role
from chain.types import Root
from tests.helpers.wat import PAGE_BYTES, compile_wat, declare

FUEL_PER_ROUND: Final = 8
"""What a script uses for each round that its pre-state asks for."""

CALLABLE: Final = [row for row in HOST_FUNCTIONS if row.parameters is not None]
INLINE: Final = [
    row for row in CALLABLE if row.module == "eth2" and not row.name.startswith(("getShardS", "ex"))
]
"""Carried out inside linked code, without the host."""

_LENGTHS: Final = (0, 1, 8, 31, 32, 33, 64, 100, 1_000, PAGE_BYTES, PAGE_BYTES + 1, 2**31, -1)
_POINTERS: Final = (
    *(0, 1, 64, 4_096, 30_000, PAGE_BYTES - 192, PAGE_BYTES - 184, PAGE_BYTES - 48),
    *(PAGE_BYTES - 33, PAGE_BYTES - 32, PAGE_BYTES - 31, PAGE_BYTES - 1, PAGE_BYTES),
    *(PAGE_BYTES + 1, 2 * PAGE_BYTES - 32, 2**31, -32, -1),
)
_PROLOGUE: Final = """(call $loadPreStateRoot (i32.const 0)) (local.set $n (i32.load (i32.const 0)))
    (block (loop (br_if 1 (i32.eqz (local.get $n)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br 0)))"""
_EPILOGUE: Final = "(call $savePostStateRoot (i32.const 96))"
_ALWAYS: Final = ("loadPreStateRoot", "savePostStateRoot")


def build_rng(seed: object) -> Random:
    """The same numbers for the same seed."""
    return Random(str(seed))  # noqa: S311 - tests, not secrets


def ask_for_rounds(rounds: int) -> Root:
    """A pre-state that makes a script go round so many times before it does anything else."""
    return Root(rounds.to_bytes(4, "little") + bytes(28))


def write_script(
    rng: Random, rows: list[HostFunction], calls: int, *, safe_share: float = 0.8
) -> bytes:
    """Make up a script.

    Args:
        rng: Decides.
        rows: The functions to choose from.
        calls: Statements of ``main``, most of them a call.
        safe_share: Of the arguments, how many are harmless.
    """
    always = [row for row in HOST_FUNCTIONS if row.name in _ALWAYS]
    chosen = [row for row in rng.sample(rows, min(len(rows), 6)) if row not in always]
    used = always + chosen
    statements = [_write_statement(rng, used, safe_share) for _ in range(calls)]
    imports = [declare(row, rng.choice(row.spellings)) for row in used]
    rng.shuffle(imports)
    extra = [_write_table(rng, used), _write_start(rng, used), '(export "again" (func $abort))']
    text = f"""(module {" ".join(imports)}
      (import "env" "abort" (func $abort (param i32 i64)))
      (memory (export "memory") 1 {rng.choice(["", "2"])})
      (global $g (mut i64) (i64.const {rng.randrange(2**40)}))
      (data (i32.const 96) "{_write_bytes(rng, 400)}")
      {" ".join(extra)}
      (func (export "main") (local $n i32)
        {_PROLOGUE} {" ".join(statements)} {_EPILOGUE}))"""
    return compile_wat(text)


def _write_statement(rng: Random, rows: list[HostFunction], safe_share: float) -> str:
    kind = rng.random()
    call = _write_call(rng, rng.choice(rows), safe_share)
    if kind < 0.1:
        rounds = rng.randrange(1, 4)
        return f"""(local.set $n (i32.const {rounds})) (loop {call}
            (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"""
    if kind < 0.15:
        return "(drop (memory.grow (i32.const 1)))"
    if kind < 0.2:
        return f"(call_indirect (i32.const {rng.randrange(4)}))"
    if kind < 0.22:
        return rng.choice(
            [
                "unreachable",
                "(call $abort (i32.const -5) (i64.const -6))",
                "(drop (i32.load (i32.const -1)))",
            ]
        )
    return call


def _write_call(rng: Random, row: HostFunction, safe_share: float) -> str:
    arguments = " ".join(
        f"({each.type}.const {_choose_argument(rng, row, each.role, safe_share)})"
        for each in row.parameters or ()
    )
    call = f"(call ${row.name} {arguments})"
    if row.result is None:
        return call
    if rng.random() < 0.5:
        return f"(drop {call})"
    return f"({row.result}.store (i32.const {rng.randrange(96, 400)}) {call})"


def _choose_argument(rng: Random, row: HostFunction, role: Role, safe_share: float) -> int:
    is_safe = rng.random() < safe_share
    if role in (Role.INPUT, Role.OUTPUT):
        return rng.randrange(96, 4_096) if is_safe else rng.choice(_POINTERS)
    if row.name == "pushNewDeposit":
        return 184 if is_safe else rng.choice(_LENGTHS)
    return rng.randrange(40) if is_safe else rng.choice(_LENGTHS)


def _write_table(rng: Random, rows: list[HostFunction]) -> str:
    """A table with imported functions in it, some of which fit the type it is called with."""
    fitting = [row.name for row in rows if not row.parameters and row.result is None]
    names = " ".join(f"${name}" for name in [*fitting[:1], rng.choice(rows).name])
    return f"(table 4 {rng.choice(['', '4', '9'])} funcref) (elem (i32.const 0) {names})"


def _write_start(rng: Random, rows: list[HostFunction]) -> str:
    if rng.random() < 0.7:
        return ""
    body = "(global.set $g (i64.const 3))"
    if rng.random() < 0.3:
        body += rng.choice(
            ["(call $abort (i32.const 1) (i64.const 2))", _write_call(rng, rng.choice(rows), 0.5)]
        )
    return f"(start $begin) (func $begin {body})"


def _write_bytes(rng: Random, count: int) -> str:
    return "".join(f"\\{rng.randrange(256):02x}" for _ in range(count))
