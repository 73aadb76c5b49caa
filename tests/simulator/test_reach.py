"""Files that a file names: in its own folder, or where whoever runs it allows."""

import os
from pathlib import Path

import pytest

from simulator.errors import ScenarioError, ScoutFileError
from simulator.lessons import load_lesson
from simulator.loader import load_scenario
from simulator.reach import ANYWHERE, FileRefused, build_reach
from simulator.scout_file import load_scout_file
from simulator.sweep import plan_sweep
from tests.helpers.lessons import write_lesson
from tests.helpers.scenarios import (
    HELLO,
    Settings,
    build_scenario,
    load,
    register,
    save_scenario,
)
from tests.helpers.scout import build_text

OUTSIDE = "it is outside the folder of the file that names it; --allow-outside allows that"
SCRIPT = Path(HELLO).read_bytes()
KEY = "events[0].register.script"


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a stranger, and a secret beside it; whoever works there is in a third."""
    (tmp_path / "secret.wasm").write_bytes(SCRIPT)
    for name in ("stranger", "home"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path / "stranger"


def link(folder: Path, name: str, target: str | Path) -> str:
    (folder / name).symlink_to(target)
    return name


def register_one(script: str) -> Settings:
    return build_scenario(events=[register("a", script)])


def refuse(folder: Path, script: str, overrides: tuple[str, ...] = ()) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(register_one(script), folder, overrides)
    return caught.value.problems[0]


@pytest.mark.parametrize(
    "script",
    [
        "../secret.wasm",
        "x/../../secret.wasm",
        "{parent}/secret.wasm",
        "/dev/zero",
        "/proc/self/mem",
    ],
)
def test_scenario_script_outside_its_folder_is_refused_with_the_way_out(
    script: str, folder: Path
) -> None:
    script = script.format(parent=folder.parent)
    path = folder / "tiny.yaml"
    problem = refuse(folder, script)
    assert problem.startswith(f"{path}:")
    assert problem.endswith(f": {KEY}: {folder / script}: {OUTSIDE}")


def test_scenario_script_behind_links_that_lead_outside_is_refused(folder: Path) -> None:
    link(folder, "up", "..")
    for script in (link(folder, "a.wasm", "../secret.wasm"), "up/secret.wasm"):
        assert OUTSIDE in refuse(folder, script)


def test_scenario_script_behind_a_link_that_stays_inside_is_read(folder: Path) -> None:
    (folder / "real.wasm").write_bytes(SCRIPT)
    script = link(folder, "a.wasm", "real.wasm")
    assert load(register_one(script), folder).scripts == {script: SCRIPT}


def test_scenario_folder_itself_behind_a_link_is_its_folder(folder: Path) -> None:
    (folder / "real.wasm").write_bytes(SCRIPT)
    save_scenario(register_one("real.wasm"), folder)
    (folder.parent / "way").symlink_to(folder)
    assert load_scenario(folder.parent / "way" / "tiny.yaml").scripts == {"real.wasm": SCRIPT}


def test_scenario_script_outside_is_read_if_allowed_or_said_by_the_runner(folder: Path) -> None:
    path = save_scenario(register_one("../secret.wasm"), folder)
    allowed = load_scenario(path, allow_outside=True)
    own = save_scenario(register_one("missing.wasm"), folder, "own")
    said = load_scenario(own, [f"{KEY}=../secret.wasm"])
    assert allowed.scripts == said.scripts == {"../secret.wasm": SCRIPT}


def test_scenario_override_of_another_key_allows_nothing(folder: Path) -> None:
    problem = refuse(folder, "../secret.wasm", ("events[0].register.name=b", "seed=3"))
    assert OUTSIDE in problem


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("pipe", "not a regular file"),
        ("sub", "Is a directory"),
        ("loop", "Symlink loop"),
        ("huge", "longer than 4194304 bytes"),
        ("a\0b", "null byte"),
        ("n" * 300, "File name too long"),
        ("~/secret.wasm", "No such file or directory"),
        ("%2e%2e/secret.wasm", "No such file or directory"),
        ("..\\secret.wasm", "No such file or directory"),
        ("C:\\secret.wasm", "No such file or directory"),
        ("file:///etc/passwd", "No such file or directory"),
    ],
)
def test_scenario_script_that_is_no_file_of_its_folder_is_refused(
    script: str, reason: str, folder: Path
) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "sub").mkdir()
    link(folder, "loop", "loop")
    with (folder / "huge").open("wb") as file:
        file.truncate(10**12)
    assert reason in refuse(folder, script)


def test_scenario_cost_profile_outside_is_refused(folder: Path) -> None:
    costs = {"profile": "measured", "path": "../secret.wasm"}
    with pytest.raises(ScenarioError) as caught:
        load(build_scenario(costs=costs), folder)
    expected = f"costs.path: {folder / '../secret.wasm'}: cannot be read: {OUTSIDE}"
    assert caught.value.problems[0].endswith(expected)


def write_sweep(folder: Path, text: str) -> Path:
    path = folder / "sweep.yaml"
    path.write_text(f"title: A sweep\n{text}", encoding="utf-8")
    return path


def test_sweep_scenario_outside_is_refused_unless_allowed(folder: Path) -> None:
    save_scenario(build_scenario(), folder.parent)
    path = write_sweep(folder, "scenario: ../tiny.yaml\ngrid: {slots: [2]}\n")
    with pytest.raises(ScenarioError, match=r":2: scenario: \.\./tiny\.yaml: .*--allow-outside"):
        plan_sweep(path)
    assert len(plan_sweep(path, allow_outside=True).points) == 1


@pytest.mark.parametrize("key", ["events[0].register.script", "costs"])
def test_sweep_value_that_leads_outside_is_refused(key: str, folder: Path) -> None:
    (folder / "real.wasm").write_bytes(SCRIPT)
    save_scenario(register_one("real.wasm"), folder)
    value = {
        "events[0].register.script": "../secret.wasm",
        "costs": "{profile: measured, path: ../secret.wasm}",
    }[key]
    path = write_sweep(folder, f'scenario: tiny.yaml\ngrid: {{"{key}": [{value}]}}\n')
    with pytest.raises(ScenarioError) as caught:
        plan_sweep(path)
    assert OUTSIDE in caught.value.problems[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"scenario": "../tiny.yaml"},
        {"runs": {"other": ["costs={profile: measured, path: ../secret.wasm}"]}},
        {"executions": {"once": {"script": "../secret.wasm", "state": "00" * 32}}},
    ],
)
def test_lesson_that_leads_outside_is_refused(changes: Settings, folder: Path) -> None:
    save_scenario(build_scenario(), folder.parent)
    with pytest.raises(ScenarioError) as caught:
        load_lesson(write_lesson(folder, **changes))
    assert OUTSIDE in str(caught.value)


def write_scout(folder: Path, script: str) -> Path:
    path = folder / "case.yaml"
    path.write_text(build_text(scripts=(script,)), encoding="utf-8")
    return path


def test_scout_script_outside_folder_and_working_directory_is_refused(folder: Path) -> None:
    path = write_scout(folder, "../secret.wasm")
    with pytest.raises(ScoutFileError, match=r"execution_scripts.*--allow-outside"):
        load_scout_file(path)
    assert load_scout_file(path, allow_outside=True).scripts[0].code == SCRIPT


def test_scout_script_in_the_working_directory_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    for script in ("secret.wasm", "../secret.wasm"):
        assert load_scout_file(write_scout(folder, script)).scripts[0].code == SCRIPT


def test_reach_find_what_comes_with_shardlab_is_within_reach_of_all(folder: Path) -> None:
    assert build_reach(folder).find(Path(HELLO)) == Path(HELLO).resolve()


def test_reach_read_folder_with_the_same_beginning_is_outside(folder: Path) -> None:
    other = folder.with_name("stranger2")
    other.mkdir()
    (other / "a").write_bytes(b"a")
    with pytest.raises(FileRefused, match="outside"):
        build_reach(folder).read(other / "a", 10)
    assert ANYWHERE.read(other / "a", 10) == b"a"
