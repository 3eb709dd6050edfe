"""What can be said of an item by a rubric: the scale of each criterion, a verdict on a pair, an order of many."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Final

from judgetui.core.answer import Said
from judgetui.core.item import OVERALL
from judgetui.core.protocols.cards import TaskType
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.rubric import Rubric
from judgetui.core.scale import NumericScale, Scale
from judgetui.core.vote import Verdict
from judgetui.errors import InputError

VERDICTS: Final = (
    (Verdict.A, "A", "A is better"),
    (Verdict.B, "B", "B is better"),
    (Verdict.TIE, "tie", "neither is better, and they are good enough"),
    (Verdict.BOTH_BAD, "both bad", "neither is good enough"),
)

_WORDS: Final[Mapping[str, Verdict]] = {
    "a": Verdict.A,
    "b": Verdict.B,
    "t": Verdict.TIE,
    "tie": Verdict.TIE,
    "w": Verdict.BOTH_BAD,
    "both": Verdict.BOTH_BAD,
    "both bad": Verdict.BOTH_BAD,
    "both_bad": Verdict.BOTH_BAD,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be said.

    Args:
        value: what is stored; of answers, in the letters of the places on screen.
        text: as people read it.
        anchor: what it means; may be empty.
    """

    value: str | float
    text: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing to be said of an item.

    Args:
        key: the criterion, or `OVERALL` where the whole item is labelled.
        name: what the screen calls it.
        about: what it means; may be empty.
        choices: one of them is said; where answers are ranked, all of them, the best first.
        ranks: whether answers are ranked.
    """

    key: str
    name: str
    about: str
    choices: tuple[Choice, ...]
    ranks: bool = False

    def allows(self, value: object) -> bool:
        """Whether this can be said."""
        if self.ranks:
            return isinstance(value, str) and read_ranking(value, len(self.choices)) == value
        return any(choice.value == value and isinstance(value, str | int | float) for choice in self.choices)

    def text(self, value: str | float) -> str:
        """A value as people read it."""
        return next((choice.text for choice in self.choices if choice.value == value), value_text(value))


def asks(rubric: Rubric, answers: int) -> tuple[Ask, ...]:
    """What there is to say of an item with so many answers.

    Of one answer each criterion is labelled on the rubric's scale; a single criterion as the whole item, since that
    is what its score is compared with. Two answers have one verdict, more of them one order, whatever the criteria.
    """
    protocol = get_protocol(rubric.protocol)
    title = rubric.criteria[0].name if len(rubric.criteria) == 1 else "overall"
    about = "\n".join(_about(name.name, name.description, len(rubric.criteria)) for name in rubric.criteria)
    match protocol.card.task_type:
        case TaskType.PAIRWISE:
            return (Ask(OVERALL, title, about, tuple(Choice(v.value, t, a) for v, t, a in VERDICTS)),)
        case TaskType.LISTWISE:
            letters = ascii_uppercase[:answers]
            return (Ask(OVERALL, title, about, tuple(Choice(each, each) for each in letters), ranks=True),)
        case TaskType.POINTWISE:
            choices = scale_choices(scale_of(protocol, rubric))
            if len(rubric.criteria) == 1:
                return (Ask(OVERALL, title, about, choices),)
            return tuple(Ask(each.name, each.name, each.description, choices) for each in rubric.criteria)


def _about(name: str, description: str, criteria: int) -> str:
    return description if criteria == 1 else f"{name}: {description}" if description else name


def scale_choices(scale: Scale) -> tuple[Choice, ...]:
    """The points or labels of a scale."""
    if isinstance(scale, NumericScale):
        return tuple(Choice(point, str(point), scale.anchor(str(point))) for point in scale.points)
    return tuple(Choice(label, label, scale.anchor(label)) for label in scale.labels)


def label_keys(rubric: Rubric) -> tuple[str, ...]:
    """Under which keys a rubric's labels stand."""
    return tuple(ask.key for ask in asks(rubric, 2))


def check_said(wanted: Sequence[Ask], said: Said) -> None:
    """Make sure that all is said, and nothing else.

    Raises:
        InputError: naming the criterion.
    """
    known = {ask.key: ask for ask in wanted}
    for key, value in said.items():
        if key not in known:
            raise InputError("the rubric has no such criterion.", f"It has {', '.join(known)}.", field=key)
        if not known[key].allows(value):
            raise InputError(f"{value!r} cannot be said of it.", hint_of(known[key]), field=key)
    if missing := [key for key in known if key not in said]:
        raise InputError(
            "nothing is said of it.", "Label every criterion, or skip the item.", field=missing[0]
        )


def hint_of(ask: Ask) -> str:
    """What can be said, in a sentence."""
    texts = [choice.text for choice in ask.choices]
    if ask.ranks:
        return f"Put {', '.join(texts)} in order, the best first, such as {' > '.join(texts)}."
    if isinstance(ask.choices[0].value, str):
        return f"Say one of: {', '.join(texts)}."
    return f"Say a whole number from {texts[0]} to {texts[-1]}."


def read_value(ask: Ask, text: str) -> str | float | None:
    """What a line of text says; None when it is nothing that can be said.

    Points by their number, labels by name or number, verdicts as `a`, `b`, `t` or `w` (both are weak), an order of
    answers by their letters.
    """
    plain = " ".join(text.split())
    if ask.ranks:
        return read_ranking(plain, len(ask.choices))
    folded = plain.casefold()
    if named := [choice for choice in ask.choices if choice.text.casefold() == folded]:
        return named[0].value
    verdicts = {choice.value for choice in ask.choices} == {verdict.value for verdict, _, _ in VERDICTS}
    if verdicts and folded in _WORDS:
        return _WORDS[folded].value
    if not isinstance(ask.choices[0].value, str) or not (plain.isascii() and plain.isdecimal()):
        return None
    number = int(plain)
    return ask.choices[number - 1].value if 1 <= number <= len(ask.choices) else None


def read_ranking(text: str, answers: int) -> str | None:
    """An order of answers, the best first, as it is stored; the last one may be left out. None when it is none.

    Args:
        text: their letters, apart by spaces, commas or >, or not at all.
    """
    letters = re.sub(r"[\s,>]+", "", text).upper()
    every = ascii_uppercase[:answers]
    if len(set(letters)) < len(letters) or not set(letters) <= set(every):
        return None
    left = [letter for letter in every if letter not in letters]
    return " > ".join([*letters, *left]) if len(left) < 2 else None


def value_text(value: str | float) -> str:
    """A value as people read it."""
    return value.replace("_", " ") if isinstance(value, str) else f"{value:g}"
