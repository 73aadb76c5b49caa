"""What a page is made of: the library as it was published, and code that loads nothing."""

import hashlib
import re
from pathlib import Path

import pytest

import simulator.report
from simulator.report.sections import SECTIONS

REPORT = Path(simulator.report.__file__).parent
ASSETS = REPORT / "assets"
OWN = sorted([*ASSETS.glob("css/**/*.css"), *ASSETS.glob("js/**/*.js")])
MOST_LINES = 400


def test_vendored_library_is_the_published_one() -> None:
    readme = (ASSETS / "vendor/README.md").read_text(encoding="utf-8")
    [(name, digest)] = re.findall(r"`(echarts\S*)` .* `([0-9a-f]{64})`", readme)

    assert hashlib.sha256((ASSETS / "vendor" / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("name", ["LICENSE", "NOTICE", "LICENSE-d3"])
def test_vendored_library_has_its_licences(name: str) -> None:
    assert (ASSETS / "vendor" / name).stat().st_size > 100


@pytest.mark.parametrize("path", OWN, ids=lambda path: str(path.relative_to(ASSETS)))
def test_asset_is_short_and_cannot_end_its_element(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= MOST_LINES
    assert "</" not in text
    assert "<!--" not in text


def test_library_cannot_end_its_element() -> None:
    text = (ASSETS / "vendor/echarts.min.js").read_text(encoding="utf-8")

    assert "</script" not in text.lower()
    assert "<!--" not in text


@pytest.mark.parametrize("path", OWN, ids=lambda path: str(path.relative_to(ASSETS)))
def test_asset_loads_nothing_and_parses_no_markup(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "fetch(",
        "XMLHttpRequest",
        "url(",
    ):
        assert word not in text
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)


@pytest.mark.parametrize("path", OWN, ids=lambda path: str(path.relative_to(ASSETS)))
def test_colours_are_tokens(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    if path.name not in {"tokens.css", "print.css"}:
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?![\w-])(?=[;,)\s\"'])", text)


@pytest.mark.parametrize("section", [section.name for section in SECTIONS])
def test_section_has_its_files(section: str) -> None:
    assert (REPORT / f"templates/sections/{section}.html.j2").is_file()
    assert (ASSETS / f"css/sections/{section}.css").is_file()
    assert (ASSETS / f"js/sections/{section}.js").is_file()
