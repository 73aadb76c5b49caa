"""docs/scenario.md, rendered from the pydantic models that scenario files are checked against."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from chain.config import PRESETS, ChainConfig, ExecutionLimits, TickCosts
from chain.placement import get_placements
from chain.wasm import DECODABLE_FEATURES
from simulator.scenario import HexBytes, Name, Scenario
from tests.helpers.markdown import GENERATED, compute_anchor, join_parts, render_table, to_markdown

Schema = Mapping[str, Any]
Settings = ChainConfig | ExecutionLimits | TickCosts

_SCENARIO_INTRO: Final = """\
# The scenario file, key by key

A scenario is one YAML file. Unknown keys are errors, and every problem of a file is reported at
once, with its line and key. The README explains the main keys with an example. This page lists
all of them, in the order in which they nest. `shardlab schema` prints the same as a JSON Schema,
which editors use to check and complete scenario files.

Any value can be replaced from the command line: `--set genesis.validators=128`,
`--set workload[0].deposits.per_slot=8`. The value is read as YAML.

Scenarios come from other people, too. The files that one names, scripts and cost profiles, must
be in its own folder, at any depth, or come with shardlab; links are followed first. Anything else
is an error that names the key and the path. `--allow-outside` (of `run`, `compare`, `routes` and
`sweep`; in Python `load_scenario(path, allow_outside=True)`) lifts that. A path that `--set` gives
is yours and may lead anywhere; one that a sweep or a lesson sets may not, nor may the scenario
that it names. What is read are regular files of limited size.
"""

_AFTER_VALIDATION: Final = """\
The strategies:

{strategies}

The features that can be allowed under `strict` (`scout` allows all of them anyway):
{features}.

[The rules of both profiles](validation-rules.md) are a page of their own.
"""

_AFTER_EXPECT: Final = """\
A metric is one number of the run, with a dotted name. `shardlab run NAME --json` prints all of
them under `metrics`. An expectation about a metric that does not exist is not met. These are
named most often:
"""

METRICS: Final = {
    "conservation_error": "Largest difference, in any slot, between the ETH at genesis and the ETH "
    "accounted for, Gwei. Anything but 0 stops the run.",
    "eth.solvency_gwei": "What the scripts' balances hold beyond the pools on all shards and the "
    "ETH in flight, Gwei.",
    "eth.printed_gwei": "What scripts credited beyond what they took in, Gwei: 0 unless a script "
    "can be paid twice.",
    "eth.burned_gwei": "Registration fees burned, Gwei.",
    "deposits.created": "Deposits that users asked for.",
    "deposits.settled": "Deposits that arrived.",
    "deposits.latency_slots.p50": "Slots from pushed to settled, median; also `p95`, `max` and "
    "`mean`, and all of them as `deposits.latency_seconds`.",
    "routes.beacon.latency_slots.p50": "The same of one route: `beacon`, `receipt`, `netting`, or "
    "`shard` for transfers that stay on theirs. Also `wait_slots` (from when the user asked), "
    "`created`, `settled`, `rejected`, `returned`, `open`, `settled_per_slot` (of the middle half "
    "of those that settled), `in_flight_max_gwei`, and of the settled ones the mean "
    "`beacon_operations_per_transfer`, `beacon_bytes_per_transfer` and `proof_bytes_per_transfer`.",
    "queues.relay_growth_per_slot": "By how much the queue of transfers that wait to leave a shard "
    "grows while users ask, 0 unless it does so without bound; also of the `delivery`, `claim` and "
    "`withdrawal` queues.",
    "claims.full_blocks": "Beacon blocks that were full of claims.",
    "claims.queue_max": "Most deposits that waited to be claimed.",
    "witness.bytes": "Size of the witnesses that relayers attached; also `witness.repaired`, how "
    "many of them were stale.",
    "beacon.blocks_lost": "Beacon slots lost to refused blocks.",
    "shards.blocks": "Shard blocks accepted.",
    "shards.noop_blocks": "Those of them whose script was not run.",
    "calls.dropped": "Calls that came into no accepted block, or into one that did nothing.",
    "validation.node_validations": "Distinct pairs of node and code that were validated.",
    "costs.total_seconds": "What validating and compiling cost all nodes together, by the rates "
    "of the engine profile. Modelled, never measured. Also by role: `costs.beacon_node.seconds`, "
    "`shard_committee`, `shard_full_node`, `challenger`, `light_client`; and "
    "`costs.without_memory_seconds`, had every node paid every time.",
    "costs.peak_slot_seconds": "Modelled seconds of the busiest node in one slot.",
    "costs.slots_over_budget": "Slots in which the busiest node needed more than "
    "`costs.budget_ms`.",
    "costs.duplication": "How many nodes paid for each code, on average.",
    "costs.wasted_seconds": "Modelled seconds spent on code that breaks a rule; "
    "`costs.wasted_validating_seconds` is the part of nodes that do not compile what they refuse.",
    "costs.attack_seconds_per_eth": "Modelled seconds that bad scripts and those of adversaries "
    "cost the network, per ETH of fees that they paid. An attack that costs seconds and no fee is "
    "free: then there is no such number, and an expectation about it is not met.",
    "work.bytes": "Bytes decoded by all nodes together, up to the broken rule if there is one; "
    "also `work.functions` and `work.instructions`, and by role. The same on every machine and "
    "under every profile. `work.light_client.mark_bytes`, the marks that light clients read, are "
    "counted apart.",
    "scripts.slots_to_usable.p50": "Slots from submission until shards may call a good script, "
    "median; "
    "also `p95`, `max` and `mean`.",
    "state.mark_bytes": "Bytes of marks in the final states of all chains.",
    "state.dead_code_bytes": "Bytes of code in the final beacon state that can never run.",
    "shards.rollback_depth_max": "Most slots that a shard was set back.",
    "validation.wrong_verdicts": "Verdicts in marks that contradict the rules.",
}
"""Metrics that a newcomer meets first, and what they say."""


def render_scenario_page() -> str:
    """Render docs/scenario.md from the pydantic models."""
    schema = Scenario.model_json_schema()
    parts = [GENERATED, _SCENARIO_INTRO]
    for path, model in walk_models(schema):
        parts.extend(_render_model(path, model, schema))
    return join_parts(parts)


def walk_models(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Yield every model below a scenario with its key path, parents before children."""
    yield "", schema
    yield from _walk_children("", schema, schema)


def _walk_children(path: str, model: Schema, schema: Schema) -> Iterator[tuple[str, Schema]]:
    for key, field in model["properties"].items():
        child, suffix = _find_model(field, schema)
        if child is not None:
            below = f"{path}.{key}{suffix}".lstrip(".")
            yield below, child
            yield from _walk_children(below, child, schema)


def _find_model(field: Schema, schema: Schema) -> tuple[Schema | None, str]:
    """Return the model behind a key, and ``[]`` if the key holds a list of them."""
    field = _skip_null(field)
    if field.get("type") == "array" and "items" in field:
        return _find_model(field["items"], schema)[0], "[]"
    if "$ref" in field:
        target = _resolve(field, schema)
        return (target if target.get("type") == "object" else None), ""
    return None, ""


def _skip_null(field: Schema) -> Schema:
    choices = [each for each in field.get("anyOf", ()) if each != {"type": "null"}]
    return choices[0] if len(choices) == 1 else field


def _resolve(field: Schema, schema: Schema) -> Schema:
    target: Schema = schema["$defs"][field["$ref"].rsplit("/", 1)[1]]
    return target


def _render_model(path: str, model: Schema, schema: Schema) -> Iterator[str]:
    depth = path.count(".") + 2
    yield f"{'#' * depth} {f'`{path}`' if path else 'The file'}"
    if path:
        yield to_markdown(model["description"])
    headers, rows = _build_rows(path, model, schema)
    yield render_table(headers, rows)
    if path == "validation":
        yield _render_after_validation()
    if path == "expect[]":
        yield _AFTER_EXPECT
        yield render_table(
            ["metric", "meaning"], ([f"`{name}`", text] for name, text in METRICS.items())
        )


def _build_rows(
    path: str, model: Schema, schema: Schema
) -> tuple[Sequence[str], list[Sequence[str]]]:
    defaults = _get_config_defaults(path)
    headers = ["key", "value", *(defaults or ["default"]), "meaning"]
    rows: list[Sequence[str]] = []
    for key, field in model["properties"].items():
        if defaults is None:
            given = [_render_default(key, field, model)]
        else:
            given = [_render_value(getattr(config, key)) for config in defaults.values()]
        kind = _render_kind(path, key, field, schema)
        # A key that says just what its model says has no description of its own.
        described = field if "description" in field else _resolve(field, schema)
        rows.append([f"`{key}`", kind, *given, to_markdown(described["description"])])
    return headers, rows


def _get_config_defaults(path: str) -> Mapping[str, Settings] | None:
    """Return where unset keys take their values from, if that is the preset."""
    if path == "chain":
        return PRESETS
    if path == "chain.execution":
        return {"default": ExecutionLimits()}
    if path == "chain.execution.tick_costs":
        return {"default": TickCosts()}
    return None


def _render_default(key: str, field: Schema, model: Schema) -> str:
    if key in model.get("required", ()):
        return "required"
    value = field.get("default")
    if value is None or isinstance(value, dict) or value in ([], ""):
        return ""
    return _render_value(value)


def _render_value(value: object) -> str:
    if isinstance(value, ExecutionLimits | TickCosts):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else f"`{value}`"


def _render_kind(path: str, key: str, field: Schema, schema: Schema) -> str:
    field = _skip_null(field)
    model, suffix = _find_model(field, schema)
    if model is not None:
        below = f"{path}.{key}{suffix}".lstrip(".")
        link = f"[`{below}`](#{compute_anchor(below)})"
        return f"list of {link}" if suffix else link
    if "$ref" in field:
        field = _resolve(field, schema)
    if "enum" in field:
        return ", ".join(f"`{choice}`" for choice in field["enum"])
    return _render_plain_kind(field)


def _render_plain_kind(field: Schema) -> str:
    match field["type"]:
        case "array" if "prefixItems" in field:
            return f"pair of {_pluralize(_render_plain_kind(field['prefixItems'][0]))}"
        case "array":
            return f"list of {_pluralize(_render_plain_kind(field['items']))}"
        case "boolean":
            return "true or false"
        case "string":
            return _render_string_kind(field)
        case number:
            return f"{number}{_render_range(field)}"


def _pluralize(kind: str) -> str:
    word, comma, rest = kind.partition(",")
    first, of, others = word.partition(" ")
    return kind if kind == "text" else f"{first}s{of}{others}{comma}{rest}"


def _render_string_kind(field: Schema) -> str:
    patterns = {_get_pattern(Name): "name", _get_pattern(HexBytes): "hex"}
    return patterns.get(field.get("pattern", ""), "text")


def _get_pattern(annotated: Any) -> str:  # noqa: ANN401 - an Annotated alias has no type of its own
    (field,) = annotated.__metadata__
    (metadata,) = field.metadata
    return str(metadata.pattern)


def _render_range(field: Schema) -> str:
    if not {"minimum", "exclusiveMinimum"} & field.keys():
        return ""
    high = field["maximum"] if "maximum" in field else field["exclusiveMaximum"] - 1
    if "exclusiveMinimum" in field:
        return f", more than {field['exclusiveMinimum']:,}, up to {high:,}"
    return f", {field['minimum']:,} to {high:,}"


def _render_after_validation() -> str:
    rows = []
    for name, placement in get_placements().items():
        first = (placement.__doc__ or "").splitlines()[0]
        sentence = first.removeprefix(f"``{name}``: ")
        rows.append([f"`{name}`", to_markdown(sentence[0].upper() + sentence[1:])])
    features = ", ".join(f"`{feature}`" for feature in sorted(DECODABLE_FEATURES))
    table = render_table(["strategy", "in short"], rows)
    return _AFTER_VALIDATION.format(strategies=table, features=features)
