"""What a scenario says about adversaries that is well formed but cannot be meant.

Source:
    Ours.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator

from chain.config import ChainConfig
from chain.constants import CODE_BYTES_LIMIT, GWEI_PER_ETH
from simulator.actors.attackers.campaign import compute_attack_bytes
from simulator.actors.attackers.estimate import compute_price
from simulator.actors.attackers.modules import compute_least_bytes
from simulator.scenario import Adversary, AttackKind, Scenario
from simulator.yaml_source import Key

Problems = Iterator[tuple[tuple[Key, ...], str]]
"""Where, and what is wrong there."""


def find_impossible_attacks(scenario: Scenario, config: ChainConfig) -> Problems:
    """Return what cannot be meant about adversaries, with the keys that say it.

    Args:
        scenario: The models.
        config: The chain config that follows.

    Source:
        Ours.
    """
    labels = Counter(adversary.label for adversary in scenario.adversaries)
    for position, adversary in enumerate(scenario.adversaries):
        keys = ("adversaries", position)
        if labels[adversary.label] > 1:
            yield keys, f"several adversaries are named {adversary.label}: give each a name"
        for problem in _check_names(adversary, scenario):
            yield (*keys, "name"), problem
        for problem in _check_size(adversary, config):
            yield (*keys, "size_bytes"), problem
        for place, shard in enumerate(adversary.shards):
            if shard >= config.shard_count:
                message = f"there are shards 0 to {config.shard_count - 1}, not {shard}"
                yield (*keys, "shards", place), message


def bound_attack_eth(
    scenario: Scenario, config: ChainConfig
) -> Iterator[tuple[tuple[Key, ...], int]]:
    """Return the most ETH that each adversary brings to genesis, Gwei.

    Source:
        Ours.
    """
    for position, adversary in enumerate(scenario.adversaries):
        if adversary.eth is not None:
            yield ("adversaries", position, "eth"), round(adversary.eth * GWEI_PER_ETH)
            continue
        price = compute_price(compute_attack_bytes(adversary, config.max_code_bytes), config)
        scripts = scenario.slots * math.ceil(adversary.per_slot)
        yield ("adversaries", position, "per_slot"), scripts * price


def _check_names(adversary: Adversary, scenario: Scenario) -> Iterator[str]:
    """Refuse an honest script that is called like one of the adversary's."""
    taken = re.compile(re.escape(adversary.label) + r"-\d+")
    for event in scenario.events:
        register = event.register_script
        if register is not None and taken.fullmatch(register.name):
            yield f"{register.name} is also the name of a script that an event registers"


def _check_size(adversary: Adversary, config: ChainConfig) -> Iterator[str]:
    size_bytes = compute_attack_bytes(adversary, config.max_code_bytes)
    if adversary.kind is AttackKind.OVERSIZED:
        if size_bytes <= config.max_code_bytes:
            yield f"{size_bytes} bytes are not over max_code_bytes, {config.max_code_bytes}"
        elif size_bytes > CODE_BYTES_LIMIT:
            yield f"no operation holds {size_bytes} bytes, only {CODE_BYTES_LIMIT}"
        return
    if size_bytes > config.max_code_bytes:
        yield f"{size_bytes} bytes are over max_code_bytes, {config.max_code_bytes}"
    if adversary.kind is not AttackKind.BUDGET:
        least = compute_least_bytes(adversary.kind, adversary.count)
        if size_bytes < least:
            yield f"{size_bytes} bytes do not hold it, it takes {least}"
