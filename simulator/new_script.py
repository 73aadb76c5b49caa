"""Makes a folder with a new script: its source, its build, and a scenario that runs it.

The folder needs nothing but a compiler: it has a copy of the SDK. It needs not even that to
run, because the script as it is made is built already.

Source:
    Ours.
"""

import re
import shutil
from pathlib import Path
from typing import Final

from simulator.errors import UserError
from simulator.shipped import get_scenarios_folder

_TEMPLATES: Final = Path(__file__).resolve().parent / "templates" / "script"

_TEXTS: Final = {
    "script.rs": "src/lib.rs",
    "scenario.yaml": "@NAME@.yaml",
    "build.sh": "build.sh",
    "README.md": "README.md",
    "Cargo.toml": "Cargo.toml",
    "cargo_config.toml": ".cargo/config.toml",
    "gitignore": ".gitignore",
}
"""Templates, and where they go; the name stands in both."""

_SDK_FILES: Final = ("Cargo.toml", "README.md", "build.sh", "toolchain.sh")

_PLACEHOLDER: Final = "@NAME@"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


def create_script(name: str, folder: Path) -> Path:
    """Make a new script in a folder of its own.

    Args:
        name: What the script is called; also the name of its folder.
        folder: Where to make that folder.

    Returns:
        The scenario that runs the script.

    Raises:
        UserError: The name cannot be used, there is such a folder, or it cannot be made.
    """
    if not _NAME.fullmatch(name):
        raise UserError(
            f"{name}: cannot be a script's name: use lower-case letters, digits and _, "
            "a letter first, at most 64 characters"
        )
    script = folder / name
    try:
        script.mkdir(parents=True)
        _write_texts(name, script)
        shutil.copyfile(_TEMPLATES / "script.wasm", script / f"{name}.wasm")
        _copy_sdk(script / "sdk")
    except FileExistsError:
        raise UserError(f"{script}: exists already") from None
    except OSError as error:
        raise UserError(f"{script}: cannot be made: {error.strerror}") from error
    return script / f"{name}.yaml"


def _write_texts(name: str, script: Path) -> None:
    for template, place in _TEXTS.items():
        text = (_TEMPLATES / template).read_text(encoding="utf-8")
        target = script / place.replace(_PLACEHOLDER, name)
        target.parent.mkdir(exist_ok=True)
        target.write_text(text.replace(_PLACEHOLDER, name), encoding="utf-8", newline="\n")


def _copy_sdk(target: Path) -> None:
    """Copy what a script is built with, but not what the SDK itself is tested with."""
    source = get_scenarios_folder() / "scripts" / "sdk"
    shutil.copytree(source / "src", target / "src")
    for file in _SDK_FILES:
        shutil.copyfile(source / file, target / file)
