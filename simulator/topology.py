"""Who may send to whom: graphs of shards, made with networkx.

Source:
    Ours; the kinds are those of the literature on overlay networks.
"""

from collections.abc import Sequence

from chain.types import ShardIndex
from simulator.scenario import Topology, TopologyKind

Edge = tuple[ShardIndex, ShardIndex]


def build_edges(topology: Topology, shard_count: int, seed: int) -> Sequence[Edge]:
    """Return the directed edges of a topology, sorted.

    Args:
        topology: The kind and its parameters.
        shard_count: Shards 0 to ``shard_count - 1`` are the nodes.
        seed: For the kinds that draw edges.
    """
    import networkx as nx  # noqa: PLC0415 - 0.2 s to import

    if topology.kind is TopologyKind.EDGES:
        return sorted((ShardIndex(a), ShardIndex(b)) for a, b in topology.edges)
    nearest = min(topology.neighbors, max(1, shard_count - 1))
    builders = {
        TopologyKind.COMPLETE: lambda: nx.complete_graph(shard_count),
        TopologyKind.RING: lambda: nx.cycle_graph(shard_count),
        TopologyKind.STAR: lambda: nx.star_graph(shard_count - 1),
        TopologyKind.SMALL_WORLD: lambda: nx.watts_strogatz_graph(
            shard_count, nearest, topology.rewire, seed=seed
        ),
        TopologyKind.SCALE_FREE: lambda: nx.barabasi_albert_graph(shard_count, nearest, seed=seed),
    }
    graph = builders[topology.kind]().to_directed()
    return sorted((ShardIndex(a), ShardIndex(b)) for a, b in graph.edges if a != b)
