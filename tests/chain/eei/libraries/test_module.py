"""What the module of the libraries consists of, and that its source builds to it."""

from importlib.resources import files
from itertools import product
from pathlib import Path

import pytest

from chain.config import PrimeField
from chain.eei.interface import Group
from chain.eei.libraries import FAULT_CODES, LIBRARY_LABELS, compute_export_name, get_libraries
from chain.eei.table import HOST_FUNCTIONS
from chain.errors import ScriptFault
from chain.wasm import FunctionType, ValueType
from chain.wasm.model import ExternalKind, Module, SectionId
from tests.helpers.native_libraries import ROWS
from tests.helpers.toolchain import needs_debian_toolchain, run_shell

FOLDER = Path(str(files("chain.eei.libraries")))
MAX_BYTES = 60_000
HELPERS = {
    "pages": FunctionType((), (ValueType.I32,)),
    "read": FunctionType((ValueType.I32,) * 3, ()),
    "write": FunctionType((ValueType.I32,) * 3, ()),
    "fail": FunctionType((ValueType.I32,), ()),
}


def get_exported_type(module: Module, name: str) -> FunctionType:
    [entry] = [each for each in module.exports if each.name == name]
    return module.types[module.functions[entry.index]]


def test_every_library_function_but_signatures_exists_as_wasm() -> None:
    groups = {Group.BIGNUM, Group.FIELD, Group.CRYPTO}
    libraries = {row.label for row in HOST_FUNCTIONS if row.group in groups}

    assert libraries - LIBRARY_LABELS == {"bls.verify"}
    assert libraries > LIBRARY_LABELS


@pytest.mark.parametrize("label", sorted(LIBRARY_LABELS))
def test_export_has_the_signature_of_the_host_function(label: str) -> None:
    for prime_field in PrimeField:
        name = compute_export_name(label, prime_field)
        assert get_exported_type(get_libraries().module, name) == ROWS[label].signature


def test_module_exports_nothing_that_nobody_asks_for() -> None:
    asked = {compute_export_name(*each) for each in product(LIBRARY_LABELS, PrimeField)}
    exported = {
        entry.name
        for entry in get_libraries().module.exports
        if entry.kind is ExternalKind.FUNCTION
    }

    assert exported == asked


def test_export_name_of_another_function_is_refused() -> None:
    with pytest.raises(KeyError, match=r"bls\.verify"):
        compute_export_name("bls.verify", PrimeField.BN128)


def test_module_imports_the_helpers_alone() -> None:
    module = get_libraries().module

    assert {entry.module for entry in module.imports} == {"script"}
    assert {entry.field: entry.type for entry in module.imports} == HELPERS


def test_module_is_small_and_stays_in_one_page() -> None:
    libraries = get_libraries()
    [memory] = libraries.module.memories

    assert (memory.minimum, memory.maximum) == (1, 1)
    assert all(each.id is not SectionId.CUSTOM for each in libraries.module.sections)
    assert len(libraries.code) < MAX_BYTES


@pytest.mark.parametrize("code", FAULT_CODES.values())
def test_faults_are_codes_of_script_faults(code: str) -> None:
    assert ScriptFault(code).code == code


@needs_debian_toolchain
def test_build_committed_source_gives_committed_bytes(tmp_path: Path) -> None:
    built = run_shell(FOLDER / "build.sh", tmp_path)

    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    assert (tmp_path / "libraries.wasm").read_bytes() == get_libraries().code


def test_build_without_wasm_compiler_says_what_to_install(tmp_path: Path) -> None:
    built = run_shell(FOLDER / "build.sh", tmp_path, environment={"RUSTC": "/bin/false"})

    assert built.returncode == 1
    assert "apt-get install rustc libstd-rust-dev-wasm32 lld" in built.stderr
