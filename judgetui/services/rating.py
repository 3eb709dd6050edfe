"""Ratings of models from verdicts on pairs: those of a file, which is read line by line, or of a session's run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from judgetui.analysis.ratings import Games
from judgetui.config.paths import Paths
from judgetui.core.judgement import JudgedItem
from judgetui.core.protocols.cards import TaskType
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reading import nearest
from judgetui.core.run import Run, own_first
from judgetui.core.vote import Status, Verdict
from judgetui.datasets.json_text import decode_lines
from judgetui.datasets.lines import STDIN, name_of, opened
from judgetui.errors import InputError, Place
from judgetui.services.headless import known_session, session_file
from judgetui.storage import files
from judgetui.storage.database import SessionFile

_EXAMPLE: Final = '{"model_a": "x", "model_b": "y", "verdict": "A"}'

_STATUSES: Final = frozenset(status.value for status in Status)
_VERDICTS: Final = {verdict.value: verdict for verdict in Verdict}


def session_named(paths: Paths, text: str) -> Path | None:
    """The session that a text names, where commands take a file or a session; None when it is a file."""
    path = Path(text).expanduser()
    if path.suffix == files.SUFFIX:
        return known_session(paths, text)
    if path.exists() or path == STDIN or path.name != text:
        return None
    found = session_file(paths, text)
    return found if found.exists() else None


async def pairwise_run(session: SessionFile, number: int | None) -> Run:
    """A session's run by its number, or the newest one with verdicts on pairs.

    Raises:
        InputError: if there is none.
    """
    if number is not None:
        return await session.read(lambda repos: repos.runs.get(number))
    for run in own_first(await session.read(lambda repos: repos.runs.all())):
        if run.done and get_protocol(run.protocol).card.task_type is TaskType.PAIRWISE:
            return run
    raise InputError(
        f"{session.path} has no run that compared pairs.", "Run a rubric of a pairwise protocol."
    )


async def games_of(session: SessionFile, run: Run, judge: str | None = None) -> Games:
    """The games of a run: a verdict of each judge on each pair is one.

    Args:
        judge: only this one's verdicts; None takes those of all judges.

    Raises:
        InputError: if the run did not ask that judge, has no verdict, or a pair does not name its models.
    """
    if judge is not None and judge not in run.judges:
        raise InputError(
            f"run {run.id} has no judge {judge!r}.", f"It has {', '.join(run.judges)}.", field="--judge"
        )
    games = Games()
    for each in run.judges if judge is None else (judge,):
        for judged in await _judged(session, run, each):
            if len(judged.models) != 2 or None in judged.models:
                raise InputError(
                    f"item {judged.item_id} of run {run.id} does not name two models.",
                    "Name the models that answered; in items the fields are model_a and model_b.",
                )
            model_a, model_b = judged.models
            games.add(str(model_a), str(model_b), judged.verdict)
    if not games.n:
        raise InputError(f"no judgement of run {run.id} has a verdict.", "Their status says why.")
    return games


async def _judged(session: SessionFile, run: Run, judge: str) -> list[JudgedItem]:
    return await session.read(lambda repos: repos.judgements.figures(run.id, judge))


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
    model_a, model_b = (model_of(data, field) for field in ("model_a", "model_b"))
    if model_a == model_b:
        raise InputError(f"{model_a!r} is compared with itself.", "Leave the line out.", field="model_b")
    games.add(model_a, model_b, verdict_of(data))


def model_of(data: Mapping[str, object], field: str) -> str:
    """The model that a field of a line names.

    Raises:
        InputError: if it names none.
    """
    model = data.get(field)
    if isinstance(model, str) and model.strip():
        return model
    said = "there is none" if model is None else f"{model!r} is no name"
    raise InputError(
        f"{said}.", "Name the models that answered; in items the fields are model_a and model_b.", field=field
    )


def verdict_of(data: Mapping[str, object]) -> Verdict | None:
    """The verdict of a line; None where its status is not ok.

    Raises:
        InputError: if status or verdict is not known, or there is no verdict.
    """
    status, verdict = data.get("status"), data.get("verdict")
    if status is not None and status != Status.OK:
        if status in _STATUSES:
            return None
        raise InputError(f"{status!r} is no status.", f"Use one of {', '.join(Status)}.", field="status")
    if isinstance(verdict, str) and verdict in _VERDICTS:
        return _VERDICTS[verdict]
    known = ", ".join(Verdict)
    if verdict is None:
        raise InputError(
            "there is none.",
            f"Write one of {known}; judgements of single answers have none.",
            field="verdict",
        )
    near = nearest(str(verdict), Verdict)
    hint = f"Did you mean {near}?" if near else f"Use one of {known}."
    raise InputError(f"{verdict!r} is no verdict.", hint, field="verdict")
