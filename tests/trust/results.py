"""What full-size runs came to, kept beside the experiments as JSON."""

import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from tests.trust.experiment import Tally

RESULTS_FOLDER: Final = Path(__file__).parent / "results"

_VERSIONED: Final = ("shardlab", "wasmtime", "ssz", "py-ecc", "py_arkworks_bls12381", "trie")


def write_result(name: str, seed: int, tally: Tally) -> None:
    """Keep what an experiment came to."""
    told = asdict(tally)
    told["outcomes"] = dict(sorted(tally.outcomes.items()))
    told["explained"] = dict(sorted(tally.explained.items()))
    told["peaks"] = dict(sorted(tally.peaks.items()))
    told["tables"] = {
        heading: {row: dict(sorted(cells.items())) for row, cells in sorted(rows.items())}
        for heading, rows in sorted(tally.tables.items())
    }
    told["seed"] = seed
    told["versions"] = {
        "python": platform.python_version(),
        **{library: version(library) for library in _VERSIONED},
    }
    RESULTS_FOLDER.mkdir(exist_ok=True)
    text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
    (RESULTS_FOLDER / f"{name}.json").write_text(text, encoding="utf-8")


def read_result(name: str) -> Mapping[str, Any] | None:
    """Return what an experiment came to; None if it was never run at full size."""
    path = RESULTS_FOLDER / f"{name}.json"
    if not path.exists():
        return None
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told
