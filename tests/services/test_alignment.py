from __future__ import annotations

from pathlib import Path

import pytest

from judgetui.core.item import ADJUDICATED, Item, Label
from judgetui.core.judgement import Outcome
from judgetui.core.vote import ScoreSource, Status, Verdict
from judgetui.errors import InputError
from judgetui.services import study_text
from judgetui.services.alignment import Selection, study
from tests.services.studies import JUDGE, LABELLED, PAIRS, SCORED, item, judged, scored


async def test_each_criterion_is_compared_with_its_own_labels(tmp_path: Path) -> None:
    given = [
        (
            item(str(n), Label("ana", n % 5 + 1, "clarity"), Label("ana", 3, "truth"), Label("ben", 2)),
            scored(n % 5 + 1, 5),
        )
        for n in range(20)
    ]
    session, run = await judged(tmp_path / "s.db", SCORED, given)
    with session:
        found = await study(session, run, JUDGE)
    assert list(found.reports) == ["overall", "clarity", "truth"]
    assert found.reports["clarity"].agreement.figures["accuracy"].value == 1
    assert found.reports["truth"].agreement.figures["accuracy"].value == 0
    assert found.reports["truth"].misses[0].size == 2
    assert (found.raters, found.labelled, found.problems) == ({"ana": 20, "ben": 20}, 20, {})
    assert found.sources == {"single": 20}
    assert found.headline == ("overall", found.reports["overall"])


async def test_what_failed_is_left_out_and_counted(tmp_path: Path) -> None:
    failed = Outcome(Status.UNPARSED, detail="no score in it")
    given = [(item(str(n), Label("human", 4)), scored(4, 4)) for n in range(4)]
    given += [(item("odd", Label("human", 4)), failed), (item("bare"), scored(1, 1))]
    session, run = await judged(tmp_path / "s.db", SCORED, given)
    with session:
        found = await study(session, run, JUDGE)
    assert found.reports["overall"].agreement.n == 4
    assert found.reports["overall"].skipped == {"unparsed": 1, "no label": 1}
    assert found.statuses == {"ok": 5, "unparsed": 1}
    assert "left out: 1 unparsed" in study_text.head_text(found)


async def test_an_adjudicated_label_settles_what_raters_said(tmp_path: Path) -> None:
    labels = (Label("ana", 1), Label("ben", 2), Label(ADJUDICATED, 5))
    session, run = await judged(
        tmp_path / "s.db", SCORED, [(item(str(n), *labels), scored(5, 5)) for n in range(3)]
    )
    with session:
        found = await study(session, run, JUDGE)
        of_ana = await study(session, run, JUDGE, Selection(rater="ana"))
    assert found.reports["overall"].agreement.figures["accuracy"].value == 1
    assert found.raters == {"ana": 3, "ben": 3}
    assert of_ana.reports["overall"].agreement.figures["accuracy"].value == 0
    assert of_ana.raters == {"ana": 3}


async def test_the_labels_that_pass_are_the_positive_side(tmp_path: Path) -> None:
    def ruled(label: str) -> Outcome:
        return Outcome(Status.OK, label=label, labels={"clarity": label}, source=ScoreSource.SINGLE)

    given = [
        (item("a", Label("human", "pass")), ruled("pass")),
        (item("b", Label("human", "Pass")), ruled("fail")),
        (item("c", Label("human", "fail")), ruled("pass")),
        (item("d", Label("human", "fail")), ruled("fail")),
        (item("e", Label("human", "fail")), ruled("fail")),
    ]
    session, run = await judged(tmp_path / "s.db", LABELLED, given)
    with session:
        figures = (await study(session, run, JUDGE)).reports["overall"].agreement.figures
    assert (figures["true_positive_rate"].value, figures["true_positive_rate"].n) == (0.5, 2)
    assert figures["false_positive_rate"].value == pytest.approx(1 / 3)


async def test_pairs_tell_flips_and_whether_the_longer_answer_wins(tmp_path: Path) -> None:
    def pair(name: str, verdict: Verdict, consistent: bool, label: str) -> tuple[Item, Outcome]:
        made = Item(name, ("A long answer.", "Short."), labels=(Label("human", label),))
        return made, Outcome(Status.OK, verdict=verdict, consistent=consistent, source=ScoreSource.SINGLE)

    given = [
        pair("1", Verdict.A, True, "A"),
        pair("2", Verdict.A, True, "B"),
        pair("3", Verdict.TIE, False, "tie"),
        pair("4", Verdict.B, True, "B"),
    ]
    session, run = await judged(tmp_path / "s.db", PAIRS, given)
    with session:
        found = await study(session, run, JUDGE)
    assert (found.flips.value, found.flips.n) == (0.25, 4)
    assert found.longer.value == pytest.approx(2 / 3)
    assert found.longer.n == 3
    assert [miss.id for miss in found.reports["overall"].misses] == ["2"]
    assert study_text.scale_points(found, found.reports["overall"].agreement) == ["A", "tie", "B"]


async def test_only_the_items_of_a_split_count(tmp_path: Path) -> None:
    given = [
        (item(str(n), Label("human", 3), split="test" if n % 2 else "train"), scored(3 if n % 2 else 5, 3))
        for n in range(10)
    ]
    session, run = await judged(tmp_path / "s.db", SCORED, given)
    with session:
        found = await study(session, run, JUDGE, Selection(split="test"))
        everything = await study(session, run, JUDGE)
        with pytest.raises(InputError, match=r"no item of run 1 is in the split 'dev'.*test, train"):
            await study(session, run, JUDGE, Selection(split="dev"))
        with pytest.raises(InputError, match="has no judge"):
            await study(session, run, "openai:other")
    assert (len(found.judged), found.reports["overall"].agreement.n) == (5, 5)
    assert found.reports["overall"].agreement.figures["accuracy"].value == 1
    assert set(everything.reports["overall"].slices) == {"split"}
    assert {name: part.n for name, part in everything.reports["overall"].slices["split"].items()} == {
        "test": 5,
        "train": 5,
    }


async def test_labels_that_cannot_be_compared_spoil_only_their_criterion(tmp_path: Path) -> None:
    given = [
        (item("a", Label("ana", "good", "clarity"), Label("ana", 3, "truth")), scored(3, 3)),
        (item("b", Label("ana", 2, "clarity"), Label("ana", 4, "truth")), scored(3, 4)),
    ]
    session, run = await judged(tmp_path / "s.db", SCORED, given)
    with session:
        found = await study(session, run, JUDGE)
    assert list(found.reports) == ["truth"]
    assert "'good' is text" in found.problems["clarity"]


async def test_without_labels_there_is_nothing_to_compare_and_no_figure(tmp_path: Path) -> None:
    session, run = await judged(tmp_path / "s.db", SCORED, [(item("a"), scored(3, 3))])
    with session:
        found = await study(session, run, JUDGE)
    assert (found.reports, found.headline, found.labelled) == ({}, None, 0)
    assert "no labels yet" in study_text.head_text(found)


async def test_every_figure_is_shown_with_its_interval_n_constant_and_people(tmp_path: Path) -> None:
    given = [
        (
            item(str(n), Label("ana", n % 4 + 1), Label("ben", min(5, n % 4 + 1 + n % 2))),
            scored(n % 4 + 1 + 2 * (n % 5 == 0), n % 4 + 1),
        )
        for n in range(24)
    ]
    session, run = await judged(tmp_path / "s.db", SCORED, given)
    with session:
        found = await study(session, run, JUDGE)
    report = found.reports["overall"]
    text = study_text.figures_view(found, report, 100)
    rows = study_text.figure_rows(report.agreement)
    assert {row.name for row in rows} >= {
        "accuracy",
        "weighted_kappa",
        "krippendorff_alpha_interval",
        "spearman",
    }
    for row in rows:
        assert row.told.title in text
        if row.figure.value is None:
            assert row.figure.why and row.figure.why in " ".join(text.split())
        else:
            assert row.figure.low is not None
    assert "people: the same between ana, ben, on 24 items" in " ".join(text.split())
    assert "nan" not in text
    assert all(len(line) <= 100 for line in text.splitlines())
    line = study_text.criterion_words("overall", report, 120)
    assert "weighted κ" in line and "people" in line and "n 24" in line
    assert len(line) <= 118
