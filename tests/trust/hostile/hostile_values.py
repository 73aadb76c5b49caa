"""Values that a YAML file can hold and no reader should trip over, as the text that gives them."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

_PLAIN: Final = (
    "-1",
    "0",
    "1",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1000000000",
    "1_000_000_000_000",
    "-0",
    "1e400",
    "-1e400",
    "1.0e+400",
    "1e9",
    ".inf",
    "-.inf",
    ".nan",
    "0x10",
    "0o17",
    "017",
    "0b11",
    "1:30",
    "190:20:30.15",
    "~",
    "null",
    "''",
    "[]",
    "{}",
    "true",
    "yes",
    "off",
    "2001-01-01",
    "0001-01-01T00:00:00+23:59",
    "2020-13-45",
    "9999-12-31T23:59:59-23:59",
    "2001-01-01T99:99:99Z",
    "=",
    "<<",
    "!!bool 5",
    "!!int abc",
    "!!int ''",
    "!!float x",
    "!!null 5",
    "!!str 5",
    "!!timestamp x",
    "!!timestamp 2020-13-45",
    "!!binary '////'",
    "!!binary '%%%'",
    "!!set {a, b}",
    "!!omap [a: 1]",
    "!!pairs [a: 1]",
    "!!seq {}",
    "!!map []",
    "! x",
    "!local x",
    "!!unknown x",
    "!<tag:yaml.org,2002:int> 5",
    "!!python/object/apply:os.system ['true']",
    "!!python/name:os.system ''",
    "!!python/object/new:os.system [x]",
    "!!python/tuple [1]",
    "*missing",
    "&a x",
    "&a [*a]",
    "&a {b: *a}",
    "[&a x, *a, *a]",
    "[&a 1, &a 2]",
    "{<<: {slots: 3}}",
    "{<<: [{slots: 3}, {seed: 1}]}",
    "{<<: 5}",
    "{1: 2, null: 3, true: 4, 1.5: x}",
    "{[a]: b}",
    "{? {a: b} : c}",
    "{? [a] : b}",
    "{a: 1, a: 2}",
    "{'': 1}",
    "{a, b}",
    "[a, [b, [c]]]",
    r'"\e]0;title\a"',
    r'"\0"',
    r'"\uD800"',
    r'"\U00110000"',
    r'"\u202Eabc"',
    r'"a\nb: c"',
    r'"\x9b31m"',
    '"[bold red]x[/]"',
    "'=1+1'",
    "ghost",
    "'../ghost'",
    "manager",
    "beacon",
    "optimistic",
    "real",
    "'2019'",
    "'2020'",
)

_PATHS: Final = (
    "/etc/passwd",
    "/dev/zero",
    "/dev/stdin",
    "/proc/self/mem",
    "../../../../../etc/hostname",
    ".",
    "..",
    "scripts",
    "scripts/",
    "scripts/../case.yaml",
    "scripts/../../x",
    "~/x",
    "$HOME/x",
    r"C:\x",
    r"..\x",
    "%2e%2e/x",
    "file:///etc/passwd",
    "http://localhost/x",
    "CON",
    "scripts//",
    "pipe",
    "link",
    "loop",
    "huge",
    "//etc/passwd",
    "scripts/helloworld.wasm/x",
)


def draw_value(rng: Random) -> tuple[str, str]:
    """Return the name of a kind of value, and its YAML on one line."""
    form = rng.choice(("plain", "plain", "plain", "path", "number", "nesting", "aliases", "long"))
    return form, _MAKERS[form](rng)


def _draw_plain(rng: Random) -> str:
    return rng.choice(_PLAIN)


def draw_path(rng: Random) -> str:
    """Return a path that leads astray, quoted."""
    path = rng.choice((*_PATHS, "x" * 300, "x/" * 3000, "../" * 2000 + "etc/passwd"))
    return rng.choice((f"'{path}'", r'"scripts/helloworld.wasm\0"', f"'{path}'"))


def draw_number(rng: Random) -> str:
    """Return a number of many digits, in any notation of YAML 1.1."""
    digits = rng.choice((20, 100, 400, 900, 4000, 5000, 100_000))
    number = rng.choice(
        (
            "9" * digits,
            "-" + "9" * digits,
            "0x" + "f" * digits,
            "0" + "7" * digits,
            "0b" + "1" * digits,
            "1" + ":59" * digits,
            "1" + ":59" * digits + ".5",
            "1." + "0" * digits + "1",
            "1.0e+" + "9" * min(digits, 5000),
            "1.0e-" + "9" * min(digits, 5000),
            "1" + "_" * digits,
        )
    )
    return rng.choice(("", "", "", "!!int ", "!!float ")) + number


def draw_nesting(rng: Random) -> str:
    """Return collections inside of one another."""
    depth = rng.choice((5, 36, 39, 40, 41, 1000, 100_000))
    start, stop = rng.choice((("[", "]"), ("{a: ", "}"), ("[{b: ", "}]")))
    return start * depth + rng.choice((stop * depth, "", stop * (depth // 2)))


def draw_aliases(rng: Random) -> str:
    """Return anchors that stand for more and more: a billion laughs."""
    width, levels = rng.choice(((2, 12), (9, 9), (100, 3), (1000, 2), (2, 38)))
    first = rng.choice(("x", "'" + "x" * 10_000 + "'", "[]", "{a: b}", "1" + "0" * 900))
    parts = [f"&n0 {first}"]
    for level in range(1, levels):
        alias = f"*n{level - 1}"
        parts.append(f"&n{level} [{', '.join([alias] * width)}]")
    return f"[{', '.join(parts)}]"


def draw_long(rng: Random) -> str:
    """Return something of great length."""
    size = rng.choice((300, 5000, 60_000, 150_000))
    return rng.choice(
        (
            "x" * size,
            "'" + "x" * size + "'",
            '"' + r"\e" * size + '"',
            "[" + "0, " * size + "]",
            "[" + "{}, " * size + "]",
            "{" + ", ".join(f"k{each}: {each}" for each in range(size)) + "}",
            "{" + ", ".join(f"k{each}: {{}}" for each in range(size // 2)) + "}",
            "[" + "a: b, " * size + "]",
            "'" + "ab" * size + "'",
        )
    )


_MAKERS: Final[Mapping[str, Callable[[Random], str]]] = {
    "plain": _draw_plain,
    "path": draw_path,
    "number": draw_number,
    "nesting": draw_nesting,
    "aliases": draw_aliases,
    "long": draw_long,
}
