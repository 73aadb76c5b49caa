"""Writes the generated pages, and the output of all examples.

    python -m tests.helpers.regenerate_docs

Read the difference before committing it: a changed output is a changed behaviour.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.helpers.documents import DOCUMENTS, PROJECT, refresh_document
from tests.helpers.reference_pages import REFERENCE_PAGES


def main() -> None:
    """Write what has changed, and name it."""
    for page, render in REFERENCE_PAGES.items():
        _write(page, render())
    for document in DOCUMENTS:
        with TemporaryDirectory() as folder:
            text = (PROJECT / document).read_text(encoding="utf-8")
            _write(document, refresh_document(text, Path(folder)))


def _write(path: Path, text: str) -> None:
    target = PROJECT / path
    if not target.exists() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
