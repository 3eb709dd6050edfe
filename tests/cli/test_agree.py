"""`agree`: judgements against people's labels."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.analysis import formulas
from tests.cli.conftest import Call, Said

KEYS: Final = {
    "n",
    "skipped",
    "accuracy",
    "kappa",
    "weighted_kappa",
    "krippendorff_alpha",
    "gwet_ac1",
    "pearson",
    "spearman",
    "kendall",
    "by_group",
    "baseline_accuracy",
    "intervals",
    "why",
    "failures",
}

SCORES: Final = [(4.2, 4), (2.0, 2), (5.0, 4), (1.4, 1), (3.0, 5), (2.5, 2), (4.0, 4), (1.0, 2)]


def line(identity: object, **more: object) -> dict[str, object]:
    return {
        "id": identity,
        "judge": "scripted:1",
        "rubric": "r",
        "rubric_hash": "abc123",
        "status": "ok",
        **more,
    }


def scored(pairs: Sequence[tuple[float, float]] = SCORES, **more: object) -> list[dict[str, object]]:
    return [line(f"i{n}", score=score, human=label, **more) for n, (score, label) in enumerate(pairs)]


def write(lines: Sequence[object], name: str = "j.jsonl") -> str:
    Path(name).write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    return name


def overall(said: Said) -> dict[str, Any]:
    assert (said.code, said.err) == (0, "")
    found: dict[str, Any] = said.json["overall"]
    return found


def refused(said: Said, *words: str) -> None:
    assert (said.code, said.out) == (2, "")
    for word in words:
        assert word in said.err


# scores


def test_scores(judgetui: Call) -> None:
    found = overall(judgetui("agree", write(scored()), "--json"))
    judge, labels = [a for a, _ in SCORES], [float(b) for _, b in SCORES]
    rounded = [float(round(score)) for score in judge]
    assert found.keys() >= KEYS
    assert (found["n"], found["skipped"], found["compared"]) == (8, 0, "score")
    assert found["accuracy"] == pytest.approx(5 / 8)
    assert found["kappa"] == pytest.approx(formulas.cohen(rounded, labels))
    assert found["weighted_kappa"] == pytest.approx(formulas.cohen_squared(rounded, labels))
    assert found["krippendorff_alpha"] == pytest.approx(formulas.krippendorff_ordinal(rounded, labels))
    assert found["gwet_ac1"] == pytest.approx(formulas.gwet(rounded, labels))
    assert found["pearson"] == pytest.approx(formulas.pearson(judge, labels))
    assert found["spearman"] == pytest.approx(formulas.spearman(judge, labels))
    assert found["kendall"] == pytest.approx(formulas.kendall(judge, labels))
    assert found["baseline_accuracy"] == pytest.approx(3 / 8)
    for name, (low, high) in found["intervals"].items():
        assert low < high and low <= found[name] <= high
    assert found["by_group"] == {
        **dict.fromkeys(("pearson", "spearman", "kendall")),
        "groups": 0,
        "skipped": 0,
        "ungrouped": 0,
    }
    assert found["why"]["by_group.pearson"] == "no item has a group"
    assert found["resampled"] == {"units": "items", "n": 8, "resamples": 2000, "seed": 0}
    assert found["failures"] == {"counted_as": "state", "n": 0}


def test_the_same_file_has_the_same_figures(judgetui: Call) -> None:
    name = write(scored())
    assert judgetui("agree", name, "--json").out == judgetui("agree", name, "--json").out


def test_stdin(judgetui: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    name = write(scored())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(name).read_bytes())))
    assert judgetui("agree", "-", "--json").out == judgetui("agree", name, "--json").out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{")))
    refused(judgetui("agree", "-"), "stdin:1:", "not JSON")


def test_groups(judgetui: Call) -> None:
    lines = scored()
    for n, each in enumerate(lines):
        each["group"] = each["document"] = f"d{n // 4}"
    judge, labels = [a for a, _ in SCORES], [float(b) for _, b in SCORES]
    inside = [formulas.pearson(judge[at : at + 4], labels[at : at + 4]) for at in (0, 4)]
    for arguments in ((), ("--by", "group"), ("--by", "document")):
        found = overall(judgetui("agree", write(lines), "--json", *arguments))
        assert found["by_group"]["pearson"] == pytest.approx(sum(inside) / 2)
        assert (found["by_group"]["groups"], found["by_group"]["skipped"]) == (2, 0)
        assert found["intervals"]["by_group.pearson"] == pytest.approx(sorted(inside))
    refused(judgetui("agree", write(lines), "--by", "topic"), "no judgement has the field 'topic'")


def test_many_groups_are_resampled_as_a_whole(judgetui: Call) -> None:
    lines = [
        line(f"{group}-{n}", score=score, human=label, group=group)
        for group in range(10)
        for n, (score, label) in enumerate(SCORES)
    ]
    name = write(lines)
    found = overall(judgetui("agree", name, "--json"))
    assert found["resampled"] == {"units": "groups", "n": 10, "resamples": 2000, "seed": 0}
    assert "resamples of 10 groups" in judgetui("agree", name).out


def test_several_raters_of_a_score_are_their_mean(judgetui: Call) -> None:
    lines = [line("1", score=3, **{"human.anna": 2, "human.ben": 3, "human": 4})]
    lines += [line(str(n), score=n, **{"human.anna": n, "human.ben": n + 1}) for n in (2, 4, 5)]
    found = overall(judgetui("agree", write(lines), "--json"))
    assert found["pearson"] == pytest.approx(formulas.pearson([3, 2, 4, 5], [3, 2.5, 4.5, 5.5]))
    assert found["accuracy"] == pytest.approx(3 / 4)  # 2.5 and 4.5 are 2 and 4; 5.5 is 6


def test_criteria(judgetui: Call) -> None:
    lines = [
        line(
            str(n), score=n, scores={"facts": n, "style": 6 - n}, human={"facts": n, "style": n, "overall": n}
        )
        for n in (1, 2, 3, 5)
    ]
    lines.append(line("x", score=2, scores={"style": None}, human={"facts": 2}))
    said = judgetui("agree", write(lines), "--json")
    assert list(said.json) == ["overall", "facts", "style"]
    assert said.json["facts"]["pearson"] == pytest.approx(1)
    assert said.json["style"]["pearson"] == pytest.approx(-1)
    assert said.json["facts"]["skipped_reasons"] == {"no score": 1}
    assert said.json["style"]["skipped_reasons"] == {"no label": 1}
    out = judgetui("agree", write(lines)).out
    assert "overall: 4 scores" in out and "\nfacts: 4 scores" in out and "\nstyle: 4 scores" in out


# verdicts and labels


def verdicts() -> list[dict[str, object]]:
    """Three agree, one tie on each side against a winner, one that both call bad or a tie."""
    given = [("A", "a"), ("A", "A"), ("B", "b"), ("tie", "B"), ("A", "Tie"), ("both_bad", "tie")]
    return [line(n, verdict=verdict, human=label) for n, (verdict, label) in enumerate(given)]


def test_verdicts(judgetui: Call) -> None:
    found = overall(judgetui("agree", write(verdicts()), "--json", "--confusion"))
    judge, labels = [1, 1, 2, 0, 1, 0], [1, 1, 2, 2, 0, 0]
    assert (found["n"], found["compared"], found["accuracy"]) == (6, "verdict", pytest.approx(4 / 6))
    assert found["kappa"] == pytest.approx(formulas.cohen(judge, labels))
    assert found["krippendorff_alpha"] == pytest.approx(formulas.krippendorff_nominal(judge, labels))
    assert [found[f"macro_{name}"] for name in ("precision", "recall", "f1")] == pytest.approx(
        formulas.macro(judge, labels)
    )
    assert found["weighted_kappa"] is found["pearson"] is found["by_group"]["kendall"] is None
    assert found["why"]["weighted_kappa"] == "verdicts have no distances"
    assert found["why"]["pearson"] == "verdicts are no numbers"
    assert found["confusion"] == {"A": {"A": 2}, "B": {"B": 1, "tie": 1}, "tie": {"A": 1, "tie": 1}}


def test_the_majority_of_the_raters(judgetui: Call) -> None:
    lines = [
        line(1, verdict="A", **{"human.x": "A", "human.y": "a", "human.z": "B"}),
        line(2, verdict="A", **{"human.x": "tie", "human.y": "both_bad", "human.z": "A"}),
        line(3, verdict="A", **{"human.x": "A", "human.y": "B"}),
        line(4, verdict="A", **{"human.x": "A", "human.y": "B", "human.z": "tie"}),
    ]
    found = overall(judgetui("agree", write(lines), "--json", "--confusion"))
    assert (found["n"], found["skipped"]) == (2, 2)
    assert found["skipped_reasons"] == {"raters draw": 2}
    assert found["confusion"] == {"A": {"A": 1}, "tie": {"A": 1}}


def test_labels(judgetui: Call) -> None:
    lines = [
        line(n, label=given, score=1.0, human=wanted)
        for n, (given, wanted) in enumerate(
            [("pass", "Pass"), ("fail", "pass"), ("fail", "FAIL"), ("fail", "fail")]
        )
    ]
    lines.append(
        line("x", label="", labels={"tone": "dry", "style": None}, human={"overall": " ", "tone": "Dry"})
    )
    said = judgetui("agree", write(lines), "--json", "--confusion")
    found = overall(said)
    assert (said.json["tone"]["accuracy"], said.json["tone"]["compared"]) == (1, "label")
    assert (found["compared"], found["accuracy"]) == ("label", pytest.approx(3 / 4))
    assert sum(sum(row.values()) for row in found["confusion"].values()) == 4
    assert len(found["confusion"]) == 2


# what stands beside a figure


def test_the_constant_judge_and_both_distributions(judgetui: Call) -> None:
    found = overall(judgetui("agree", write(scored()), "--json"))
    labels = [float(b) for _, b in SCORES]
    assert found["baseline"]["says"] == "2"  # as often as 4, and less
    beside = found["baseline"]["figures"]
    assert beside["accuracy"]["value"] == found["baseline_accuracy"] == pytest.approx(3 / 8)
    assert beside["within_one"]["value"] == pytest.approx(formulas.within_one([2.0] * 8, labels))
    assert (beside["kappa"]["value"], beside["kappa"]["n"]) == (0, 8)
    assert beside["pearson"]["value"] is None and beside["pearson"]["why"]
    assert found["counts"] == {
        "judge": {"1": 2, "2": 2, "3": 1, "4": 2, "5": 1},
        "labels": {"1": 1, "2": 3, "3": 0, "4": 3, "5": 1},
    }
    for level in ("nominal", "ordinal", "interval"):
        defined = getattr(formulas, f"krippendorff_{level}")
        rounded = [float(round(score)) for score, _ in SCORES]
        assert found[f"krippendorff_alpha_{level}"] == pytest.approx(defined(rounded, labels))
    assert "says 2 of every item" in judgetui("agree", write(scored())).out


def test_people_among_each_other(judgetui: Call) -> None:
    lines = [
        line(n, verdict=judge, **{"human.ann": ann, "human.ben": ben})
        for n, (judge, ann, ben) in enumerate(map(tuple, ["AAA", "ABB", "BAB", "BBB", "ABA", "BBB"]))
    ]
    name = write(lines)
    found = overall(judgetui("agree", name, "--json"))["ceiling"]
    assert (found["raters"], found["n"]) == (["ann", "ben"], 6)
    ann, ben = [0, 1, 0, 1, 1, 1], [0, 1, 1, 1, 0, 1]
    assert found["people"]["accuracy"]["value"] == pytest.approx(4 / 6)
    assert found["people"]["kappa"]["value"] == pytest.approx(formulas.cohen(ann, ben))
    judge = [0, 0, 1, 1, 0, 1]
    expected = (formulas.cohen(judge, ann) + formulas.cohen(judge, ben)) / 2
    assert found["judge"]["kappa"]["value"] == pytest.approx(expected)
    assert found["people"]["accuracy"]["low"] < 4 / 6 < found["people"]["accuracy"]["high"]
    out = judgetui("agree", name).out
    assert "between 2 people, and the judge with one of them, on 6 items" in out
    kappa = next(each for each in out.split("between 2 people")[1].splitlines() if "Cohen" in each)
    assert kappa.split()[2] == f"{formulas.cohen(ann, ben):.3f}"


def test_one_person_says_why_there_is_no_ceiling(judgetui: Call) -> None:
    found = overall(judgetui("agree", write(scored()), "--json"))
    assert (found["ceiling"], found["why"]["ceiling"]) == (None, "no item has the labels of two people")


def test_an_adjudicated_label_settles_it(judgetui: Call) -> None:
    lines = [line(n, verdict="A", **{"human.x": "A", "human.y": "B"}) for n in range(3)]
    lines[0]["human.adjudicated"] = "A"
    lines[1]["human"] = {"overall": "B"}
    found = overall(judgetui("agree", write(lines), "--json", "--confusion"))
    assert found["confusion"] == {"A": {"A": 1}, "B": {"A": 1}}
    assert found["skipped_reasons"] == {"raters draw": 1}
    assert found["ceiling"]["raters"] == ["x", "y", "human"]


def test_slices(judgetui: Call) -> None:
    lines = [
        line(n, score=score, human=label, category="ab"[n % 2], length=n // 4)
        for n, (score, label) in enumerate(SCORES)
    ]
    name = write(lines)
    found = overall(judgetui("agree", name, "--json"))["slices"]
    assert list(found) == ["category"] and list(found["category"]) == ["a", "b"]
    half = overall(judgetui("agree", write(lines[::2], "half.jsonl"), "--json"))
    for key in ("n", "accuracy", "weighted_kappa", "spearman", "intervals", "baseline"):
        assert found["category"]["a"][key] == half[key]
    asked = overall(judgetui("agree", name, "--json", "--slice", "length", "--slice", "category"))["slices"]
    assert {field: list(parts) for field, parts in asked.items()} == {
        "length": ["0", "1"],
        "category": ["a", "b"],
    }
    out = judgetui("agree", name, "--slice", "length").out
    part = out.split("by length\n")[1].splitlines()
    assert part[0].split()[:2] == ["length", "accuracy"] and part[1].split()[0] == "0"
    assert part[1].split()[-1] == "4"
    refused(judgetui("agree", name, "--slice", "topic"), "j.jsonl", "no labelled judgement", "'topic'")
    assert overall(judgetui("agree", write(scored()), "--json"))["slices"] == {}


def test_a_category_of_many_values_slices_only_where_it_is_asked_for(judgetui: Call) -> None:
    name = write([line(n, score=3, human=3, category=f"c{n}") for n in range(51)])
    said = judgetui("agree", name, "--json")
    assert said.json["overall"]["slices"] == {} and "category has 51 values" in said.err
    asked = judgetui("agree", name, "--json", "--slice", "category")
    assert len(asked.json["overall"]["slices"]["category"]) == 51 and asked.err == ""


def test_the_positive_side_of_scores(judgetui: Call) -> None:
    name = write(scored())
    found = overall(judgetui("agree", name, "--json"))
    assert found["true_positive_rate"] is None
    assert found["why"]["false_positive_rate"] == "no positive side is named"
    found = overall(judgetui("agree", name, "--json", "--positive", "4"))
    assert found["true_positive_rate"] == pytest.approx(3 / 4)  # 4.2, 5 and 4 of the labels 4, 4, 5 and 4
    assert found["false_positive_rate"] == 0
    refused(judgetui("agree", name, "--positive", "good"), "--positive", "'good'", "number")
    refused(judgetui("agree", name, "--positive", "3", "--positive", "4"), "--positive", "one least value")


def test_the_positive_side_of_labels_and_verdicts(judgetui: Call) -> None:
    pairs = [("pass", "Pass"), ("fail", "pass"), ("ok", "fail"), ("fail", "fail")]
    name = write([line(n, label=given, human=wanted) for n, (given, wanted) in enumerate(pairs)])
    assert overall(judgetui("agree", name, "--json"))["true_positive_rate"] is None
    found = overall(judgetui("agree", name, "--json", "--positive", "PASS", "--positive", "ok"))
    assert (found["true_positive_rate"], found["false_positive_rate"]) == (0.5, 0.5)
    refused(judgetui("agree", name, "--positive", "good"), "--positive", "'good'", "Pass, fail, ok")
    found = overall(judgetui("agree", write(verdicts()), "--json"))
    assert (found["true_positive_rate"], found["false_positive_rate"]) == (1, pytest.approx(1 / 4))
    found = overall(judgetui("agree", write(verdicts()), "--json", "--positive", "tie"))
    assert found["true_positive_rate"] == pytest.approx(1 / 2)


def test_the_largest_differences(judgetui: Call) -> None:
    name = write(scored())
    found = overall(judgetui("agree", name, "--json"))
    assert found["differing"] == 3 and "misses" not in found
    found = overall(judgetui("agree", name, "--json", "--misses", "2"))
    assert found["misses"] == [
        {"id": "i4", "judge": 3.0, "label": 5.0, "size": 2.0},
        {"id": "i2", "judge": 5.0, "label": 4.0, "size": 1.0},
    ]
    out = judgetui("agree", name, "--misses", "1").out
    assert out.splitlines()[-1].split() == ["i4", "3", "5"] and "the largest of 3 differences" in out


def test_human_and_human_human_are_one_rater(judgetui: Call) -> None:
    lines = [line("1", score=3, human=3, **{"human.human": 4})]
    refused(judgetui("agree", write(lines)), "j.jsonl:1: human.human:", "same rater")


# labels in a file of their own


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("l.jsonl", '{"id": "i0", "human": 4}\n\n{"id": "i1", "human": 1}\n{"id": "i2", "human.anna": 5}\n'),
        ("l.json", '[{"id": "i0", "human": 4}, {"id": "i1", "human": 1}, {"id": "i2", "human": 5}]'),
        ("l.csv", 'id,human,note\ni0,4,x\ni1,1,"a, b"\ni2,5,\n'),
        ("l.tsv", "id\thuman.ben\ni0\t4\ni1\t1\ni2\t5\n"),
    ],
)
def test_a_labels_file_stands_for_the_labels_on_the_lines(judgetui: Call, name: str, text: str) -> None:
    Path(name).write_text(text)
    found = overall(judgetui("agree", write(scored()), "--labels", name, "--json"))
    assert (found["n"], found["accuracy"]) == (3, pytest.approx(2 / 3))
    assert found["skipped_reasons"] == {"no label": 5}


def test_raters_on_lines_of_their_own(judgetui: Call) -> None:
    labels = [{"id": n, "human.anna": n} for n in (1, 2, 3)] + [
        {"id": n, "human.ben": n + 2} for n in (1, 2, 3)
    ]
    lines = [line(str(n), score=n + 1) for n in (1, 2, 3)]
    found = overall(judgetui("agree", write(lines), "--labels", write(labels, "l.jsonl"), "--json"))
    assert (found["n"], found["accuracy"]) == (3, 1)


def test_labels_without_judgements_are_told(judgetui: Call) -> None:
    labels = write([{"id": "i0", "human": 4}, {"id": "other", "human": 4}, {"id": "i1"}], "l.jsonl")
    said = judgetui("agree", write(scored()), "--labels", labels, "--json")
    assert said.code == 0 and "1 labelled ids of l.jsonl have no judgement" in said.err
    assert said.json["overall"]["n"] == 1


def test_bad_labels_files(judgetui: Call) -> None:
    name = write(scored())

    def with_labels(*lines: object) -> Said:
        return judgetui("agree", name, "--labels", write(lines, "l.jsonl"))

    refused(with_labels({"id": "i0", "human": 4}, {"id": "i0", "human": 5}), "l.jsonl:2", "human", "already")
    refused(with_labels({"human": 4}), "l.jsonl:1", "id", "missing")
    refused(with_labels({"id": "i0", "human": [4]}), "l.jsonl:1: human:", "a list")
    refused(with_labels({"id": "i0", "human": {"facts": True}}), "l.jsonl:1: human.facts:")
    refused(with_labels({"id": "i0"}), "l.jsonl", "no labels")
    refused(with_labels({"id": "nobody", "human": 4}), "l.jsonl", "no id of this file is in j.jsonl")
    refused(with_labels({"id": "i0", "human": 4}, {"id": "i1", "human": "good"}), "l.jsonl:2: human:", "text")
    refused(judgetui("agree", name, "--labels", "none.jsonl"), "none.jsonl", "no such file")


# failures


def with_failures() -> list[dict[str, object]]:
    lines = [
        line(n, verdict=verdict, human=label)
        for n, (verdict, label) in enumerate([("A", "A"), ("B", "B"), ("A", "B")])
    ]
    lines += [line(n, status="unparsed", human=label) for n, label in ((3, "tie"), (4, "A"))]
    lines += [
        line(5, status="refused", human="A"),
        line(6, status="failed", human="A"),
        line(7, status="cancelled"),
    ]
    return lines


def test_what_is_not_ok_is_left_out_and_counted(judgetui: Call) -> None:
    name = write(with_failures())
    found = overall(judgetui("agree", name, "--json"))
    assert (found["n"], found["skipped"]) == (3, 5)
    assert found["skipped_reasons"] == {"no label": 1, "unparsed": 2, "refused": 1, "failed": 1}
    assert found["failures"] == {"counted_as": "state", "n": 2}
    assert "left out: 1 no label, 2 unparsed, 1 refused, 1 failed" in judgetui("agree", name).out


def test_unparsed_verdicts_as_ties(judgetui: Call) -> None:
    name = write(with_failures())
    found = overall(judgetui("agree", name, "--json", "--failures", "tie", "--confusion"))
    assert (found["n"], found["accuracy"]) == (5, pytest.approx(3 / 5))
    assert found["failures"] == {"counted_as": "tie", "n": 2}
    assert found["confusion"]["A"] == {"A": 1, "tie": 1}
    assert (
        "2 unparsed judgements are among them, counted as a tie"
        in judgetui("agree", name, "--failures", "tie").out
    )


@pytest.mark.parametrize(("failures", "value"), [("zero", 0.0), ("minus-one", -1.0)])
def test_unparsed_scores_as_numbers(judgetui: Call, failures: str, value: float) -> None:
    name = write([*scored(), line("u", status="unparsed", score=None, human=1)])
    found = overall(judgetui("agree", name, "--json", "--failures", failures))
    judge, labels = [a for a, _ in SCORES] + [value], [float(b) for _, b in SCORES] + [1.0]
    assert found["n"] == 9
    assert found["pearson"] == pytest.approx(formulas.pearson(judge, labels))
    assert found["failures"] == {"counted_as": failures, "n": 1}
    assert overall(judgetui("agree", name, "--json"))["n"] == 8


def test_failures_that_cannot_be_counted_so(judgetui: Call) -> None:
    refused(judgetui("agree", write(with_failures()), "--failures", "zero"), "zero", "verdicts", "tie")
    refused(judgetui("agree", write(scored()), "--failures", "tie"), "tie", "scores", "zero or minus-one")


def test_a_file_of_failures_alone(judgetui: Call) -> None:
    """What is compared is then read from the labels."""
    pairs = [line(n, status="unparsed", human=label) for n, label in enumerate(["A", "tie"])]
    found = overall(judgetui("agree", write(pairs), "--json"))
    assert (found["n"], found["compared"], found["why"]["accuracy"]) == (
        0,
        "verdict",
        "there is nothing to compare",
    )
    assert overall(judgetui("agree", write(pairs), "--json", "--failures", "tie"))["n"] == 2
    words = [line(n, status="unparsed", human=label) for n, label in enumerate(["pass", "A"])]
    assert overall(judgetui("agree", write(words), "--json"))["compared"] == "label"


# what a person sees


def test_the_table(judgetui: Call) -> None:
    said = judgetui("agree", write(scored()), "--confusion")
    assert (said.code, said.err) == (0, "")
    rows = said.out.splitlines()
    assert rows[0] == "overall: 8 scores compared with labels; left out: none"
    assert rows[2].split() == ["figure", "value", "95%", "interval", "n", "constant", "note"]
    accuracy = next(row for row in rows if row.startswith("accuracy "))
    assert accuracy.split() == ["accuracy", "0.625", "[0.306,", "0.863]", "8", "0.375"]
    assert any(row.startswith("Krippendorff's alpha (ordinal)") for row in rows)
    assert any(
        row.startswith("mean correlations within group") and "no item has a group" in row for row in rows
    )
    assert any(row.startswith("macro precision, macro recall, macro F1") for row in rows)
    assert "2,000 resamples of 8 items" in said.out and "seed 0" in said.out
    table = rows[rows.index("labels down, judgements across") + 1 :]
    assert [row.split() for row in table] == [
        ["1", "2", "3", "4", "5"],
        ["1", "1", "0", "0", "0", "0"],
        ["2", "1", "2", "0", "0", "0"],
        ["4", "0", "0", "0", "2", "1"],
        ["5", "0", "0", "1", "0", "0"],
    ]


def test_names_from_the_file_cannot_steer_a_terminal(judgetui: Call) -> None:
    lines = [line(n, label="a\x1b[2J", human=label) for n, label in enumerate(["a\x1b[2J", "b\x07", "b\x07"])]
    out = judgetui("agree", write(lines), "--confusion").out
    assert "\x1b" not in out and "\x07" not in out


# files that cannot be used


def test_several_judges_or_rubrics_are_not_mixed(judgetui: Call) -> None:
    lines = scored() + scored(judge="scripted:2") + scored(rubric="other", rubric_hash="ddd")
    name = write(lines)
    refused(judgetui("agree", name), "2 judges", "--judge: scripted:1, scripted:2")
    refused(judgetui("agree", name, "--judge", "scripted:1"), "2 rubrics", "--rubric: other, r")
    refused(judgetui("agree", name, "--judge", "scripted:3"), "--judge scripted:2 --rubric r")
    for arguments in (("--judge", "scripted:2"), ("--rubric", "other"), ("--rubric", "ddd")):
        assert overall(judgetui("agree", name, "--json", *arguments))["n"] == 8
    versions = write(scored() + scored(rubric_hash="f00"))
    refused(judgetui("agree", versions), "2 versions", "--rubric: abc123, f00")
    assert overall(judgetui("agree", versions, "--json", "--rubric", "f0"))["n"] == 8


def test_an_item_judged_twice(judgetui: Call) -> None:
    refused(judgetui("agree", write([*scored(), scored()[1]])), "j.jsonl:9: id:", "'i1'", "line 2")


def test_no_judgements_or_labels(judgetui: Call) -> None:
    refused(judgetui("agree", write([])), "j.jsonl", "no judgements")
    refused(judgetui("agree", write([line("1", score=3)])), "j.jsonl", "no judgement has a label")
    refused(judgetui("agree", "none.jsonl"), "none.jsonl", "no such file")


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("{", ("j.jsonl:2", "not JSON")),
        ('{"id": "2", "id": "3"}', ("j.jsonl:2", "twice")),
        ("[1]", ("j.jsonl:2", "a list, not an object")),
        (line(None), ("j.jsonl:2: id:", "missing")),
        (line([2]), ("j.jsonl:2: id:", "expected text, found a list")),
        (line("2", status="fine"), ("j.jsonl:2: status:", "unparsed")),
        (line("2", status=None), ("j.jsonl:2: status:", "missing")),
        (line("2", score="3"), ("j.jsonl:2: score:", "expected a number, found text")),
        (line("2", score=True), ("j.jsonl:2: score:",)),
        (line("2", score=1e13), ("j.jsonl:2: score:", "too large")),
        (line("2", scores=[3]), ("j.jsonl:2: scores:", "a list")),
        (line("2", scores={"facts": "3"}), ("j.jsonl:2: scores.facts:", "text")),
        (line("2", label=3), ("j.jsonl:2: label:", "quotes")),
        (line("2", verdict="C"), ("j.jsonl:2: verdict:", "A, B, tie, both_bad")),
        (line("2", group={"a": 1}), ("j.jsonl:2: group:", "a mapping")),
        (line("2", score=3, human="good"), ("j.jsonl:2: human:", "'good' is text", "without quotes")),
        (line("2", score=3, **{"human.a": 3, "human.b": "x"}), ("j.jsonl:2: human:", "some a text")),
        (line("2", label="x", human="good"), ("j.jsonl:2: human:", "this is text", "j.jsonl:1 is a number")),
        (line("2", verdict="A", human=1), ("j.jsonl:2: human:", "1 is a number", "A, B or tie")),
        (line("2", label="x", human=1), ("j.jsonl:2: human:", "1 is a number", "has a label")),
    ],
)
def test_a_bad_line_is_placed(judgetui: Call, bad: object, words: Sequence[str]) -> None:
    text = bad if isinstance(bad, str) else json.dumps(bad)
    Path("j.jsonl").write_text(json.dumps(line("1", score=3, human=3)) + "\n" + text + "\n")
    refused(judgetui("agree", "j.jsonl"), *words)


def test_labels_that_are_no_verdicts_are_not_guessed(judgetui: Call) -> None:
    """PandaLM's 1, 2 and 0 are not read as A, B and tie, as numbers or as texts."""
    refused(
        judgetui("agree", write([line("1", verdict="A", human="1")])),
        "j.jsonl:1: human:",
        "'1' is no verdict",
    )
    refused(judgetui("agree", write([line("1", verdict="A", human=1)])), "j.jsonl:1: human:", "A, B or tie")


def test_verdicts_and_labels_are_not_mixed(judgetui: Call) -> None:
    lines = [line("1", verdict="A", human="A"), line("2", label="good", human="A")]
    refused(judgetui("agree", write(lines)), "j.jsonl:2", "some judgements have a verdict, some a label")


# end to end


def test_what_run_writes_can_be_compared(judgetui: Call, files: Path) -> None:
    arguments = ("--judge", "scripted:1", "--out", "j.jsonl", "--yes")
    assert judgetui("run", "--rubric", "facts.yaml", "--data", "items.jsonl", *arguments).code == 0
    found = overall(judgetui("agree", "j.jsonl", "--json"))
    assert (found["n"], found["skipped_reasons"], found["compared"]) == (3, {"no label": 3}, "score")
    assert judgetui("run", "--rubric", "pairs.yaml", "--data", "pairs.jsonl", *arguments).code == 0
    found = overall(judgetui("agree", "j.jsonl", "--json", "--labels", "pairs.jsonl"))
    assert (found["n"] + found["skipped"], found["compared"]) == (4, "verdict")
