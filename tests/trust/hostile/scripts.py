"""Draws hostile scripts: written by families, drawn as modules, or damaged copies of real ones."""

from functools import cache
from random import Random
from typing import Final, NamedTuple

from tests.helpers.random_scripts import write_script
from tests.helpers.scripts import SCRIPTS
from tests.helpers.wasm_modules import build_wat, encode_u32
from tests.helpers.wat import compile_wat
from tests.trust.hostile.families import CALLABLE, FAMILIES

_MAGIC: Final = b"\0asm\1\0\0\0"
_MOST_SCRIPT_BYTES: Final = 4_000
"""Larger scripts are drawn more rarely: most damage to them is the same."""

_INTERESTING: Final = (0x00, 0x01, 0x0B, 0x40, 0x7F, 0x80, 0xFC, 0xFD, 0xFF)
_LARGE: Final = (2**7, 2**16, 2**31, 2**32 - 1)
_MOST_DATA_BYTES: Final = 600


class HostileScript(NamedTuple):
    """A script, and the block data that it is run on."""

    family: str
    code: bytes
    data: bytes


def draw_script(rng: Random) -> HostileScript:
    """Draw a script of any family."""
    data = rng.randbytes(rng.choice((0, 0, 7, 100, _MOST_DATA_BYTES)))
    kind = rng.random()
    if kind < 0.3:
        return HostileScript("damaged shipped script", _damage(rng, _choose_shipped(rng)), data)
    if kind < 0.5:
        return HostileScript("random host calls", _write_random(rng), data)
    if kind < 0.58:
        return HostileScript("made of noise", _write_noise(rng), data)
    name = rng.choice(list(FAMILIES))
    code = build_wat(FAMILIES[name](rng))
    if rng.random() < 0.2:
        return HostileScript(f"{name}, damaged", _damage(rng, code), data)
    return HostileScript(name, code, data)


def _write_random(rng: Random) -> bytes:
    code = write_script(rng, CALLABLE, rng.randrange(1, 12), safe_share=rng.random())
    compile_wat.cache_clear()  # else what it keeps would be taken for a leak
    return _damage(rng, code) if rng.random() < 0.2 else code


@cache
def _list_shipped() -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    codes = [path.read_bytes() for path in sorted(SCRIPTS.glob("*.wasm"))]
    small = tuple(code for code in codes if len(code) <= _MOST_SCRIPT_BYTES)
    return small, tuple(codes)


def _choose_shipped(rng: Random) -> bytes:
    small, everything = _list_shipped()
    return rng.choice(small if rng.random() < 0.9 else everything)


def _damage(rng: Random, code: bytes) -> bytes:
    """Change a copy in one to four places."""
    changed = bytearray(code)
    for _ in range(rng.randrange(1, 5)):
        _damage_once(rng, changed)
    return bytes(changed)


def _damage_once(rng: Random, code: bytearray) -> None:
    at = rng.randrange(min(8, len(code)), len(code) + 1) if code else 0
    here, length = slice(at, at + 1), rng.randrange(1, 20)
    match rng.randrange(7):
        case 0:
            code[here] = bytes(byte ^ 1 << rng.randrange(8) for byte in code[here])
        case 1:
            code[here] = bytes([rng.choice(_INTERESTING)])
        case 2:
            del code[at : at + length]
        case 3:
            code[at:at] = rng.randbytes(length)
        case 4:
            source = rng.randrange(len(code) + 1)
            code[at : at + length] = code[source : source + length]
        case 5:
            code[here] = encode_u32(rng.choice(_LARGE))
        case _:
            del code[at:]


def _write_noise(rng: Random) -> bytes:
    """Write sections whose sizes and counts lie."""
    parts = [_MAGIC]
    for number in sorted(rng.choices(range(14), k=rng.randrange(1, 6))):
        content = encode_u32(rng.choice((0, 1, 3, *_LARGE))) + rng.randbytes(rng.randrange(30))
        size = rng.choice((len(content),) * 4 + (0, len(content) + 1, *_LARGE))
        parts.append(bytes([number]) + encode_u32(size) + content)
    return b"".join(parts)
