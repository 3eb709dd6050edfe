"""G-Eval's prompt files (nlpyang/geval, prompts/summeval/*.txt).

Upstream replaces `{{Document}}` by an item's `source` and `{{Summary}}` by what is judged, wherever they stand,
and sends the whole as one system message (gpt4_eval.py). Its prompts for dialogue have `{{Response}}` and
`{{Fact}}` beside them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from judgetui.core.names import name_problem
from judgetui.core.rubric import Criterion, TemplateMessage
from judgetui.core.scale import NumericScale
from judgetui.errors import InputError, Place, RubricError
from judgetui.interchange.pieces import Refusal, jinja, pattern_pieces, slots
from judgetui.interchange.reading import Given, Imported, Reader, Source, made_rubric, noted, origin

JUDGED: Final = ("Summary", "Response")
"""What stands for the answer."""

_FIELDS: Final = {"Document": "source"}
"""The item's field of a placeholder, where it is not the placeholder in lower case."""

_PLACEHOLDER: Final = re.compile(r"\{\{(\w+)\}\}")
_HEADING: Final = re.compile(r"^Evaluation Criteria:[ \t]*$", re.MULTILINE)
_DIMENSION: Final = re.compile(
    r"^(\w[\w' /-]{0,60}?) ?\((\d{1,3}) ?- ?(\d{1,3})\)[ \t]*[-:]?[ \t]*(.*)$", re.MULTILINE | re.ASCII
)
_LEVEL: Final = re.compile(r"^-? ?(\d{1,3}) ?[:=][ \t]*(\S.*)$", re.MULTILINE | re.ASCII)
_NEXT: Final = re.compile(r"^(?:Evaluation Steps|Example|Evaluation Form)\b.*:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Stated:
    """What a prompt's text says of its criterion; empty and None where it says nothing."""

    name: str = ""
    description: str = ""
    scale: NumericScale | None = None
    task: str = ""


class GEvalPrompts:
    """A prompt for one dimension."""

    name = "g-eval"
    title = "G-Eval"
    reads = "A prompt file such as coh_detailed.txt: one rubric, with dimension and scale as its text states them."
    files: tuple[str, ...] = ()

    def read(self, source: Source, given: Given) -> tuple[Imported, ...]:
        """One rubric.

        Raises:
            InputError: if the file has no placeholders, or neither it nor `given` names criterion and scale.
        """
        place = Place(str(source.path))
        pieces = pattern_pieces(source.text, _PLACEHOLDER)
        if not slots(pieces):
            raise InputError(
                "the text has no placeholder such as {{Summary}}.",
                "Give a prompt file of G-Eval.",
                place=place,
            )
        criterion, scale, task = _criterion(_stated(source.text), given, place)
        try:
            names = _names(slots(pieces))
            template = [TemplateMessage("system", jinja(pieces, names))]
            inputs = [name for name in dict.fromkeys(names.values()) if name != "response"]
            name = f"g-eval-{criterion.name}"
            made = made_rubric(
                name, "g-eval", template, inputs, title=f"G-Eval, {criterion.name}", scale=scale
            )
            made = replace(made, criteria=(criterion,), task=task or made.task)
        except (Refusal, RubricError) as error:
            return (Imported(criterion.name, reason=str(error), place=place),)
        notes = []
        if "Evaluation Steps" in source.text:
            notes.append("the evaluation steps stand in the template; `steps` is empty")
        made = noted(made, f"G-Eval, {origin(source.path)}", notes)
        return (Imported(made.name, made, notes=tuple(notes), place=place),)


READER: Final[Reader] = GEvalPrompts()


def _names(used: list[str]) -> dict[str, str]:
    """The template's name for each placeholder.

    Raises:
        Refusal: if not exactly one of them is what is judged, or one cannot be a field.
    """
    judged = [name for name in JUDGED if name in used]
    if len(judged) != 1:
        wanted = " or ".join(f"{{{{{name}}}}}" for name in JUDGED)
        raise Refusal(f"its template has {'both' if judged else 'neither'} {wanted}; one is what is judged.")
    names: dict[str, str] = {}
    for name in used:
        names[name] = "response" if name in judged else _FIELDS.get(name, name.lower())
        problem = None if name in judged else name_problem(names[name])
        if problem is not None:
            raise Refusal(f"{{{{{name}}}}}: {problem[0]}")
    return names


def _stated(text: str) -> _Stated:
    """Name, definition, scale and levels below `Evaluation Criteria:`, and the text above it."""
    heading = _HEADING.search(text)
    if heading is None:
        return _Stated()
    task = text[: heading.start()].strip()
    following = _NEXT.search(text, heading.end())
    section = text[heading.end() : following.start() if following else len(text)]
    found = _DIMENSION.search(section)
    if found is None:
        return _Stated(task=task)
    low, high = int(found[2]), int(found[3])
    rest = section[found.end() :]
    levels = {int(level[1]): level[2].strip() for level in _LEVEL.finditer(rest)}
    first = _LEVEL.search(rest)
    more = rest[: first.start()] if first else rest
    description = f"{found[4]}{more}".strip()
    if not 0 < high - low <= 100:
        return _Stated(found[1].strip().lower(), description, None, task)
    anchors = {point: level for point, level in levels.items() if low <= point <= high}
    return _Stated(found[1].strip().lower(), description, NumericScale(low, high, anchors), task)


def _criterion(stated: _Stated, given: Given, place: Place) -> tuple[Criterion, NumericScale, str]:
    """Criterion and scale, as the text states them, else as they are given.

    Raises:
        InputError: if one is in neither, or the two contradict each other.
    """
    name = stated.name or given.criterion.strip()
    if not name:
        raise InputError(
            "the text does not state what is judged, as in `Coherence (1-5) - ...` below `Evaluation Criteria:`.",
            "Name it with --criterion, and its scale with --scale.",
            place=place,
        )
    if given.criterion and given.criterion.strip().lower() != name.lower():
        raise InputError(
            f"the text says that it is on {name}, and --criterion says {given.criterion}.",
            "Leave --criterion out.",
            place=place,
        )
    scale = stated.scale or given.scale
    if scale is None:
        raise InputError(f"the text states no scale for {name}.", "Give one with --scale.", place=place)
    if given.scale is not None and (given.scale.low, given.scale.high) != (scale.low, scale.high):
        raise InputError(
            f"the text says {scale.low}-{scale.high}, and --scale says {given.scale.low}-{given.scale.high}.",
            "Leave --scale out.",
            place=place,
        )
    return Criterion(name, stated.description), scale, stated.task
