"""New scripts: what is made runs as it is, builds to the same bytes, and says what is wrong."""

import subprocess
from pathlib import Path

import pytest

from chain.eei import ScriptCall, ScriptResult
from chain.types import Root
from chain.validation import validate_script
from chain.wasm import STRICT_RULES
from simulator.errors import UserError
from simulator.loader import load_scenario
from simulator.new_script import create_script
from simulator.runner import run
from tests.helpers.scripts import get_runtime
from tests.helpers.toolchain import RUSTC, needs_debian_toolchain, run_shell


def uint64(number: int) -> bytes:
    return number.to_bytes(8, "little")


def encode_state(total: int, blocks: int) -> bytes:
    return uint64(total) + uint64(blocks) + bytes(16)


def encode_batch(*numbers: int) -> bytes:
    return (4).to_bytes(4, "little") + b"".join(map(uint64, numbers))


def execute(wasm: Path, data: bytes, state: bytes = bytes(32)) -> ScriptResult:
    call = ScriptCall(code=wasm.read_bytes(), pre_state_root=Root(state), data=data)
    return get_runtime().execute(call)


def list_files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_create_script_scenario_runs_and_meets_its_expectations(tmp_path: Path) -> None:
    scenario = create_script("adder", tmp_path)
    result = run(load_scenario(str(scenario)), tmp_path / "run")
    assert scenario == tmp_path / "adder" / "adder.yaml"
    assert result.expectations_met


def test_create_script_folder_has_all_it_takes_and_its_name_everywhere(tmp_path: Path) -> None:
    create_script("adder", tmp_path)
    files = list_files(tmp_path / "adder")
    assert [file for file in files if not file.startswith("sdk/src/")] == [
        ".cargo/config.toml",
        ".gitignore",
        "Cargo.toml",
        "README.md",
        "adder.wasm",
        "adder.yaml",
        "build.sh",
        "sdk/Cargo.toml",
        "sdk/README.md",
        "sdk/build.sh",
        "sdk/toolchain.sh",
        "src/lib.rs",
    ]
    for file in files:
        if not file.endswith(".wasm"):
            assert "@NAME@" not in (tmp_path / "adder" / file).read_text(encoding="utf-8")


def test_create_script_wasm_adds_up_and_satisfies_the_strict_profile(tmp_path: Path) -> None:
    wasm = create_script("adder", tmp_path).with_suffix(".wasm")
    validate_script(wasm.read_bytes(), STRICT_RULES, get_runtime())
    result = execute(wasm, encode_batch(5, 2**40), encode_state(100, 6))
    assert (result.outcome, result.post_state_root) == ("returned", encode_state(105 + 2**40, 7))


@pytest.mark.parametrize(
    "data",
    [b"", encode_batch(), encode_batch(1)[:-1], encode_batch(2**64 - 1), encode_batch(*[0] * 65)],
)
def test_create_script_wasm_any_other_data_traps(tmp_path: Path, data: bytes) -> None:
    wasm = create_script("adder", tmp_path).with_suffix(".wasm")
    assert execute(wasm, data, encode_state(1, 0)).outcome == "trapped:unreachable"


@needs_debian_toolchain
def test_create_script_build_gives_the_bytes_that_came_with_it(tmp_path: Path) -> None:
    wasm = create_script("another_name", tmp_path / "some where else").with_suffix(".wasm")
    delivered = wasm.read_bytes()
    wasm.unlink()
    built = run_shell(wasm.with_name("build.sh"))
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    assert wasm.read_bytes() == delivered


@pytest.mark.slow
@needs_debian_toolchain
def test_create_script_debug_build_says_where_it_trapped(tmp_path: Path) -> None:
    wasm = create_script("adder", tmp_path).with_suffix(".wasm")
    assert run_shell(wasm.with_name("build.sh"), "--debug").returncode == 0
    lines = (tmp_path / "adder" / "src" / "lib.rs").read_text().splitlines()
    [number] = [at for at, line in enumerate(lines, 1) if "require(!batch" in line]
    [line] = execute(wasm, encode_batch()).debug
    assert f"src/lib.rs:{number}:" in line


@pytest.mark.slow
@needs_debian_toolchain
@pytest.mark.skipif(not Path("/usr/bin/cargo").exists(), reason="needs Debian 12's cargo")
def test_create_script_cargo_builds_it_offline(tmp_path: Path) -> None:
    folder = create_script("adder", tmp_path).parent
    environment = {"RUSTC": str(RUSTC), "PATH": "/usr/bin:/bin", "CARGO_HOME": str(tmp_path / "c")}
    built = subprocess.run(
        ["/usr/bin/cargo", "build", "--release", "--offline"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    assert "warning" not in built.stderr


@pytest.mark.parametrize("name", ["", "Adder", "1st", "a-b", "a b", "../a", "a.b", "a" * 65, "ä"])
def test_create_script_name_that_cannot_be_one_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="cannot be a script's name"):
        create_script(name, tmp_path)
    assert list_files(tmp_path) == []


def test_create_script_existing_folder_is_refused_and_kept(tmp_path: Path) -> None:
    create_script("adder", tmp_path)
    source = tmp_path / "adder" / "src" / "lib.rs"
    source.write_text("mine")
    with pytest.raises(UserError, match="exists already"):
        create_script("adder", tmp_path)
    assert source.read_text() == "mine"


def test_create_script_where_no_folder_can_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be made"):
        create_script("adder", tmp_path / "file")
