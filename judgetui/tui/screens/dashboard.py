"""The dashboard: how far a run's judge agrees with people, and where the two differ most."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Resize, ScreenResume
from textual.widgets import OptionList, Static

from judgetui.analysis.misses import Miss
from judgetui.config.keymap import Scope
from judgetui.core.run import Run
from judgetui.errors import JudgetuiError
from judgetui.services import study_text, study_views
from judgetui.services.agreement_pairs import Report
from judgetui.services.alignment import Selection, Study, study
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories
from judgetui.tui.actions import bindings
from judgetui.tui.changes import Changed
from judgetui.tui.screens.base import WorkScreen
from judgetui.tui.text import literal, one_line
from judgetui.tui.widgets.answers import TextPane
from judgetui.tui.widgets.lists import TextList
from judgetui.tui.widgets.strip import Strip

NO_SESSION: Final = "No session is open. 1 goes to the sessions: enter opens one, D opens the demo."
NO_RUN: Final = "This rubric has no run yet, so there is nothing to compare with people.\n\nf5 runs it."
NO_LABELS: Final = (
    "Nobody has labelled the items of this run yet, so nothing can be said of agreement.\n\n"
    "4 labels them here, one key an item; items files bring labels in the field `human` (7 imports)."
)
COUNTING: Final = "comparing …"

MOST_MISSES: Final = 500
"""Disagreements that are listed; the report and `judgetui agree --json` have all."""


READ_VIEWS: Final[Mapping[str, Callable[[SessionFile, Study, int], Awaitable[str]]]] = {
    "versions": study_views.versions_view,
    "jury": study_views.jury_view,
    "ratings": study_views.ratings_view,
}
"""The views that are read from the session when they are looked at."""

VIEWS: Final[Mapping[str, study_text.View | None]] = {**study_text.VIEWS, **dict.fromkeys(READ_VIEWS)}
"""What can be looked at; None for what `READ_VIEWS` reads."""

NEEDS_STUDY: Final = frozenset(
    {"next_view", "previous_view", "next_criterion", "open", "choose", "split", "rater"}
)
"""Actions that are dimmed while there is nothing to look at."""


class DashboardScreen(WorkScreen):
    """Agreement of the run that is shown."""

    SCOPE = Scope.DASHBOARD
    CSS_PATH = "dashboard.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.DASHBOARD)

    def __init__(self) -> None:
        super().__init__()
        self._study: Study | None = None
        self._of: object = None
        self._judge = ""
        self._selection = Selection()
        self._criterion = ""
        self._view = 0
        self._misses: tuple[Miss, ...] = ()
        self._read: dict[tuple[str, int], str] = {}
        self._splits: list[str] = []
        self._raters: list[str] = []

    def body(self) -> ComposeResult:
        """Head, criteria, and below a view of one criterion beside its disagreements."""
        yield Static(id="head")
        yield Static(id="empty")
        with Vertical(id="body"):
            yield TextList(id="criteria")
            with Horizontal(id="lower"):
                with Vertical(id="left"):
                    yield Strip(list(VIEWS), id="views")
                    yield TextPane("view")
                with Vertical(id="right"):
                    yield TextList(id="misses")
                    yield TextPane("why")

    # reading

    def show(self, changed: Changed) -> None:
        """Compare anew when another run is shown, or when a run has ended."""
        space = self.space
        if changed.session or changed.rubric:
            self._selection = Selection()
        if space is None or space.shown is None:
            self._study = self._of = None
            self.workers.cancel_group(self, "study")
            self._say(NO_SESSION if space is None else NO_RUN)
            return
        going = space.live is not None and space.live.id == space.shown.id
        if (
            self not in self.app.screen_stack
            or going
            or not (changed.session or changed.rubric or changed.run)
        ):
            return
        self._compare(space.shown)

    @on(ScreenResume)
    def _resumed(self) -> None:
        self.show(Changed(run=True))

    def _say(self, text: str) -> None:
        """Show a text in place of figures."""
        self.query_one("#empty", Static).update(literal(text))
        self.query_one("#empty").display = True
        self.query_one("#body").display = False
        if self._study is None:
            self.query_one("#head", Static).update("")

    @work(group="study", exclusive=True, exit_on_error=False)
    async def _compare(self, run: Run) -> None:
        """Compare the run with labels as they are now, unless nothing has changed since."""
        space = self.space
        if space is None:
            return
        judge = self._judge if self._judge in run.judges else run.judges[0]
        try:
            state = await space.session.read(partial(_state, run.id))
            of = (space, run.id, judge, self._selection, state)
            if of == self._of:
                return
            if self._study is None:
                self._say(COUNTING)
            found = await study(space.session, run, judge, self._selection)
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        if self._selection == Selection():
            self._splits = sorted({each.split for each in found.judged if each.split is not None})
            self._raters = list(found.raters)
        self._of, self._study, self._judge = of, found, judge
        self._read.clear()
        self._paint()

    # painting

    def _paint(self) -> None:
        found = self._study
        if found is None:
            return
        head = Content.assemble(("Agreement · ", "bold"), literal(one_line(study_text.head_text(found))))
        if words := study_text.overall_words(found):
            head = Content("\n").join([head, literal(one_line(words))])
        self.query_one("#head", Static).update(head)
        if not found.reports and not found.problems:
            self._say(NO_LABELS)
            return
        self.query_one("#empty").display = False
        if not self.query_one("#body").display:
            self.query_one("#body").display = True
            self.call_after_refresh(self._paint_view)  # which depends on a width that is not known before
        names = [*found.reports, *found.problems]
        if self._criterion not in names:
            self._criterion = names[0]
        criteria = self.query_one("#criteria", TextList)
        with self.prevent(OptionList.OptionHighlighted):
            criteria.put([self._line(name) for name in names])
            criteria.highlighted = names.index(self._criterion)
        if self.focused is None:
            criteria.focus()
        self._paint_criterion()

    def _line(self, name: str) -> Content:
        found = self._study
        if found is None or name not in found.reports:
            return Content.assemble((name, "bold"), ("  cannot be compared", "$text-warning"))
        return literal(study_text.criterion_words(name, found.reports[name], self.size.width))

    @property
    def _report(self) -> Report | None:
        return None if self._study is None else self._study.reports.get(self._criterion)

    def _paint_criterion(self) -> None:
        """Show the chosen view and the disagreements of the chosen criterion."""
        found, report = self._study, self._report
        if found is None:
            return
        self._paint_view()
        self._misses = () if report is None else report.misses[:MOST_MISSES]
        table = self.query_one("#misses", TextList)
        compared = 0 if report is None else report.agreement.n
        total = 0 if report is None else len(report.misses)
        table.border_title = literal(f"Disagreements, largest first: {total} of {compared} (enter opens)")
        with self.prevent(OptionList.OptionHighlighted):
            table.put([literal(_miss_words(miss)) for miss in self._misses])
        self._explain()

    def _paint_view(self) -> None:
        found, report = self._study, self._report
        if found is None:
            return
        name = list(VIEWS)[self._view]
        view = VIEWS[name]
        self.query_one("#views", Strip).put(list(VIEWS), self._view)
        pane = self.query_one("#view", TextPane)
        # One cell for the scroll bar, which comes and goes with the text.
        width = max(20, (pane.content_size.width or self.size.width - 4) - 1)
        if view is None:
            text = self._read.get((name, width), COUNTING)
            pane.put(name, text)
            if text == COUNTING:
                self._read_view(found, name, width)
        elif report is None:
            pane.put(f"{self._criterion}: {name}", found.problems.get(self._criterion, ""))
        else:
            pane.put(f"{self._criterion}: {name}", view(found, report, width))

    @work(group="view", exclusive=True, exit_on_error=False)
    async def _read_view(self, found: Study, name: str, width: int) -> None:
        """Read what a view needs beyond the study, and show it if it is still wanted."""
        space = self.space
        if space is None:
            return
        try:
            text = await READ_VIEWS[name](space.session, found, width)
        except JudgetuiError as error:
            text = str(error)
        self._read[name, width] = text
        if found is self._study and list(VIEWS)[self._view] == name:
            self._paint_view()

    @work(group="why", exclusive=True, exit_on_error=False)
    async def _explain(self) -> None:
        """Show why the judge said what it said of the highlighted item."""
        space, found, miss = self.space, self._study, self._miss
        pane = self.query_one("#why", TextPane)
        if space is None or found is None or miss is None:
            pane.set_class(True, "-none")
            return
        run, judge, position = found.run.id, found.judge, found.positions[miss.id]
        try:
            judgement = await space.session.read(lambda repos: repos.judgements.one(run, judge, position))
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        said = "" if judgement is None else judgement.outcome.rationale
        pane.set_class(False, "-none")
        pane.put(f"{miss.id}: why", said or "The judge gave no reasons.")

    @property
    def _miss(self) -> Miss | None:
        place = self.query_one("#misses", TextList).highlighted
        return None if place is None or place >= len(self._misses) else self._misses[place]

    @on(Resize)
    def _resized(self) -> None:
        self.call_after_refresh(self._paint)

    @on(OptionList.OptionHighlighted, "#criteria")
    def _chosen(self, event: OptionList.OptionHighlighted) -> None:
        if self._study is not None:
            self._criterion = [*self._study.reports, *self._study.problems][event.option_index]
            self._paint_criterion()

    @on(OptionList.OptionHighlighted, "#misses")
    def _pointed_at(self) -> None:
        self._explain()

    @on(OptionList.OptionSelected, "#misses")
    def _selected(self) -> None:
        self.action_open()

    @on(Strip.Chosen, "#views")
    def _clicked(self, event: Strip.Chosen) -> None:
        self._view = event.place
        self._paint_view()

    # actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what needs figures while there are none."""
        if self._study is None and action in NEEDS_STUDY:
            return None
        return super().check_action(action, parameters)

    def action_next_view(self) -> None:
        """Look at the next view of the criterion."""
        self._turn(1)

    def action_previous_view(self) -> None:
        """Look at the view before."""
        self._turn(-1)

    def _turn(self, by: int) -> None:
        self._view = (self._view + by) % len(VIEWS)
        self._paint_view()

    def action_next_criterion(self) -> None:
        """Go to the next criterion."""
        criteria = self.query_one("#criteria", TextList)
        if criteria.option_count:
            criteria.highlighted = ((criteria.highlighted or 0) + 1) % criteria.option_count

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_choose(self) -> None:
        """Choose the run, and of several judges the one, that the figures are of."""
        from judgetui.tui.modals.choose_run import ChooseRun

        space, found = self.space, self._study
        if space is None or found is None:
            return
        rubric_id = found.run.rubric_id
        try:
            runs = await space.session.read(lambda repos: repos.runs.all())
        except JudgetuiError as error:
            self.judgetui.complain(error)
            return
        own = [run for run in runs if run.rubric_id == rubric_id and run.done]
        chosen = await self.app.push_screen_wait(ChooseRun(own, (found.run, found.judge)))
        if chosen is None:
            return
        run, self._judge = chosen
        await space.show_run(run)
        self.judgetui.changed.publish(Changed(run=True))

    def action_split(self) -> None:
        """Count only the items of the next split, and after the last one all items again."""
        if self._splits:
            following = next_of(self._splits, self._selection.split)
            self._narrow(replace(self._selection, split=following))
        else:
            self.judgetui.tell("The items have no splits. 7 shows the items; S splits them there.")

    def action_rater(self) -> None:
        """Count only the labels of the next person, and after the last one everybody's again."""
        if len(self._raters) > 1:
            following = next_of(self._raters, self._selection.rater)
            self._narrow(replace(self._selection, rater=following))
        else:
            self.judgetui.tell("One person labelled these items, so there is nobody to choose.")

    def _narrow(self, selection: Selection) -> None:
        if self.space is not None and self.space.shown is not None:
            self._selection = selection
            self._compare(self.space.shown)

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_open(self) -> None:
        """Show the highlighted disagreement with its answers and verdicts."""
        space, found, miss = self.space, self._study, self._miss
        if space is None or found is None or miss is None:
            return
        space.wanted_item = miss.id
        await self.app.switch_mode("compare")


def next_of(choices: Sequence[str], chosen: str | None) -> str | None:
    """The choice behind the chosen one; None, which stands for all of them, behind the last."""
    rest = choices if chosen not in choices else choices[choices.index(chosen) + 1 :]
    return rest[0] if rest else None


def _miss_words(miss: Miss) -> str:
    def said(value: float | str) -> str:
        return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")

    return one_line(f"{miss.id} · judge {said(miss.judge)} · people {said(miss.label)}", 200)


def _state(run_id: int, repos: Repositories) -> object:
    """What figures are made of: changes when labels or judgements do."""
    return repos.items.label_state(), repos.runs.get(run_id).counts
