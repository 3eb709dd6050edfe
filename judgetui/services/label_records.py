"""What was labelled by whom, when, how picked and how fast; and which labels stand for all items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from judgetui.analysis.figures import Figure
from judgetui.analysis.medians import median
from judgetui.core.answer import Answer, Candidate, Pick, Queue, lot
from judgetui.core.item import OVERALL
from judgetui.datasets.writing import json_line, replacing
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories

_MANY: Final = 1_000_000
"""Answers of an item, more than any has."""


@dataclass(frozen=True, slots=True)
class LabelRecord:
    """One label and where it came from.

    Args:
        criterion: None for the whole item.
        answer: the answer that gave it; None for one that came with a file.
    """

    item_id: str
    rater: str
    criterion: str | None
    value: str | float
    answer: Answer | None

    def to_mapping(self) -> dict[str, object]:
        """Plain data; what only an answer knows is None without one."""
        answer = self.answer
        return {
            "id": self.item_id,
            "rater": self.rater,
            "criterion": self.criterion,
            "value": self.value,
            "by": None if answer is None else answer.rater,
            "when": None if answer is None or answer.created is None else answer.created.isoformat(),
            "queue": None if answer is None else answer.queue.value,
            "picked": None if answer is None else answer.picked.value,
            "shown": None if answer is None else answer.shown or None,
            "blind": None if answer is None else answer.blind,
            "seconds": None if answer is None else answer.seconds,
            "note": None if answer is None else answer.note or None,
        }


@dataclass(frozen=True, slots=True)
class RaterSummary:
    """One person's labelling.

    Args:
        items: items with a label of theirs, those that came with files included; settled ones under `adjudicated`.
        skipped: items they passed over and have not labelled since; `flagged` likewise as they are now.
        seconds: median time of an answer, pauses left out.
        picked: labelled items by how they were picked; `file` for labels without an answer.
        not_blind: labelled items whose judge they had seen before.
    """

    rater: str
    items: int
    skipped: int
    flagged: int
    seconds: Figure
    picked: Mapping[str, int]
    not_blind: int

    def to_mapping(self) -> dict[str, object]:
        """Plain data."""
        return {
            "rater": self.rater,
            "items": self.items,
            "skipped": self.skipped,
            "flagged": self.flagged,
            "seconds": {
                "median": self.seconds.value,
                "n": self.seconds.n,
                "low": self.seconds.low,
                "high": self.seconds.high,
                "why": self.seconds.why or None,
            },
            "picked": dict(self.picked),
            "not_blind": self.not_blind,
        }


def answer_line(answer: Answer) -> bytes:
    """An answer as a line of JSONL, in UTF-8, with its break."""
    return json_line(answer.to_mapping())


def write_answers(path: Path, answers: Iterable[Answer]) -> int:
    """Write an answers file and return how many it holds.

    Raises:
        ItemError: if the file cannot be written; what was there before is then untouched.
    """
    count = 0
    with replacing(path) as file:
        for answer in answers:
            file.write(answer_line(answer))
            count += 1
    return count


async def label_records(session: SessionFile) -> list[LabelRecord]:
    """Every label of the session's items, with the answer it came from."""
    return await session.read(_records)


async def label_summaries(session: SessionFile) -> list[RaterSummary]:
    """Each rater's labelling, by name; disagreements that were settled under `adjudicated`."""
    records, answers = await session.read(lambda repos: (_records(repos), repos.answers.all()))
    return summaries(records, answers)


async def labels_picked(session: SessionFile) -> dict[str, dict[str, Pick]]:
    """How each labelled item was picked, by item id and rater; labels that came with a file are not there.

    `AT_RANDOM` stands for labels whose items are a random sample, so that figures on them alone are an honest
    estimate for all items of the queue (of the split, where one was chosen). Random picks follow one fixed order of
    the items, so an item labelled otherwise that comes before the last random pick of that order belongs to the
    sample too: it would have been picked. A second rater's pick is random only where the first one's was, and what
    was settled is as random as what it settles.
    """
    answers, splits = await session.read(
        lambda repos: (repos.answers.all(), {item.item_id: item.split for item in _every(repos)})
    )
    return picked_how(answers, splits)


def picked_how(answers: Sequence[Answer], splits: Mapping[str, str | None]) -> dict[str, dict[str, Pick]]:
    """See `labels_picked`.

    Args:
        splits: of every item there is, by id.
    """
    given = [answer for answer in answers if answer.said and not answer.undone]
    reach: dict[tuple[str, int | None, str | None], str] = {}
    for answer in given:
        if answer.queue is Queue.FIRST and answer.picked is Pick.AT_RANDOM:
            part = (answer.rater, answer.rubric_id, splits.get(answer.item_id))
            reach[part] = max(reach.get(part, ""), lot(answer.item_id))
    sample = {
        answer.item_id
        for answer in given
        if answer.queue is Queue.FIRST
        and lot(answer.item_id) <= reach.get((answer.rater, answer.rubric_id, splits.get(answer.item_id)), "")
    }
    found: dict[str, dict[str, Pick]] = {}
    for answer in given:
        found.setdefault(answer.item_id, {})[answer.label_rater] = _pick(answer, answer.item_id in sample)
    return found


def _pick(answer: Answer, sampled: bool) -> Pick:
    """How an item counts as picked, given whether it is in the first raters' random sample."""
    if answer.queue is Queue.FIRST:
        return Pick.AT_RANDOM if sampled else answer.picked
    random = sampled and (answer.queue is Queue.ADJUDICATION or answer.picked is Pick.AT_RANDOM)
    if random:
        return Pick.AT_RANDOM
    return Pick.IN_ORDER if answer.picked is Pick.AT_RANDOM else answer.picked


def summaries(records: Iterable[LabelRecord], answers: Sequence[Answer]) -> list[RaterSummary]:
    """Each rater's labelling, by name."""
    by_rater: dict[str, dict[str, LabelRecord]] = {}
    for record in records:
        by_rater.setdefault(record.rater, {}).setdefault(record.item_id, record)
    standing = [answer for answer in answers if not answer.undone]
    for answer in standing:
        by_rater.setdefault(answer.label_rater, {})
    return [_summary(rater, by_rater[rater], standing) for rater in sorted(by_rater)]


def _summary(rater: str, labelled: Mapping[str, LabelRecord], answers: Sequence[Answer]) -> RaterSummary:
    own = [answer for answer in answers if answer.label_rater == rater]
    latest = {(answer.item_id, answer.rater): answer for answer in own}
    times = [answer.seconds for answer in own if answer.said and answer.seconds is not None]
    picked = Counter(
        "file" if record.answer is None else record.answer.picked.value for record in labelled.values()
    )
    return RaterSummary(
        rater=rater,
        items=len(labelled),
        skipped=len({item for (item, _), last in latest.items() if last.skipped and item not in labelled}),
        flagged=len({item for (item, _), last in latest.items() if last.flagged}),
        seconds=median(times, "no answer was timed"),
        picked=dict(picked),
        not_blind=sum(record.answer is not None and not record.answer.blind for record in labelled.values()),
    )


def _every(repos: Repositories) -> list[Candidate]:
    return repos.answers.candidates((0, _MANY))


def _records(repos: Repositories) -> list[LabelRecord]:
    source: dict[tuple[str, str, str], Answer] = {}
    for answer in repos.answers.all():
        if not answer.undone:
            for key in answer.said:
                source[answer.item_id, answer.label_rater, key] = answer
    labels = repos.answers.labels()
    found = []
    for candidate in _every(repos):
        for label in labels.get(candidate.item_id, ()):
            key = label.criterion or OVERALL
            given = source.get((candidate.item_id, label.rater, key))
            if given is not None and given.said[key] != label.value:
                given = None  # a file has set it since
            found.append(LabelRecord(candidate.item_id, label.rater, label.criterion, label.value, given))
    return found
