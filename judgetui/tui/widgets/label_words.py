"""What the label screen tells beside the item: where the person is, what is known, and what comes at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from textual.content import Content

from judgetui.core.answer import Queue
from judgetui.core.judgement import Judgement
from judgetui.services.labelling import LabelDesk, Sheet
from judgetui.services.reading import source_words
from judgetui.tui.text import one_line

_QUEUES = {Queue.FIRST: "", Queue.SECOND: "second rater", Queue.ADJUDICATION: "adjudication"}

_NOTHING = {
    Queue.FIRST: "No items fit this rubric. On the items screen (7) they are added.",
    Queue.SECOND: "No item that fits this rubric has somebody else's label. Q chooses another queue.",
    Queue.ADJUDICATION: "People agree on every item that two of them labelled, or no item has two labels. "
    "Q chooses another queue.",
}


def head_words(desk: LabelDesk, *, blind: bool, width: int) -> str:
    """Rubric, whether it is blind, who labels, how far the queue is, and how the item was picked.

    Args:
        width: cells that it may take; what can be done without is left out where it does not fit.
    """
    full = _head_parts(desk, blind, 24)
    short = _head_parts(desk, blind, 12)
    for parts in (full, full[:-1], short[:-1], short[1:-1]):
        text = " · ".join(part for part in parts if part)
        if len(text) <= width:
            return text
    return one_line(text, width)


def _head_parts(desk: LabelDesk, blind: bool, name: int) -> list[str]:
    """The parts of the head, with so many characters of the rubric's name; the last can be done without."""
    entry, every = desk.entry, len(desk.entries)
    return [
        "Label",
        one_line(desk.version.rubric.name, name),
        _QUEUES[desk.plan.queue],
        f"split {one_line(desk.plan.split, 16)}" if desk.plan.split is not None else "",
        "judge shown" if not blind else "blind" if entry is None or entry.blind else "seen before",
        f"you: {one_line(desk.plan.rater, 16)}",
        f"{desk.at + 1} of {every}" if entry is not None else f"{every} items",
        "" if entry is None else f"picked {entry.picked}",
        f"{desk.waiting} to go",
    ]


def beside(sheet: Sheet, seen: Sequence[Judgement] | None, *, named: bool, last: str) -> Content:
    """Flag and note, what raters said, what the judge said, and what became of the item before.

    Args:
        seen: the judge's verdicts; None while they are hidden.
        named: whether raters' names show.
    """
    lines: list[Content] = []
    entry = sheet.entry
    marks = ["⚑ flagged"] if entry.flagged else []
    marks += ["skipped before"] if entry.skipped else []
    marks += [f"note: {one_line(entry.note, 200)}"] if entry.note else []
    if marks:
        lines.append(Content.styled(" · ".join(marks), "$warning"))
    if sheet.others:
        said = (
            f"{one_line(rater, 20) if named else f'rater {number}'}: {one_line(sheet.words(sheet.as_shown(values)), 60)}"
            for number, (rater, values) in enumerate(sheet.others, 1)
        )
        lines.append(Content(" · ".join(said) + ("" if named else "   (i says who)")))
    if seen is not None:
        lines += _judges(sheet, seen)
    elif last:
        lines.append(Content.styled(last, "dim"))
    return Content("\n").join(lines)


def _judges(sheet: Sheet, seen: Sequence[Judgement]) -> list[Content]:
    if not seen:
        return [Content("No judge has judged this item by this rubric.")]
    return [
        Content(
            " · ".join(
                part
                for part in (
                    f"judge {one_line(each.judge, 30)}: {one_line(sheet.judge_words(each), 40)}",
                    source_words(each),
                    one_line(each.outcome.rationale, 200),
                )
                if part
            )
        )
        for each in seen
    ]


def end_words(desk: LabelDesk) -> str:
    """What is told when no item waits: what was done and how it was picked, or why there is nothing."""
    if not desk.entries:
        if desk.plan.split is not None:
            return (
                f"No item of the split {one_line(desk.plan.split, 30)} is in this queue. Q chooses another."
            )
        return _NOTHING[desk.plan.queue]
    done = [entry for entry in desk.entries if entry.done]
    skipped = sum(entry.skipped and not entry.done for entry in desk.entries)
    flagged = sum(entry.flagged for entry in desk.entries)
    picked = Counter(entry.picked for entry in done)
    parts = [f"{len(done)} of {len(desk.entries)} items are labelled"]
    parts += [f"{skipped} skipped"] if skipped else []
    parts += [f"{flagged} flagged"] if flagged else []
    how = ", ".join(f"{count} {pick}" for pick, count in picked.items())
    lines = [f"This queue is done: {', '.join(parts)}."]
    lines += [f"They were picked: {how}."] if how else []
    lines.append("[ goes back · u takes the last one back · Q chooses another queue · 5 shows the agreement")
    if skipped:
        lines.append("To see skipped items again, tick it in the queue dialog (Q).")
    return "\n\n".join(lines)
