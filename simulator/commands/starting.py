"""Making a folder with a first scenario.

Source:
    Ours.
"""

import shutil
from pathlib import Path
from typing import Final

from simulator.errors import UserError

_TEMPLATES: Final = Path(__file__).resolve().parent.parent / "templates"
_FIRST_SCRIPTS: Final = (
    "helloworld.rs",
    "helloworld.wasm",
    "deposit_relay.rs",
    "deposit_relay.wasm",
    "build.sh",
    "sdk/toolchain.sh",
)
"""What the first scenario uses, with the sources and what builds them."""


def init_folder(folder: Path) -> Path:
    """Make a folder with a first scenario.

    Returns:
        The scenario file.

    Raises:
        UserError: The folder holds something already, or cannot be made.
    """
    from simulator.shipped import get_scenarios_folder  # noqa: PLC0415 - only where it is used

    shipped = get_scenarios_folder()
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UserError(f"{folder}: exists already and is not an empty folder")
        (folder / "scripts" / "sdk").mkdir(parents=True)
        shutil.copyfile(_TEMPLATES / "first.yaml", folder / "first.yaml")
        for file in _FIRST_SCRIPTS:
            shutil.copyfile(shipped / "scripts" / file, folder / "scripts" / file)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made: {error.strerror}") from error
    return folder / "first.yaml"
