"""Splits: shares kept, strata spread, what belongs together together, and the same for the same seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgetui.core.item import ADJUDICATED, Item, Label
from judgetui.datasets.duplicates import Near
from judgetui.errors import InputError
from judgetui.services.splitting import Leak, leaks, split_items, split_session, stratum
from judgetui.storage.database import SessionFile

SHARES = {"train": 0.6, "development": 0.2, "test": 0.2}


def items(count: int, categories: str = "ab", group: int | None = None) -> list[Item]:
    return [
        Item(
            f"i{number:04}",
            (f"answer {number}",),
            category=categories[number % len(categories)],
            group=None if group is None else f"g{number // group}",
        )
        for number in range(count)
    ]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 200)), min_size=1, max_size=200),
    st.sampled_from([SHARES, {"train": 0.8, "test": 0.2}, {"train": 1.0, "development": 0.0, "test": 0.0}]),
    st.integers(0, 5),
)
def test_splits_keep_their_shares_and_groups_stay_whole(
    rows: list[tuple[str, int]], shares: dict[str, float], seed: int
) -> None:
    given_items = [
        Item(str(number), ("x",), category=category, group=str(group))
        for number, (category, group) in enumerate(rows)
    ]
    found = split_items(given_items, shares, by="category", seed=seed, near=())
    assert set(found.splits) == {item.id for item in given_items}
    where = {item.id: found.splits[item.id] for item in given_items}
    for group in {item.group for item in given_items}:
        assert len({where[item.id] for item in given_items if item.group == group}) == 1
    assert not found.leaks
    largest = max(Counter(item.group for item in given_items).values())
    for split, share in shares.items():
        assert found.counts[split] == sum(each == split for each in where.values())
        assert abs(found.counts[split] - share * len(rows)) <= 2 * largest + 1
    assert sum(sum(table.values()) for table in found.strata.values()) == len(rows)


def test_strata_are_spread_alike() -> None:
    given_items = items(1000, categories="aaaaaaab")
    found = split_items(given_items, SHARES, by="category", near=())
    assert found.counts == {"train": 600, "development": 200, "test": 200}
    assert found.strata["a"] == {"train": 525, "development": 175, "test": 175}
    assert found.strata["b"] == {"train": 75, "development": 25, "test": 25}


def test_many_small_strata_do_not_all_go_to_the_largest_split() -> None:
    given_items = [replace(item, category=f"c{number}") for number, item in enumerate(items(100))]
    found = split_items(given_items, SHARES, by="category", near=())
    assert [abs(found.counts[split] - share * 100) <= 2 for split, share in SHARES.items()] == [True] * 3


def test_a_seed_gives_the_same_split_again_and_another_one_another() -> None:
    given_items = items(60)
    first = split_items(given_items, SHARES, seed=1, near=())
    assert split_items(given_items, SHARES, seed=1, near=()) == first
    assert split_items(given_items, SHARES, seed=2, near=()).splits != first.splits


def test_items_keep_their_split_unless_it_is_made_again() -> None:
    given_items = [
        replace(item, split="test") if number < 5 else item for number, item in enumerate(items(10))
    ]
    found = split_items(given_items, {"train": 1.0, "test": 0.0}, near=())
    assert set(found.splits.values()) == {"train"}
    assert found.counts == {"train": 5, "test": 5}
    again = split_items(given_items, {"train": 1.0, "test": 0.0}, near=(), again=True)
    assert set(again.splits) == {item.id for item in given_items}


def test_a_cluster_follows_the_item_that_has_a_split() -> None:
    one, two, three = items(3)
    given_items = [replace(one, split="test", group="g"), replace(two, group="g"), three]
    found = split_items(given_items, {"train": 1.0}, near=())
    assert found.splits == {two.id: "test", three.id: "train"}
    assert found.counts == {"train": 1, "test": 2}


def test_near_duplicates_stay_together_and_leaks_are_told() -> None:
    alike = [
        Item("a", ("The sky is blue because of scattering.",)),
        Item("b", ("the sky is blue, because of scattering",)),
    ]
    found = split_items([*alike, *items(20)], SHARES)
    assert found.splits["a"] == found.splits["b"]
    assert found.clusters == 1
    apart = [replace(alike[0], split="train"), replace(alike[1], split="test")]
    told = split_items(apart, SHARES)
    assert told.splits == {}
    assert told.leaks == (Leak(("a", "b"), ("train", "test"), "near-duplicates"),) == tuple(leaks(apart))
    assert leaks([replace(each, split="test") for each in alike]) == []
    grouped = [
        replace(item, group="g", split=split) for item, split in zip(items(2), ("train", "test"), strict=True)
    ]
    assert [leak.why for leak in leaks(grouped, near=[Near(0, 1, 99.0)])] == ["group", "near-duplicates"]


def test_what_strata_are_made_of() -> None:
    said = (Label("ann", 4), Label("bo", 4), Label("cy", "x"), Label("ann", 1, "tone"))
    item = Item("a", ("x",), {"level": 3}, ("m",), category="c", group="g", labels=said)
    assert [stratum(item, by) for by in ("category", "group", "model", "label", "level", "none")] == [
        "c", "g", "m", "4", "3", "",
    ]  # fmt: skip
    assert stratum(replace(item, labels=(*said, Label(ADJUDICATED, 2))), "label") == "2"


def test_what_cannot_be_split_is_refused() -> None:
    with pytest.raises(InputError, match=r"the shares add up to 0\.9"):
        split_items(items(3), {"train": 0.9})
    with pytest.raises(InputError, match="a share is negative"):
        split_items(items(3), {"train": 1.5, "test": -0.5})
    with pytest.raises(InputError, match="no item has a 'topic'"):
        split_items(items(3), SHARES, by="topic")
    assert split_items([], SHARES, by="topic").counts == {"train": 0, "development": 0, "test": 0}


async def test_a_session_keeps_its_splits(tmp_path: object) -> None:
    with SessionFile.create(f"{tmp_path}/s.db", "s") as session:
        await session.write(lambda repos: repos.items.add(items(10)))
        planned = await split_session(session, SHARES, write=False)
        assert {item.split for item in session.read_now(lambda repos: repos.items.all())} == {None}
        done = await split_session(session, SHARES)
        assert done == planned
        kept = session.read_now(lambda repos: repos.items.all())
    assert {item.id: item.split for item in kept} == dict(done.splits)
