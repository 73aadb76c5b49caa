"""The corpus: input that came to every outcome at least once, and input that once failed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.trust.fuzz_targets import Target

CORPUS_FOLDER: Final = Path(__file__).parent / "corpus"
MOST_BYTES: Final = 1_000_000
"""Of the whole corpus."""

_DIGITS: Final = 16


def list_inputs(target: Target) -> Iterator[Path]:
    """Yield a target's files, in order."""
    yield from sorted((CORPUS_FOLDER / target.name).glob(f"*.{target.suffix}"))


def save_input(target: Target, data: bytes) -> Path:
    """Keep an input under its hash."""
    folder = CORPUS_FOLDER / target.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(data).hexdigest()[:_DIGITS]}.{target.suffix}"
    path.write_bytes(data)
    return path


def measure_corpus() -> int:
    """Return how many bytes the corpus has."""
    return sum(path.stat().st_size for path in CORPUS_FOLDER.rglob("*") if path.is_file())
