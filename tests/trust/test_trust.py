"""Every experiment at a size that fits continuous integration, and the page of results."""

import pytest

from tests.trust.conduct import conduct
from tests.trust.experiment import Experiment
from tests.trust.page import TRUST_PAGE, build_page
from tests.trust.register import list_experiments
from tests.trust.results import RESULTS_FOLDER, read_result

SEED = 20


@pytest.mark.slow
@pytest.mark.parametrize(
    "experiment", [item for item in list_experiments() if item.quick], ids=lambda item: item.name
)
def test_claim_holds(experiment: Experiment) -> None:
    if obstacle := experiment.get_obstacle():
        pytest.skip(obstacle)

    tally = conduct(experiment, SEED, is_full=False)

    assert tally.failures == []
    assert tally.tried > 0
    assert tally.outcomes.total() > 0


@pytest.mark.parametrize("experiment", list_experiments(), ids=lambda item: item.name)
def test_full_size_left_nothing_unexplained(experiment: Experiment) -> None:
    told = read_result(experiment.name)
    if told is None:
        pytest.skip("not run at full size yet, as the page says")

    assert told["tried"] == len(experiment.select_cases(told["seed"], is_full=True))
    assert told["failed"] == 0


def test_page_tells_what_the_results_say() -> None:
    assert TRUST_PAGE.read_text(encoding="utf-8") == build_page()


def test_every_result_belongs_to_an_experiment() -> None:
    names = {experiment.name for experiment in list_experiments()}

    assert {path.stem for path in RESULTS_FOLDER.glob("*.json")} <= names
