from pathlib import Path

from simulator.page_file import write_page_file


def test_page_with_half_a_surrogate_pair_shows_its_escape(tmp_path: Path) -> None:
    write_page_file(tmp_path / "page.html", "a file named \udc80 and \U0001f600")

    text = (tmp_path / "page.html").read_bytes().decode()
    assert text == "a file named \\udc80 and \U0001f600"
