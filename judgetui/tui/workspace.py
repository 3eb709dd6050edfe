"""What is open: the session, its rubrics and items, the rubric being edited, the run being shown."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from judgetui.errors import InputError
from judgetui.storage.database import SessionFile
from judgetui.tui.writing import Writing

if TYPE_CHECKING:
    # What runs, items and prompts need is imported once the first screen shows.
    from judgetui.core.events import Progress, RunEvent
    from judgetui.core.item import Item
    from judgetui.core.judgement import Judgement, JudgementRow
    from judgetui.core.rubric import Rubric
    from judgetui.core.run import Run, RunItem
    from judgetui.core.session import RubricSummary
    from judgetui.services.authoring import Authoring, Working
    from judgetui.services.context import Context
    from judgetui.services.running import Runner
    from judgetui.storage.repositories import Repositories

MANY = 1_000
"""Judgements or items from which the garbage collector is told to pass over what was read: to look through it takes time
in which no key is answered."""


FEW_ITEMS: Final = 20
"""Items read before the first screen shows; the rest follow."""

PORTION: Final = 1_000
"""Items read at a time."""


@dataclass(frozen=True, slots=True)
class Detail:
    """An item of a run and all that is stored of what the judges said of it.

    Args:
        judgements: one for each judge of the run, None where there is none yet.
    """

    item: RunItem
    judgements: tuple[Judgement | None, ...]


@dataclass(slots=True)
class Workspace:
    """One open session and where the user is in it. Screens read it; only its methods change it.

    Args:
        judge: the chosen judge's name.
        working: the rubric being edited; None until the session has one.
        items: the items that fit it; the first few until `all_items`.
        shown: the run whose judgements are on screen; None before the first.
        judgements: the shown run's, by judge and position, once `read_judgements` has read them; `detail` reads the
            rest of one.
        live: the run that is going; None when none is.
        progress: of the live run, or of the one that ended last.
        writing: what judges are writing of the item on screen.
        wanted_item: the item that the compare screen is to go to when it shows its run.
    """

    context: Context
    session: SessionFile
    authoring: Authoring
    judge: str
    rubrics: list[RubricSummary] = field(default_factory=list)
    working: Working | None = None
    items: list[Item] = field(default_factory=list)
    all_items: bool = True
    item_index: int = 0
    shown: Run | None = None
    judgements: dict[tuple[str, int], JudgementRow] = field(default_factory=dict)
    live: Run | None = None
    progress: Progress | None = None
    notices: list[str] = field(default_factory=list)
    writing: Writing = field(default_factory=Writing)
    wanted_item: str | None = None
    _read: bool = False
    _runner: Runner | None = None
    _items_for: object = None

    @classmethod
    async def open(cls, context: Context, path: Path) -> Workspace:
        """Open a session file and its first rubric; `read_rest` brings the items and the runs.

        Raises:
            StorageError: if the file cannot be used.
        """
        session = await asyncio.to_thread(SessionFile.open, path)
        space = cls(context, session, context.authoring(session), context.default_judge, all_items=False)
        await space.reload_rubrics()
        if space.rubrics:
            space.working = await space.authoring.open(space.rubrics[0].id)
        return space

    async def read_rest(self) -> None:
        """Read what the first rubric's form does without: the judge, the first items, and the runs."""
        await self.session.write(lambda repos: repos.runs.mark_interrupted())
        await self._recall_judge()
        await self.reload_items(FEW_ITEMS)
        await self._show_latest_run()

    async def _recall_judge(self) -> None:
        """Take the judge of the newest run that asked one, unless another was chosen meanwhile or it is gone."""
        from judgetui.core.run import RunOrigin
        from judgetui.providers.registry import parse_judge

        runs = await self.session.read(lambda repos: repos.runs.all())
        newest = next((run for run in runs if run.origin is RunOrigin.LIVE), None)
        if newest is None or self.judge != self.context.default_judge:
            return
        with contextlib.suppress(InputError):
            parse_judge(newest.judges[0], self.context.settings)
            self.judge = newest.judges[0]

    @property
    def runner(self) -> Runner:
        """Takes runs to their end; made when the first is wanted."""
        if self._runner is None:
            self._runner = self.context.runner(self.session)
        return self._runner

    @property
    def rubric(self) -> Rubric | None:
        """The rubric as edited."""
        return None if self.working is None else self.working.rubric

    @property
    def rubric_id(self) -> int | None:
        """Which of the session's rubrics is being edited."""
        return None if self.working is None else self.working.base.rubric_id

    @property
    def item(self) -> Item | None:
        """The item the preview uses."""
        return self.items[self.item_index] if self.items else None

    async def close(self) -> None:
        """Keep unsaved edits and close the file."""
        try:
            if self.working is not None:
                await self.authoring.keep(self.working)
        finally:
            if self._runner is not None:
                self._runner.cancel()
            self.session.close()

    async def reload_rubrics(self) -> None:
        """Read the list of rubrics again."""
        self.rubrics = await self.session.read(lambda repos: repos.rubrics.summaries())

    async def select_rubric(self, rubric_id: int) -> None:
        """Turn to a rubric: its draft or newest version, the items that fit, its latest run."""
        if self.working is not None:
            await self.authoring.keep(self.working)
        self.working = await self.authoring.open(rubric_id)
        await self.reload_items()
        self.item_index = 0
        await self._show_latest_run()

    @property
    def _fit(self) -> object:
        """What decides which items fit: the protocol and the inputs that must be there."""
        rubric = self.rubric
        if rubric is None:
            return None
        return self.rubric_id, rubric.protocol, tuple(i.name for i in rubric.inputs if not i.optional)

    @property
    def items_current(self) -> bool:
        """Whether the items are those that fit the rubric as it stands, or none were read yet."""
        return self._items_for in (None, self._fit)

    async def reload_items(self, limit: int | None = None) -> None:
        """Read the items that fit the rubric again, or the first so many."""
        if self.working is None:
            self.items, self.all_items = [], True
            return
        from judgetui.core.protocols.registry import get_protocol

        responses, fit = get_protocol(self.working.rubric.protocol).answers, self._fit
        required = [spec.name for spec in self.working.rubric.inputs if not spec.optional]
        found: list[Item] = []
        last: int | None = -1
        while last is not None:
            # In portions: others need the reading thread meanwhile.
            behind, many = last, limit or PORTION
            every, last = await self.session.read(partial(_whole, behind, many, responses))
            if self._fit != fit:  # another rubric or protocol, for which others are read
                return
            found += [item for item in every if all(name in item.fields for name in required)]
            if limit is not None:
                break
        if len(found) > MANY:
            gc.freeze()
        self.items, self.all_items, self._items_for = found, last is None, fit
        self.item_index = min(self.item_index, max(0, len(self.items) - 1))

    async def answer_counts(self) -> dict[int, int]:
        """How many of the session's items have one answer, two, and so on; the last may stand for more."""
        from judgetui.core.protocols.base import MOST_ANSWERS

        def counted(repos: Repositories) -> dict[int, int]:
            left, counts = repos.items.count(), {}
            for answers in range(1, MOST_ANSWERS + 1):
                if left and (count := repos.items.count(answers)):
                    counts[answers], left = count, left - count
            return counts | ({MOST_ANSWERS + 1: left} if left else {})

        return await self.session.read(counted)

    async def _show_latest_run(self) -> None:
        rubric_id = self.rubric_id
        if rubric_id is None:
            return
        latest = await self.session.read(lambda repos: repos.runs.latest_for_rubric(rubric_id))
        if self.rubric_id == rubric_id:
            await self.show_run(latest)

    async def show_run(self, run: Run | None) -> None:
        """Turn to a run. Its judgements are read when a screen shows them."""
        self.shown, self.judgements, self._read = run, {}, False
        if run is not None:
            self.notices = await self.session.read(lambda repos: repos.runs.notices(run.id))

    async def read_judgements(self) -> None:
        """Read the shown run's judgements, once; those that come meanwhile are newer and stay.

        Should another run be shown meanwhile, or the same one anew, its judgements are read as well.
        """
        while (run := self.shown) is not None and not self._read:
            known = self.judgements
            found = await self.session.read(partial(_rows, run.id))
            if self.judgements is known:
                self._read = True
                if len(found) > MANY:
                    gc.freeze()
                self.judgements = {(j.judge, j.position): j for j in found} | known

    async def detail(self, run: Run, position: int) -> Detail | None:
        """Read an item of the shown run, with the judgements that `judgements` has of it; None if it is gone."""
        there = [(judge, position) in self.judgements for judge in run.judges]

        def found(repos: Repositories) -> Detail | None:
            item = repos.runs.item(run.id, position)
            said = (
                repos.judgements.one(run.id, judge, position) if known else None
                for judge, known in zip(run.judges, there, strict=True)
            )
            return None if item is None else Detail(item, tuple(said))

        return await self.session.read(found)

    def edit(self, rubric: Rubric, proposed: Sequence[str] | None = None) -> None:
        """Replace the rubric being edited; nothing is saved yet."""
        if self.working is None:
            raise InputError("no rubric is open.", "Open a session first.")
        kept = self.working.proposed if proposed is None else tuple(proposed)
        self.working = replace(self.working, rubric=rubric, proposed=kept, broken="")

    def keep_broken(self, text: str) -> None:
        """Keep YAML that does not read as a rubric yet; the last good rubric stays."""
        if self.working is not None:
            self.working = replace(self.working, broken=text)

    async def new_run(
        self, items: Sequence[Item], judges: Sequence[str] = (), budget: float | None = None
    ) -> Run:
        """Make a run of the rubric as it stands; edits not saved yet become a version first.

        Args:
            judges: who judges; the chosen judge alone when none is named.
            budget: US dollars that the run may cost; None for no limit.
        """
        from judgetui.core.run import RunSettings

        if self.working is None:
            raise InputError("no rubric is open.", "Open a session first.")
        if self.live is not None:
            raise InputError("a run is going.", "Stop it first (x).")
        if self.working.broken:
            raise InputError(
                "the YAML cannot be read yet, so a run would not be of it.",
                "Mend it (y) or drop it (ctrl+t).",
            )
        version = await self.authoring.version_for_run(self.working)
        if version is not self.working.base:
            self.working = replace(self.working, base=version, rubric=version.rubric, recovered=False)
            await self.reload_rubrics()
        settings = RunSettings(
            concurrency=self.context.settings.concurrency,
            timeout=self.context.settings.timeout,
            max_retries=self.context.settings.max_retries,
            budget=budget,
        )
        return await self.runner.create(version, judges or (self.judge,), items, settings)

    def begin(self, run: Run) -> None:
        """Note that a run is about to go."""
        self.aim(None, None)
        self.writing.clear()
        self.live, self.progress = run, None

    def aim(self, run: Run | None, position: int | None) -> None:
        """Have the item on screen judged first, and what is written of it kept, where it is one of the run that goes.

        Args:
            run: the run on screen; None when there is none.
        """
        here = self.live is not None and run is not None and run.id == self.live.id
        if self.writing.turn_to(position if here else None):
            self.runner.focus(self.writing.position)

    def apply(self, event: RunEvent) -> None:
        """Take in what a run told."""
        from judgetui.core.events import Judged, RunEnded, RunStarted, Written
        from judgetui.core.judgement import row_of

        self.progress = event.progress
        match event:
            case RunStarted(run=run):
                self.live = run
            case Written():
                self.writing.add(event)
            case Judged(judgement=judgement) if self.shown is not None:
                if judgement.run_id == self.shown.id:
                    self.judgements[judgement.judge, judgement.position] = row_of(judgement)
            case RunEnded(run=run):
                self.live = None
                if self.shown is not None and self.shown.id == run.id:
                    self.shown = run

    async def unfinished(self) -> Run | None:
        """The newest run that nobody stopped and that can go on by itself."""
        from judgetui.core.run import RunStatus

        runs = await self.session.read(lambda repos: repos.runs.all())
        open_ended = {RunStatus.INTERRUPTED, RunStatus.WAITING}
        own = (run for run in runs if run.status in open_ended and run.probing is None)
        return next((run for run in own if run.done < run.total), None)


def _whole(
    behind: int, limit: int, responses: tuple[int, int], repos: Repositories
) -> tuple[list[Item], int | None]:
    return repos.item_rows.whole(behind, limit, responses)


def _rows(run_id: int, repos: Repositories) -> list[JudgementRow]:
    return repos.judgements.rows(run_id)
