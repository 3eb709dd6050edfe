"""`judgetui compare`: two versions and two judges, as lines and as JSON, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import POINTWISE, Call

FACTS = ("run", "--rubric", "facts.yaml", "--data", "items.jsonl", "--session", "s.db", "--yes")
TWO = ("--judge", "scripted:1", "--judge", "scripted:2")


@pytest.fixture
def session(judgetui: Call, files: Path) -> Path:
    """Two versions, each run with two judges over six items of which three have the label 5."""
    assert judgetui(*FACTS, *TWO).code == 0
    (files / "facts.yaml").write_text(POINTWISE.replace("right.", "true."))
    assert judgetui(*FACTS, *TWO).code == 0
    return files / "s.db"


def test_json_has_each_judge_with_figures_tests_and_labels_needed(judgetui: Call, session: Path) -> None:
    found = judgetui("compare", session, 1, 2, "--json").json
    assert set(found["judges"]) == {"scripted:1", "scripted:2"}
    one = found["judges"]["scripted:1"]
    assert (one["first"], one["second"]) == (
        {"version": 1, "judge": "scripted:1", "run": 1},
        {"version": 2, "judge": "scripted:1", "run": 2},
    )
    whole = one["criteria"]["overall"]
    assert (whole["compared"], whole["n"], whole["labelled"], whole["headline"]) == (
        "score",
        6,
        3,
        "mean_absolute_error",
    )
    mine = [change for change in found["changes"] if change["judge"] == "scripted:1"]
    assert whole["changed"]["items"] == len(mine) and whole["changed"]["n"] == 6
    assert set(whole["tests"]) == {"mean_absolute_error", "accuracy", "weighted_kappa"}
    for test in whole["tests"].values():
        assert set(test) == {"method", "n", "effect", "interval", "p", "p_holm", "why"}
        assert test["effect"] is not None or test["why"]
    errors = [whole[side]["mean_absolute_error"]["value"] for side in ("first", "second")]
    assert whole["tests"]["mean_absolute_error"]["effect"] == pytest.approx(errors[1] - errors[0])
    assert set(whole["labels_needed"]) == {"items", "power", "alpha", "why"}
    assert whole["sentence"].startswith("v2 changed")


def test_lines_say_it_in_words(judgetui: Call, session: Path) -> None:
    said = judgetui("compare", session, 1, 2)
    assert said.code == 0
    for told in (
        "judgements that both have are different",
        "by scripted:1, run 1 and run 2",
        "6 items judged by both",
        "overall: v2 changed",
        "mean distance from the label",
        "p (Holm)",
        "labels that would tell them apart: ",
    ):
        assert told in said.out


def test_a_judge_may_be_chosen(judgetui: Call, session: Path) -> None:
    found = judgetui("compare", session, 1, 2, "--judge", "scripted:2", "--json").json
    assert list(found["judges"]) == ["scripted:2"] and found["n"] == 6
    assert {change["judge"] for change in found["changes"]} <= {"scripted:2"}


def test_two_judges_of_one_version(judgetui: Call, session: Path) -> None:
    found = judgetui("compare", session, 2, *TWO, "--json").json
    assert list(found) == ["rubric", "version", "judges", "comparison"]
    assert (found["version"], found["judges"]) == (2, ["scripted:1", "scripted:2"])
    assert found["comparison"]["criteria"]["overall"]["n"] == 6
    said = judgetui("compare", session, 2, *TWO).out
    assert said.startswith("facts v2: scripted:1 (run 2) and scripted:2 (run 2)\n")
    assert "overall: scripted:2 changed" in said


def test_a_judge_may_not_have_been_asked(judgetui: Call, session: Path) -> None:
    one = judgetui("compare", session, 1)
    assert one.code == 2 and "--judge A --judge B" in one.err
    unknown = judgetui("compare", session, 1, 2, "--judge", "scripted:9")
    assert unknown.code == 2 and "'scripted:9'" in unknown.err and "scripted:1, scripted:2" in unknown.err


def test_a_rater_without_labels_leaves_changes_alone(judgetui: Call, session: Path) -> None:
    found = judgetui("compare", session, 1, 2, "--rater", "nobody", "--json").json
    whole = found["judges"]["scripted:1"]["criteria"]["overall"]
    assert (whole["labelled"], whole["labels_needed"]["items"]) == (0, None)
    assert all(test["p"] is None and test["why"] for test in whole["tests"].values())
