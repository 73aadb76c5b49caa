"""``python -m tests.trust``: run experiments at full size and write the page of results."""

import argparse
import os
import sys
import time

from tests.trust.conduct import conduct
from tests.trust.experiment import Cases, Experiment, Tally
from tests.trust.page import TRUST_PAGE, build_page
from tests.trust.register import get_experiment, list_experiments
from tests.trust.results import write_result

_FIRST_SEED = 1


def main() -> int:
    """Run what is asked for; return 1 if a claim does not hold."""
    arguments = _parse()
    if arguments.case is not None:
        return _meet_again(get_experiment(arguments.experiments[0]), arguments)
    chosen = [get_experiment(name) for name in arguments.experiments] or list_experiments()
    failed = 0
    for experiment in chosen:
        if obstacle := experiment.get_obstacle():
            sys.stdout.write(f"{experiment.name}: not tried, {obstacle}\n")
            continue
        began = time.monotonic()
        tally = conduct(
            experiment, arguments.seed, is_full=not arguments.quick, workers=arguments.workers
        )
        _tell(experiment, tally, time.monotonic() - began)
        failed += tally.failed
        if not arguments.quick:
            write_result(experiment.name, arguments.seed, tally)
            TRUST_PAGE.write_text(build_page(), encoding="utf-8")
    return int(failed > 0)


def _meet_again(experiment: Experiment, arguments: argparse.Namespace) -> int:
    tally = Tally(tried=1)
    number = arguments.case
    experiment.examine(Cases(experiment.name, arguments.seed, range(number, number + 1)), tally)
    _tell(experiment, tally, 0.0)
    return int(tally.failed > 0)


def _tell(experiment: Experiment, tally: Tally, seconds: float) -> None:
    sys.stdout.write(
        f"{experiment.name}: {tally.tried:,} {experiment.unit}, {tally.failed} unexplained, "
        f"{sum(tally.explained.values())} explained, {seconds:.0f} s\n"
    )
    for failure in tally.failures:
        sys.stdout.write(f"  {failure}\n")
    sys.stdout.flush()


def _parse() -> argparse.Namespace:
    names = [experiment.name for experiment in list_experiments()]
    parser = argparse.ArgumentParser(prog="python -m tests.trust", description=__doc__)
    parser.add_argument("experiments", nargs="*", metavar="NAME", help=", ".join(names))
    parser.add_argument("--seed", type=int, default=_FIRST_SEED)
    parser.add_argument("--case", type=int, help="only this case of one experiment")
    parser.add_argument(
        "--quick", action="store_true", help="at the size of the tests; write nothing"
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    arguments = parser.parse_args()
    unknown = set(arguments.experiments) - set(names)
    if unknown:
        parser.error(f"no experiment is called {', '.join(sorted(unknown))}; there are {names}")
    if arguments.case is not None and len(arguments.experiments) != 1:
        parser.error("--case needs the name of one experiment")
    return arguments


if __name__ == "__main__":
    raise SystemExit(main())
