"""The report page: run databases in, one HTML file out that needs nothing else.

Source:
    Ours.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from simulator.errors import UserError
from simulator.page_file import write_page_file
from simulator.report.embed import EmbeddedDocument, compute_policy_hash, embed_document
from simulator.report.model import ReportedRun, Section, flatten
from simulator.report.reading import read_runs
from simulator.report.sections import SECTIONS
from simulator.store import DATABASE_NAME, REPORT_NAME

_HERE: Final = Path(__file__).parent
_ASSETS: Final = _HERE / "assets"
_LIBRARY: Final = "vendor/echarts.min.js"
_OF_RUNS: Final = (DATABASE_NAME, REPORT_NAME)
_CORE: Final = ("start", "data", "dom", "format", "csv", "table", "theme", "paper", "figure")
"""The page's own scripts, each using only those before it."""


def write_page(folders: Sequence[Path], out: Path) -> Path:
    """Write the page of some runs; whoever reads it meanwhile sees the old page or the new.

    Returns:
        The file.

    Raises:
        UserError: A run cannot be read, or the file cannot be written.
    """
    if any((folder / name).resolve() == out.resolve() for folder in folders for name in _OF_RUNS):
        raise UserError(f"{out}: is a part of the run itself; name another file for the page")
    text = render_page(read_runs(folders, SECTIONS))
    write_page_file(out, text)
    return out


def render_page(runs: Sequence[ReportedRun]) -> str:
    """Return the page of some runs as HTML."""
    together = {part.name: part.combine(runs) for part in SECTIONS if part.combine}
    combined = {name: model for name, model in together.items() if model is not None}
    shown = [part for part in SECTIONS if not part.combine or part.name in combined]
    styles = "\n".join(_read_styles(shown))
    scripts = [_read_asset(_LIBRARY), "\n".join(_read_scripts(shown))]
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.j2").render(
        runs=[run.facts for run in runs],
        sections=shown,
        documents=list(_embed(runs, combined)),
        policy=_build_policy(styles, scripts),
        # Ours, from the package: they hold no markup, and the policy allows no others.
        styles=Markup(styles),  # noqa: S704 - see above
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - see above
    )


def _embed(runs: Sequence[ReportedRun], combined: dict[str, Any]) -> Iterator[EmbeddedDocument]:
    labels = [run.facts.label for run in runs]
    yield embed_document("page-data", {"runs": labels, "sections": flatten(combined)})
    for position, run in enumerate(runs):
        yield embed_document(f"run-data-{position}", flatten(run))


def _read_styles(sections: Iterable[Section]) -> Iterator[str]:
    for name in ("tokens", "base", "components", "print"):
        yield _read_asset(f"css/{name}.css")
    for section in sections:
        yield _read_asset(f"css/sections/{section.name}.css")


def _read_scripts(sections: Iterable[Section]) -> Iterator[str]:
    for name in _CORE:
        yield _read_asset(f"js/core/{name}.js")
    for section in sections:
        for path in sorted((_ASSETS / "js/sections").glob(f"{section.name}*.js")):
            yield _read_asset(path.relative_to(_ASSETS).as_posix())
    yield _read_asset("js/main.js")


def _read_asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _build_policy(styles: str, scripts: Iterable[str]) -> str:
    """Return the content security policy: these scripts and styles, and no connection at all.

    Attributes ``style`` are allowed: the charting library writes them, and they run nothing.
    """
    rules = {
        "default-src": "'none'",
        "script-src": " ".join(map(compute_policy_hash, scripts)),
        "style-src-elem": compute_policy_hash(styles),
        "style-src-attr": "'unsafe-inline'",
        "img-src": "data: blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
