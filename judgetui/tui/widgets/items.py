"""The table of a run's items."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from judgetui.core.judgement import JudgementRow
from judgetui.core.request import Order
from judgetui.core.run import ItemRow, Run
from judgetui.core.vote import Status
from judgetui.services.reading import AGREES, match_word, order_word, overall_label, short_result
from judgetui.tui.text import one_line
from judgetui.tui.widgets.row_view import Cell, Columns, RowView
from judgetui.tui.workspace import Workspace

RANKING: Final = re.compile(r"[A-Z](?: [>=] [A-Z]){2,}")
"""A ranking of three or more answers in letters."""


def columns_for(width: int) -> Columns:
    """Columns for a screen of that width."""
    if width < 100:
        return (("id", 12), ("result", 9))
    if width < 120:
        return (("id", 14), ("result", 9), ("label", 5), ("match", 9))
    wide = min(40, 14 + (width - 120) // 3)
    return (("id", wide), ("result", 9), ("label", 5), ("match", 9), ("state", 9))


class Rows:
    """What the table shows of a run.

    Args:
        items: the run's, by position.
    """

    def __init__(self, space: Workspace, run: Run, items: Sequence[ItemRow]) -> None:
        self.run = run
        self.items = items
        self._space = space
        self._stored = space.judgements

    def current(self) -> bool:
        """Whether this is still the run, and the judgements, that the workspace shows."""
        shown = self._space.shown
        return shown is not None and shown.id == self.run.id and self._stored is self._space.judgements

    def judgements(self, position: int) -> tuple[JudgementRow | None, ...]:
        """One for each judge of the run, None where there is none yet."""
        return tuple(self._stored.get((judge, position)) for judge in self.run.judges)

    def stored(self) -> list[JudgementRow]:
        """Every judgement there is."""
        return list(self._stored.values())

    def waiting(self, position: int, judge: str | None = None) -> str:
        """What an item without judgement is waiting for: of one judge, or of any."""
        if not self.live:
            return "not judged"
        at_work = position in self.running() if judge is None else (judge, position) in self._at_work
        return "running" if at_work else "queued"

    def writing(self, position: int, judge: str) -> list[tuple[str, str]]:
        """The replies to an item that a judge is writing: which one each is, and the text so far."""
        replies = self._space.writing.replies(judge, position)
        samples = any(which.sample for which, _ in replies)
        found = []
        for which, text in replies:
            order = order_word(None if which.order is None else Order(which.order))
            sample = f"sample {which.sample + 1}" if samples else ""
            found.append((one_line(" · ".join(filter(None, (which.criterion, order, sample))), 80), text))
        return found

    def cells(self, position: int, running: set[int]) -> dict[str, Cell]:
        """A row by column.

        Args:
            running: where calls are under way.
        """
        every = self.judgements(position)
        there = [judgement for judgement in every if judgement is not None]
        item = self.items[position]
        result = " / ".join(_compact(short_result(judgement)) for judgement in there)
        worst = max(
            (judgement.status for judgement in there), key=lambda status: status.severity, default=None
        )
        if worst is None:
            state = "not judged" if not self.live else "running" if position in running else "queued"
        elif len(there) < len(every) and (self.run.settings.cascade is None or position in running):
            state = f"{len(there)} of {len(every)}"
        else:
            state = "done" if worst is Status.OK else worst.value
        tone = {None: "faint", Status.OK: "", Status.FAILED: "bad"}.get(worst, "odd")
        return {
            "id": Cell(item.item_id),
            "result": Cell(result or state, tone),
            "label": Cell(overall_label(item)),
            "match": _match(there),
            "state": Cell(state, tone),
        }

    @property
    def live(self) -> bool:
        """Whether the run goes on now."""
        live = self._space.live
        return live is not None and live.id == self.run.id

    def running(self) -> set[int]:
        """Where a judge is at work."""
        return {position for _, position in self._at_work}

    @property
    def _at_work(self) -> frozenset[tuple[str, int]]:
        progress = self._space.progress
        return progress.at_work if self.live and progress is not None else frozenset()


def _compact(result: str) -> str:
    """A ranking without its spaces; any other result as it stands."""
    return result.replace(" ", "") if RANKING.fullmatch(result) else result


def _match(there: Sequence[JudgementRow]) -> Cell:
    words = [word for word in map(match_word, there) if word]
    if len(words) > 1:
        return Cell(f"{words.count(AGREES)} of {len(words)} ✓")
    return Cell(words[0], "good" if words[0] == AGREES else "bad") if words else Cell("")


class ItemTable(RowView):
    """A run's items under a line of headings, with a cursor."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.cells = 0
        self._rows: Rows | None = None
        self._painted: object = None
        self._at_work: set[int] = set()

    def fit(self, width: int) -> None:
        """Choose columns for a screen of that width."""
        columns = columns_for(width)
        self.cells = sum(cells + 1 for _, cells in columns) + (2 if width < 100 else 3)
        self.styles.width = self.cells
        self.set_columns(columns)

    def put(self, rows: Rows, cursor: int) -> None:
        """Show a run's items, with the cursor on one of them."""
        self._rows = rows
        self.measure()
        self.go_to(cursor)

    def update_rows(self) -> None:
        """Paint again if a row in sight has changed."""
        state = self._state()
        if state != self._painted:
            self._painted = state
            self.refresh()

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return 0 if self._rows is None else len(self._rows.items)

    def _state(self) -> object:
        """What the rows in sight are made of."""
        rows = self._rows
        if rows is None:
            return None
        running, sight = rows.running(), self.in_sight()
        return rows.live, [(rows.judgements(position), position in running) for position in sight]

    def before_painting(self) -> None:
        """Look up where judges are at work, once for all rows."""
        self._at_work = set() if self._rows is None else self._rows.running()

    def row_cells(self, row: int) -> Mapping[str, Cell]:
        """An item's cells by column."""
        return {} if self._rows is None else self._rows.cells(row, self._at_work)
