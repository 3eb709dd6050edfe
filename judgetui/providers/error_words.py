"""What the body of an error says, in one line for people and for what a judge learns of it."""

from __future__ import annotations

from collections.abc import Mapping


def error_words(told: object) -> str:
    """What an error says, without what it quotes of the request; empty where it cannot be told.

    Args:
        told: the error's details, or a part of them. FastAPI's 422 lists mistakes, each with a place (`loc`), words
            (`msg`) and the `input` that was sent, in which the prompt may be
            (fastapi.tiangolo.com/tutorial/handling-errors).
    """
    match told:
        case str():
            return told
        case list():
            return "; ".join(words for each in told if (words := error_words(each)))
        case {"msg": str(message), **more}:
            place = _place(more.get("loc"))
            return f"{place}: {message}" if place else message
        case Mapping():
            return error_words(told.get("message") or told.get("detail"))
    return ""


def _place(place: object) -> str:
    """The part of the request that a mistake is in, its name between quotes: `'text'.format`."""
    names = [str(name) for name in place] if isinstance(place, list) else []
    if names[:1] == ["body"]:
        del names[0]
    return ".".join([f"'{names[0]}'", *names[1:]]) if names else ""
