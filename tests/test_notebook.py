"""The notebook runs from top to bottom, and is kept without its outputs."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.module_cache import CACHE_VARIABLE

NOTEBOOK = Path(__file__).parents[1] / "docs/notebook/lessons.ipynb"


def read_cells() -> list[dict[str, Any]]:
    document = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    cells: list[dict[str, Any]] = document["cells"]
    return cells


def test_notebook_is_kept_without_outputs() -> None:
    """They would change with every library, and nobody reviews an image in a diff."""
    cells = [cell for cell in read_cells() if cell["cell_type"] == "code"]
    assert cells
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
    assert all(cell["metadata"] == {} for cell in cells)


def test_notebook_goes_through_the_lessons() -> None:
    text = "\n".join("".join(cell["source"]) for cell in read_cells())
    opened = [number for number in range(1, 7) if f"open_lesson({number})" in text]
    assert opened == [1, 3, 4, 5, 6]


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of Jupyter's, not of ours
def test_notebook_runs_and_says_what_the_lessons_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nbformat  # noqa: PLC0415 - slow to import, and only needed here
    from nbclient import NotebookClient  # noqa: PLC0415 - as above

    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOK.parents[2]))
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]  # of nbformat

    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()

    shown = "\n".join(list_outputs(notebook))
    assert "slot 4, shard 0: data 07, state 12" in shown
    assert "breaks float_type" in shown
    assert "in slot 11 it is exited" in shown
    assert "Settled 4 slots (24 seconds) after it was pushed." in shown
    assert "keeps a bitfield: 0.0 ETH printed" in shown
    assert sum("image/png" in data for data in list_data(notebook)) == 5


def list_data(notebook: Any) -> list[dict[str, str]]:  # noqa: ANN401 - nbformat's
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return [output["data"] for output in outputs if "data" in output]


def list_outputs(notebook: Any) -> list[str]:  # noqa: ANN401 - nbformat's
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return [output.get("text", "") for output in outputs]
