"""Who may send to whom: graphs of shards, made with networkx.

Source:
    Ours; the kinds are those of the literature on overlay networks.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from chain.types import ShardIndex
from simulator.scenario import Topology, TopologyKind

if TYPE_CHECKING:
    import networkx as nx

Edge = tuple[ShardIndex, ShardIndex]


class CompleteEdges(Sequence[Edge]):
    """All edges between different shards, sorted; thousands of shards have millions of them."""

    def __init__(self, shard_count: int) -> None:
        """Take the number of shards."""
        self._others = shard_count - 1

    def __len__(self) -> int:
        """Return how many edges there are."""
        return (self._others + 1) * self._others

    @overload
    def __getitem__(self, position: int) -> Edge: ...

    @overload
    def __getitem__(self, position: slice) -> Sequence[Edge]: ...

    def __getitem__(self, position: int | slice) -> Edge | Sequence[Edge]:
        """Return an edge by its position, or several."""
        if isinstance(position, slice):
            return [self[each] for each in range(*position.indices(len(self)))]
        sender, rest = divmod(range(len(self))[position], self._others)
        return ShardIndex(sender), ShardIndex(rest + (rest >= sender))


def build_edges(topology: Topology, shard_count: int, seed: int) -> Sequence[Edge]:
    """Return the directed edges of a topology, sorted.

    Args:
        topology: The kind and its parameters.
        shard_count: Shards 0 to ``shard_count - 1`` are the nodes; at least 2.
        seed: For the kinds that draw edges.
    """
    if topology.kind is TopologyKind.EDGES:
        return sorted((ShardIndex(a), ShardIndex(b)) for a, b in topology.edges)
    if topology.kind is TopologyKind.COMPLETE:
        return CompleteEdges(shard_count)
    import networkx as nx  # noqa: PLC0415 - 0.2 s to import

    directed: nx.DiGraph[int] = nx.DiGraph(_build_graph(topology, shard_count, seed))
    return sorted((ShardIndex(a), ShardIndex(b)) for a, b in directed.edges if a != b)


def _build_graph(topology: Topology, shard_count: int, seed: int) -> "nx.Graph[int]":
    import networkx as nx  # noqa: PLC0415 - 0.2 s to import

    nearest = min(topology.neighbors, shard_count - 1)
    graph: nx.Graph[int]
    match topology.kind:
        case TopologyKind.RING:
            graph = nx.cycle_graph(shard_count)
        case TopologyKind.STAR:
            graph = nx.star_graph(shard_count - 1)
        case TopologyKind.SMALL_WORLD:
            # One neighbour on either side is the least that makes a ring.
            graph = nx.watts_strogatz_graph(
                shard_count, max(2, nearest), topology.rewire, seed=seed
            )
        case _:
            graph = nx.barabasi_albert_graph(shard_count, nearest, seed=seed)
    return graph
