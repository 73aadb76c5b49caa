"""Who may send to whom: every kind of graph, counted by hand."""

from collections import Counter

import pytest

from simulator.scenario import Topology, TopologyKind
from simulator.topology import build_edges


def build(
    kind: TopologyKind, shards: int, seed: int = 1, **settings: object
) -> list[tuple[int, int]]:
    return list(build_edges(Topology.model_validate({"kind": kind, **settings}), shards, seed))


def test_build_edges_complete_has_every_ordered_pair() -> None:
    expected = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)]

    assert build(TopologyKind.COMPLETE, 3) == expected


def test_build_edges_ring_goes_both_ways_around() -> None:
    expected = [(0, 1), (0, 3), (1, 0), (1, 2), (2, 1), (2, 3), (3, 0), (3, 2)]

    assert build(TopologyKind.RING, 4) == expected


def test_build_edges_ring_of_two_is_one_pair() -> None:
    assert build(TopologyKind.RING, 2) == [(0, 1), (1, 0)]


def test_build_edges_star_has_shard_0_in_the_middle() -> None:
    assert build(TopologyKind.STAR, 4) == [(0, 1), (0, 2), (0, 3), (1, 0), (2, 0), (3, 0)]


def test_build_edges_edges_are_those_given_sorted() -> None:
    assert build(TopologyKind.EDGES, 4, edges=((2, 1), (0, 3))) == [(0, 3), (2, 1)]


def test_build_edges_small_world_without_rewiring_is_a_lattice() -> None:
    edges = build(TopologyKind.SMALL_WORLD, 8, neighbors=4, rewire=0.0)

    degrees = Counter(sender for sender, _ in edges)
    assert set(degrees.values()) == {4}
    assert [receiver for sender, receiver in edges if sender == 0] == [1, 2, 6, 7]


def test_build_edges_small_world_rewiring_keeps_the_number_of_edges() -> None:
    lattice = build(TopologyKind.SMALL_WORLD, 16, neighbors=4, rewire=0.0)
    rewired = build(TopologyKind.SMALL_WORLD, 16, neighbors=4, rewire=1.0)

    assert len(rewired) == len(lattice) == 16 * 4
    assert rewired != lattice


def test_build_edges_scale_free_attaches_each_new_shard_to_two() -> None:
    edges = build(TopologyKind.SCALE_FREE, 10, neighbors=2)

    # A star of 3 begins; each of the 7 shards that follow brings 2 links, both ways.
    assert len(edges) == 2 * (2 + 7 * 2)


@pytest.mark.parametrize("kind", [TopologyKind.SMALL_WORLD, TopologyKind.SCALE_FREE])
def test_build_edges_drawn_graph_follows_the_seed(kind: TopologyKind) -> None:
    first = build(kind, 16, seed=1, rewire=0.5)

    assert build(kind, 16, seed=1, rewire=0.5) == first
    assert build(kind, 16, seed=2, rewire=0.5) != first


@pytest.mark.parametrize("kind", [kind for kind in TopologyKind if kind is not TopologyKind.EDGES])
@pytest.mark.parametrize("shards", [2, 3, 4, 5])
def test_build_edges_few_shards_are_linked_without_loops(kind: TopologyKind, shards: int) -> None:
    edges = build(kind, shards, neighbors=64)

    assert edges == sorted(set(edges))
    assert all(sender != receiver for sender, receiver in edges)
    assert {sender for sender, _ in edges} == set(range(shards))


def test_build_edges_small_world_of_one_neighbor_is_a_ring() -> None:
    edges = build(TopologyKind.SMALL_WORLD, 4, neighbors=1, rewire=0.0)

    assert edges == build(TopologyKind.RING, 4)
