"""Ratings of models from a file of verdicts, which is read line by line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from judgetui.analysis.ratings import Games
from judgetui.core.reading import nearest
from judgetui.core.vote import Status, Verdict
from judgetui.datasets.json_text import decode_lines
from judgetui.datasets.lines import name_of, opened
from judgetui.errors import InputError, Place

_EXAMPLE = '{"model_a": "x", "model_b": "y", "verdict": "A"}'


def games_in(path: Path) -> Games:
    """The games of JSONL lines, each `{"model_a", "model_b", "verdict"}` or a pairwise judgement.

    A judgement whose status is not ok has no verdict: it is skipped and counted. Only names and figures are
    held, however long the lines.

    Args:
        path: `-` is stdin.

    Raises:
        InputError: with file, line and field for a line that cannot be used, for a file that cannot be opened,
            and for one without a verdict.
    """
    name = name_of(path)
    games = Games()
    with opened(path) as file:
        for number, data in decode_lines(file, name, _EXAMPLE):
            try:
                _add(games, data)
            except InputError as error:
                raise error.at(Place(name, number)) from None
    if games.n:
        return games
    if games.skipped:
        raise InputError(
            f"none of {games.skipped} judgements has a verdict.", "Their status says why.", place=Place(name)
        )
    raise InputError("the file holds no verdicts.", f"Write lines of {_EXAMPLE}.", place=Place(name))


def _add(games: Games, data: object) -> None:
    if not isinstance(data, Mapping):
        raise InputError("the line is no JSON object.", f"Write {_EXAMPLE}.")
    model_a, model_b = (_model(data, field) for field in ("model_a", "model_b"))
    if model_a == model_b:
        raise InputError(f"{model_a!r} is compared with itself.", "Leave the line out.", field="model_b")
    games.add(model_a, model_b, _verdict(data))


def _model(data: Mapping[str, object], field: str) -> str:
    model = data.get(field)
    if isinstance(model, str) and model.strip():
        return model
    said = "there is none" if model is None else f"{model!r} is no name"
    raise InputError(
        f"{said}.", "Name the models that answered; in items the fields are model_a and model_b.", field=field
    )


def _verdict(data: Mapping[str, object]) -> Verdict | None:
    status = data.get("status")
    if status is not None and status not in list(Status):
        raise InputError(f"{status!r} is no status.", f"Use one of {', '.join(Status)}.", field="status")
    if status not in {None, Status.OK}:
        return None
    verdict = data.get("verdict")
    known = ", ".join(Verdict)
    if verdict is None:
        raise InputError(
            "there is none.",
            f"Write one of {known}; judgements of single answers have none.",
            field="verdict",
        )
    if verdict not in list(Verdict):
        near = nearest(str(verdict), Verdict)
        hint = f"Did you mean {near}?" if near else f"Use one of {known}."
        raise InputError(f"{verdict!r} is no verdict.", hint, field="verdict")
    return Verdict(str(verdict))
