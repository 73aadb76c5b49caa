"""The documentation site builds without a warning, opens from disk, and leads nowhere empty."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser

from chain.eei import LIMIT_OUTCOMES, TRAP_CODES
from chain.errors import ShardlabError
from chain.wasm import RULES
from simulator.loader import load_scenario
from simulator.scenario import Scenario
from tests.helpers.error_codes_page import MEANINGS, SECTIONS, describe, find_code_sites
from tests.helpers.markdown import find_links

PROJECT = Path(__file__).resolve().parents[1]
WRITTEN = sorted((PROJECT / "docs").glob("*.md"))
WIDTHS = (390, 1280)
WIDEST = ("index", "scenario", "validation-report", "error-codes", "faq")


class PageReader(HTMLParser):
    """Notes where a page leads, what it loads, and its anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.anchors.add(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in {"script", "img", "iframe"} and "src" in given:
            self.loaded.append(given["src"])
        elif tag == "link" and given.get("rel") in {"stylesheet", "icon", "preload"}:
            self.loaded.append(given["href"])


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-W", "error", "-m", "mkdocs", "build", "--strict", "--quiet"]
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, "--site-dir", str(folder)],
        check=False,
        cwd=PROJECT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="session")
def read(site: Path) -> dict[Path, PageReader]:
    """The site's pages by their path."""
    pages = [page for page in site.rglob("*.html") if page.name != "404.html"]
    return {page: PageReader(page.read_text(encoding="utf-8")) for page in pages}


@pytest.mark.slow
def test_site_has_a_page_for_every_document(site: Path) -> None:
    expected = {f"{page.stem}.html" for page in WRITTEN}
    assert expected <= {page.name for page in site.glob("*.html")}
    assert (site / "project/index.html").exists()


@pytest.mark.slow
def test_site_links_lead_to_pages_and_anchors(read: dict[Path, PageReader]) -> None:
    for page, reader in read.items():
        for link in reader.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            assert target.exists(), f"{page.name}: {link}"
            if parts.fragment and target in read:
                assert unquote(parts.fragment) in read[target].anchors, f"{page.name}: {link}"


@pytest.mark.slow
def test_site_loads_nothing_from_elsewhere(read: dict[Path, PageReader]) -> None:
    for page, reader in read.items():
        assert reader.loaded
        for link in reader.loaded:
            parts = urlsplit(link)
            assert (parts.scheme, parts.netloc) == ("", ""), f"{page.name}: {link}"
            assert (page.parent / unquote(parts.path)).exists(), f"{page.name}: {link}"


@pytest.mark.slow
def test_site_navigation_names_every_page(site: Path, read: dict[Path, PageReader]) -> None:
    home = site / "index.html"
    listed = {(site / urlsplit(link).path).resolve() for link in read[home].links}
    assert {page.resolve() for page in read} - {home.resolve()} <= listed


@pytest.mark.slow
def test_site_opens_from_disk_fits_and_searches(site: Path, browser: Browser) -> None:
    requests: list[str] = []
    problems: list[str] = []
    for width in WIDTHS:
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        for name in WIDEST:
            page.goto((site / f"{name}.html").as_uri())
            scroll = page.evaluate("document.documentElement.scrollWidth")
            assert scroll <= width, f"{name} at {width} px"
    page.locator("input.md-search__input").click()
    page.keyboard.type("out_of_fuel")
    page.locator(".md-search-result__item").first.wait_for()
    assert problems == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_page_external_links_are_whole(page: Path) -> None:
    for link in find_links(page.read_text(encoding="utf-8")):
        if "://" in link:
            parts = urlsplit(link)
            assert parts.scheme == "https", link
            assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", parts.netloc), link


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_page_lists_and_tables_begin_a_paragraph(page: Path) -> None:
    # The site's Markdown wants an empty line before a list; GitHub's does not.
    before, inside = "", False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        inside ^= line.startswith("```")
        begins = re.match(r"(- |\d+\. |\|)", line)
        if begins and not inside and before and not re.match(r"(- |\d+\. |\||\s)", before):
            pytest.fail(f"{page.name}:{number}: {line}")
        before = line


def test_error_codes_page_explains_every_code() -> None:
    sites = set(find_code_sites())
    assert [site for site in sites if not describe(site)] == []
    assert set(MEANINGS) <= {site.code for site in sites}


def test_error_codes_page_has_every_kind_of_error() -> None:
    # Outcomes and rules of scripts have tables of their own.
    tabled = {"InvalidScript", "ScriptFault"}
    users = "simulator.errors"
    kinds = {kind for kind in walk_subclasses(ShardlabError) if kind.__module__ != users}
    assert {kind.__name__ for kind in kinds} == {kind.__name__ for kind in SECTIONS} | tabled


def test_error_codes_page_names_every_outcome_and_rule() -> None:
    page = (PROJECT / "docs/error-codes.md").read_text(encoding="utf-8")
    for code in (*LIMIT_OUTCOMES, *(f"trapped:{code}" for code in TRAP_CODES), *RULES):
        assert f"`{code}`" in page, code


def test_error_codes_page_has_the_codes_that_the_source_spells_out() -> None:
    page = (PROJECT / "docs/error-codes.md").read_text(encoding="utf-8")
    names = "|".join(kind.__name__ for kind in SECTIONS)
    for path in (PROJECT / "chain").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for code in re.findall(rf'(?:{names})\(\s*"(\w+)"', source):
            assert f"| `{code}` |" in page, code


def test_faq_numbers_are_those_of_the_code() -> None:
    page = " ".join((PROJECT / "docs/faq.md").read_text(encoding="utf-8").split())
    crossing = Scenario.model_json_schema()["$defs"]["TransferWorkload"]["properties"]
    crowded, large = load_scenario("crowded"), load_scenario("small_world")

    assert f"claims, {crowded.config.max_claims_per_block} by default" in page
    assert f"`cross_shard` is {crossing['cross_shard']['default']} unless set" in page
    shards, slots = large.config.shard_count, large.scenario.slots
    assert f"has {shards} shards and {slots:,} slots" in page


def walk_subclasses(kind: type[ShardlabError]) -> set[type[ShardlabError]]:
    """Return all kinds of error below one; what only tests define does not count."""
    below = {found for found in kind.__subclasses__() if not found.__module__.startswith("tests")}
    return below.union(*(walk_subclasses(found) for found in below))
