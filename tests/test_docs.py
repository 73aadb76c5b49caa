"""The documentation says what is so: examples are run, links followed, lists compared."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
import yaml

from chain.placement import get_placements
from simulator.cli import app
from simulator.loader import load_scenario
from simulator.runner import run
from simulator.scenario import Scenario
from tests.helpers.documents import DOCUMENTS, MADE_PREFIX, PROJECT, find_commands, run_document
from tests.helpers.markdown import find_anchors, find_blocks, find_links, strip_blocks
from tests.helpers.reference_pages import REFERENCE_PAGES
from tests.helpers.scenario_page import METRICS, walk_models

README = PROJECT / "README.md"
MANUAL = [README, *sorted((PROJECT / "docs").rglob("*.md"))]
PAGES = sorted({*MANUAL, *PROJECT.glob("*.md"), *(PROJECT / "scenarios").rglob("*.md")})
PATH_FORMS = re.compile(r"`((?:chain|simulator|scenarios|tests|docs)/[\w./-]*)`")


def name_page(page: Path) -> str:
    return page.relative_to(PROJECT).as_posix()


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_document_examples_print_what_it_says(document: Path, tmp_path: Path) -> None:
    text = (PROJECT / document).read_text(encoding="utf-8")
    for block, lines in run_document(text, tmp_path):
        assert lines == list(block.lines), f"{document}:{block.line}; regenerate_docs writes it"


@pytest.mark.parametrize("page", REFERENCE_PAGES, ids=str)
def test_reference_page_is_current(page: Path) -> None:
    written = (PROJECT / page).read_text(encoding="utf-8")
    assert written == REFERENCE_PAGES[page](), "python -m tests.helpers.regenerate_docs writes it"


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_page_links_lead_somewhere(page: Path) -> None:
    for link in find_links(page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        target, _, anchor = unquote(link).partition("#")
        linked = page.parent / target if target else page
        assert linked.exists(), link
        assert not anchor or anchor in find_anchors(linked.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("page", MANUAL, ids=name_page)
def test_page_paths_exist(page: Path) -> None:
    for path in PATH_FORMS.findall(strip_blocks(page.read_text(encoding="utf-8"))):
        assert (PROJECT / path).exists(), path


def test_readme_first_command_is_make_demo() -> None:
    consoles = [block for block in find_blocks(read_readme()) if block.language == "console"]
    assert consoles[0].lines[0] == "$ make demo"


@pytest.mark.skipif(shutil.which("make") is None, reason="reads the Makefile through make")
def test_readme_make_demo_echoes_what_the_makefile_runs() -> None:
    planned = list_recipe("demo")
    demo = next(
        block for block in find_blocks(read_readme()) if block.lines[:1] == ("$ make demo",)
    )
    shown = [" ".join(lines) for lines, _ in find_commands(demo)][1:]

    assert [line for line in shown if line not in planned] == []
    run = [line for line in planned if line.startswith(f"{MADE_PREFIX}shardlab")]
    assert [line for line in shown if line.startswith(f"{MADE_PREFIX}shardlab")] == run


@pytest.mark.skipif(shutil.which("make") is None, reason="reads the Makefile through make")
@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_page_make_targets_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"(?:`|^|\$ )make ([a-z-]+)", text, re.MULTILINE):
        assert list_recipe(target), target


def test_readme_lists_exactly_the_commands() -> None:
    listed = re.findall(r"^\| `shardlab ([a-z-]+)", read_readme(), re.MULTILINE)
    command = typer.main.get_command(app)
    assert sorted(listed) == sorted(getattr(command, "commands"))  # noqa: B009 - only groups have it


def test_readme_names_every_strategy() -> None:
    for name in get_placements():
        assert f"`{name}`" in read_readme(), name


def test_readme_names_every_key_of_the_first_two_levels() -> None:
    section = read_readme().partition("## The scenario file")[2].partition("\n## ")[0]
    for path, model in walk_models(Scenario.model_json_schema()):
        # Of the chain's many keys the README names those that experiments begin with.
        if path.count(".") == 0 and path != "chain":
            for key in model["properties"]:
                assert f"`{key}`" in section, f"{path}.{key}"


def test_scenario_page_has_every_key() -> None:
    page = (PROJECT / "docs/scenario.md").read_text(encoding="utf-8")
    for path, key in walk_keys(Scenario):
        heading = f"`{path}`" if path else "The file"
        section = page.partition(f"# {heading}\n")[2].partition("\n#")[0]
        assert f"\n| `{key}` |" in section, f"{path}.{key}"


def test_scenario_page_metrics_exist() -> None:
    loaded = load_scenario("deposit_journey", overrides=["slots=16", "chain.bls=insecure"])
    assert set(METRICS) <= set(run(loaded).metrics)


def test_readme_helloworld_is_the_file() -> None:
    source = (PROJECT / "scenarios/scripts/helloworld.rs").read_text(encoding="utf-8")
    assert [block.text for block in find_blocks(read_readme()) if block.language == "rust"] == [
        source
    ]


def test_readme_helloworld_size_is_the_wasm_files() -> None:
    size = (PROJECT / "scenarios/scripts/helloworld.wasm").stat().st_size
    assert f"{size} bytes of WebAssembly" in " ".join(read_readme().split())


def test_readme_scenario_is_the_one_that_demo_runs() -> None:
    (block,) = (block for block in find_blocks(read_readme()) if block.language == "yaml")
    shipped = (PROJECT / "scenarios/deposit_journey.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(block.text) == yaml.safe_load(shipped)


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_page_scenarios_load(page: Path, tmp_path: Path) -> None:
    (tmp_path / "scripts").symlink_to(PROJECT / "scenarios/scripts", target_is_directory=True)
    for block in find_blocks(page.read_text(encoding="utf-8")):
        if block.language == "yaml" and block.text.startswith("title:"):
            (tmp_path / "example.yaml").write_text(block.text, encoding="utf-8")
            assert load_scenario(tmp_path / "example.yaml").scripts


def read_readme() -> str:
    return README.read_text(encoding="utf-8")


def list_recipe(target: str) -> list[str]:
    """Return what make would run for a target from scratch; nothing if there is no such target."""
    done = subprocess.run(  # noqa: S603 - targets come from our own pages
        ["make", "--dry-run", "--always-make", target],  # noqa: S607 - whichever make there is
        check=False,
        cwd=PROJECT,
        capture_output=True,
        encoding="utf-8",
    )
    return done.stdout.splitlines() if done.returncode == 0 else []


def walk_keys(model: type[Scenario]) -> Iterator[tuple[str, str]]:
    """Yield every key of a scenario with the path of the model it is in."""
    return chain.from_iterable(
        ((path, key) for key in found["properties"])
        for path, found in walk_models(model.model_json_schema())
    )
