"""Items as a list of very many shows them: who they are and their first words, without their texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from sys import intern
from typing import Final

from judgetui.core.item import ADJUDICATED, Label
from judgetui.core.text import one_line

FIRST_WORDS: Final = 120
"""Characters of an item's text that its row holds."""

_LOOKED_AT: Final = 4 * FIRST_WORDS
"""Characters from which the first words are taken; white space in them may be more than the words."""

_ANSWERS: Final = ("response", "response_a", "response_b")
_NOT_TEXT: Final = frozenset(
    {*_ANSWERS, "responses", "model", "model_a", "model_b", "models", "category", "group", "split"}
)


@dataclass(frozen=True, slots=True)
class ItemSummary:
    """An item's row.

    Args:
        position: its place in the session, which no other item has.
        answers: how many answers it holds.
        length: characters of all its answers.
        models: who gave each answer, None where unknown; empty when none is named.
        raters: who labelled it, each once.
        label: what they say of the whole, the settled value where there is one; different values with ` / ` between
            them; empty where nobody labelled the whole.
        flagged: whether somebody flagged it while labelling and has not taken that back.
        result: what the judges of the newest run that has it made of it, with ` / ` between them; empty where none has.
        text: the first words of the question, or of what else there is, on one line.
    """

    id: str
    position: int
    answers: int
    length: int
    models: tuple[str | None, ...]
    category: str | None
    group: str | None
    split: str | None
    raters: tuple[str, ...]
    label: str
    flagged: bool
    result: str
    text: str


@dataclass(frozen=True, slots=True)
class RemovedItem:
    """An item that was taken out of a session, with what it takes to put it back.

    Args:
        content_hash: names its content, which stays in the session until that is compacted.
        labels: what people said of it, and when.
    """

    id: str
    position: int
    answers: int
    content_hash: str
    split: str | None
    labels: tuple[tuple[Label, datetime], ...]


def summary_of(
    identity: str,
    position: int,
    content: Mapping[str, object],
    split: str | None,
    labels: Sequence[Label],
    flagged: bool = False,
    result: str = "",
) -> ItemSummary:
    """The row of an item.

    Args:
        content: in the columns of an items file, as `Item.content` gives it.
    """
    answers = _answers(content)
    return ItemSummary(
        id=identity,
        position=position,
        answers=len(answers),
        length=sum(_length(answer) for answer in answers),
        models=_models(content),
        category=_name(content.get("category")),
        group=_name(content.get("group")),
        split=_name(content.get("split") if split is None else split),
        raters=tuple(dict.fromkeys(label.rater for label in labels)) if labels else (),
        label=label_summary(labels) if labels else "",
        flagged=flagged,
        result=result,
        text=first_words(content, answers),
    )


def label_summary(labels: Sequence[Label]) -> str:
    """What people say of the whole item: the adjudicated value, else the different values in the order given."""
    whole = {label.rater: _value(label.value) for label in labels if label.criterion is None}
    settled = whole.get(ADJUDICATED)
    return intern(" / ".join(dict.fromkeys(whole.values())) if settled is None else settled)


def first_words(content: Mapping[str, object], answers: Sequence[object] = ()) -> str:
    """The start of the question, else of the first input field that holds text, else of the first answer."""
    text = _first_text(content.get("question"))
    if not text:
        fields = (value for name, value in content.items() if name not in _NOT_TEXT)
        text = next(filter(None, map(_first_text, (*fields, *answers))), "")
    return one_line(text[:_LOOKED_AT], FIRST_WORDS)


def _answers(content: Mapping[str, object]) -> list[object]:
    many = content.get("responses")
    if isinstance(many, Sequence) and not isinstance(many, str):
        return list(many)
    return [content[name] for name in _ANSWERS if name in content]


def _length(answer: object) -> int:
    if isinstance(answer, str):
        return len(answer)
    return sum(len(str(turn)) for turn in answer) if isinstance(answer, Sequence) else 0


def _models(content: Mapping[str, object]) -> tuple[str | None, ...]:
    if "models" in content:
        many = content["models"]
        return tuple(map(_name, many)) if isinstance(many, Sequence) and not isinstance(many, str) else ()
    return tuple(_name(content[name]) for name in ("model", "model_a", "model_b") if name in content)


def _name(value: object) -> str | None:
    # The same few names stand in very many items: each is kept once.
    return None if value is None else intern(str(value))


def _first_text(value: object) -> str:
    """A text, or the first one in a list of turns."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Sequence) and value:
        turn = value[0]
        return _first_text(turn.get("content") if isinstance(turn, Mapping) else turn)
    return ""


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"
