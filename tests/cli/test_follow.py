"""``shardlab follow`` and ``shardlab flows``."""

import io
import json
from pathlib import Path

import networkx as nx
import pydot
import pytest

from tests.helpers.cli import shardlab
from tests.helpers.scenarios import build_scenario, save_scenario

STEPS = ["pushed", "committed", "crosslinked", "claimed", "exited", "withdrawn", "delivered"]


def test_follow_json_lists_deposits_with_all_their_steps(run_folder: Path) -> None:
    (deposit,) = shardlab("follow", run_folder, "--json").document["deposits"]
    assert deposit.keys() >= {
        "id",
        "script",
        "from_shard",
        "to_shard",
        "gwei",
        "state",
        "latency_slots",
        "events",
    }
    assert (deposit["id"], deposit["script"], deposit["gwei"]) == (1, "relay", 1000)
    assert (deposit["from_shard"], deposit["to_shard"], deposit["state"]) == (0, 1, "settled")
    assert [event["event"] for event in deposit["events"]] == [*STEPS, "settled"]
    assert all(event.keys() >= {"slot", "chain", "event"} for event in deposit["events"])
    slots = [event["slot"] for event in deposit["events"]]
    assert slots == sorted(slots)
    assert deposit["latency_slots"] == slots[-1] - slots[0]


def test_follow_one_deposit_tells_chains_roots_and_proofs(run_folder: Path) -> None:
    outcome = shardlab("follow", run_folder, 1)
    assert outcome.status == 0
    for step in (*STEPS, "settled"):
        assert step in outcome.stdout
    for word in ("shard 0", "shard 1", "beacon", "1408 B", "800 B"):
        assert word in outcome.stdout


def test_follow_lists_all_deposits_in_a_table(run_folder: Path) -> None:
    outcome = shardlab("follow", run_folder)
    assert outcome.status == 0
    assert "0.000001 ETH" in outcome.stdout
    assert "settled" in outcome.stdout


def test_follow_run_without_deposits_says_so(tmp_path: Path) -> None:
    shardlab("run", save_scenario(build_scenario(slots=2), tmp_path), "--out", "empty")
    assert "No deposits" in shardlab("follow", "empty").stdout
    assert shardlab("follow", "empty", "--json").document["deposits"] == []


@pytest.mark.parametrize("deposit", [0, 2, -1])
def test_follow_unknown_deposit_exits_with_2_and_says_which_there_are(
    deposit: int, run_folder: Path
) -> None:
    outcome = shardlab("follow", run_folder, "--", deposit)
    assert outcome.status == 2
    assert "deposits 1 to 1" in outcome.stderr


def test_follow_something_else_exits_with_2(tmp_path: Path) -> None:
    (tmp_path / "run.db").write_bytes(b"not a database" * 100)
    for target in ("nowhere", ".", "run.db"):
        outcome = shardlab("follow", target)
        assert outcome.status == 2
        assert outcome.stderr.startswith("error: ")


def test_flows_json_is_the_graph_of_deposits(run_folder: Path) -> None:
    document = json.loads(shardlab("flows", run_folder, "--format", "json").stdout)
    graph = nx.node_link_graph(document, edges="edges")
    assert dict(graph.nodes(data="sent_gwei")) == {0: 1000, 1: 0}
    edge = graph.edges[0, 1]
    assert (edge["deposits"], edge["gwei"], edge["settled"]) == (1, 1000, 1)


def test_flows_graphml_can_be_read_back(run_folder: Path) -> None:
    text = shardlab("flows", run_folder, "--format", "graphml").stdout
    graph = nx.read_graphml(io.BytesIO(text.encode()), node_type=int)
    assert set(graph.edges) == {(0, 1)}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of pydot's parser, used only here
def test_flows_dot_can_be_read_back(run_folder: Path) -> None:
    text = shardlab("flows", run_folder, "--format", "dot").stdout
    graphs = pydot.graph_from_dot_data(text)
    assert graphs is not None
    (edge,) = graphs[0].get_edges()
    assert (edge.get_source(), edge.get_destination()) == ("0", "1")


def test_flows_unknown_format_exits_with_2(run_folder: Path) -> None:
    outcome = shardlab("flows", run_folder, "--format", "png")
    assert outcome.status == 2
    assert "graphml, dot, json" in outcome.stderr
