"""Labelling: a person goes through a queue of items, says what the rubric asks, and may take it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Final

from judgetui.core.answer import (
    Answer,
    Candidate,
    Pick,
    Queue,
    Said,
    Standing,
    lot,
    own_value,
    shown_order,
    shown_value,
)
from judgetui.core.item import ADJUDICATED, Item, Label
from judgetui.core.judgement import Judgement, row_of
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.session import Version
from judgetui.core.vote import Verdict
from judgetui.errors import InputError
from judgetui.services.label_scales import Ask, asks, check_said, label_keys
from judgetui.services.labelling_picks import Ranks, by_disagreement, by_uncertainty
from judgetui.services.labelling_queues import Entry, Plan, by_rater, entries
from judgetui.services.reading import short_result
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories

PAUSE: Final = 120.0
"""Seconds between two signs of life after which a person is taken to have been away."""

LONGEST_NAME: Final = 40
"""Characters of a rater's name."""

_NO_RANKS: Final[Ranks] = {}


class Stopwatch:
    """How long a person is at an item: from sign of life to sign of life, longer pauses than `PAUSE` left out.

    Args:
        clock: seconds that only go up.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._last: float | None = None
        self._spent: float | None = None

    def start(self) -> None:
        """Begin with another item."""
        self._last, self._spent = self._clock(), None

    def resume(self) -> None:
        """Go on after something else, which does not count."""
        self._last = self._clock()

    def touch(self) -> None:
        """Note a sign of life."""
        now = self._clock()
        if self._last is not None and now - self._last <= PAUSE:
            self._spent = (self._spent or 0.0) + now - self._last
        self._last = now

    @property
    def seconds(self) -> float | None:
        """Time spent until the last sign of life; None when all of it was pauses."""
        return self._spent


@dataclass(frozen=True, slots=True)
class Sheet:
    """An item as a person is shown it.

    Args:
        shown: the order of its answers, such as `ba`; empty for a single one.
        asks: what is to be said of it.
        others: what the raters said whom an adjudicator settles, in no order that tells who they are.
    """

    entry: Entry
    item: Item
    content_hash: str
    shown: str
    asks: tuple[Ask, ...]
    others: tuple[tuple[str, Said], ...] = ()

    def as_shown(self, said: Said) -> dict[str, str | float]:
        """What was said, in the letters of the places on screen."""
        return {key: shown_value(value, self.shown) for key, value in said.items()}

    def as_own(self, said: Said) -> dict[str, str | float]:
        """What is said on screen, in the item's own letters."""
        return {key: own_value(value, self.shown) for key, value in said.items()}

    def words(self, said: Said) -> str:
        """What is said on screen, as people read it."""
        parts = [(ask, said[ask.key]) for ask in self.asks if ask.key in said]
        if len(self.asks) == 1:
            return ", ".join(ask.text(value) for ask, value in parts)
        return ", ".join(f"{ask.name} {ask.text(value)}" for ask, value in parts)

    def judge_words(self, judgement: Judgement) -> str:
        """A judge's result, in the letters of the places on screen."""
        row = row_of(judgement)
        verdict = None if row.verdict is None else Verdict(str(shown_value(row.verdict.value, self.shown)))
        label = None if row.label is None or not self.shown else str(shown_value(row.label, self.shown))
        return short_result(replace(row, verdict=verdict, label=row.label if label is None else label))


def rater_problem(name: str) -> str:
    """Why nobody can label under this name; empty when somebody can."""
    if not name.strip():
        return "write a name: labels are kept by who gave them."
    if len(name) > LONGEST_NAME:
        return f"use at most {LONGEST_NAME} characters."
    if not name.isprintable():
        return "use letters, digits and signs that can be seen."
    if name == ADJUDICATED:
        return f"{ADJUDICATED!r} is the name under which disagreements are settled."
    return ""


class LabelDesk:
    """A queue that a person works through. Made by `open`.

    What was said counts at once; `store` writes it, in the order of the calls, while the person goes on.

    Attributes:
        entries: what was done first, then what waits, in the order in which it comes.
        at: place of the item at hand; as many as there are entries at the end.
    """

    def __init__(self, session: SessionFile, version: Version, plan: Plan, found: Sequence[Entry]) -> None:
        self.plan = plan
        self.version = version
        self.entries = list(found)
        self.at = 0
        self.forward()
        self._session = session

    @classmethod
    async def open(cls, session: SessionFile, version: Version, plan: Plan) -> LabelDesk:
        """Read the queue as it is now.

        Args:
            version: the rubric that is labelled by; labels belong to its criteria.

        Raises:
            InputError: if the rater's name cannot be used, or the session does not know what the pick goes by.
        """
        if problem := rater_problem(plan.rater):
            raise InputError(problem, field="rater")
        return cls(session, version, plan, await session.read(partial(_entries, version=version, plan=plan)))

    @property
    def entry(self) -> Entry | None:
        """The item at hand; None at the end."""
        return self.entries[self.at] if self.at < len(self.entries) else None

    @property
    def waiting(self) -> int:
        """How many items are still to be labelled."""
        return sum(entry.waiting for entry in self.entries)

    def forward(self) -> None:
        """Go to the next item that waits, from the one at hand on and then from the start; else to the end."""
        places = [*range(self.at, len(self.entries)), *range(min(self.at, len(self.entries)))]
        self.at = next((place for place in places if self.entries[place].waiting), len(self.entries))

    def move(self, by: int) -> bool:
        """Go to another item of the queue, labelled or not; False when there is none."""
        place = self.at + by
        if not 0 <= place < len(self.entries) + (by > 0 and self.at < len(self.entries)):
            return False
        self.at = place
        return True

    def go_to(self, item_id: str) -> bool:
        """Go to an item of the queue; False when it is not in it."""
        place = next((place for place, entry in enumerate(self.entries) if entry.item_id == item_id), None)
        self.at = self.at if place is None else place
        return place is not None

    async def sheet(self) -> Sheet | None:
        """The item at hand as the person is shown it; None at the end.

        Items that are gone from the session go from the queue.
        """
        while (entry := self.entry) is not None:
            item, digest = await self._session.read(partial(_item, item_id=entry.item_id))
            if item is not None:
                return self._sheet(entry, item, digest)
            self.entries.remove(entry)
        return None

    def _sheet(self, entry: Entry, item: Item, digest: str) -> Sheet:
        wanted = asks(self.version.rubric, len(item.responses))
        others: tuple[tuple[str, Said], ...] = ()
        if self.plan.queue is Queue.ADJUDICATION:
            said = by_rater(item.labels, entry.keys)
            shuffled = sorted(said.items(), key=lambda each: lot(f"{item.id} {each[0]}"))
            others = tuple((rater, values) for rater, values in shuffled if rater != ADJUDICATED)
        return Sheet(
            entry,
            item,
            digest,
            shown_order(self.plan.rater, item.id, len(item.responses)),
            tuple(ask for ask in wanted if ask.key in entry.keys),
            others,
        )

    def label(self, sheet: Sheet, said: Said, *, blind: bool = True, seconds: float | None = None) -> Answer:
        """Say something of an item, and go on to the next one that waits.

        Args:
            said: in the letters of the places on screen.
            blind: whether the judge was hidden until then.

        Returns:
            What `store` is to write.

        Raises:
            InputError: if that cannot be said, or something is left out.
        """
        check_said(sheet.asks, said)
        entry = sheet.entry
        entry.said.update(sheet.as_own(said))
        entry.skipped = entry.waiting = False
        entry.blind = entry.blind and blind
        answer = self._answer(sheet, said=sheet.as_own(said), seconds=seconds)
        self._leave(entry)
        return answer

    def skip(self, sheet: Sheet, *, blind: bool = True, seconds: float | None = None) -> Answer:
        """Pass an item over, and go on. Labels it has stay; what `store` is to write comes back."""
        entry = sheet.entry
        entry.skipped, entry.waiting = True, False
        entry.blind = entry.blind and blind
        answer = self._answer(sheet, seconds=seconds)
        self._leave(entry)
        return answer

    def remark(
        self, sheet: Sheet, *, note: str | None = None, flagged: bool | None = None, blind: bool = True
    ) -> Answer:
        """Write a note on an item, or set or take away its flag; what `store` is to write comes back."""
        entry = sheet.entry
        entry.note = entry.note if note is None else note.strip()
        entry.flagged = entry.flagged if flagged is None else flagged
        entry.blind = entry.blind and blind
        return self._answer(sheet)

    async def store(self, answer: Answer) -> Answer:
        """Write an answer and its labels.

        Raises:
            StorageError: if that is not possible; then the desk is to be opened again.
        """
        return await self._session.write(lambda repos: repos.answers.put(answer))

    async def undo(self) -> Answer | None:
        """Take back what the person did last by this rubric, and go to its item; None when there is nothing."""
        rater, rubric_id = self.plan.rater, self.version.rubric_id
        return await self._changed(
            await self._session.write(lambda repos: repos.answers.undo(rater, rubric_id))
        )

    async def redo(self) -> Answer | None:
        """Do again what was taken back last, and go to its item; None when there is nothing."""
        rater, rubric_id = self.plan.rater, self.version.rubric_id
        return await self._changed(
            await self._session.write(lambda repos: repos.answers.redo(rater, rubric_id))
        )

    async def verdicts(self, item_id: str) -> list[Judgement]:
        """What the judges of the rubric's newest run over this item said of it; empty when there is none."""
        found = await self._session.read(lambda repos: repos.judgements.for_item(item_id))
        own = [judgement for judgement in found if judgement.rubric == self.version.rubric.name]
        return [judgement for judgement in own if judgement.run_id == own[0].run_id]

    def _answer(self, sheet: Sheet, said: Said | None = None, seconds: float | None = None) -> Answer:
        entry = sheet.entry
        return Answer(
            item_id=sheet.item.id,
            content_hash=sheet.content_hash,
            rater=self.plan.rater,
            said=said or {},
            rubric_id=self.version.rubric_id,
            queue=self.plan.queue,
            picked=entry.picked,
            shown=sheet.shown,
            note=entry.note,
            skipped=entry.skipped,
            flagged=entry.flagged,
            blind=entry.blind,
            seconds=seconds,
        )

    def _leave(self, entry: Entry) -> None:
        if self.entry is entry:
            self.at += 1
        self.forward()

    async def _changed(self, answer: Answer | None) -> Answer | None:
        """Bring an item of the queue up to date with the session, and go to it."""
        if answer is None or not self.go_to(answer.item_id):
            return answer
        entry = self.entries[self.at]
        item, _ = await self._session.read(partial(_item, item_id=answer.item_id))
        standing = (await self._session.read(partial(_standings, version=self.version, plan=self.plan))).get(
            answer.item_id, Standing()
        )
        labels: Sequence[Label] = () if item is None else item.labels
        entry.said = dict(by_rater(labels, entry.keys).get(self.plan.label_rater, {}))
        entry.skipped, entry.flagged, entry.note = standing.skipped, standing.flagged, standing.note
        entry.blind = standing.blind
        entry.waiting = not entry.done and (self.plan.again or not entry.skipped)
        return answer


def _item(repos: Repositories, item_id: str) -> tuple[Item | None, str]:
    return repos.items.get(item_id), repos.answers.content_hash(item_id)


def _standings(repos: Repositories, version: Version, plan: Plan) -> Mapping[str, Standing]:
    adjudicating = plan.queue is Queue.ADJUDICATION
    return repos.answers.standings(plan.rater, version.rubric_id, adjudicating=adjudicating)


def _entries(repos: Repositories, version: Version, plan: Plan) -> list[Entry]:
    """A queue as the session has it."""
    rubric = version.rubric
    required = [spec.name for spec in rubric.inputs if not spec.optional]
    candidates = repos.answers.candidates(get_protocol(rubric.protocol).answers, required)
    ranks = _ranks(repos, version, plan.pick, candidates)
    keys, labels = label_keys(rubric), repos.answers.labels()
    return entries(plan, keys, candidates, labels, _standings(repos, version, plan), ranks)


def _ranks(repos: Repositories, version: Version, pick: Pick, candidates: Sequence[Candidate]) -> Ranks:
    contents = {candidate.item_id: candidate.content_hash for candidate in candidates}
    match pick:
        case Pick.UNCERTAIN:
            return by_uncertainty(repos, version, contents)
        case Pick.DISAGREEMENT:
            return by_disagreement(repos, version, contents)
    return _NO_RANKS
