"""Snapshots: everything as it was, and what was shared is shared again."""

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from chain.trie import ScriptTrie
from simulator.snapshot import Snapshot

KEY = b"\x01"


@dataclass(eq=False, slots=True)
class Task:
    """Something that several owners may hold."""

    name: str
    follower: "Task | None" = None


@dataclass(frozen=True, slots=True)
class Offer:
    """Frozen, but what it holds is not."""

    tasks: list[Task]
    amount: int = 0


@dataclass(slots=True)
class Slotted:
    """An owner without a dictionary."""

    numbers: list[int] = field(default_factory=list)


class Owner:
    """An owner with all that actors hold."""

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - any field
        """Take fields over."""
        self.slot = 0
        for name, value in given.items():
            setattr(self, name, value)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...  # noqa: ANN401 - any field

        def __setattr__(self, name: str, value: Any) -> None: ...  # noqa: ANN401 - any field


def test_restore_returns_fields_in_place() -> None:
    numbers, owner = [1, 2], Owner(name="old")
    owner.numbers = numbers
    snapshot = Snapshot([owner])

    owner.name = "new"
    owner.numbers.append(3)
    snapshot.restore()

    assert (owner.name, owner.numbers) == ("old", [1, 2])
    assert numbers == [1, 2, 3]


def test_restore_left_out_fields_go_on() -> None:
    owner = Owner(name="old")
    snapshot = Snapshot([owner], {"slot"})

    owner.name, owner.slot = "new", 7
    snapshot.restore()

    assert (owner.name, owner.slot) == ("old", 7)


def test_restore_slotted_dataclass_returns_too() -> None:
    owner = Slotted([1])
    snapshot = Snapshot([owner])

    owner.numbers.append(2)
    snapshot.restore()

    assert owner.numbers == [1]


def test_restore_what_two_owners_share_is_shared_again() -> None:
    task = Task("old")
    first, second = Owner(waiting=[task]), Owner(packed={3: task}, log=deque([task]))
    snapshot = Snapshot([first, second])

    task.name = "new"
    first.waiting.clear()
    snapshot.restore()

    (kept,) = first.waiting
    assert kept is second.packed[3] is second.log[0]
    assert kept.name == "old"
    kept.name = "newer"
    assert second.packed[3].name == "newer"


def test_restore_references_to_owners_stay_references() -> None:
    inner = Owner(count=1)
    outer = Owner(inner=inner, others=[inner])
    snapshot = Snapshot([outer, inner])

    inner.count = 2
    snapshot.restore()

    assert outer.inner is inner
    assert outer.others[0] is inner
    assert inner.count == 1


def test_restore_circles_return_as_circles() -> None:
    first = Task("first")
    first.follower = Task("second", first)
    owner = Owner(task=first)
    snapshot = Snapshot([owner])

    first.follower.name = "changed"
    snapshot.restore()

    assert owner.task is not first
    assert owner.task.follower.name == "second"
    assert owner.task.follower.follower is owner.task


def test_restore_frozen_records_keep_what_can_change_in_them() -> None:
    task = Task("old")
    owner = Owner(offer=Offer([task], 5), waiting=[task])
    snapshot = Snapshot([owner])

    owner.offer.tasks.clear()
    task.name = "new"
    snapshot.restore()

    assert owner.offer.amount == 5
    assert [each.name for each in owner.offer.tasks] == ["old"]
    assert owner.offer.tasks[0] is owner.waiting[0]


@pytest.mark.parametrize(
    "value",
    [
        [[1], [2]],
        {1: [2], 3: {4: {5}}},
        deque([[1], [2]], maxlen=4),
        defaultdict(list, {1: [2]}),
        Counter({"x": 3}),
        ([1], ({2}, deque([3]))),
        {1, 2},
        {(1, 2), (3,)},
        frozenset({1}),
        b"bytes",
        None,
    ],
    ids=lambda value: type(value).__name__,
)
def test_restore_any_container_is_equal_and_of_its_type(value: Any) -> None:  # noqa: ANN401 - any field
    owner = Owner(value=value)
    snapshot = Snapshot([owner])
    expected = repr(value)

    change(value)
    owner.value = "something else"
    snapshot.restore()

    assert type(owner.value) is type(value)
    assert repr(owner.value) == expected


def change(value: Any) -> None:  # noqa: ANN401 - any field
    """Change everything in a value that can change."""
    match value:
        case list() | deque():
            for item in value:
                change(item)
            value.append(9)
        case dict():
            for item in value.values():
                change(item)
            value[9] = 9
        case set():
            value.add(9)
        case tuple():
            for item in value:
                change(item)


def test_restore_default_dictionary_still_makes_defaults() -> None:
    owner = Owner(waiting=defaultdict(list, {1: ["a"]}))
    snapshot = Snapshot([owner])

    owner.waiting[2].append("b")
    snapshot.restore()

    assert dict(owner.waiting) == {1: ["a"]}
    assert owner.waiting[7] == []


def test_restore_bounded_queue_stays_bounded() -> None:
    owner = Owner(roots=deque([1, 2, 3], maxlen=3))
    snapshot = Snapshot([owner])

    owner.roots.append(4)
    snapshot.restore()

    assert list(owner.roots) == [1, 2, 3]
    owner.roots.append(5)
    assert list(owner.roots) == [2, 3, 5]


def test_restore_trie_returns_to_its_root_and_later_views_still_open() -> None:
    trie = ScriptTrie(1)
    trie.set_value(KEY, b"old")
    owner = Owner(trie=trie, same=[trie])
    old = trie.root
    snapshot = Snapshot([owner])

    owner.trie.set_value(KEY, b"new")
    newer = owner.trie.root
    snapshot.restore()

    assert owner.trie.root == old
    assert owner.trie.get_value(KEY) == b"old"
    assert owner.same[0] is owner.trie
    assert owner.trie.view(newer).get_value(KEY) == b"new"


def test_restore_dictionary_keeps_its_order() -> None:
    owner = Owner(scripts={"b": [1], "a": [2]})
    snapshot = Snapshot([owner])

    owner.scripts = dict(sorted(owner.scripts.items()))
    snapshot.restore()

    assert list(owner.scripts) == ["b", "a"]
