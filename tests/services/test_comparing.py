"""Two versions, or two judges, over a session's items: what changed, which way, and what the tests say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from scipy.stats import binomtest

from judgetui.analysis.kinds import Kind
from judgetui.core.item import ADJUDICATED, Item, Label
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.rubric import Criterion, Rubric
from judgetui.core.run import RunOrigin, RunSettings
from judgetui.core.session import Version
from judgetui.core.vote import Status, Vote
from judgetui.errors import InputError
from judgetui.services.comparing import VersionComparison, compare_judges, compare_versions, judges_of
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories
from tests.services.panels import CHECKS, GRADES, NOW, PAIRS, outcome

Runs = Sequence[tuple[int, Mapping[str, Sequence[object]]]]
"""Version numbers from 1, and what each judge said of each item; None is not asked."""


async def session_with(
    path: Path, rubric: Rubric, labels: Sequence[object], runs: Runs, **more: Sequence[str | None]
) -> tuple[SessionFile, list[Version]]:
    """A session with two versions of a rubric and such runs; labels are values, lists of labels, or None."""
    splits = more.get("splits", [None] * len(labels))
    items = [
        Item(f"i{n}", ("one", "two"), {"question": f"q{n}"}, labels=_labels(label), split=split)
        for n, (label, split) in enumerate(zip(labels, splits, strict=True))
    ]

    def store(repos: Repositories) -> list[Version]:
        first = repos.rubrics.create(rubric, "")
        second = repos.rubrics.add_version(first.rubric_id, replace(rubric, task=f"{rubric.task} again"), "")
        versions = [first, second]
        repos.items.add(items)
        for number, said in runs:
            version = versions[number - 1]
            run = repos.runs.create(version.id, list(said), RunSettings(), RunOrigin.LIVE, items, "me")
            for judge, values in said.items():
                for position, (item, value) in enumerate(zip(items, values, strict=True)):
                    if value is not None:
                        found = (
                            value if isinstance(value, Outcome) else outcome(value, rubric.criteria[0].name)
                        )
                        repos.judgements.put(
                            Judgement(
                                run.id, position, item, item.content_hash, rubric.name, "", rubric.protocol,
                                judge, found, (Vote(found.status),), NOW,
                            )
                        )  # fmt: skip
        return versions

    session = SessionFile.create(path / "s.db", "s")
    return session, await session.write(store)


def _labels(value: object) -> tuple[Label, ...]:
    match value:
        case None:
            return ()
        case list():
            return tuple(value)
        case str() | float():
            return (Label("human", value),)
    raise AssertionError(value)


async def versions(path: Path, rubric: Rubric, labels: Sequence[object], runs: Runs) -> VersionComparison:
    session, (first, second) = await session_with(path, rubric, labels, runs)
    with session:
        return await compare_versions(session, first, second, "x")


async def test_verdicts_that_moved_towards_the_labels_are_counted(tmp_path: Path) -> None:
    labels = ["A"] * 8 + ["B"] * 4 + [None] * 4
    before = ["A"] * 4 + ["B"] * 4 + ["B"] * 4 + ["A"] * 4
    after = ["A"] * 3 + ["B"] + ["A"] * 4 + ["B"] * 4 + ["B"] * 2 + ["A"] * 2
    found = await versions(tmp_path, PAIRS, labels, [(1, {"x": before}), (2, {"x": after})])
    whole = found.criteria["overall"]
    assert (whole.kind, whole.n, whole.changes, whole.labelled) == (Kind.VERDICT, 16, 7, 12)
    assert (whole.towards, whole.away) == (4, 1)
    assert whole.test.p == pytest.approx(binomtest(1, 5).pvalue)
    assert whole.first["accuracy"].value == pytest.approx(8 / 12)
    assert whole.second["accuracy"].value == pytest.approx(11 / 12)
    assert whole.test.effect == pytest.approx(3 / 12)
    assert whole.tests["kappa"].effect is not None
    assert whole.needed.items is not None and whole.needed.items > 12
    assert found.sentence("overall") == (
        "v2 changed 7 of 16 verdicts, 4 towards the labels and 1 away (12 items have one); p = 0.38: could be chance"
    )


async def test_more_than_chance_is_called_so(tmp_path: Path) -> None:
    labels = ["A", "B"] * 15
    wrong = ["B", "A"] * 15
    found = await versions(tmp_path, PAIRS, labels, [(1, {"x": wrong}), (2, {"x": labels})])
    assert found.sentence("overall").endswith("p < 0.001: better by more than chance")
    worse = await versions(tmp_path / "w", PAIRS, labels, [(1, {"x": labels}), (2, {"x": wrong})])
    assert worse.sentence("overall").endswith("worse by more than chance")


async def test_scores_are_compared_by_their_distance(tmp_path: Path) -> None:
    labels = [1.0, 2.0, 3.0, 4.0, 5.0, 3.0]
    before, after = [3.0, 4.0, 3.0, 3.0, 3.0, 3.0], [1.0, 3.0, 3.0, 4.0, 2.0, None]
    found = await versions(tmp_path, GRADES, labels, [(1, {"x": before}), (2, {"x": after})])
    whole = found.criteria["overall"]
    assert (whole.kind, whole.n, whole.changes, whole.towards, whole.away) == (Kind.SCORE, 5, 4, 3, 1)
    assert whole.first["mean_absolute_error"].value == pytest.approx((2 + 2 + 0 + 1 + 2) / 5)
    assert whole.second["mean_absolute_error"].value == pytest.approx((0 + 1 + 0 + 0 + 3) / 5)
    assert set(whole.tests) == {"mean_absolute_error", "accuracy", "weighted_kappa"}
    # differences 2, 1, 1 towards and 1 away: of 16 sums of signs 3 or more away from 0 are 2 * (1 + 3)
    assert whole.test.p == pytest.approx(8 / 16) and whole.test.effect == pytest.approx(-3 / 5)
    assert found.items == 5


async def test_labels_are_compared_as_they_are_spelt_by_either(tmp_path: Path) -> None:
    found = await versions(
        tmp_path, CHECKS, ["Pass", "fail", "fail"],
        [(1, {"x": ["fail", "fail", "pass"]}), (2, {"x": ["pass", "fail", "fail"]})],
    )  # fmt: skip
    whole = found.criteria["overall"]
    assert (whole.kind, whole.towards, whole.away) == (Kind.LABEL, 2, 0)
    assert whole.second["accuracy"].value == 1


async def test_items_without_a_result_are_left_out_and_told(tmp_path: Path) -> None:
    before = ["A", Status.FAILED, "A", Status.REFUSED, "B"]
    after = ["A", "B", Status.UNPARSED, Status.REFUSED, "B"]
    found = await versions(tmp_path, PAIRS, ["A"] * 5, [(1, {"x": before}), (2, {"x": after})])
    assert (found.items, found.lost, found.gained, found.criteria["overall"].n) == (5, 1, 1, 2)
    assert found.sentence("overall") == "v2 changed none of 2 verdicts"


async def test_without_labels_only_changes_are_told(tmp_path: Path) -> None:
    found = await versions(
        tmp_path, PAIRS, [None] * 4, [(1, {"x": ["A", "A", "B", "B"]}), (2, {"x": ["A", "B", "B", "tie"]})]
    )
    whole = found.criteria["overall"]
    assert (whole.changes, whole.labelled, whole.test.p, whole.needed.items) == (2, 0, None, None)
    assert whole.changed.value == 0.5 and whole.changed.low is not None
    assert whole.test.why and whole.needed.why and whole.first["accuracy"].why
    assert found.sentence("overall").endswith("no item has a label, so nobody knows whether for the better")


async def test_nothing_in_common_has_a_reason(tmp_path: Path) -> None:
    found = await versions(tmp_path, PAIRS, ["A", "B"], [(1, {"x": ["A", None]}), (2, {"x": [None, "B"]})])
    whole = found.criteria["overall"]
    assert (found.items, found.unmatched, whole.n, whole.changed.value, whole.test.p) == (0, 2, 0, None, None)
    assert "no item has a result of both" in found.sentence("overall")


async def test_several_criteria_share_an_adjustment(tmp_path: Path) -> None:
    criteria = (Criterion("facts", ""), Criterion("tone", ""))
    rubric = replace(GRADES, criteria=criteria)

    def scored(facts: float, tone: float) -> Outcome:
        return Outcome(Status.OK, score=(facts + tone) / 2, scores={"facts": facts, "tone": tone})

    labels = [[Label("human", 4.0, "facts"), Label("human", 2.0, "tone")]] * 8
    before, after = [scored(1, 3)] * 8, [scored(4, 3)] * 7 + [scored(1, 1)]
    found = await versions(tmp_path, rubric, labels, [(1, {"x": before}), (2, {"x": after})])
    assert list(found.criteria) == ["overall", "facts", "tone"]
    facts, tone = found.criteria["facts"], found.criteria["tone"]
    assert facts.test.p == pytest.approx(2 / 2**7) and tone.test.p == 1
    assert facts.test.adjusted == pytest.approx(4 / 2**7)  # two criteria have labels, the whole has none
    assert facts.p == facts.test.adjusted
    assert found.criteria["overall"].labelled == 0 and found.criteria["overall"].changes == 8


async def test_a_settled_label_counts_and_a_rater_may_be_chosen(tmp_path: Path) -> None:
    labels = [
        [Label("anna", "A"), Label("ben", "B")],
        [Label("anna", "A"), Label("ben", "B"), Label(ADJUDICATED, "B")],
    ]
    session, (first, second) = await session_with(
        tmp_path, PAIRS, labels, [(1, {"x": ["A", "A"]}), (2, {"x": ["B", "B"]})]
    )
    with session:
        everyone = await compare_versions(session, first, second, "x")
        anna = await compare_versions(session, first, second, "x", rater="anna")
    assert (everyone.criteria["overall"].labelled, everyone.criteria["overall"].towards) == (1, 1)
    assert (anna.criteria["overall"].labelled, anna.criteria["overall"].away) == (2, 2)


async def test_a_split_may_be_chosen(tmp_path: Path) -> None:
    session, (first, second) = await session_with(
        tmp_path, PAIRS, ["A", "A", "B"], [(1, {"x": ["A", "B", "A"]}), (2, {"x": ["A", "A", "B"]})],
        splits=["train", "test", "test"],
    )  # fmt: skip
    with session:
        found = await compare_versions(session, first, second, "x", split="test")
    assert (found.items, found.criteria["overall"].towards) == (2, 2)


async def test_labels_that_do_not_fit_are_named_and_changes_stay(tmp_path: Path) -> None:
    found = await versions(tmp_path, PAIRS, ["A", 3.0], [(1, {"x": ["A", "A"]}), (2, {"x": ["A", "B"]})])
    assert list(found.problems) == ["overall"]
    assert (found.criteria["overall"].changes, found.criteria["overall"].labelled) == (1, 0)


async def test_two_judges_of_a_version(tmp_path: Path) -> None:
    runs: Runs = [(1, {"x": ["A", "B", "B"]}), (1, {"y": ["A", "A", "A"]}), (1, {"z": ["A", "A", "A"]})]
    session, (first, second) = await session_with(tmp_path, PAIRS, ["A", "A", "A"], runs)
    with session:
        found = await compare_judges(session, first, "x", "y")
        assert (found.criteria["overall"].towards, found.first.run.id, found.second.run.id) == (2, 1, 2)
        assert found.sentence("overall").startswith("y changed 2 of 3 verdicts, 2 towards")
        assert list(await judges_of(session, first)) == ["z", "y", "x"]
        with pytest.raises(InputError, match="itself"):
            await compare_judges(session, first, "x", "x")
        with pytest.raises(InputError, match="has not been run with 'q'"):
            await compare_judges(session, first, "x", "q")
        with pytest.raises(InputError, match="v2 has not been run"):
            await compare_versions(session, first, second, "x")


async def test_the_newest_run_counts(tmp_path: Path) -> None:
    runs: Runs = [(1, {"x": ["B", "B"]}), (1, {"x": ["A", "A"]}), (2, {"x": ["A", "A"]})]
    found = await versions(tmp_path, PAIRS, ["A", "A"], runs)
    assert found.first.run.id == 2 and found.criteria["overall"].changes == 0
