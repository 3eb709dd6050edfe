"""Splits of items for training, development and test: what belongs together stays together, strata are spread alike.

Clusters of items (a group, or near-duplicates) are dealt out one after another to the split that is furthest behind, in its
strata and over all: error diffusion, which keeps every split within a cluster of its share, and each stratum nearly so.
Stratified splits of clusters are an old trade (Sechidis, Tsoumakas & Vlahavas 2011, "On the stratification of multi-label
data", deal likewise to the split with the largest demand).
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Final

from judgetui.core.item import ADJUDICATED, Item
from judgetui.datasets.duplicates import Near, groups_of, near_duplicates
from judgetui.errors import InputError
from judgetui.storage.database import SessionFile

TRAIN: Final = "train"
DEVELOPMENT: Final = "development"
TEST: Final = "test"

STRATA: Final = ("category", "label", "group", "model")
"""What strata can be made by beside any field of the items."""


@dataclass(frozen=True, slots=True)
class Leak:
    """Items of one cluster that are in different splits.

    Args:
        ids: the items.
        splits: theirs, in the same order.
        why: what ties them together: `group` or `near-duplicates`.
    """

    ids: tuple[str, ...]
    splits: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Splitting:
    """What splitting comes to.

    Args:
        splits: by id, of the items whose split changes.
        counts: items by split afterwards.
        strata: items by stratum and split afterwards; one stratum, with an empty name, when none were asked for.
        leaks: clusters that lie in several splits all the same, as their items had splits before.
        clusters: of several items that stay together.
    """

    splits: Mapping[str, str]
    counts: Mapping[str, int]
    strata: Mapping[str, Mapping[str, int]]
    leaks: tuple[Leak, ...]
    clusters: int


def split_items(
    items: Sequence[Item],
    shares: Mapping[str, float],
    *,
    by: str | None = None,
    seed: int = 0,
    again: bool = False,
    near: Iterable[Near] | None = None,
) -> Splitting:
    """Say which item goes into which split; nothing is written.

    Items that have a split keep it, and the rest of their cluster follows them. The same items and seed give the same
    splits.

    Args:
        shares: of each split, by name; they add up to 1.
        by: strata: `category`, `label` (what people said of the whole), `group`, `model`, or a field.
        seed: of the order in which clusters are dealt out.
        again: whether items that have a split are dealt out anew.
        near: near-duplicates by position, which stay together; found when None.

    Raises:
        InputError: if the shares do not add up to 1, one is negative, or no item has the field of the strata.
    """
    _check(shares)
    pairs = tuple(near_duplicates(items).pairs if near is None else near)
    strata = _strata(items, by)
    kept = {
        position: item.split for position, item in enumerate(items) if item.split is not None and not again
    }
    clusters = _clusters(items, pairs)
    chosen: dict[int, str] = dict(kept)
    tables: dict[str, Counter[str]] = {}
    totals: Counter[str] = Counter()

    def put(positions: Iterable[int], split: str) -> None:
        for position in positions:
            chosen[position] = split
            tables.setdefault(strata[position], Counter())[split] += 1
            totals[split] += 1

    for position, split in kept.items():
        put((position,), split)
    order = sorted(clusters, key=lambda cluster: min(items[position].id for position in cluster))
    random.Random(seed).shuffle(order)
    # The large ones first, while there is room to even them out; then stratum by stratum.
    order.sort(key=lambda cluster: (-len(cluster), strata[cluster[0]]))
    for cluster in order:
        free = [position for position in cluster if position not in kept]
        known = Counter(kept[position] for position in cluster if position in kept)
        if known:
            put(free, known.most_common(1)[0][0])
        elif free:
            put(free, _furthest_behind([strata[position] for position in free], shares, tables, totals))
    splits = {
        item.id: chosen[position] for position, item in enumerate(items) if chosen[position] != item.split
    }
    return Splitting(
        splits,
        {split: totals[split] for split in (*shares, *sorted(set(totals) - set(shares)))},
        {name: dict(table) for name, table in sorted(tables.items())},
        tuple(_leaks(items, chosen, pairs)),
        sum(len(cluster) > 1 for cluster in clusters),
    )


async def split_session(
    session: SessionFile,
    shares: Mapping[str, float],
    *,
    by: str | None = None,
    seed: int = 0,
    again: bool = False,
    write: bool = True,
) -> Splitting:
    """Split a session's items, off the event loop's thread; `write` says whether the session keeps it.

    Raises:
        InputError: as `split_items`.
        StorageError: if the session cannot be read or written.
    """
    items = await session.read(lambda repos: repos.items.all())
    splitting = await asyncio.to_thread(split_items, items, shares, by=by, seed=seed, again=again)
    if write:
        await session.write(lambda repos: repos.items.set_splits(splitting.splits))
    return splitting


def leaks(items: Sequence[Item], near: Iterable[Near] | None = None) -> list[Leak]:
    """Clusters whose items lie in different splits: a group, or near-duplicates.

    Args:
        near: near-duplicates by position; found when None.
    """
    chosen = {position: item.split for position, item in enumerate(items) if item.split is not None}
    return list(_leaks(items, chosen, tuple(near_duplicates(items).pairs if near is None else near)))


def stratum(item: Item, by: str) -> str:
    """The stratum of an item as text; empty when the item has nothing there."""
    match by:
        case "category":
            return item.category or ""
        case "group":
            return item.group or ""
        case "model":
            return ", ".join(model for model in item.models if model)
        case "label":
            said = {label.rater: label.value for label in item.labels if label.criterion is None}
            values = [said[ADJUDICATED]] if ADJUDICATED in said else sorted(map(str, said.values()))
            counts = Counter(map(str, values)).most_common(1)
            return counts[0][0] if counts else ""
    value = item.fields.get(by)
    return "" if value is None else str(value)


def _check(shares: Mapping[str, float]) -> None:
    if not shares or any(share < 0 for share in shares.values()):
        raise InputError("a share is negative.", "Give shares from 0 to 1.", field="--train")
    if not isclose(total := sum(shares.values()), 1.0, abs_tol=1e-6):
        raise InputError(
            f"the shares add up to {total:g}.", "Give shares that add up to 1, such as 0.6, 0.2 and 0.2."
        )


def _strata(items: Sequence[Item], by: str | None) -> list[str]:
    found = [stratum(item, by) if by is not None else "" for item in items]
    if by is not None and items and not any(found):
        raise InputError(
            f"no item has a {by!r}.",
            f"Use one of {', '.join(STRATA)}, or a field of the items.",
            field="--by",
        )
    return found


def _clusters(items: Sequence[Item], pairs: Sequence[Near]) -> list[list[int]]:
    """Positions that stay together, each once."""
    first: dict[str, int] = {}
    ties = list(pairs)
    for position, item in enumerate(items):
        if item.group is not None and (leader := first.setdefault(item.group, position)) != position:
            ties.append(Near(leader, position, 100.0))
    groups = groups_of(ties)
    tied = {position for group in groups for position in group}
    return groups + [[position] for position in range(len(items)) if position not in tied]


def _furthest_behind(
    strata: Sequence[str],
    shares: Mapping[str, float],
    tables: Mapping[str, Counter[str]],
    totals: Counter[str],
) -> str:
    """The split that lacks most of its share, in the strata of a cluster and over all, once the cluster is dealt out."""
    behind = dict.fromkeys((split for split, share in shares.items() if share > 0), 0.0)
    parts = [(totals, len(strata))] + [
        (tables.get(name, Counter()), count) for name, count in Counter(strata).items()
    ]
    for table, more in parts:
        dealt = sum(table[split] for split in shares) + more
        for split in behind:
            behind[split] += shares[split] * dealt - table[split]
    return max(behind, key=behind.__getitem__)


def _leaks(items: Sequence[Item], chosen: Mapping[int, str], pairs: Sequence[Near]) -> Iterable[Leak]:
    groups: dict[str, list[int]] = {}
    for position, item in enumerate(items):
        if item.group is not None:
            groups.setdefault(item.group, []).append(position)
    for why, clusters in (("group", groups.values()), ("near-duplicates", groups_of(pairs))):
        for cluster in clusters:
            placed = [position for position in cluster if position in chosen]
            if len({chosen[position] for position in placed}) > 1:
                yield Leak(
                    tuple(items[position].id for position in placed),
                    tuple(chosen[position] for position in placed),
                    why,
                )
