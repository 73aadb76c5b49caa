"""Pictures of the report page for the documentation: ``python -m tests.helpers.report_images``.

They are looked at, not compared: fonts differ between machines.
"""

import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from playwright.sync_api import Browser, sync_playwright

from tests.helpers.report_pages import find_chromium, make_page, make_run, open_page

IMAGES: Final = Path(__file__).parents[2] / "docs/images"


class Picture(NamedTuple):
    """One picture: of which scenario, how wide, and what is done before it is taken."""

    name: str
    scenario: str
    size: tuple[int, int]
    scheme: str
    script: str


PICTURES: Final = (
    Picture(
        "report-360",
        "deposit_journey",
        (360, 800),
        "light",
        "() => { document.querySelectorAll('[aria-label=Deposits] tbody tr')[0].click();"
        " document.querySelector('.chains-board').scrollIntoView(); }",
    ),
    Picture("report-1280", "deposit_journey", (1280, 1240), "light", "() => {}"),
    Picture(
        "report-2560",
        "crosslink_reorg",
        (2560, 1300),
        "dark",
        "() => shardlab.chains.goTo(41)",
    ),
)


def main() -> None:
    """Take all pictures."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox"]
        )
        for picture in PICTURES:
            take(chromium, picture, Path(folder))
        chromium.close()


def take(browser: Browser, picture: Picture, folder: Path) -> None:
    """Run a scenario, open its page, and keep what is seen."""
    run = make_run(folder / picture.name, picture.scenario)
    page = make_page([run], folder / f"{picture.name}.html")
    width, height = picture.size
    opened = open_page(
        browser,
        page,
        viewport={"width": width, "height": height},
        color_scheme=picture.scheme,
        reduced_motion="reduce",
    )
    opened.evaluate(picture.script)
    opened.page.wait_for_timeout(500)
    opened.page.screenshot(path=IMAGES / f"{picture.name}.png")
    opened.page.context.close()


if __name__ == "__main__":
    main()
