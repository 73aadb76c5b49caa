"""What mkdocs does beyond its own for the documentation site.

The pages of the site are those under docs/, and those elsewhere in the project that they or the
navigation lead to: the README, the scripts' pages, the changelog. Such a page keeps its place in
the project, below ``project/``, and links between the two are rewritten.
"""

import posixpath
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tests.helpers.markdown import compute_anchor, find_links

PROJECT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = "docs/"
OUTSIDE: Final = "project/"
"""Where the site keeps pages that are not under docs/."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Make anchors as GitHub does."""
    config.mdx_configs["toc"]["slugify"] = _slugify
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what pages lead to outside of docs/, and what that leads to."""
    waiting = [to_project(file.src_uri) for file in files.documentation_pages()]
    waiting.extend(map(to_project, list_nav(config.nav)))
    seen: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        if not (PROJECT / path).is_file():
            continue
        if files.get_file_from_path(to_site(path)) is None:
            source = str(PROJECT / path)
            files.append(File.generated(config, to_site(path), abs_src_path=source))
        if path.endswith(".md"):
            text = (PROJECT / path).read_text(encoding="utf-8")
            waiting.extend(filter(None, (resolve(path, link) for link in find_links(text))))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Rewrite links that cross the border of docs/."""
    del config, files
    path = to_project(page.file.src_uri)
    for link in sorted(set(find_links(markdown))):
        target = resolve(path, link)
        if target is not None:
            anchor = link.partition("#")[1:]
            start = posixpath.dirname(page.file.src_uri) or "."
            rewritten = posixpath.relpath(to_site(target), start) + "".join(anchor)
            markdown = markdown.replace(f"]({link})", f"]({rewritten})")
    return markdown


def to_site(path: str) -> str:
    """Return where the site keeps a file of the project."""
    return path.removeprefix(DOCS) if path.startswith(DOCS) else OUTSIDE + path


def to_project(uri: str) -> str:
    """Return which file of the project the site keeps there."""
    return uri.removeprefix(OUTSIDE) if uri.startswith(OUTSIDE) else DOCS + uri


def resolve(path: str, link: str) -> str | None:
    """Return the file of the project that a link leads to; nothing if to none of it."""
    target = link.partition("#")[0]
    if not target or "://" in link:
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def list_nav(entries: object) -> list[str]:
    """Return the pages that a navigation names, in its order."""
    match entries:
        case str():
            return [entries]
        case list():
            return [page for entry in entries for page in list_nav(entry)]
        case dict():
            return [page for entry in entries.values() for page in list_nav(entry)]
        case _:
            return []


def _slugify(text: str, separator: str) -> str:
    del separator
    return compute_anchor(text)
