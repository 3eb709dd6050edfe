"""Win rates of models against a baseline, plain and length-controlled, from judgements of pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from judgetui.analysis.figures import Figure
from judgetui.analysis.length_control import LengthControlled, length_controlled
from judgetui.analysis.length_fit import Row
from judgetui.analysis.win_rates import preference_of, preference_rates
from judgetui.core.item import Item, Response
from judgetui.core.judgement import Judgement
from judgetui.core.reading import type_name
from judgetui.core.run import Run
from judgetui.core.vote import ScoreSource, Status, Verdict
from judgetui.datasets import read_items
from judgetui.datasets.json_text import decode_lines
from judgetui.datasets.lines import name_of, opened
from judgetui.errors import InputError, Place
from judgetui.services.rating import model_of, verdict_of
from judgetui.storage.database import SessionFile

_EXAMPLE: Final = '{"id": "1", "model_a": "x", "model_b": "y", "verdict": "A"}'

_WEIGHED: Final = (ScoreSource.LOGPROBS.value, ScoreSource.DECISION.value)
"""Where probabilities are the judge's own; shares of samples are not."""

NO_LENGTHS: Final = (
    "the judgements do not hold the answers, so their lengths are not known; give the items with --data"
)


@dataclass(frozen=True, slots=True)
class Duel:
    """One judge's verdict on a pair.

    Args:
        models: who gave A and B.
        verdict: None where there is none.
        better: the judge's own probability that B is better, ties half, 0 to 1; None where it gave none.
        lengths: characters of A and B; None where they are not known.
    """

    id: str
    judge: str
    models: tuple[str, str]
    verdict: Verdict | None
    better: float | None
    lengths: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A model against the baseline.

    Args:
        n: pairs with a preference.
        failed: pairs without one, which count nowhere but here.
        win_rate: in percent, ties half; the interval is a bootstrap by item.
        standard_error: of the win rate, in percent; None for a single pair.
        controlled: the win rate if answers had the baseline's length, in percent.
        fit: how it was found; None where it has no value.
    """

    model: str
    n: int
    failed: int
    win_rate: Figure
    standard_error: float | None
    controlled: Figure
    fit: LengthControlled | None


@dataclass(frozen=True, slots=True)
class Table:
    """Every model against the baseline, best first by the length-controlled rate where all have one.

    Args:
        weighed: whether preferences are the judge's probabilities, as in AlpacaEval 2, or its verdicts.
        unmatched: pairs whose answers are in no item.
    """

    baseline: str
    judge: str
    weighed: bool
    standings: tuple[Standing, ...]
    unmatched: int


def duels_in(path: Path, items: Path | None) -> list[Duel]:
    """The pairs of a judgements file.

    Args:
        path: `-` is stdin.
        items: the items that were judged, for the lengths of their answers; None leaves them out.

    Raises:
        InputError: with file, line and field for a line that cannot be used, or a file without lines.
    """
    lengths = {} if items is None else lengths_of(read_items(items))
    name = name_of(path)
    found: list[Duel] = []
    with opened(path) as file:
        for number, data in decode_lines(file, name, _EXAMPLE):
            try:
                found.append(_duel(data, lengths))
            except InputError as error:
                raise error.at(Place(name, number)) from None
    if not found:
        raise InputError("the file holds no judgements.", f"Write lines of {_EXAMPLE}.", place=Place(name))
    return found


async def duels_of(session: SessionFile, run: Run, judge: str) -> list[Duel]:
    """The pairs of a session's run, by one of its judges.

    Raises:
        InputError: if a pair does not name its models.
    """
    judgements = await session.read(lambda repos: repos.judgements.for_run(run.id, judge))
    return [_of_judgement(judgement) for judgement in judgements]


def one_judge(duels: Sequence[Duel], judge: str | None) -> list[Duel]:
    """The verdicts of one judge.

    Raises:
        InputError: if there are several and none is named, there are none of that one, or it judged an item twice.
    """
    known = dict.fromkeys(duel.judge for duel in duels)
    if judge is None and len(known) > 1:
        raise InputError(
            f"the judgements are those of {len(known)} judges, and figures would mix them.",
            f"Choose one with --judge: {', '.join(known)}.",
        )
    if judge is not None and judge not in known:
        raise InputError(f"there is no judgement of {judge!r}.", f"There are those of {', '.join(known)}.")
    chosen = [duel for duel in duels if judge in (None, duel.judge)]
    (identity, most), *_ = Counter(duel.id for duel in chosen).most_common(1)
    if most > 1:
        raise InputError(
            f"the id {identity!r} is there twice.", "Keep one judgement of each item.", field="id"
        )
    return chosen


def baseline_of(duels: Sequence[Duel], wanted: str | None) -> str:
    """The baseline: the model that is named, or the one that is in every pair.

    Raises:
        InputError: if it is in no pair, or none is named and no single model is in every pair.
    """
    counts = Counter(model for duel in duels for model in duel.models)
    models = ", ".join(name for name, _ in counts.most_common())
    if wanted is not None:
        if wanted not in counts:
            raise InputError(f"{wanted!r} is none of the models.", f"They are {models}.", field="--baseline")
        return wanted
    always = [name for name, count in counts.items() if count == len(duels)]
    if len(always) != 1:
        what = "no model is" if not always else "both models are"
        raise InputError(
            f"{what} in every pair.", f"Choose one with --baseline: {models}.", field="--baseline"
        )
    return always[0]


def table(duels: Sequence[Duel], baseline: str, *, by_verdict: bool = False, seed: int = 0) -> Table:
    """Win rates of every model that met the baseline.

    Preferences are the judge's probabilities where every verdict has some, as in AlpacaEval 2 (Dubois et al. 2024, arXiv
    2404.04475), else the verdicts with ties half. The length-controlled rate is AlpacaEval's, in its form for data of
    one's own: without the difficulty of instructions.

    Args:
        duels: of one judge, each item once.
        by_verdict: take verdicts even where there are probabilities.
        seed: of the bootstraps.
    """
    judged = [duel for duel in duels if duel.verdict is not None]
    weighed = not by_verdict and bool(judged) and all(duel.better is not None for duel in judged)
    met: dict[str, list[Duel]] = {}
    for duel in duels:
        if baseline in duel.models:
            met.setdefault(duel.models[duel.models[0] == baseline], []).append(duel)
    standings = [_standing(model, baseline, rows, weighed, seed) for model, rows in met.items()]
    controlled = all(each.controlled.value is not None for each in standings)
    standings.sort(key=lambda each: (-_rank(each, controlled), each.model))
    return Table(
        baseline=baseline,
        judge=duels[0].judge,
        weighed=weighed,
        standings=tuple(standings),
        unmatched=sum(duel.lengths is None for rows in met.values() for duel in rows),
    )


def lengths_of(items: Iterable[Item]) -> dict[str, tuple[int, int]]:
    """Characters of both answers of each pair, by id."""
    return {
        item.id: (_length(item.responses[0]), _length(item.responses[1]))
        for item in items
        if len(item.responses) == 2
    }


def _rank(standing: Standing, controlled: bool) -> float:
    figure = standing.controlled if controlled else standing.win_rate
    return -1.0 if figure.value is None else figure.value


def _length(response: Response) -> int:
    """Characters, as upstream counts them; of a conversation those of all turns."""
    return len(response) if isinstance(response, str) else sum(map(len, response))


def _standing(model: str, baseline: str, duels: Sequence[Duel], weighed: bool, seed: int) -> Standing:
    preferences = [_preference(duel, baseline, weighed) for duel in duels]
    rates = preference_rates(preferences, seed=seed)
    failed = sum(preference is None for preference in preferences)
    if rates is None:
        absent = Figure(None, 0, why="no pair has a verdict")
        return Standing(model, 0, failed, absent, None, absent, None)
    percent = rates.win_rate
    plain = Figure(percent.value, percent.n, percent.low, percent.high, percent.why)
    figure, fit = _controlled(duels, preferences, baseline, seed)
    return Standing(model, percent.n, failed, plain, rates.standard_error, figure, fit)


def _preference(duel: Duel, baseline: str, weighed: bool) -> float | None:
    """AlpacaEval's preference: 1 where the baseline is better, 2 where the model is."""
    if duel.verdict is None:
        return None
    if weighed and duel.better is not None:
        found: float | None = 1 + duel.better
    else:
        found = preference_of(duel.verdict)
    if found is None or duel.models[0] == baseline:
        return found
    return 3 - found


def _controlled(
    duels: Sequence[Duel], preferences: Sequence[float | None], baseline: str, seed: int
) -> tuple[Figure, LengthControlled | None]:
    n = sum(preference is not None for preference in preferences)
    rows: list[Row] = []
    for duel, preference in zip(duels, preferences, strict=True):
        if duel.lengths is not None and preference is not None:
            first, second = duel.lengths if duel.models[0] == baseline else duel.lengths[::-1]
            rows.append(Row(preference, first, second))
    if not rows:
        return Figure(None, n, why=NO_LENGTHS), None
    try:
        fit = length_controlled(rows, seed=seed)
    except InputError as error:
        return Figure(None, len(rows), why=f"{error.message} {error.hint}".strip()), None
    notes = [fit.why]
    if len(rows) < n:
        notes.append(f"{n - len(rows)} pairs without lengths are left out")
    if fit.shrunk:
        notes.append("cross-validation left no weight, so that it is 50 whatever the rows say")
    elif fit.extreme:
        notes.append("far from the plain rate: the fit may have failed")
    if not fit.converged:
        notes.append("the fit did not converge")
    return Figure(fit.value, fit.n, fit.low, fit.high, "; ".join(filter(None, notes))), fit


def _of_judgement(judgement: Judgement) -> Duel:
    item, out = judgement.item, judgement.outcome
    if len(item.models) != 2 or None in item.models or item.models[0] == item.models[1]:
        raise InputError(
            f"item {item.id} of run {judgement.run_id} does not name two models.",
            "Name the models that answered; in items the fields are model_a and model_b.",
        )
    source = None if out.source is None else out.source.value
    return Duel(
        id=item.id,
        judge=judgement.judge,
        models=(str(item.models[0]), str(item.models[1])),
        verdict=out.verdict if out.status is Status.OK else None,
        better=_better(source, out.probabilities),
        lengths=lengths_of([item]).get(item.id),
    )


def _duel(data: object, lengths: Mapping[str, tuple[int, int]]) -> Duel:
    if not isinstance(data, Mapping):
        raise InputError("the line is no JSON object.", f"Write {_EXAMPLE}.")
    identity = data.get("id")
    if identity is None or isinstance(identity, bool) or not isinstance(identity, str | int):
        raise InputError("there is no id.", "Every line needs the id of its item.", field="id")
    judge = data.get("judge")
    model_a, model_b = model_of(data, "model_a"), model_of(data, "model_b")
    if model_a == model_b:
        raise InputError(f"{model_a!r} is compared with itself.", "Leave the line out.", field="model_b")
    shares = data.get("probabilities")
    return Duel(
        id=str(identity),
        judge=judge if isinstance(judge, str) else "",
        models=(model_a, model_b),
        verdict=verdict_of(data),
        better=_better(data.get("score_source"), {} if shares is None else _shares(shares)),
        lengths=lengths.get(str(identity)),
    )


def _shares(value: object) -> Mapping[str, float]:
    if not isinstance(value, Mapping):
        raise InputError(
            f"expected an object, found {type_name(value)}.",
            'Write {"A": 0.7, "B": 0.3}.',
            field="probabilities",
        )
    for key, share in value.items():
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1.000001:
            raise InputError(f"{share!r} is no share of 1.", field=f"probabilities.{key}")
    return {str(key): float(share) for key, share in value.items()}


def _better(source: object, shares: Mapping[str, float]) -> float | None:
    """The judge's probability that B is better, a tie being half, among the verdicts that it gave any to."""
    known = {verdict: shares.get(verdict.value, 0.0) for verdict in Verdict}
    total = sum(known.values())
    if source not in _WEIGHED or total <= 0:
        return None
    return (known[Verdict.B] + (known[Verdict.TIE] + known[Verdict.BOTH_BAD]) / 2) / total
