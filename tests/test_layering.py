"""Who imports whom, and what no module does: read from the sources.

A breach names the file and what it imports, so that the message is the finding.
"""

import ast
import re
import tokenize
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]

CHAIN_LAYERS = [
    {"lazy"},
    {"types"},
    {"constants"},
    {"errors"},
    {"config"},
    {"encoding"},
    {"containers"},
    {"beacon_view"},
    {"merkle"},
    {"bls"},
    {"trie"},
    {"multiproof"},
    {"wasm"},
    {"eei"},
    {"effects"},
    {"credentials"},
    {"committees"},
    {"receipts"},
    {"placement"},
    {"validation"},
    {"context"},
    {"operations"},
    {"shard", "beacon"},
    {"genesis"},
]
"""Bottom-up: a module, or package, imports only those of the layers before its own."""

FORBIDDEN_IN_CHAIN = {
    "argparse",
    "datetime",
    "glob",
    "io",
    "logging",
    "os",
    "pathlib",
    "random",
    "secrets",
    "shutil",
    "simulator",
    "socket",
    "subprocess",
    "sys",
    "tempfile",
    "tests",
    "threading",
    "time",
    "uuid",
    "warnings",
    "yaml",
}
"""The protocol is a function of its arguments: no files, no clock, no chance, no threads."""

DOORS = {
    "ssz": {"chain/encoding"},
    "pyrsistent": {"chain/encoding"},
    "py_ecc": {"chain/bls.py"},
    "py_arkworks_bls12381": {"chain/bls.py"},
    "trie": {"chain/trie.py"},
    "wasmtime": {"chain/eei"},
    "eth_hash": {"chain/eei/crypto.py", "chain/multiproof.py", "simulator/manager/data.py"},
    "sqlite3": {"simulator/store"},
    "networkx": {"simulator/flows.py", "simulator/topology.py"},
    "pydot": {"simulator/flows.py"},
    "yaml": {"simulator/yaml_source.py"},
    "pydantic": {
        "simulator/scenario",
        "simulator/sweep",
        "simulator/yaml_models.py",
        "simulator/lessons/narration.py",
        "simulator/lessons/reading.py",
    },
    "pyarrow": {"simulator/sweep/table.py"},
    "ray": {"simulator/pools/cluster.py"},
    "platformdirs": {"simulator/module_cache.py"},
    "jinja2": {"simulator/report/page.py", "simulator/lessons/page.py"},
    "markupsafe": {"simulator/report/page.py", "simulator/lessons/page.py"},
    "markdown_it": {"simulator/lessons/page.py"},
    "typer": {"simulator/cli", "simulator/command_group.py"},
    "rich": {
        "simulator/terminal",
        "simulator/commands",
        "simulator/live",
        "simulator/lessons/terminal.py",
        "simulator/lessons/lecturing.py",
    },
}
"""Each engine has one door, so that a better one can replace it."""

MOST_LINES = 400


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def get_files(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def get_name(path: Path) -> str:
    """Return a module's dotted name; a package goes by its own."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


CHAIN = get_files("chain")
SOURCES = get_files("chain", "simulator")
MODULES = {get_name(path) for path in SOURCES}


def get_imports(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports, wherever it does so, by their full names."""
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            for alias in node.names:
                submodule = f"{source}.{alias.name}"
                yield submodule if submodule in MODULES else source


def get_package(module: str) -> str:
    return module.partition(".")[0]


def get_layer(module: str) -> int:
    """Return the layer of a module of ``chain``."""
    name = module.split(".")[1]
    [layer] = [position for position, names in enumerate(CHAIN_LAYERS) if name in names]
    return layer


def show(path: Path, finding: object) -> str:
    return f"{path.relative_to(ROOT).as_posix()}: {finding}"


def find(paths: Iterable[Path], *kinds: type[ast.AST]) -> Iterator[tuple[Path, Any]]:
    """Yield every syntax node of some kinds, with the file it is in."""
    for path in paths:
        for node in ast.walk(parse(path)):
            if isinstance(node, kinds):
                yield path, node


def test_layers_name_every_module_of_chain_once() -> None:
    named = [name for names in CHAIN_LAYERS for name in names]

    top_level = {module.split(".")[1] for module in MODULES if module.startswith("chain.")}
    assert sorted(named) == sorted(top_level)


def test_chain_modules_import_only_layers_below_their_own() -> None:
    breaches = [
        show(path, module)
        for path in CHAIN
        for module in get_imports(path)
        if get_package(module) == "chain"
        and module.split(".")[1:2] != get_name(path).split(".")[1:2]
        and get_layer(module) >= get_layer(get_name(path))
    ]

    assert breaches == []


def test_chain_modules_import_nothing_from_outside_the_protocol() -> None:
    breaches = [
        show(path, module)
        for path in CHAIN
        for module in get_imports(path)
        if get_package(module) in FORBIDDEN_IN_CHAIN
    ]

    assert breaches == []


def test_nobody_imports_tests_or_the_command_line() -> None:
    breaches = [
        show(path, module)
        for path in SOURCES
        for module in get_imports(path)
        if get_package(module) == "tests"
        or (module.startswith("simulator.cli") and not get_name(path).startswith("simulator.cli"))
    ]

    assert breaches == []


@pytest.mark.parametrize("package", ["chain", "simulator"])
def test_imports_form_no_cycle(package: str) -> None:
    """Inside packages too. The package itself is a front door that opens when it is asked."""
    graph = {
        get_name(path): {
            module
            for module in get_imports(path)
            if get_package(module) == package and module != package
        }
        for path in get_files(package)
        if get_name(path) != package
    }

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"import cycle: {error.args[1]}")


@pytest.mark.parametrize(("library", "doors"), DOORS.items(), ids=DOORS)
def test_library_is_imported_by_its_door_only(library: str, doors: set[str]) -> None:
    open_to = [ROOT / door for door in doors]

    breaches = [
        show(path, module)
        for path in SOURCES
        for module in get_imports(path)
        if get_package(module) == library
        and not any(path == door or door in path.parents for door in open_to)
    ]

    assert breaches == []


def test_modules_do_not_assert() -> None:
    """``python -O`` deletes asserts."""
    breaches = [show(path, node.lineno) for path, node in find(SOURCES, ast.Assert)]

    assert breaches == []


def test_modules_do_not_print() -> None:
    """Output goes to the streams that the command line was given."""
    breaches = [
        show(path, node.lineno)
        for path, node in find(SOURCES, ast.Call)
        if isinstance(node.func, ast.Name) and node.func.id in {"print", "input", "breakpoint"}
    ]

    assert breaches == []


def test_modules_draw_no_randomness_and_read_no_clock_of_their_own() -> None:
    """Only ``simulator.rng`` makes generators, only ``simulator.costs.clock`` reads clocks.

    What they say is shown where somebody asks for it, and nothing that is simulated follows.
    """
    called = [
        (path, ast.unparse(node.func))
        for path, node in find(SOURCES, ast.Call)
        if isinstance(node.func, ast.Attribute)
    ]

    breaches = {
        show(path, name)
        for path, name in called
        if get_package(name) in {"random", "time", "datetime"}
    }

    assert breaches == {
        "simulator/costs/clock.py: time.perf_counter",
        "simulator/costs/clock.py: time.process_time",
        "simulator/rng.py: random.Random",
    }


def test_clock_is_asked_by_measuring_calibrating_checkpoints_and_the_live_view_alone() -> None:
    asking = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        for module in get_imports(path)
        if module in {"time", "datetime", "simulator.costs.clock"}
    }

    assert asking == {
        "simulator/checkpoints.py",
        "simulator/costs/calibrate.py",
        "simulator/costs/clock.py",
        "simulator/costs/measure.py",
        "simulator/live/pace.py",
    }


def test_modules_keep_no_global_state() -> None:
    breaches = [show(path, node.names) for path, node in find(SOURCES, ast.Global)]

    assert breaches == []


def test_modules_catch_only_what_they_can_name() -> None:
    """Whoever catches everything must raise it again: the rest are bugs of ours."""
    breaches = [
        show(path, node.lineno)
        for path, node in find(SOURCES, ast.ExceptHandler)
        if (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and ast.unparse(node.body[-1]) != "raise"
    ]

    assert breaches == []


def test_modules_stay_within_400_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}

    assert [show(path, length) for path, length in lengths.items() if length > MOST_LINES] == []


def test_exceptions_to_the_linters_have_their_reason_beside_them() -> None:
    breaches = [
        show(path, comment)
        for path in get_files("chain", "simulator", "tests")
        for comment in get_comments(path)
        if re.search(r"\b(noqa|type: ignore)\b", comment)
        and not re.search(r"# noqa: [A-Z0-9, ]+ - \S|# type: ignore\[[a-z, -]+\]  # \S", comment)
    ]

    assert breaches == []


def get_comments(path: Path) -> list[str]:
    with path.open("rb") as file:
        return [
            token.string
            for token in tokenize.tokenize(file.readline)
            if token.type == tokenize.COMMENT
        ]
