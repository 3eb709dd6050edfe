"""An item in words: all it holds, what people said of it, and what judges did."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from judgetui.core.item import Item
from judgetui.core.judgement import Judgement
from judgetui.core.protocols.prompting import field_text, response_text
from judgetui.services.reading import short_result
from judgetui.tui.text import one_line, visible
from judgetui.tui.widgets.answers import SHOWN, answer_title, capped

MOST_JUDGEMENTS = 5
"""Judgements of an item that are listed, the newest ones."""

Part = tuple[str, str]


def item_parts(item: Item, judgements: Sequence[Judgement] = (), *, short: bool = True) -> list[Part]:
    """An item as texts with styles.

    Args:
        judgements: newest run first.
        short: whether long texts are cut.
    """
    facts = [("category", item.category), ("group", item.group), ("split", item.split)]
    known = "  ".join(f"{name} {one_line(value, 60)}" for name, value in facts if value)
    parts: list[Part] = [(f"{known}\n", "dim")] if known else []
    if item.labels:
        parts.append(("labels\n", "bold $text-accent"))
        for label in item.labels:
            about = f" of {one_line(label.criterion, 40)}" if label.criterion is not None else ""
            value = label.value if isinstance(label.value, str) else f"{label.value:g}"
            parts.append((f"  {one_line(label.rater, 40)}{about}: {one_line(value, 60)}\n", ""))
    if judgements:
        parts.append(("judges\n", "bold $text-accent"))
        for judgement in judgements[:MOST_JUDGEMENTS]:
            told = f"  run {judgement.run_id}, {one_line(judgement.judge, 40)}, {one_line(judgement.rubric, 40)}: "
            parts.append((f"{told}{one_line(short_result(judgement), 40)}\n", ""))
        if len(judgements) > MOST_JUDGEMENTS:
            parts.append((f"  and {len(judgements) - MOST_JUDGEMENTS} earlier ones\n", "dim"))
    for name, held in item.fields.items():
        parts += [(f"{one_line(name, 60)}\n", "bold $text-accent"), *_text(field_text(held), short)]
    for answer, response in enumerate(item.responses):
        title = one_line(answer_title(item, answer), 80)
        parts += [(f"{title}\n", "bold $text-accent"), *_text(response_text(response), short)]
    return parts


def _text(text: str, short: bool) -> list[Part]:
    limit = SHOWN // 4
    return [(f"{visible(capped(text, limit) if short else text).rstrip()}\n", "")]


def item_content(item: Item, judgements: Sequence[Judgement] = ()) -> Content:
    """An item as a pane shows it, long texts cut."""
    return Content.assemble(*item_parts(item, judgements)).rstrip()


def item_text(item: Item, judgements: Sequence[Judgement] = ()) -> str:
    """All of an item as plain text."""
    return "".join(text for text, _ in item_parts(item, judgements, short=False)).rstrip()
