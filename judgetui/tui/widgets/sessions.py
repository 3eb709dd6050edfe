"""Session files on the home screen: a table of them, and all that is known of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Final, Literal

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import DataTable

from judgetui.core.session import SessionProblem, SessionSummary
from judgetui.tui.actions import LIST_KEYS
from judgetui.tui.text import cell, literal, one_line

Entry = SessionSummary | SessionProblem

COLUMNS: Final = (("rubrics", 7), ("items", 5), ("runs", 4), ("judged", 6), ("changed", 10), ("state", 10))
"""Labels and widths of the columns behind the name."""

SCROLLBAR: Final = 2
"""Cells kept free for the vertical scrollbar."""

NARROWEST: Final = 14
"""Cells of the name's column, at least."""


def ago(then: datetime, now: datetime) -> str:
    """How long ago something was, in at most ten characters; the date from four weeks on."""
    seconds = max(0.0, (now - then).total_seconds())
    for limit, unit, word in ((3600, 60, "min"), (86_400, 3600, "h"), (28 * 86_400, 86_400, "d")):
        if seconds < limit:
            count = int(seconds // unit)
            return f"{count} {word} ago" if count else "just now"
    return then.astimezone().strftime("%Y-%m-%d")


def size_text(size: int) -> str:
    """Bytes for people."""
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def counted(count: int, noun: str) -> str:
    """A number with its noun: 1 run, 2 runs."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def title(entry: Entry) -> str:
    """The session's name; of a file that cannot be read, the file's."""
    return entry.name if isinstance(entry, SessionSummary) else Path(entry.path).name


def matches(entry: Entry, words: str) -> bool:
    """Whether each word is somewhere in the session's name, file name or rubrics."""
    names = [title(entry), Path(entry.path).stem]
    if isinstance(entry, SessionSummary):
        names += [part for rubric in entry.rubrics for part in (rubric.name, rubric.title, rubric.protocol)]
    text = " ".join(names).casefold()
    return all(word in text for word in words.casefold().split())


class SessionTable(DataTable[Text]):
    """The sessions, a row each."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *LIST_KEYS,
        Binding("enter", "select_cursor", "open", tooltip="Open the session"),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, cursor_type="row")
        self._painted: object = None
        self._shown: tuple[Sequence[Entry], Path | None, datetime] | None = None

    def on_resize(self) -> None:
        """Fit the name's column to the new width; the width is 0 until the table is first on show."""
        if self._shown is not None:
            entries, opened, now = self._shown
            here = entries[self.cursor_row].path if 0 <= self.cursor_row < len(entries) else None
            self.put(entries, opened, now, here)

    def put(self, entries: Sequence[Entry], opened: Path | None, now: datetime, cursor: str | None) -> None:
        """Show these sessions.

        Args:
            opened: the file that is open, resolved; None when none is.
            now: for how long ago they changed.
            cursor: path of the row to stand on, the first when it is not there.
        """
        self._shown = (entries, opened, now)
        padding = 2 * self.cell_padding
        room = self.size.width - sum(width + padding for _, width in COLUMNS) - padding - SCROLLBAR
        rows = [_row(entry, opened, now) for entry in entries]
        paths = [entry.path for entry in entries]
        painted = (room, paths, [[(part.plain, part.style) for part in row] for row in rows])
        place = paths.index(cursor) if cursor in paths else 0
        if painted != self._painted:
            self._painted = painted
            scrolled = self.scroll_y
            self.clear(columns=True)
            self.add_column(cell("session"), width=max(NARROWEST, room))
            for label, width in COLUMNS:
                justify: Literal["left", "right"] = "left" if label in ("changed", "state") else "right"
                self.add_column(Text(label, justify=justify), width=width)
            for path, row in zip(paths, rows, strict=True):
                self.add_row(*row, key=path)
            self.scroll_to(y=scrolled, animate=False, force=True)
        if entries and place != self.cursor_row:
            self.move_cursor(row=place, animate=False)


def is_open(entry: Entry, opened: Path | None) -> bool:
    """Whether the session is the one that is open."""
    return opened is not None and Path(entry.path).resolve() == opened


def _row(entry: Entry, opened: Path | None, now: datetime) -> list[Text]:
    changed = cell(ago(entry.modified, now))
    if isinstance(entry, SessionProblem):
        blank = [Text("") for _ in range(4)]
        return [_name("  ", title(entry), "dim"), *blank, changed, cell("unreadable", "dim")]
    here = is_open(entry, opened)
    numbers = (len(entry.rubrics), entry.items, entry.runs, entry.judgements)
    state = cell("unfinished", "yellow") if entry.unfinished else cell("open" if here else "")
    return [
        _name("● " if here else "  ", entry.name, "bold" if here else ""),
        *(Text(f"{number:,}" if number else "-", justify="right") for number in numbers),
        changed,
        state,
    ]


def _name(mark: str, name: str, style: str) -> Text:
    return Text(mark + one_line(name), style=style, no_wrap=True, overflow="ellipsis")


def contents(entry: SessionSummary, between: str = " · ") -> str:
    """What a session holds beside its rubrics, in words."""
    counts = ((entry.items, "item"), (entry.runs, "run"), (entry.judgements, "judgement"))
    return between.join(counted(count, noun) for count, noun in counts)


def detail(entry: Entry, opened: Path | None, now: datetime) -> Content:
    """All that is known of a session, for the pane beside the table."""
    if isinstance(entry, SessionProblem):
        return Content.assemble(
            (one_line(title(entry), 200), "bold"),
            "\n",
            (f"cannot be read: {one_line(entry.message, 600)}", "$text-warning"),
            "\n",
            one_line(entry.hint, 600),
            "\n",
            (one_line(entry.path), "dim"),
        )
    parts: list[Content | str | tuple[str, str]] = [(one_line(entry.name, 200), "bold")]
    if is_open(entry, opened):
        parts.append(("  ● open", "$text-success"))
    for rubric in entry.rubrics:
        protocol = f"  {one_line(rubric.protocol, 20)} v{rubric.version}"
        parts += ["\n", literal(one_line(rubric.name, 60), "bold"), protocol]
        if rubric.has_draft:
            parts.append(("  unsaved edits", "$text-warning"))
        if rubric.note.strip():
            parts += ["\n  ", (one_line(rubric.note, 200), "dim")]
    if not entry.rubrics:
        parts.append("\nno rubrics")
    parts.append(f"\n{contents(entry)}")
    if entry.unfinished:
        unfinished = f"\n{counted(entry.unfinished, 'run')} unfinished; u on the runs screen (6) goes on"
        parts.append((unfinished, "$text-warning"))
    parts += [f"\nchanged {ago(entry.modified, now)}", "\n", (one_line(entry.path), "dim")]
    parts.append(("\nenter open · r rename · c copy · d delete · z compact", "dim"))
    return Content.assemble(*parts)
