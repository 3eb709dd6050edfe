"""Dialogs that show what changed: between two versions and their verdicts, and between two answers."""

from __future__ import annotations

import asyncio
import difflib
import re
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from judgetui.analysis.compare import Change, Comparison
from judgetui.analysis.intervals import wilson
from judgetui.core.session import Version
from judgetui.services.authoring import text_diff
from judgetui.services.reading import direction
from judgetui.tui.modals.dialogs import SCROLL_WORDS, Dialog
from judgetui.tui.text import literal, one_line, visible

LISTED: Final = 500
"""Changed verdicts that are listed."""

LINES: Final = 1_000
"""Lines of a text diff that are shown."""

WORDS: Final = 4_000
"""Words of each answer that are compared; more would take longer than anyone waits."""

Part = tuple[str, str]


class Reader(Dialog[None]):
    """A styled text to read and copy.

    Args:
        title: what it is.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "copy", tooltip="Copy the whole text"),
        Binding("q", "leave", "close", show=False),
        Binding("j", "scroll('scroll_down')", show=False),
        Binding("k", "scroll('scroll_up')", show=False),
        Binding("g", "scroll('scroll_home')", show=False),
        Binding("G", "scroll('scroll_end')", show=False),
    ]
    MORE_KEYS = SCROLL_WORDS

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._content = Content("")

    def body(self) -> ComposeResult:
        """Title, text, hint."""
        with Vertical(classes="dialog full"):
            yield Static(literal(self._title, "bold"), classes="dialog-title")
            with VerticalScroll(id="reading"):
                yield Static(self._content, id="text")
            yield Static(literal("y copies all · esc closes", "dim"), classes="dialog-hint -keys")

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one("#reading").focus()

    def put(self, parts: Iterable[Part]) -> None:
        """Show these words, each with a style."""
        self._content = Content.assemble(*((visible(text), style) for text, style in parts))
        if self.is_mounted:
            self.query_one("#text", Static).update(self._content)

    def action_copy(self) -> None:
        """Copy the whole text."""
        self.judgetui.copy(self._content.plain, self._title)

    def action_scroll(self, how: str) -> None:
        """Scroll by a line or to an end."""
        getattr(self.query_one("#reading"), how)(animate=False)


class Differences(Reader):
    """What changed between two versions: their text, and the verdicts of a run of each.

    Args:
        comparison: None when not both have a run.
        titles: what to call the two; None for their numbers.
    """

    def __init__(
        self,
        older: Version,
        newer: Version,
        comparison: Comparison | None = None,
        titles: tuple[str, str] | None = None,
    ) -> None:
        before, after = titles or (f"v{older.number}", f"v{newer.number}")
        super().__init__(f"What changed: {before} → {after}")
        self.put([*_text_parts(older, newer), *_verdict_parts(comparison)])


class AnswerDifferences(Reader):
    """Two answers as one text, with the words that only one of them has marked.

    Args:
        title: which answers they are.
        first: one answer.
        second: the other.
        names: what the two are called.
    """

    def __init__(self, title: str, first: str, second: str, names: tuple[str, str] = ("A", "B")) -> None:
        super().__init__(title)
        self._first, self._second, self._names = first, second, names
        self.put([("comparing …", "dim")])

    def on_mount(self) -> None:
        """Compare beside the keys, not in their way."""
        super().on_mount()
        self._compare()

    @work(group="compare", exclusive=True, exit_on_error=False)
    async def _compare(self) -> None:
        self.put(await asyncio.to_thread(answer_parts, self._first, self._second, self._names))


def _text_parts(older: Version, newer: Version) -> list[Part]:
    lines = text_diff(older.rubric, newer.rubric)
    if not lines:
        return [("Rubric", "bold $text-accent"), ("  the text is the same\n", "")]
    added = sum(line.startswith("+") for line in lines)
    taken = sum(line.startswith("-") for line in lines)
    parts: list[Part] = [
        ("Rubric", "bold $text-accent"),
        (f"  {taken} line{'' if taken == 1 else 's'} taken out, {added} put in\n", ""),
    ]
    styles = {"+": "$text-success", "-": "$text-error", "@": "dim"}
    parts += [(f"{line}\n", styles.get(line[:1], "")) for line in lines[:LINES]]
    if len(lines) > LINES:
        parts.append((f"… {len(lines) - LINES:,} more lines\n", "dim"))
    return parts


def _verdict_parts(comparison: Comparison | None) -> list[Part]:
    head: Part = ("\nVerdicts", "bold $text-accent")
    if comparison is None:
        return [head, ("  not both have been run; f5 runs the rubric\n", "")]
    if not comparison.n:
        return [head, ("  no item was judged by the same judge in both\n", "")]
    changes = comparison.changes
    if not changes:
        return [head, (f"  none of {comparison.n} changed\n", "")]
    rate = wilson(len(changes), comparison.n)
    interval = "" if rate is None else f", 95% interval {rate.low:.0%} to {rate.high:.0%}"
    parts: list[Part] = [
        head,
        (f"  {len(changes)} of {comparison.n} verdicts changed{interval}\n", ""),
        (_summary(changes), ""),
    ]
    judges = len({change.judge for change in changes}) > 1
    width = min(28, max(len(one_line(change.item_id)) for change in changes))
    for change in changes[:LISTED]:
        word = direction(change)
        style = {"towards the label": "$text-success", "away from the label": "$text-error"}.get(word, "dim")
        who = f"  {one_line(change.judge, 24)}" if judges else ""
        label = f"  label {one_line(change.label, 20)}, " if change.label else ""
        parts += [
            (f"{one_line(change.item_id, width).ljust(width)}{who}  ", ""),
            (f"{one_line(change.before, 30)} → {one_line(change.after, 30)}", "bold"),
            (label, ""),
            (f"{word}\n", style),
        ]
    if len(changes) > LISTED:
        parts.append((f"… {len(changes) - LISTED:,} more\n", "dim"))
    return parts


def _summary(changes: Sequence[Change]) -> str:
    """How many moved which way; empty where nothing is labelled."""
    words = [direction(change) for change in changes]
    counted = [
        f"{words.count(word)} {word}"
        for word in ("towards the label", "away from the label", "as far from the label")
        if word in words
    ]
    return f"{', '.join(counted)} (the items' own labels)\n" if counted else ""


def answer_parts(first: str, second: str, names: tuple[str, str] = ("A", "B")) -> list[Part]:
    """Two texts as one: `[-only in A-]`, `{+only in B+}`, and what both have."""
    left, right = _words(first), _words(second)
    total = max(len(left), len(right))
    left, right = left[:WORDS], right[:WORDS]
    parts: list[Part] = [
        (f"[-only in {names[0]}-]", "$text-error"),
        (" ", ""),
        (f"{{+only in {names[1]}+}}", "$text-success"),
        (" the rest is in both\n", "dim"),
    ]
    if total > WORDS:
        parts.append((f"only the first {WORDS:,} of {total:,} words are compared\n", "$text-warning"))
    parts.append(("\n", ""))
    for tag, a, b, c, d in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(("".join(left[a:b]), ""))
            continue
        if a < b:
            parts += _marked("[-", "".join(left[a:b]), "-]", "$text-error")
        if c < d:
            parts += _marked("{+", "".join(right[c:d]), "+}", "$text-success")
    return parts


def _marked(before: str, text: str, after: str, style: str) -> list[Part]:
    """Text between marks; white space around it stays outside."""
    core = text.strip()
    if not core:
        return [(text, "")]
    start = text.index(core[0])
    return [(text[:start], ""), (f"{before}{core}{after}", style), (text[start + len(core) :], "")]


def _words(text: str) -> list[str]:
    """Words with the white space that follows; very long ones in pieces, so that no text is one word."""
    return re.findall(r"\S{1,200}\s*|\s+", text[: WORDS * 200])
