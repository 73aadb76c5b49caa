"""``python -m tests.trust.fuzz``: try fresh input on every target in turn, until time is over.

Input that comes to an outcome that no other of the corpus came to is kept, if it is small, and so
is whatever fails, made smaller first. The corpus is tried again by the tests.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Final

from tests.trust.corpus import MOST_BYTES, list_inputs, measure_corpus, save_input
from tests.trust.experiment import Cases
from tests.trust.fuzz_targets import TARGETS, Target
from tests.trust.hostile.bounded import BoundedJudge

_ROUND: Final = 20
"""Cases of one target before it is the next one's turn."""

_SMALL_BYTES: Final = 20_000
_MOST_TRIALS: Final = 200


class Fuzzer:
    """One target: what it came to so far."""

    def __init__(self, target: Target, bounded: BoundedJudge, seed: int) -> None:
        """Take a target, and learn the outcomes of its corpus."""
        self.target = target
        self.outcomes: Counter[str] = Counter()
        self.failures: list[str] = []
        self._bounded = bounded
        self._cases = Cases(f"fuzz/{target.name}", seed, range(0))
        self._number = 0
        for path in list_inputs(target):
            self._judge(path.read_bytes())

    def try_some(self) -> None:
        """Try some fresh input."""
        for _ in range(_ROUND):
            _, data = self.target.make(self._cases, self._number)
            self._number += 1
            self._judge(data)

    def _judge(self, data: bytes) -> None:
        verdict = self._bounded.judge(data)
        if verdict.failure:
            small = shrink(self._bounded, data)
            path = save_input(self.target, small)
            self.failures.append(f"{path}: {verdict.failure}")
            return
        is_new = verdict.outcome not in self.outcomes
        self.outcomes[verdict.outcome] += 1
        if is_new and len(data) <= self._get_room():
            save_input(self.target, data)

    def _get_room(self) -> int:
        # A database cannot be smaller than its tables.
        small = _SMALL_BYTES * 5 if self.target.suffix == "db" else _SMALL_BYTES
        return min(small, MOST_BYTES - measure_corpus())


def shrink(bounded: BoundedJudge, data: bytes) -> bytes:
    """Cut out of a failing input what its failure does not need."""
    trials = 0
    size = len(data) // 2
    while size and trials < _MOST_TRIALS:
        for smaller in _cut(data, size):
            trials += 1
            if bounded.judge(smaller).failure:
                data = smaller
                break
            if trials >= _MOST_TRIALS:
                break
        else:
            size //= 2
    return data


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[:start] + data[start + size :]


def main() -> int:
    """Fuzz for some minutes; return 1 if anything failed."""
    arguments = _parse()
    ends = time.monotonic() + arguments.minutes * 60
    sys.stdout.write(f"seed {arguments.seed}\n")
    with ExitStack() as opened:
        fuzzers = [
            Fuzzer(target, opened.enter_context(BoundedJudge(target.judge)), arguments.seed)
            for target in TARGETS
            if target.name in arguments.targets
        ]
        while time.monotonic() < ends:
            for fuzzer in fuzzers:
                fuzzer.try_some()
    for fuzzer in fuzzers:
        name, outcomes = fuzzer.target.name, fuzzer.outcomes
        sys.stdout.write(
            f"{name}: {outcomes.total():,} inputs, {len(outcomes)} outcomes, "
            f"{len(fuzzer.failures)} failures\n"
        )
        sys.stdout.writelines(f"  {failure}\n" for failure in fuzzer.failures)
    return int(any(fuzzer.failures for fuzzer in fuzzers))


def _parse() -> argparse.Namespace:
    names = [target.name for target in TARGETS]
    today = int(datetime.now(UTC).strftime("%Y%m%d"))
    parser = argparse.ArgumentParser(prog="python -m tests.trust.fuzz", description=__doc__)
    parser.add_argument(
        "targets", nargs="*", default=names, metavar="TARGET", help=", ".join(names)
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=today, help="by default the date")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
