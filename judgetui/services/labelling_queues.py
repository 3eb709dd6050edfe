"""Queues: which items wait for a person, and in which order they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from judgetui.core.answer import Candidate, Pick, Queue, Said, Standing, lot
from judgetui.core.item import ADJUDICATED, OVERALL, Label
from judgetui.services.labelling_picks import Ranks


@dataclass(frozen=True, slots=True)
class Plan:
    """Who labels what, and what comes next.

    Args:
        split: only items of this split; None for all.
        apart: numbers further apart than this are a disagreement; other labels disagree when they differ.
        again: whether items the person skipped wait again.
    """

    rater: str
    queue: Queue = Queue.FIRST
    pick: Pick = Pick.IN_ORDER
    split: str | None = None
    apart: float = 0.0
    again: bool = False

    @property
    def label_rater(self) -> str:
        """Under whose name labels are stored."""
        return ADJUDICATED if self.queue is Queue.ADJUDICATION else self.rater


@dataclass(slots=True)
class Entry:
    """An item of a queue and what the person has done with it.

    Args:
        keys: what is to be said of it.
        picked: how it came up.
        said: what stands under the person's name, or the adjudicator's.
        waiting: whether it is still to be labelled; what is skipped waits no more.
    """

    item_id: str
    keys: tuple[str, ...]
    picked: Pick
    said: dict[str, str | float] = field(default_factory=dict)
    skipped: bool = False
    flagged: bool = False
    note: str = ""
    blind: bool = True
    waiting: bool = True

    @property
    def done(self) -> bool:
        """Whether everything is said."""
        return all(key in self.said for key in self.keys)


def entries(
    plan: Plan,
    keys: Sequence[str],
    candidates: Sequence[Candidate],
    labels: Mapping[str, Sequence[Label]],
    standings: Mapping[str, Standing],
    ranks: Ranks,
) -> list[Entry]:
    """The items of a queue: what the person has done, as they did it, then what waits, as it is picked.

    Args:
        keys: what the rubric has people say.
        candidates: the items that fit the rubric, in order.
        labels: what everybody said, by item id.
        standings: where the person stands with each item.
        ranks: of the picks that go by what judges said; what they do not know of comes after, in order.
    """
    behind: list[tuple[int, Entry]] = []
    ahead: list[tuple[tuple[float | str, ...], Entry]] = []
    for place, candidate in enumerate(candidates):
        if plan.split is not None and candidate.split != plan.split:
            continue
        said = by_rater(labels.get(candidate.item_id, ()), keys)
        wanted = _wanted(plan, keys, said)
        if not wanted:
            continue
        standing = standings.get(candidate.item_id, Standing())
        known = candidate.item_id in ranks
        entry = Entry(
            candidate.item_id,
            wanted,
            standing.picked or _picked(plan.pick, known),
            dict(said.get(plan.label_rater, {})),
            standing.skipped,
            standing.flagged,
            standing.note,
            standing.blind,
        )
        entry.waiting = not entry.done and (plan.again or not entry.skipped)
        if entry.waiting:
            entry.picked = _picked(plan.pick, known)
            ahead.append((_rank(plan.pick, candidate.item_id, ranks, place), entry))
        else:
            behind.append((standing.last, entry))
    behind.sort(key=lambda each: each[0])
    ahead.sort(key=lambda each: each[0])
    return [entry for _, entry in (*behind, *ahead)]


def by_rater(labels: Sequence[Label], keys: Sequence[str]) -> dict[str, dict[str, str | float]]:
    """What each rater said of these keys."""
    found: dict[str, dict[str, str | float]] = {}
    for label in labels:
        key = OVERALL if label.criterion is None else label.criterion
        if key in keys:
            found.setdefault(label.rater, {})[key] = label.value
    return found


def disputed(said: Mapping[str, Said], keys: Sequence[str], apart: float) -> tuple[str, ...]:
    """On which of these keys people disagree; the adjudicator is none of them.

    Args:
        said: by rater.
        apart: see `Plan`.
    """
    people = [values for rater, values in said.items() if rater != ADJUDICATED]
    return tuple(key for key in keys if _differ([each[key] for each in people if key in each], apart))


def _differ(values: Sequence[str | float], apart: float) -> bool:
    if len(values) < 2:
        return False
    numbers = [value for value in values if not isinstance(value, str)]
    if len(numbers) == len(values):
        return max(numbers) - min(numbers) > apart
    return len({value.casefold() if isinstance(value, str) else value for value in values}) > 1


def _wanted(plan: Plan, keys: Sequence[str], said: Mapping[str, Said]) -> tuple[str, ...]:
    """What is to be said of an item; nothing where it is not in the queue."""
    match plan.queue:
        case Queue.FIRST:
            return tuple(keys)
        case Queue.SECOND:
            others = [values for rater, values in said.items() if rater not in (plan.rater, ADJUDICATED)]
            return tuple(key for key in keys if any(key in values for values in others))
        case Queue.ADJUDICATION:
            return disputed(said, keys, plan.apart)


def _picked(pick: Pick, known: bool) -> Pick:
    """How an item comes up that judges are known to doubt or dispute, or are not."""
    return pick if known or pick in (Pick.IN_ORDER, Pick.AT_RANDOM) else Pick.IN_ORDER


def _rank(pick: Pick, item_id: str, ranks: Ranks, place: int) -> tuple[float | str, ...]:
    if pick is Pick.AT_RANDOM:
        return (lot(item_id),)
    if item_id in ranks:
        return (0, *ranks[item_id], place)
    return (1, place)
