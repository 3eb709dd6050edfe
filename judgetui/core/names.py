"""Names that an input field may not have."""

from __future__ import annotations

from typing import Final

_ALWAYS_THERE: Final = frozenset(
    {"task", "title", "criterion", "criteria", "scale", "steps", "examples", "fields"}
    | {"response", "response_a", "response_b", "responses"}
)
"""What a template knows without being told."""

_NOT_SHOWN: Final = frozenset(
    {"id", "model", "model_a", "model_b", "models", "human", "category", "group", "split"}
)
"""Columns of an item that say who answered or what is known of it."""

_TEMPLATE_WORDS: Final = frozenset(
    {"true", "false", "none", "True", "False", "None", "and", "or", "not", "in", "is", "if", "else", "for"}
    | {
        "loop",
        "self",
        "super",
        "caller",
        "varargs",
        "kwargs",
        "range",
        "dict",
        "cycler",
        "joiner",
        "namespace",
    }
)


def name_problem(name: str) -> tuple[str, str] | None:
    """Why an input field cannot have this name and what to do, or None."""
    if name in _ALWAYS_THERE:
        return f"{name!r} is always there and cannot be an input.", "Remove it, or choose another name."
    if name in _NOT_SHOWN:
        return f"{name!r} is not shown to a judge and cannot be an input.", "Remove it, or rename the column."
    if name in _TEMPLATE_WORDS:
        return f"{name!r} is a word of the template language.", "Choose another name."
    if not name.isidentifier():
        return f"{name!r} is not a field name.", "Use letters, digits and underscores, as in `source_text`."
    return None
