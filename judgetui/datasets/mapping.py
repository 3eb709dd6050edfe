"""Which column is which field of an item: named by the user, or suggested by likeness."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from judgetui.core.reading import nearest
from judgetui.errors import InputError

SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": (
        "id",
        "uid",
        "uuid",
        "idx",
        "index",
        "item_id",
        "example_id",
        "sample_id",
        "row_id",
        "prompt_id",
        "question_id",
    ),
    "question": (
        "question",
        "prompt",
        "instruction",
        "query",
        "input",
        "user_prompt",
        "user_input",
        "user_message",
        "request",
    ),
    "response": (
        "response",
        "answer",
        "output",
        "completion",
        "prediction",
        "model_output",
        "model_response",
        "generation",
        "generated_text",
        "actual_output",
        "reply",
        "assistant",
        "system_output",
        "hypothesis",
    ),
    "response_a": (
        "response_a",
        "output_1",
        "response_1",
        "answer_1",
        "answer_a",
        "output_a",
        "completion_a",
        "chosen",
    ),
    "response_b": (
        "response_b",
        "output_2",
        "response_2",
        "answer_2",
        "answer_b",
        "output_b",
        "completion_b",
        "rejected",
    ),
    "reference": (
        "reference",
        "gold",
        "expected",
        "ideal",
        "target",
        "ground_truth",
        "expected_output",
        "reference_answer",
        "gold_answer",
        "correct_answer",
    ),
    "context": ("context", "passage", "document", "retrieved_context", "contexts"),
    "human": (
        "human",
        "score",
        "rating",
        "label",
        "annotation",
        "human_score",
        "human_rating",
        "human_label",
        "gold_label",
        "grade",
    ),
    "model": ("model", "model_name", "generator", "model_id", "system", "system_id", "response_source"),
    "model_a": ("model_a", "generator_1", "model_1", "model_name_a"),
    "model_b": ("model_b", "generator_2", "model_2", "model_name_b"),
    "category": ("category", "domain", "topic", "task_type", "subset", "dataset"),
    "group": ("group", "group_id", "cluster", "document_id", "doc_id", "conversation_id"),
    "split": ("split", "fold", "partition"),
}
"""The names under which an item's fields go in published data sets and tools, the likelier first.

AlpacaEval: instruction, output_1, generator_1. PandaLM: instruction, response1. HH-RLHF and other preference sets: chosen,
rejected. OpenAI: prompt, completion, ideal, expected_output. promptfoo, DeepEval: input, actual_output, expected_output.
UniEval: source, system_output, system_id. Prometheus: instruction, response_source.
"""

CLOSE: Final = 85.0
"""The least likeness, 0 to 100, of a name to one of the table at which it is suggested."""

_RATER: Final = re.compile(
    r"(?:human|annotators?|raters?|labelers?|labellers?|judges?)_?([a-z]|\d+)(?:_(?:score|rating|label))?"
)
_NO_RATERS: Final = frozenset({"judge"})
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PAIR: Final = ("response_a", "response_b")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A column that is likely to be a field.

    Args:
        score: likeness of its name to one that the field goes by, 0 to 100 (rapidfuzz's `ratio`); 100 is that name.
    """

    column: str
    field: str
    score: float


def suggest(
    columns: Sequence[str], inputs: Sequence[str] = (), unfit: Mapping[str, Iterable[str]] | None = None
) -> tuple[Suggestion, ...]:
    """What columns are likely to be which fields, in the order of the columns; no field is suggested twice.

    A column that has an item field's own name, or a rubric input's, is that and needs no suggestion.

    Args:
        inputs: the inputs of the rubric that will judge.
        unfit: fields that a column cannot be, by what it holds.
    """
    targets = {**{name: (name,) for name in inputs if name not in SYNONYMS}, **SYNONYMS}
    taken = {column for column in columns if column in targets or column == "responses"}
    if taken & {"response", *_PAIR, "responses"}:
        taken |= {"response", *_PAIR}
    found: list[tuple[float, int, int, str, str]] = []
    for place, column in enumerate(columns):
        if column in targets or column.startswith("human.") or column == "responses":
            continue
        for field, names in targets.items():
            if field in taken or field in (unfit or {}).get(column, ()):
                continue
            score, rank = _likeness(_normal(column), names)
            if score >= CLOSE:
                found.append((-score, rank, place, column, field))
    chosen: dict[str, Suggestion] = {}
    fields: set[str] = set()
    for negative, _, _, column, field in sorted(found):
        if column not in chosen and field not in fields:
            chosen[column] = Suggestion(column, field, -negative)
            fields.add(field)
    _settle_answers(chosen)
    _name_raters(columns, chosen)
    return tuple(chosen[column] for column in columns if column in chosen)


def likely_response(columns: Sequence[str]) -> dict[str, str] | None:
    """The column that is likely to hold the answer, or the two of a pair, with its field; None when none is."""
    answers = {each.column: each.field for each in suggest(columns) if each.field in {"response", *_PAIR}}
    return answers or None


def read_names(pairs: Iterable[str]) -> dict[str, str]:
    """Read `column=field` texts; `column=` leaves the column out.

    Raises:
        InputError: if one is no such pair, or a column is named twice.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        column, separator, field = pair.partition("=")
        if not separator or not column.strip():
            raise InputError(
                f"{pair!r} names no column and field.", "Write --map column=field.", field="--map"
            )
        if column.strip() in found:
            raise InputError(f"the column {column.strip()!r} is mapped twice.", "Map it once.", field="--map")
        found[column.strip()] = field.strip()
    return found


def require_columns(names: Mapping[str, str], columns: Sequence[str]) -> None:
    """Make sure that what is mapped is there.

    Raises:
        InputError: naming the nearest column.
    """
    for column in names:
        if column not in columns:
            near = nearest(column, columns)
            hint = f"Did you mean {near}?" if near else f"There are {', '.join(columns[:20])}."
            raise InputError(f"there is no column {column!r}.", hint, field="--map")


def _normal(column: str) -> str:
    """The name in lower case, its words set apart by `_`: `userPrompt` and `output1` as `user_prompt` and `output_1`."""
    words = re.sub(r"[\W_]+", "_", _CAMEL.sub("_", column.strip())).casefold().strip("_")
    return re.sub(r"(?<=[a-z])(?=\d+$)", "_", words)


def _likeness(name: str, synonyms: Sequence[str]) -> tuple[float, int]:
    """The likeness to the synonym most like it, and where that stands in the list."""
    if name in synonyms:
        return 100.0, synonyms.index(name)
    from rapidfuzz import fuzz

    # A digit or letter at the end tells answers apart, so it may not differ.
    scores = [
        (fuzz.ratio(name, each) if _tail(name) == _tail(each) else 0.0, -rank)
        for rank, each in enumerate(synonyms)
    ]
    score, rank = max(scores)
    return score, -rank


def _tail(name: str) -> str:
    last = name.rpartition("_")[2]
    return last if last.isdigit() or len(last) == 1 else ""


def _settle_answers(chosen: dict[str, Suggestion]) -> None:
    """An item holds one answer or a pair: a whole pair goes before one answer, half a pair is none."""
    by_field = {each.field: column for column, each in chosen.items()}
    whole = all(field in by_field for field in _PAIR)
    for field in ("response", "model") if whole else (*_PAIR, "model_a", "model_b"):
        if field in by_field:
            del chosen[by_field[field]]


def _name_raters(columns: Sequence[str], chosen: dict[str, Suggestion]) -> None:
    """Columns such as `annotator1` and `human_b` are what raters of that name said."""
    for column in columns:
        name = _normal(column)
        if name in _NO_RATERS or not _RATER.fullmatch(name):
            continue
        if column not in chosen or chosen[column].field == "human":
            chosen[column] = Suggestion(column, f"human.{column}", 100.0)
