"""Records of other tools as items: chats, completions, ShareGPT.

Formats: OpenAI's chat completions and fine-tuning files (`messages`, platform.openai.com/docs/api-reference/chat and
.../guides/fine-tuning), OpenAI Evals (`input` and `ideal`, github.com/openai/evals, docs/build-eval.md), legacy
fine-tuning (`prompt` and `completion`), preferences (`input.messages`, `preferred_output`, `non_preferred_output`), and
ShareGPT (`conversations` of `from` and `value`, as FastChat's docs/training.md has it).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final

from judgetui.core.reading import type_name
from judgetui.errors import ItemError

Record = Mapping[str, object]
Turn = dict[str, str]


class Shape(StrEnum):
    """What the records of a file are."""

    ITEMS = "items"
    CHAT = "chat"
    EVALS = "evals"
    PREFERENCE = "preference"
    SHAREGPT = "sharegpt"


TITLES: Final = {
    Shape.ITEMS: "items",
    Shape.CHAT: "OpenAI chats",
    Shape.EVALS: "OpenAI evals",
    Shape.PREFERENCE: "OpenAI preferences",
    Shape.SHAREGPT: "ShareGPT conversations",
}

_ROLES: Final = {
    "human": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
}
"""ShareGPT's names of roles that are not OpenAI's."""


def shape_of(records: Iterable[object]) -> Shape:
    """What most of some records are; items when none is anything else."""
    counts = dict.fromkeys(Shape, 0)
    for record in records:
        counts[_shape(record)] += 1
    return max(Shape, key=lambda shape: counts[shape])


def item_record(shape: Shape, record: object) -> object:
    """The record in the columns of an items file; what is none of this shape stays as it is.

    Raises:
        ItemError: naming the field, for a conversation that cannot be read.
    """
    if shape is Shape.ITEMS or not isinstance(record, Mapping) or _shape(record) is not shape:
        return record
    return _READERS[shape](record)


def _shape(record: object) -> Shape:
    if not isinstance(record, Mapping):
        return Shape.ITEMS
    if any(record.get(key) is not None for key in ("response", "response_a", "responses")):
        return Shape.ITEMS
    if isinstance(record.get("messages"), list):
        return Shape.CHAT
    if isinstance(record.get("conversations"), list):
        return Shape.SHAREGPT
    if "preferred_output" in record and "non_preferred_output" in record:
        return Shape.PREFERENCE
    given = record.get("input", record.get("prompt"))
    if isinstance(given, list) and given and isinstance(given[0], Mapping):
        return Shape.EVALS
    return Shape.ITEMS


def _chat(record: Record) -> dict[str, object]:
    rest = {key: value for key, value in record.items() if key != "messages"}
    return _answered(turns_of(record["messages"], "messages"), "messages") | rest


def _sharegpt(record: Record) -> dict[str, object]:
    rest = {key: value for key, value in record.items() if key not in {"conversations", "system"}}
    turns = turns_of(record["conversations"], "conversations")
    if isinstance(system := record.get("system"), str) and system:
        turns.insert(0, {"role": "system", "content": system})
    return _answered(turns, "conversations") | rest


def _evals(record: Record) -> dict[str, object]:
    """What was asked is the conversation; `ideal` is the reference, `completion` the answer."""
    asked = "input" if isinstance(record.get("input"), list) else "prompt"
    rest = {key: value for key, value in record.items() if key not in {asked, "completion", "ideal"}}
    found = _asked(turns_of(record[asked], asked))
    completion, ideal = record.get("completion"), record.get("ideal")
    if completion is not None:
        found["response"] = _answer(completion, "completion")
    if ideal is not None:
        found["reference"] = ideal
    return found | rest


def _preference(record: Record) -> dict[str, object]:
    """The preferred answer stands first; that it is preferred is what a person said."""
    given = record.get("input")
    messages = given.get("messages") if isinstance(given, Mapping) else given
    kept = {"input", "preferred_output", "non_preferred_output"}
    rest = {key: value for key, value in record.items() if key not in kept}
    return (
        _asked(turns_of(messages, "input.messages"))
        | {
            "response_a": _answer(record["preferred_output"], "preferred_output"),
            "response_b": _answer(record["non_preferred_output"], "non_preferred_output"),
            "human": "A",
        }
        | rest
    )


_READERS: Final[Mapping[Shape, Callable[[Record], dict[str, object]]]] = {
    Shape.CHAT: _chat,
    Shape.SHAREGPT: _sharegpt,
    Shape.EVALS: _evals,
    Shape.PREFERENCE: _preference,
}


def turns_of(value: object, field: str) -> list[Turn]:
    """The turns of a conversation, of OpenAI's or ShareGPT's form, each with role and text.

    Of content in parts the texts are kept; a part that is no text is named in brackets. Calls of tools are kept as
    JSON.

    Raises:
        ItemError: naming the field.
    """
    if not isinstance(value, list):
        raise ItemError(f"expected a list of turns, found {type_name(value)}.", _EXAMPLE, field=field)
    return [_turn(turn, f"{field}.{index}") for index, turn in enumerate(value)]


_EXAMPLE: Final = 'Write [{"role": "user", "content": "..."}, ...].'


def _turn(turn: object, field: str) -> Turn:
    if not isinstance(turn, Mapping):
        raise ItemError(f"expected a turn, found {type_name(turn)}.", _EXAMPLE, field=field)
    role = turn.get("role", turn.get("from"))
    if not isinstance(role, str) or not role:
        raise ItemError("the turn has no role.", _EXAMPLE, field=field)
    content = turn.get("content", turn.get("value"))
    if content is None and isinstance(refusal := turn.get("refusal"), str):
        content = refusal
    text = _content(content, f"{field}.content")
    if calls := turn.get("tool_calls"):
        import json

        text = "\n".join(part for part in (text, json.dumps(calls, ensure_ascii=False)) if part)
    return {"role": _ROLES.get(role.casefold(), role), "content": text}


def _content(content: object, field: str) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(_part(part, f"{field}.{index}") for index, part in enumerate(content))
    raise ItemError(f"expected text or parts, found {type_name(content)}.", _EXAMPLE, field=field)


def _part(part: object, field: str) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Mapping):
        if isinstance(text := part.get("text"), str):
            return text
        if isinstance(kind := part.get("type"), str):
            return f"[{kind}]"
    raise ItemError(f"expected a part with its type, found {type_name(part)}.", _EXAMPLE, field=field)


def _asked(turns: list[Turn]) -> dict[str, object]:
    """The conversation, and its last question."""
    found: dict[str, object] = {}
    questions = [turn["content"] for turn in turns if turn["role"] == "user"]
    if questions:
        found["question"] = questions[-1]
    if turns:
        found["conversation"] = turns
    return found


def _answered(turns: list[Turn], field: str) -> dict[str, object]:
    """What stands before the last answer, and that answer."""
    last = max((index for index, turn in enumerate(turns) if turn["role"] == "assistant"), default=None)
    if last is None:
        raise ItemError(
            "no turn is the assistant's, so there is no answer to judge.",
            "Add it as the last turn.",
            field=field,
        )
    return _asked(turns[:last]) | {"response": turns[last]["content"]}


def _answer(value: object, field: str) -> str:
    """An answer as text: itself, or the texts of its turns."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return "\n\n".join(value)
    return "\n\n".join(turn["content"] for turn in turns_of(value, field))
