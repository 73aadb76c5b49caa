"""What is installed: pinned with hashes, within the ranges, under licences that fit ours."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.helpers.documents import PROJECT
from tests.helpers.licences import LICENCES_PAGE, LOCKED_FOLDER, read_locked, read_locked_here

FILES = sorted(path.stem for path in LOCKED_FOLDER.glob("*.txt"))
LICENCE_WORDS_THAT_DO_NOT_FIT = ("GPL", "SSPL", "BUSL", "Proprietary", "UNKNOWN", "NC")


def read_project() -> dict[str, dict[str, list[str]]]:
    with (PROJECT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    return {"runtime": {"": project["dependencies"]}, "extras": project["optional-dependencies"]}


def walk_extra(name: str) -> Iterator[Requirement]:
    """Return what an extra asks for, other extras of ours followed."""
    for requirement in map(Requirement, read_project()["extras"][name]):
        if requirement.name == "shardlab":
            for extra in requirement.extras:
                yield from walk_extra(extra)
        else:
            yield requirement


def list_wanted() -> list[tuple[str, Requirement]]:
    runtime = [("runtime", Requirement(line)) for line in read_project()["runtime"][""]]
    extras = [(name, wanted) for name in ("dev", "ray") for wanted in walk_extra(name)]
    return runtime + extras


@pytest.mark.parametrize(("file", "wanted"), list_wanted(), ids=str)
def test_dependency_is_pinned_within_its_range(file: str, wanted: Requirement) -> None:
    pin = read_locked_here(file)[canonicalize_name(wanted.name)]

    assert wanted.specifier.contains(get_version(pin)), ".ci/lock writes the pins anew"


def get_version(pin: Requirement) -> str:
    [specifier] = pin.specifier
    assert specifier.operator == "=="
    return specifier.version


@pytest.mark.parametrize("file", FILES)
def test_every_pin_has_hashes(file: str) -> None:
    text = (LOCKED_FOLDER / f"{file}.txt").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", text.strip())

    assert len(blocks) == len(read_locked(file))
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_files_pin_the_same_versions() -> None:
    versions: dict[str, set[str]] = {}
    for file in FILES:
        for name, pin in read_locked_here(file).items():
            versions.setdefault(name, set()).add(get_version(pin))

    assert {name for name, found in versions.items() if len(found) > 1} == set()


def read_licences() -> dict[str, str]:
    page = LICENCES_PAGE.read_text(encoding="utf-8")
    return dict(re.findall(r"^\| \[(.+?)\]\(.*?\) \| (.+?) \|$", page, re.MULTILINE))


def test_page_of_licences_names_every_pinned_package() -> None:
    pinned = read_locked_here("runtime").keys() | read_locked_here("dev").keys()

    assert set(read_licences()) == pinned, "python -m tests.helpers.licences writes it"


@pytest.mark.parametrize(("name", "licence"), read_licences().items())
def test_licence_fits_ours(name: str, licence: str) -> None:
    unfit = [word for word in LICENCE_WORDS_THAT_DO_NOT_FIT if word in licence]

    assert unfit == [], name
