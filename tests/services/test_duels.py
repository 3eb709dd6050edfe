"""Win rates against a baseline: counts, sides, probabilities, lengths from a file and from a session."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from math import tanh
from pathlib import Path

import pytest

from judgetui.analysis.length_control import length_controlled
from judgetui.analysis.length_fit import Row
from judgetui.core.item import Item
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.run import Run, RunOrigin, RunSettings
from judgetui.core.vote import ScoreSource, Status, Verdict
from judgetui.errors import InputError
from judgetui.services.duels import NO_LENGTHS, Duel, baseline_of, duels_in, duels_of, one_judge, table
from judgetui.services.rating import games_of, pairwise_run
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories
from tests.services.panels import GRADES, NOW, PAIRS

A, B, TIE, BAD = Verdict.A, Verdict.B, Verdict.TIE, Verdict.BOTH_BAD


def duel(
    number: int,
    verdict: Verdict | None,
    models: tuple[str, str] = ("base", "m"),
    better: float | None = None,
    lengths: tuple[int, int] | None = None,
    judge: str = "j",
) -> Duel:
    return Duel(f"p{number}", judge, models, verdict, better, lengths)


def many(count: int, seed: int = 0) -> list[Duel]:
    """Pairs in either order whose longer answer tends to win; the model's answers are the longer ones."""
    draw = random.Random(seed)
    found: list[Duel] = []
    for number in range(count):
        base = draw.randint(200, 2000)
        mine = int(base * draw.lognormvariate(0.2, 0.4))
        wins = draw.random() < 0.5 + 0.35 * tanh((mine - base) / 400)
        if number % 2:
            found.append(duel(number, B if wins else A, lengths=(base, mine)))
        else:
            found.append(duel(number, A if wins else B, ("m", "base"), lengths=(mine, base)))
    return found


def test_ties_count_half_and_failures_not_at_all() -> None:
    verdicts = [B, B, B, A, TIE, BAD, None]
    found = table([duel(n, verdict) for n, verdict in enumerate(verdicts)], "base")
    (standing,) = found.standings
    assert (standing.model, standing.n, standing.failed) == ("m", 6, 1)
    assert standing.win_rate.value == pytest.approx(100 * 4 / 6)
    assert standing.win_rate.low is not None and standing.standard_error is not None
    assert standing.controlled.value is None and standing.controlled.why == NO_LENGTHS


def test_either_side_may_be_the_baselines() -> None:
    first = table([duel(0, B), duel(1, A, ("m", "base")), duel(2, A), duel(3, None)], "base").standings[0]
    assert first.n == 3 and first.win_rate.value == pytest.approx(200 / 3)
    swapped = table([duel(0, B), duel(1, A, ("m", "base")), duel(2, A)], "m").standings[0]
    assert swapped.model == "base" and swapped.win_rate.value == pytest.approx(100 / 3)


def test_probabilities_count_where_every_verdict_has_some() -> None:
    duels = [duel(0, B, better=0.9), duel(1, A, ("m", "base"), better=0.4), duel(2, None)]
    soft = table(duels, "base")
    assert soft.weighed and soft.standings[0].win_rate.value == pytest.approx(100 * (0.9 + 0.6) / 2)
    assert table(duels, "base", by_verdict=True).standings[0].win_rate.value == 100
    mixed = table([*duels, duel(3, A)], "base")
    assert not mixed.weighed and mixed.standings[0].win_rate.value == pytest.approx(200 / 3)


def test_length_control_is_that_of_the_rows() -> None:
    duels = many(120)
    found = table(duels, "base").standings[0]
    rows = [
        Row(2.0 if (d.verdict is B) == (d.models[0] == "base") else 1.0, *_from_baseline(d)) for d in duels
    ]
    wanted = length_controlled(rows)
    assert found.controlled.value == pytest.approx(wanted.value)
    assert (found.controlled.low, found.controlled.high) == (wanted.low, wanted.high)
    assert found.fit is not None and found.fit.weights.length < 0  # longer answers win
    assert found.win_rate.value is not None and found.controlled.value is not None
    assert found.controlled.value < found.win_rate.value


def _from_baseline(found: Duel) -> Sequence[int]:
    assert found.lengths is not None
    return found.lengths if found.models[0] == "base" else found.lengths[::-1]


def test_too_few_pairs_for_a_fit_say_so() -> None:
    found = table([duel(n, B, lengths=(10, 20 + n)) for n in range(3)], "base").standings[0]
    assert found.controlled.value is None and "length control needs 5" in found.controlled.why
    assert found.win_rate.value == 100


def test_pairs_without_lengths_are_counted() -> None:
    found = table([*many(40), duel(100, B)], "base")
    assert found.unmatched == 1
    assert found.standings[0].n == 41 and found.standings[0].controlled.n == 40
    assert "1 pairs without lengths" in found.standings[0].controlled.why


def test_a_model_without_verdicts_has_no_rate() -> None:
    found = table([duel(0, None), duel(1, B, ("base", "n"))], "base")
    assert [standing.model for standing in found.standings] == ["n", "m"]
    nothing = found.standings[1]
    assert (nothing.n, nothing.failed, nothing.win_rate.value) == (0, 1, None) and nothing.win_rate.why


def test_the_baseline_is_the_model_in_every_pair() -> None:
    duels = [duel(0, A), duel(1, A, ("n", "base"))]
    assert baseline_of(duels, None) == "base"
    with pytest.raises(InputError, match="both models are"):
        baseline_of(duels[:1], None)
    with pytest.raises(InputError, match="no model is"):
        baseline_of([*duels, duel(2, A, ("x", "y"))], None)
    with pytest.raises(InputError, match="none of the models"):
        baseline_of(duels, "z")


def test_judges_are_not_mixed() -> None:
    duels = [duel(0, A), duel(0, A, judge="k")]
    with pytest.raises(InputError, match="2 judges"):
        one_judge(duels, None)
    assert one_judge(duels, "k") == duels[1:]
    with pytest.raises(InputError, match="no judgement of 'q'"):
        one_judge(duels, "q")
    with pytest.raises(InputError, match="twice"):
        one_judge([duels[0], duels[0]], None)


# files


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


LINE = {"id": "p0", "judge": "j", "model_a": "base", "model_b": "m", "status": "ok", "verdict": "B"}


def test_lengths_come_from_the_items(tmp_path: Path) -> None:
    items = write(
        tmp_path / "items.jsonl",
        {"id": "p0", "response_a": "four", "response_b": ["two", "turns"]},
        {"id": "p9", "response_a": "x", "response_b": "y"},
    )
    path = write(tmp_path / "j.jsonl", LINE, LINE | {"id": "p1", "status": "failed", "verdict": None})
    assert duels_in(path, items) == [
        duel(0, B, lengths=(4, 8)),
        duel(1, None),
    ]


@pytest.mark.parametrize(
    ("more", "better"),
    [
        ({"score_source": "logprobs", "probabilities": {"A": 0.2, "B": 0.6, "tie": 0.2}}, 0.7),
        ({"score_source": "logprobs", "probabilities": {"A": 0.1, "B": 0.3}}, 0.75),
        ({"score_source": "samples", "probabilities": {"A": 0.2, "B": 0.8}}, None),
        ({"score_source": "logprobs", "probabilities": {}}, None),
    ],
)
def test_only_the_judges_own_probabilities_count(
    tmp_path: Path, more: dict[str, object], better: float | None
) -> None:
    (found,) = duels_in(write(tmp_path / "j.jsonl", LINE | more), None)
    assert found.better == (None if better is None else pytest.approx(better))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({**LINE, "id": None}, "no id"),
        ({**LINE, "model_b": "base"}, "compared with itself"),
        ({**LINE, "model_a": None}, "there is none"),
        ({**LINE, "verdict": "C"}, "no verdict"),
        ({**LINE, "probabilities": 3}, "expected an object"),
        ({**LINE, "probabilities": {"A": 3}}, "no share"),
        ([1], "no JSON object"),
    ],
)
def test_lines_that_cannot_be_used_are_placed(tmp_path: Path, line: object, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        duels_in(write(tmp_path / "j.jsonl", LINE, line), None)
    place = caught.value.place
    assert place is not None
    assert place.line == 2


def test_a_file_without_lines(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no judgements"):
        duels_in(write(tmp_path / "j.jsonl"), None)


# sessions


async def stored(path: Path, models: tuple[str | None, ...] = ("base", "m")) -> tuple[SessionFile, Run]:
    """A run of two judges on three pairs; the second has no verdict of the last, and the newest run is of scores."""
    items = [Item(f"p{n}", ("one", "three"), {"question": "q"}, models=models) for n in range(3)]
    said: dict[str, list[Verdict | None]] = {"x": [A, B, B], "y": [B, B, None]}

    def store(repos: Repositories) -> Run:
        version = repos.rubrics.create(PAIRS, "")
        run = repos.runs.create(version.id, list(said), RunSettings(), RunOrigin.LIVE, items, "me")
        for judge, verdicts in said.items():
            for position, (item, verdict) in enumerate(zip(items, verdicts, strict=True)):
                out = (
                    Outcome(Status.REFUSED)
                    if verdict is None
                    else Outcome(
                        Status.OK,
                        verdict=verdict,
                        source=ScoreSource.LOGPROBS,
                        probabilities={"A": 0.25, "B": 0.75},
                    )
                )
                repos.judgements.put(
                    Judgement(
                        run.id,
                        position,
                        item,
                        item.content_hash,
                        "pairs",
                        "",
                        PAIRS.protocol,
                        judge,
                        out,
                        (),
                        NOW,
                    )
                )
        grades = repos.rubrics.create(replace(GRADES, name="grades"), "")
        single = [Item("s", ("one",), {"question": "q"})]
        other = repos.runs.create(grades.id, ["x"], RunSettings(), RunOrigin.LIVE, single, "me")
        repos.judgements.put(
            Judgement(
                other.id, 0, single[0], single[0].content_hash, "grades", "", GRADES.protocol, "x",
                Outcome(Status.OK, score=3.0), (), NOW,
            )
        )  # fmt: skip
        return run

    session = SessionFile.create(path / "s.db", "s")
    return session, await session.write(store)


async def test_a_session_knows_the_lengths(tmp_path: Path) -> None:
    session, run = await stored(tmp_path)
    with session:
        assert await pairwise_run(session, None) == await session.read(lambda repos: repos.runs.get(run.id))
        found = await duels_of(session, run, "x")
    assert found[0] == Duel("p0", "x", ("base", "m"), A, 0.75, (3, 5))
    assert [each.verdict for each in found] == [A, B, B]


async def test_a_sessions_verdicts_are_games(tmp_path: Path) -> None:
    session, run = await stored(tmp_path)
    with session:
        everyone, one = await games_of(session, run), await games_of(session, run, "y")
        with pytest.raises(InputError, match="no judge 'q'"):
            await games_of(session, run, "q")
    assert (everyone.n, everyone.skipped, list(everyone.models)) == (5, 1, ["base", "m"])
    assert (one.n, one.skipped, list(one.halves)) == (2, 1, [0, 0])


async def test_models_must_be_named(tmp_path: Path) -> None:
    session, run = await stored(tmp_path, ())
    with session:
        for work in (games_of(session, run), duels_of(session, run, "x")):
            with pytest.raises(InputError, match="does not name two models"):
                await work


async def test_a_session_may_have_no_run_of_pairs(tmp_path: Path) -> None:
    session = SessionFile.create(tmp_path / "e.db", "e")
    with session, pytest.raises(InputError, match="no run that compared pairs"):
        await pairwise_run(session, None)
