"""Comparing routes: same transfers, growing load, and a limit that is found or confessed."""

from pathlib import Path

import pytest

from simulator.errors import ScenarioError, UserError
from simulator.routes import RouteResult, compare_routes, parse_loads, plan_routes, to_json
from simulator.scenario import Route
from tests.helpers.routes import StubChains, get_transfers, save_transfers
from tests.helpers.scenarios import build_journey, save_scenario


def find_limits(
    folder: Path, chains: StubChains, loads: str = "1,2,4,8", **changes: object
) -> dict[Route, RouteResult]:
    plans = plan_routes(save_transfers(folder, **changes), [], None, parse_loads(loads))
    return {result.route: result for result in compare_routes(plans, chains)}


# --- loads and plans ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "loads"),
    [("1,2,4", [1, 2, 4]), ("8,0.5", [0.5, 1, 8]), ("2,2,1.0", [1, 2]), (" 3 ", [1, 3])],
)
def test_parse_loads_sorts_and_has_the_scenarios_own(text: str, loads: list[float]) -> None:
    assert parse_loads(text) == loads


@pytest.mark.parametrize("text", ["", "1,,2", "0", "-1,2", "nan", "1,inf", "two"])
def test_parse_loads_other_than_positive_numbers_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="--loads"):
        parse_loads(text)


def test_plan_routes_changes_route_and_load_only(tmp_path: Path) -> None:
    path = save_transfers(tmp_path, per_slot=0.3)

    plans = plan_routes(path, ["slots=20"], 9, [1, 4])

    assert list(plans) == list(Route)
    for route, planned in plans.items():
        assert [plan.per_slot for plan in planned] == [0.3, 1.2]
        for plan in planned:
            load = get_transfers(plan.loaded)
            assert load.route is route
            assert load.per_slot == pytest.approx(plan.per_slot)
            scenario = plan.loaded.scenario
            assert (scenario.slots, scenario.seed) == (20, 9)
            assert load.model_copy(update={"route": Route.BEACON, "per_slot": 0.0}) == (
                get_transfers(plans[Route.BEACON][0].loaded).model_copy(update={"per_slot": 0.0})
            )


def test_plan_routes_without_transfers_says_so(tmp_path: Path) -> None:
    path = save_scenario(build_journey(16), tmp_path)

    with pytest.raises(UserError, match=r"no workload has transfers that cross shards"):
        plan_routes(path, [], None, [1])


def test_plan_routes_transfers_that_stay_on_their_shards_are_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no workload has transfers that cross shards"):
        plan_routes(save_transfers(tmp_path, cross_shard=0.0), [], None, [1])


def test_plan_routes_load_beyond_what_scenarios_allow_stops_all(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"per_slot"):
        plan_routes(save_transfers(tmp_path), [], None, [1, 1_000_000])


# --- limits -------------------------------------------------------------------------------


def test_compare_routes_stops_at_the_first_load_that_is_too_much(tmp_path: Path) -> None:
    chains = StubChains({Route.BEACON: 5, Route.RECEIPT: 2})

    limits = find_limits(tmp_path, chains)

    assert chains.asked == [
        *((Route.BEACON, load) for load in (2, 4, 8)),
        *((Route.RECEIPT, load) for load in (2, 4)),
        *((Route.NETTING, load) for load in (2, 4, 8, 16)),
    ]
    assert [limits[route].sustained for route in Route] == [
        limits[Route.BEACON].runs[1],
        limits[Route.RECEIPT].runs[0],
        limits[Route.NETTING].runs[3],
    ]
    assert limits[Route.BEACON].tell_limit() == (
        "beacon: 4 transfers per slot at 4 per slot; saturated at 8 per slot "
        "(the relay queue grows by about 3 per slot and the settled share falls from 100% to 62%)."
    )


def test_compare_routes_route_that_bears_everything_is_not_given_a_limit(tmp_path: Path) -> None:
    result = find_limits(tmp_path, StubChains({}), "1,2")[Route.NETTING]

    assert result.saturated is None
    assert result.tell_limit() == (
        "netting: at least 4 transfers per slot. The largest load (4 per slot) does not saturate "
        "the route: the figure is the load's, not the route's."
    )


def test_compare_routes_smallest_load_too_much_says_what_settled(tmp_path: Path) -> None:
    result = find_limits(tmp_path, StubChains({Route.BEACON: 0.5}))[Route.BEACON]

    assert result.sustained is None
    assert result.base is result.saturated is result.runs[0]
    assert result.tell_limit() == (
        "beacon: saturated at 2 per slot (the relay queue grows by about 1.5 per slot), the "
        "smallest load; 0.5 settled per slot there."
    )


def test_compare_routes_own_load_is_run_even_if_a_smaller_one_is_too_much(tmp_path: Path) -> None:
    result = find_limits(tmp_path, StubChains({Route.BEACON: 0.2}), "0.25,2")[Route.BEACON]

    assert [run.plan.multiple for run in result.runs] == [0.25, 1]
    assert result.base.plan.multiple == 1
    assert result.saturated is result.runs[0]
    assert result.sustained is None


@pytest.mark.parametrize(
    ("capacity", "reasons"),
    [(3.59, ("the settled share falls from 100% to 90%",)), (3.61, ())],
)
def test_compare_routes_settled_share_below_nine_tenths_is_too_much(
    capacity: float, reasons: tuple[str, ...], tmp_path: Path
) -> None:
    chains = StubChains({Route.RECEIPT: capacity}, lost_share=1)

    result = find_limits(tmp_path, chains, "1,2", slots=1000)[Route.RECEIPT]

    assert result.runs[1].saturated_by == reasons


def test_compare_routes_nothing_settled_is_no_limit(tmp_path: Path) -> None:
    result = find_limits(tmp_path, StubChains(dict.fromkeys(Route, 0.0), lost_share=1))

    assert result[Route.BEACON].tell_limit() == (
        "beacon: nothing settled, which says nothing about the route's limit."
    )


def test_settled_share_leaves_out_rejected_transfers(tmp_path: Path) -> None:
    run = find_limits(tmp_path, StubChains({}))[Route.BEACON].base
    changed = {**run.metrics, "routes.beacon.rejected": 32, "routes.beacon.settled": 48}

    share = type(run)(run.plan, changed, (), ()).settled_share

    assert share == 48 / (128 - 32)


def test_to_json_has_the_documented_keys(tmp_path: Path) -> None:
    limits = find_limits(tmp_path, StubChains({Route.BEACON: 5}))

    saturated, open_ended = to_json(limits[Route.BEACON]), to_json(limits[Route.NETTING])

    assert (saturated["route"], saturated["saturated"]) == ("beacon", True)
    assert saturated["sustained_per_slot"] == saturated["sustained_load_per_slot"] == 4
    assert saturated["metrics"] == dict(limits[Route.BEACON].base.metrics)
    assert saturated["findings"][-1] == "Load of beacon: 2."
    assert saturated["loads"][2] == {
        "multiple": 4,
        "per_slot": 8,
        "created": 512,
        "settled": 320,
        "settled_per_slot": 5,
        "settled_share": 0.625,
        "saturated_by": list(limits[Route.BEACON].runs[2].saturated_by),
        "findings": ["Signatures were hashes.", "Load of beacon: 8."],
    }
    assert (open_ended["saturated"], open_ended["sustained_per_slot"]) == (False, 16)
    assert "does not saturate" in open_ended["limit"]
