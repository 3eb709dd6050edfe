"""What changed between two runs on the same items."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from judgetui.core.judgement import Judgement
from judgetui.core.vote import Status


@dataclass(frozen=True, slots=True)
class Change:
    """One item that was judged differently.

    Args:
        before: the older result in words, such as `A`, `3.42` or `unparsed`.
        after: the newer one.
        label: what a person said; empty when nobody did.
    """

    item_id: str
    judge: str
    before: str
    after: str
    label: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs beside each other, over the items that both judged with the same judge.

    Args:
        n: items in both.
        changes: those whose result differs; a score counts as different from 0.005 on.
    """

    n: int
    changes: tuple[Change, ...]


def result_text(judgement: Judgement) -> str:
    """A judgement's result in a word."""
    out = judgement.outcome
    if out.status is not Status.OK:
        return out.status.value
    if out.verdict is not None:
        return out.verdict.value + ("" if out.consistent is not False else " (orders disagree)")
    if out.label is not None:
        return out.label
    return "no score" if out.score is None else f"{out.score:.2f}"


def compare(before: Iterable[Judgement], after: Iterable[Judgement]) -> Comparison:
    """Match two runs by item content and judge, and list what differs."""
    older = {(j.judge, j.item_hash): j for j in before}
    changes: list[Change] = []
    n = 0
    for new in after:
        old = older.get((new.judge, new.item_hash))
        if old is None:
            continue
        n += 1
        if (was := result_text(old)) != (now := result_text(new)):
            label = next((str(label.value) for label in new.item.labels if label.criterion is None), "")
            changes.append(Change(new.item.id, new.judge, was, now, label))
    return Comparison(n, tuple(changes))
