"""docs/licences.md: what the pinned packages are licensed under.

    python -m tests.helpers.licences

Needs the extras ``dev`` and ``audit``; a test compares the page's names with the pinned ones.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.helpers.documents import PROJECT
from tests.helpers.markdown import join_parts, render_table

LICENCES_PAGE: Final = PROJECT / "docs" / "licences.md"
LOCKED_FOLDER: Final = PROJECT / ".ci" / "locked"

_INTRO: Final = """\
# Licences

shardlab is under the [Apache License 2.0](../LICENSE). The report page carries Apache ECharts
(Apache 2.0, with a part of d3 under BSD 3-Clause) inside itself; its licence texts are in
`simulator/report/assets/vendor/`. The execution scripts and the libraries of the EEI are built
from this repository's own sources, with Rust's core library (MIT or Apache 2.0) linked in.

The packages below are the versions that `.ci/locked` pins, by what they are needed for. None is
under a licence that asks the same of whoever uses it.
"""

_RUNTIME: Final = "## To run\n\nInstalled with shardlab."
_DEVELOPMENT: Final = """\
## To develop

Installed with the extra `dev` beside those above; nothing of them is distributed."""

_WRITTEN_OTHERWISE: Final = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "BSD License; Public Domain": "BSD",
    "DFSG approved; MIT License": "MIT",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""Names of licences in packages that do not use the SPDX ones."""


_NOT_DECLARED: Final = {"pyblst": ("MIT", "https://github.com/OpShin/pyblst")}
"""Of packages that carry their licence's text and do not name it."""


def read_locked(name: str) -> list[Requirement]:
    """Return the pins of a file in ``.ci/locked``, for all systems and versions of Python."""
    text = (LOCKED_FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    lines = re.findall(r"^([A-Za-z0-9].*?)\s*\\$", text, re.MULTILINE)
    return [Requirement(line) for line in lines]


def read_locked_here(name: str) -> dict[str, Requirement]:
    """Return the pins of a file that hold on this system, by canonical name."""
    return {
        canonicalize_name(pin.name): pin
        for pin in read_locked(name)
        if pin.marker is None or pin.marker.evaluate()
    }


def render_licences_page(licences: Mapping[str, tuple[str, str]]) -> str:
    """Render the page.

    Args:
        licences: Licence and home page of every installed package, by canonical name.
    """
    runtime = read_locked_here("runtime")
    development = read_locked_here("dev").keys() - runtime.keys()
    return join_parts(
        [
            _INTRO,
            _RUNTIME,
            _render_packages(runtime, licences),
            _DEVELOPMENT,
            _render_packages(development, licences),
        ]
    )


def _render_packages(names: Iterable[str], licences: Mapping[str, tuple[str, str]]) -> str:
    rows = [[f"[{name}]({licences[name][1]})", licences[name][0]] for name in sorted(names)]
    return render_table(["package", "licence"], rows)


def read_installed() -> dict[str, tuple[str, str]]:
    """Return licence and home page of what is installed, by canonical name."""
    command = ["pip-licenses", "--format=json", "--with-urls", "--with-system"]
    done = subprocess.run(  # noqa: S603 - the command stands above
        [Path(sys.executable).with_name(command[0]), *command[1:]],
        check=True,
        capture_output=True,
        text=True,
    )
    declared: dict[str, tuple[str, str]] = {
        canonicalize_name(row["Name"]): (_shorten(row["License"]), _tidy(row["URL"]))
        for row in json.loads(done.stdout)
    }
    return {**declared, **_NOT_DECLARED}


def _tidy(home: str) -> str:
    parts = urlsplit(home)
    return urlunsplit(parts._replace(scheme="https", netloc=parts.netloc.lower()))


def _shorten(licence: str) -> str:
    first_line = licence.strip().splitlines()[0]
    return _WRITTEN_OTHERWISE.get(first_line, first_line)


def main() -> None:
    """Write the page."""
    LICENCES_PAGE.write_text(render_licences_page(read_installed()), encoding="utf-8")


if __name__ == "__main__":
    main()
