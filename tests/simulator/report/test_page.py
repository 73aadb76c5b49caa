"""Writing a page: all of it or nothing, and one document per run."""

import re
from pathlib import Path

import pytest

from simulator import load_scenario, run
from simulator.errors import UserError
from simulator.report import page
from simulator.report.page import write_page


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "hello"
    run(load_scenario("helloworld", ["slots=12"]), folder)
    return folder


def test_write_page_that_fails_keeps_the_old_page(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "page.html"
    out.write_text("old", encoding="utf-8")

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, f"No space left on device: {self} {target}")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(UserError, match="cannot be written: No space left"):
        write_page([folder], out)

    assert out.read_text(encoding="utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_write_page_carries_a_document_per_run_and_one_for_all(
    folder: Path, tmp_path: Path
) -> None:
    text = write_page([folder, folder], tmp_path / "page.html").read_text(encoding="utf-8")

    documents = re.findall(r'<script type="application/json" id="([\w-]+)"', text)
    assert documents == ["page-data", "run-data-0", "run-data-1"]


def test_write_page_policy_allows_no_connection_and_only_its_own_code(
    folder: Path, tmp_path: Path
) -> None:
    text = write_page([folder], tmp_path / "page.html").read_text(encoding="utf-8")

    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    rules = dict(rule.split(" ", 1) for rule in policy.replace("&#39;", "'").split("; "))
    assert rules["default-src"] == "'none'"
    assert "connect-src" not in rules
    assert re.fullmatch(r"('sha256-\S{44}' ?)+", rules["script-src"])
    assert rules["base-uri"] == rules["form-action"] == "'none'"


def test_write_page_names_no_other_place(folder: Path, tmp_path: Path) -> None:
    text = write_page([folder], tmp_path / "page.html").read_text(encoding="utf-8")
    library = (Path(page.__file__).parent / "assets/vendor/echarts.min.js").read_text("utf-8")

    own = text.replace(library, "")
    assert set(re.findall(r"https?://[^\s\"'`)]+", own)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(link|iframe|object|embed|base)\b", own)
    assert str(folder) not in own
