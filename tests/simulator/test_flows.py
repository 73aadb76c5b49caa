"""The deposit graph: summed by hand, and readable by those who will read it."""

import json
from io import BytesIO

import networkx as nx
import pydot
import pytest

from simulator.events import DepositStep
from simulator.flows import FlowFormat, build_flow_graph, encode_flow_graph
from simulator.follow import FollowedDeposit


def make(
    number: int, sender: int, receiver: int, gwei: int, settled: int | None
) -> FollowedDeposit:
    steps = [DepositStep(4, "shard", number, "pushed", "", 0, "")]
    if settled is not None:
        steps.append(DepositStep(settled, "shard", number, "settled", "", 0, ""))
    return FollowedDeposit(number, "relay", sender, receiver, gwei, 1, steps=steps)


DEPOSITS = [
    make(1, 2, 0, 100, settled=9),
    make(2, 0, 1, 50, settled=14),
    make(3, 0, 1, 30, settled=7),
    make(4, 0, 1, 20, settled=None),
    make(5, 3, 3, 5, settled=None),
]


def test_build_flow_graph_sums_edges() -> None:
    graph = build_flow_graph(DEPOSITS)

    assert dict(graph.edges) == {
        (2, 0): {
            "deposits": 1,
            "gwei": 100,
            "settled": 1,
            "settled_gwei": 100,
            "mean_latency_slots": 5,
        },
        (0, 1): {
            "deposits": 3,
            "gwei": 100,
            "settled": 2,
            "settled_gwei": 80,
            "mean_latency_slots": 6.5,
        },
        (3, 3): {"deposits": 1, "gwei": 5, "settled": 0, "settled_gwei": 0},
    }


def test_build_flow_graph_sums_nodes() -> None:
    graph = build_flow_graph(DEPOSITS)

    assert dict(graph.nodes) == {
        0: {"sent_gwei": 100, "received_gwei": 100},
        1: {"sent_gwei": 0, "received_gwei": 80},
        2: {"sent_gwei": 100, "received_gwei": 0},
        3: {"sent_gwei": 5, "received_gwei": 0},
    }


def test_build_flow_graph_without_deposits_is_empty() -> None:
    assert len(build_flow_graph([])) == 0


def test_encode_flow_graph_json_reads_back_with_networkx() -> None:
    graph = build_flow_graph(DEPOSITS)

    document = json.loads(encode_flow_graph(graph, FlowFormat.JSON))

    read = nx.node_link_graph(document, edges="edges")
    assert dict(read.edges) == dict(graph.edges)
    assert dict(read.nodes) == dict(graph.nodes)
    assert [node["id"] for node in document["nodes"]] == [0, 1, 2, 3]


def test_encode_flow_graph_graphml_reads_back_with_networkx() -> None:
    graph = build_flow_graph(DEPOSITS)

    text = encode_flow_graph(graph, FlowFormat.GRAPHML)

    read = nx.read_graphml(BytesIO(text.encode()), node_type=int)
    assert dict(read.edges) == dict(graph.edges)
    assert dict(read.nodes) == dict(graph.nodes)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # pydot's parser, from pyparsing
def test_encode_flow_graph_dot_reads_back_with_pydot() -> None:
    text = encode_flow_graph(build_flow_graph(DEPOSITS), FlowFormat.DOT)

    graphs = pydot.graph_from_dot_data(text)
    assert graphs is not None
    edges = {(edge.get_source(), edge.get_destination()): edge for edge in graphs[0].get_edges()}
    assert set(edges) == {("2", "0"), ("0", "1"), ("3", "3")}
    assert edges["0", "1"].get("gwei") == "100"


def test_encode_flow_graph_order_of_deposits_does_not_matter() -> None:
    for form in FlowFormat:
        forward = encode_flow_graph(build_flow_graph(DEPOSITS), form)
        backward = encode_flow_graph(build_flow_graph(reversed(DEPOSITS)), form)
        assert forward == backward


def test_encode_flow_graph_ends_with_a_newline() -> None:
    for form in FlowFormat:
        assert encode_flow_graph(build_flow_graph(DEPOSITS), form).endswith("\n")
