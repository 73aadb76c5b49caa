"""Which settings tell runs apart.

Source:
    Ours.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from simulator.report.facts import RunFacts

_BY_SEED: Final = frozenset({"seed", "shuffling_seed"})
"""They tell repeats of a run apart, not settings."""

_MOST_KEYS: Final = 3
"""With more keys than this, the labels of the runs say more."""


def find_differing(facts: Sequence[RunFacts], routes: Sequence[str]) -> dict[str, list[str | None]]:
    """Return the settings that are not the same in all runs, with a value per run."""
    flat = [_flatten_facts(each, route) for each, route in zip(facts, routes, strict=True)]
    names = dict.fromkeys(name for each in flat for name in each)
    values = {name: [each.get(name) for each in flat] for name in names}
    return {name: found for name, found in values.items() if len(set(found)) > 1}


def choose_settings(facts: Sequence[RunFacts], routes: Sequence[str]) -> list[dict[str, str]]:
    """Return, per run, the few settings by which to tell it from the others.

    The settings of the chains come first, then the routes of deposits, then whatever somebody
    varied. Where too many of them differ, or some ran under other seeds, labels do.

    Args:
        facts: The runs.
        routes: Of the deposits of each.
    """
    by_label = [{"run": each.label} for each in facts]
    if len({each.scenario for each in facts}) > 1:
        return by_label
    configs = [dict(_flatten(each.config)) for each in facts]
    by_route = [{"route": route or "no deposits"} for route in routes]
    for sources in (configs, by_route, [_read_overrides(each) for each in facts]):
        names = dict.fromkeys(name for each in sources for name in each if name not in _BY_SEED)
        varied = [name for name in names if len({each.get(name) for each in sources}) > 1]
        chosen = [{name: each.get(name, "as shipped") for name in varied} for each in sources]
        if 0 < len(varied) <= _MOST_KEYS and _is_sound(facts, chosen):
            return chosen
    return by_label


def _is_sound(facts: Sequence[RunFacts], chosen: Sequence[Mapping[str, str]]) -> bool:
    """Tell whether every combination of settings ran once under each of the same seeds."""
    seeds: dict[tuple[str, ...], list[int]] = {}
    for each, settings in zip(facts, chosen, strict=True):
        seeds.setdefault(tuple(settings.values()), []).append(each.seed)
    [first, *others] = [sorted(found) for found in seeds.values()]
    return len(set(first)) == len(first) and all(found == first for found in others)


def _read_overrides(facts: RunFacts) -> dict[str, str]:
    pairs = (item.partition("=") for item in facts.overrides)
    return {name: value for name, _, value in pairs}


def _flatten_facts(facts: RunFacts, routes: str) -> dict[str, str]:
    config = dict(_flatten(facts.config))
    overrides = _read_overrides(facts)
    unknown = {name: overrides[name] for name in overrides if name.split(".")[-1] not in config}
    return {
        "scenario": facts.scenario,
        "seed": str(facts.seed),
        "slots": str(facts.planned_slots),
        "routes of deposits": routes,
        **unknown,
        **config,
        **{f"costs.{name}": value for name, value in _flatten(facts.costs)},
        **{f"scripts.{name}": digest[:16] for name, digest in facts.scripts.items()},
        **{f"versions.{name}": version for name, version in facts.versions.items()},
    }


def _flatten(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON
    if not isinstance(value, Mapping):
        yield prefix, str(value)
        return
    for name, inner in value.items():
        yield from _flatten(inner, f"{prefix}.{name}" if prefix else str(name))
