"""The deposit graph: shards as nodes, deposits between them as edges (networkx).

Source:
    Ours.
"""

import json
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from simulator.follow import FollowedDeposit

if TYPE_CHECKING:
    import networkx as nx


class FlowFormat(StrEnum):
    """How a deposit graph is written."""

    GRAPHML = "graphml"
    DOT = "dot"
    JSON = "json"


def build_flow_graph(deposits: Iterable[FollowedDeposit]) -> "nx.DiGraph[int]":
    """Return the graph of all deposits between shards.

    Returns:
        Nodes are shard indices with ``sent_gwei`` and ``received_gwei``; edges carry
        ``deposits`` and ``gwei`` (all of them), ``settled`` and ``settled_gwei``, and
        ``mean_latency_slots`` of the settled ones.
    """
    import networkx as nx  # noqa: PLC0415 - 0.2 s to import

    graph: nx.DiGraph[int] = nx.DiGraph()
    latencies: dict[tuple[int, int], list[int]] = {}
    for deposit in deposits:
        ends = deposit.from_shard, deposit.to_shard
        for shard in ends:
            if shard not in graph:
                graph.add_node(shard, sent_gwei=0, received_gwei=0)
        if not graph.has_edge(*ends):
            graph.add_edge(*ends, deposits=0, gwei=0, settled=0, settled_gwei=0)
        edge = graph.edges[ends]
        edge["deposits"] += 1
        edge["gwei"] += deposit.gwei
        graph.nodes[deposit.from_shard]["sent_gwei"] += deposit.gwei
        if deposit.latency_slots is not None:
            edge["settled"] += 1
            edge["settled_gwei"] += deposit.gwei
            graph.nodes[deposit.to_shard]["received_gwei"] += deposit.gwei
            latencies.setdefault(ends, []).append(deposit.latency_slots)
    for ends, values in latencies.items():
        graph.edges[ends]["mean_latency_slots"] = round(sum(values) / len(values), 3)
    return graph


def encode_flow_graph(graph: "nx.DiGraph[int]", form: FlowFormat) -> str:
    """Return a graph as GraphML, Graphviz dot or node-link JSON, in a stable order."""
    import networkx as nx  # noqa: PLC0415 - 0.2 s to import

    ordered: nx.DiGraph[int] = nx.DiGraph()
    ordered.add_nodes_from(sorted(graph.nodes(data=True)))
    ordered.add_edges_from(sorted(graph.edges(data=True), key=lambda edge: edge[:2]))
    if form is FlowFormat.GRAPHML:
        return "\n".join(nx.generate_graphml(ordered)) + "\n"
    if form is FlowFormat.DOT:
        return str(nx.nx_pydot.to_pydot(ordered).to_string())
    return json.dumps(nx.node_link_data(ordered, edges="edges"), indent=2, sort_keys=True) + "\n"
