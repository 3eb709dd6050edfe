"""A run's jury: items put together, judges counted, cascades, files, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from judgetui.analysis.dawid_skene import fit
from judgetui.analysis.juries import Kind, Rule
from judgetui.core.item import Item
from judgetui.core.judgement import Judgement
from judgetui.core.reply import Usage
from judgetui.core.rubric import Rubric
from judgetui.core.vote import Status, Verdict
from judgetui.errors import InputError
from judgetui.services.juries import Jury, jury_of, jury_words
from tests.services.panels import CHECKS, GRADES, LISTS, NOW, PAIRS, Said, each, judged, outcome


async def jury(
    path: Path, rubric: Rubric, rows: Sequence[Said], rule: Rule | None = None, **more: object
) -> Jury:
    session, run = await judged(path, rubric, rows, **more)  # type: ignore[arg-type]
    with session:
        return await jury_of(session, run, rule)


async def test_verdicts_are_put_together_by_majority(tmp_path: Path) -> None:
    found = await jury(tmp_path / "s.db", PAIRS, each(["AAB", "ABB", "AT-", "---", "A- ", "AB "]))
    assert (found.rule, found.kind) == (Rule.MAJORITY, Kind.VERDICT)
    verdicts = [item.ruling.outcome.verdict for item in found.items]
    assert verdicts == [Verdict.A, Verdict.B, None, None, Verdict.A, Verdict.TIE]
    assert found.counts == {"decided": 4, "draw": 1, "failed": 1}
    assert {text: (rate.hits, rate.n) for text, rate in found.shares.items()} == {
        "A": (2, 4),
        "B": (1, 4),
        "tie": (1, 4),
    }
    x, _, z = found.jurors
    assert (x.asked, x.spoke, z.asked, z.spoke) == (6, 5, 4, 2)
    assert z.agreement is not None and x.agreement is not None
    assert (z.agreement.figure.n, z.agreement.figure.value, z.agreement.undecided) == (1, 0.0, 1)
    # x against y and z: split, B, tie, -, nobody, B
    assert (x.agreement.figure.n, x.agreement.figure.value, x.agreement.undecided) == (3, 0.0, 2)


async def test_scores_are_averaged_and_points_may_be_counted(tmp_path: Path) -> None:
    rows: list[Said] = [{"x": 4.0, "y": 4.0, "z": 1.0}, {"x": 5.0, "y": Status.UNPARSED, "z": 4.0}]
    found = await jury(tmp_path / "s.db", GRADES, rows)
    assert (found.rule, [item.ruling.outcome.score for item in found.items]) == (Rule.MEAN, [3.0, 4.5])
    assert found.mean is not None and (found.mean.value, found.mean.n) == (3.75, 2)
    assert list(found.shares) == ["3", "4"]
    counted = await jury(tmp_path / "t.db", GRADES, rows, Rule.MAJORITY)
    assert [item.ruling.outcome.score for item in counted.items] == [4.0, None]
    assert counted.counts["draw"] == 1


async def test_labels_have_a_majority_and_where_they_have_values_a_mean(tmp_path: Path) -> None:
    rows: list[Said] = [{"x": "pass", "y": "pass", "z": "fail"}]
    found = await jury(tmp_path / "s.db", CHECKS, rows)
    assert (found.kind, found.items[0].ruling.outcome.label) == (Kind.LABEL, "pass")
    assert found.items[0].ruling.outcome.score == 1.0
    averaged = await jury(tmp_path / "t.db", CHECKS, rows, Rule.MEAN)
    assert averaged.items[0].ruling.outcome.score == pytest.approx(2 / 3)
    assert list(averaged.shares) == ["1"]


async def test_rankings_are_averaged_by_their_points(tmp_path: Path) -> None:
    found = await jury(
        tmp_path / "s.db", LISTS, [{"x": (2.0, 1.0, 0.0), "y": (2.0, 0.0, 1.0), "z": (2.0, 1.0, 0.0)}]
    )
    assert found.rule is Rule.MEAN and found.items[0].ruling.outcome.ranking == (0, 1, 2)
    assert list(found.shares) == ["A > B > C"]


async def test_the_model_weighs_judges_and_keeps_to_what_was_said(tmp_path: Path) -> None:
    letters = ["AAB", "BBA"] * 15 + ["ABB", "BAA", "A B", "--B", "---"]
    found = await jury(tmp_path / "s.db", PAIRS, each(letters), Rule.DAWID_SKENE)
    assert (
        found.model is not None
        and found.model.classes == ("A", "B")
        and found.model.judges == ("x", "y", "z")
    )
    counts = [[[float(letter == one) for one in "AB"] for letter in row] for row in letters[:-1]]
    expected = fit(counts, resamples=2)
    assert found.model.fit.posterior == expected.posterior and found.model.fit.prior == expected.prior
    results = [item.ruling.outcome for item in found.items]
    for out, row in zip(results, expected.posterior, strict=False):
        assert out.probabilities == dict(zip("AB", row, strict=True))
        assert out.verdict == Verdict("A" if row[0] > row[1] else "B")
    assert results[-1].status is Status.FAILED, "nobody said anything"
    assert found.jurors[2].model == found.model.fit.judges[2]
    assert results[-2].verdict is Verdict.A, "z alone says B and is known to err"


async def test_an_even_model_is_a_draw(tmp_path: Path) -> None:
    found = await jury(tmp_path / "s.db", CHECKS, [{"x": "pass", "y": "fail"}, {"x": "fail", "z": "pass"},
                                                   {"y": "pass", "z": "fail"}], Rule.DAWID_SKENE)  # fmt: skip
    assert [item.ruling.decided for item in found.items] == [False, False, False]
    assert found.items[0].ruling.outcome.detail == "equally probable: pass, fail."


async def test_of_a_cascade_the_last_judge_asked_decides(tmp_path: Path) -> None:
    found = await jury(tmp_path / "s.db", PAIRS, each(["A  ", "AB ", "ABA", "A- "]), cascade=0.8)
    assert found.rule is Rule.CASCADE
    results = [item.ruling.outcome for item in found.items]
    assert [out.verdict for out in results] == [Verdict.A, Verdict.B, Verdict.A, None]
    assert results[3].status is Status.FAILED
    assert [juror.asked for juror in found.jurors] == [4, 3, 1]
    assert all(juror.agreement is None for juror in found.jurors)
    assert found.counts == {"decided": 3, "draw": 0, "failed": 1}


async def test_a_line_has_the_keys_of_a_judgement_and_the_jurors(tmp_path: Path) -> None:
    found = await jury(tmp_path / "s.db", PAIRS, each(["AAB", "A- "]))
    item = found.items[0]
    line = found.line(item)
    assert set(line) == {*item.judgements[0].to_mapping(), "jurors"}
    assert line["judge"] == "jury(majority): x, y, z"
    assert (line["verdict"], line["status"], line["human"], line["votes"]) == ("A", "ok", "A", [])
    assert line["cost_usd"] is None, "the price of z is not known"
    assert line["usage"] == Usage(30, 3, 0).to_mapping()
    assert line["jurors"] == [
        {"judge": name, "status": "ok", "score": None, "label": None, "verdict": verdict, "answer_scores": []}
        for name, verdict in (("x", "A"), ("y", "A"), ("z", "B"))
    ]
    second = found.line(found.items[1])
    assert second["cost_usd"] == 1.0 and second["detail"] == "of 1 judge: A 1. 1 without a result."


@pytest.mark.parametrize(
    ("rubric", "rows", "more", "words"),
    [
        (PAIRS, each(["A  "]), {"judges": ["x"]}, ("one judge", "--judge")),
        (PAIRS, each(["AAB"]), {"rule": Rule.MEAN}, ("no mean", "majority")),
        (GRADES, [{"x": 3.5, "y": 4.0}], {"rule": Rule.MAJORITY}, ("not all points", "mean")),
        (GRADES, [{"x": 3.5, "y": 4.0, "z": 1.0}], {"rule": Rule.DAWID_SKENE}, ("not all points", "mean")),
        (LISTS, [{"x": (2.0, 1.0, 0.0)}], {"rule": Rule.MAJORITY}, ("rankings", "mean")),
        (PAIRS, each(["AA-", "AB "]), {"rule": Rule.DAWID_SKENE}, ("three judges", "majority")),
        (PAIRS, each(["---"]), {}, ("no judge", "resume")),
        (PAIRS, each(["AAB"]), {"rule": Rule.MAJORITY, "cascade": 0.5}, ("cascade", "--rule")),
    ],
    ids=["one judge", "verdicts", "scores", "scores by the model", "rankings", "two judges", "nothing", "cascade"],
)  # fmt: skip
async def test_what_cannot_be_put_together_is_refused_with_what_to_do(
    tmp_path: Path, rubric: Rubric, rows: Sequence[Said], more: dict[str, object], words: Sequence[str]
) -> None:
    with pytest.raises(InputError) as refused:
        await jury(tmp_path / "s.db", rubric, rows, **more)  # type: ignore[arg-type]
    assert all(word in str(refused.value) for word in words)


@pytest.mark.parametrize(
    ("rubric", "said", "words"),
    [
        (PAIRS, ("A", "A", "B"), "2 of 3: A"),
        (PAIRS, ("both_bad", "both_bad", "tie"), "2 of 3: both bad"),
        (PAIRS, ("A", "B"), "tie (A 1, B 1)"),
        (PAIRS, ("A", "tie"), "no majority (A 1, tie 1)"),
        (PAIRS, ("A", "A", Status.FAILED), "2 of 2: A, 1 without a result"),
        (GRADES, (4.0, 3.5), "mean of 2: 3.75"),
        (CHECKS, ("pass", "fail", "pass"), "2 of 3: pass"),
        (LISTS, ((2.0, 1.0, 0.0), (2.0, 0.0, 1.0)), "mean of 2: A > B = C"),
        (PAIRS, (Status.FAILED, Status.FAILED), ""),
    ],
)
def test_an_item_in_a_few_words(rubric: Rubric, said: Sequence[object], words: str) -> None:
    item = Item("i", ("one", "two"))
    judgements = [
        Judgement(1, 0, item, "h", "r", "rh", "p", f"j{n}", outcome(one, "c"), (), NOW)
        for n, one in enumerate(said)
    ]
    assert jury_words(judgements, rubric) == words
