"""FastChat's `judge_prompts.jsonl` (lm-sys/FastChat, fastchat/llm_judge): the prompts of MT-Bench.

Upstream fills `prompt_template` with `str.format` and sends `system_prompt` as it stands
(fastchat/llm_judge/common.py: run_judge_single, run_judge_pair).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from judgetui.core.rubric import TemplateMessage
from judgetui.errors import InputError, Place, RubricError
from judgetui.interchange.pieces import Piece, Refusal, Slot, format_pieces, jinja, require_slots, slots
from judgetui.interchange.reading import (
    Given,
    Imported,
    Reader,
    Source,
    json_lines,
    left_out,
    made_name,
    made_rubric,
    noted,
    origin,
    required_text,
    scale_in,
)

FORMATS: Final = {"single": "[[rating]]", "pairwise": "[[A]]"}
"""The reply that each type of prompt asks for; `[[rating_a,rating_b]]` has no protocol here."""

_KEYS: Final = ("name", "type", "system_prompt", "prompt_template", "output_format")

_SINGLE: Final = {"question": "question", "answer": "response", "ref_answer_1": "reference"}
_PAIR: Final = {
    "question": "question",
    "answer_a": "response_a",
    "answer_b": "response_b",
    "ref_answer_1": "reference",
}
_TURNS: Final = {f"question_{n}": f"turns[{n - 1}].question" for n in (1, 2)} | {
    f"ref_answer_{n}": f"turns[{n - 1}].reference" for n in (1, 2)
}
_SINGLE_TURNS: Final = _TURNS | {f"answer_{n}": f"turns[{n - 1}].response" for n in (1, 2)}
_PAIR_TURNS: Final = _TURNS | {
    f"answer_{side}_{n}": f"turns[{n - 1}].response_{side}" for side in "ab" for n in (1, 2)
}


class FastChat:
    """MT-Bench's prompts, one rubric each."""

    name = "fastchat"
    title = "FastChat llm_judge (MT-Bench)"
    reads = "judge_prompts.jsonl: every prompt becomes a rubric of the mt-bench protocol with the same parts."
    files = ("judge_prompts.jsonl",)

    def read(self, source: Source, given: Given) -> tuple[Imported, ...]:
        """One judge a line. Of two with one name upstream keeps the last, and so is it here.

        Raises:
            InputError: if the file is not JSONL, or not of this kind.
        """
        entries = list(json_lines(source))
        if not any("prompt_template" in entry and "output_format" in entry for _, entry in entries):
            raise InputError(
                "no line has `prompt_template` and `output_format`.",
                "Give FastChat's judge_prompts.jsonl.",
                place=Place(str(source.path)),
            )
        last = {str(entry.get("name")): place for place, entry in entries}
        return tuple(_read(source, place, entry, last) for place, entry in entries)


READER: Final[Reader] = FastChat()


def _read(source: Source, place: Place, entry: Mapping[str, object], last: Mapping[str, Place]) -> Imported:
    name = str(entry.get("name") or f"line {place.line}")
    try:
        if last[str(entry.get("name"))] != place:
            raise Refusal(f"line {last[name].line} has the same name, and FastChat keeps the last of them.")
        return _imported(source, place, entry)
    except (Refusal, RubricError) as error:
        return Imported(name, reason=str(error), place=place)


def _imported(source: Source, place: Place, entry: Mapping[str, object]) -> Imported:
    name, kind, system, template, form = (required_text(entry, key) for key in _KEYS)
    if kind not in FORMATS:
        raise Refusal(f"its type is {kind!r}; FastChat knows single and pairwise.")
    if form != FORMATS[kind]:
        raise Refusal(f"it asks for {form!r}; a {kind} protocol here reads {FORMATS[kind]} alone.")
    pieces = format_pieces(template)
    known, needed = _values(kind, pieces)
    require_slots(pieces, known, needed)
    used = slots(pieces)
    turns, reference = known in (_SINGLE_TURNS, _PAIR_TURNS), any(each.startswith("ref_") for each in used)
    protocol = f"mt-bench-{'single' if kind == 'single' else 'pair'}"
    protocol += ("-ref" if reference else "") + ("-multi-turn" if turns else "")
    messages = [TemplateMessage("user", jinja(pieces, known))]
    if system:  # upstream sends no empty one (fastchat/conversation.py, to_openai_api_messages)
        messages.insert(0, TemplateMessage("system", jinja([system], {})))
    inputs = [*(("question",) if turns or "question" in used else ()), *(("reference",) if reference else ())]
    scale = scale_in(f"{system}\n{template}") if kind == "single" else None
    notes = [note for key, value in entry.items() if key not in _KEYS for note in left_out(str(key), value)]
    made = made_rubric(made_name(name), protocol, messages, inputs, title=f"MT-Bench, {name}", scale=scale)
    told = f"FastChat, {origin(source.path)}, prompt {name}"
    return Imported(made.name, noted(made, told, notes), notes=tuple(notes), place=place)


def _values(kind: str, pieces: list[Piece]) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """The values of a prompt's slots, for one turn or two, and those it cannot do without."""
    turns = any(isinstance(piece, Slot) and piece.name in _TWO_TURNS for piece in pieces)
    if kind == "single":
        return (_SINGLE_TURNS, ("answer_2",)) if turns else (_SINGLE, ("answer",))
    return (_PAIR_TURNS, ("answer_a_2", "answer_b_2")) if turns else (_PAIR, ("answer_a", "answer_b"))


_TWO_TURNS: Final = frozenset(_SINGLE_TURNS | _PAIR_TURNS) - {"ref_answer_1"}
