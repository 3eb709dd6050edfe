"""`judgetui jury`: tables, files for `agree`, cascades and refusals, from runs of seeded stand-ins."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from judgetui.core.scale import LabelScale
from tests.cli.conftest import Call
from tests.services.panels import CHECKS, each, judged
from tests.services.panels import PAIRS as PANEL

PAIRS = ("run", "--rubric", "pairs.yaml", "--data", "pairs.jsonl", "--session", "s.db", "--yes")
FACTS = ("run", "--rubric", "facts.yaml", "--data", "items.jsonl", "--session", "s.db", "--yes")
THREE = ("--judge", "scripted:1", "--judge", "scripted:2", "--judge", "scripted:3")


@pytest.fixture
def session(judgetui: Call, files: Path) -> Path:
    """A session with a run of three judges on pairs."""
    assert judgetui(*PAIRS, *THREE).code == 0
    return files / "s.db"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def majority(verdicts: list[str]) -> str | None:
    """The most frequent verdict; opposite ones that are equally frequent are a tie."""
    counts = {verdict: verdicts.count(verdict) for verdict in verdicts}
    leaders = {verdict for verdict, count in counts.items() if count == max(counts.values())}
    if len(leaders) == 1:
        return leaders.pop()
    return "tie" if {"A", "B"} <= leaders <= {"A", "B", "tie"} else None


def test_the_file_is_one_of_judgements_that_agree_reads(judgetui: Call, session: Path, files: Path) -> None:
    single, whole = files / "single.jsonl", files / "jury.jsonl"
    assert judgetui("resume", session, "1", "--out", single).code == 0
    said = judgetui("jury", session, "--out", whole)
    assert said.code == 0 and "4 judgements written" in said.err
    by_item: dict[str, list[str]] = {}
    for line in lines(single):
        by_item.setdefault(line["id"], []).append(line["verdict"])
    written = lines(whole)
    assert {line["id"]: line["verdict"] for line in written} == {
        name: majority(verdicts) for name, verdicts in by_item.items()
    }
    assert {line["judge"] for line in written} == {"jury(majority): scripted:1, scripted:2, scripted:3"}
    assert [[juror["verdict"] for juror in line["jurors"]] for line in written] == list(by_item.values())
    assert set(lines(single)[0]) == set(written[0]) - {"jurors"}
    agreed = judgetui("agree", whole, "--json").json["overall"]
    right = [majority(verdicts) for verdicts in by_item.values()]
    assert agreed["n"] == sum(verdict is not None for verdict in right)
    assert agreed["accuracy"] == pytest.approx(right.count("A") / agreed["n"])
    assert judgetui("jury", session, "--out", "-").out.encode() == whole.read_bytes()


def test_the_table_has_items_results_and_every_judge_with_n_and_interval(
    judgetui: Call, session: Path
) -> None:
    said = judgetui("jury", session)
    assert said.code == 0 and "4 of 4 items judged" in said.out and "by majority" in said.out
    found = judgetui("jury", session, "1", "--json").json
    assert found["items"]["judged"] == 4 and found["rule"] == "majority" and found["model"] is None
    for judge in found["judges"]:
        figure = judge["agreement"]
        assert figure["n"] + figure["others_split"] == judge["spoke"] == judge["asked"] == 4
        (row,) = [line for line in said.out.splitlines() if line.startswith(judge["judge"])]
        assert figure["value"] is None or f"{figure['value']:.3f}" in row
    for text, share in found["results"].items():
        assert share["interval"][0] <= share["share"] <= share["interval"][1] and text in said.out


def test_the_model_shows_what_each_judge_says_of_what(judgetui: Call, session: Path) -> None:
    said = judgetui("jury", session, "--rule", "dawid-skene")
    assert said.code == 0
    assert "when it is" in said.out and "overall" in said.out and "iterations" in said.out
    assert "fewer than 100 items" in said.out
    found = judgetui("jury", session, "--rule", "dawid-skene", "--json").json
    classes = found["model"]["classes"]
    assert sum(found["model"]["prior"].values()) == pytest.approx(1) and found["model"]["converged"]
    for judge in found["judges"]:
        model = judge["model"]
        assert list(model["confusion"]) == classes == list(model["by_class"])
        assert all(sum(row.values()) == pytest.approx(1) for row in model["confusion"].values())
        assert model["accuracy"]["n"] == 4


def test_scores_have_a_mean(judgetui: Call, files: Path) -> None:
    assert judgetui(*FACTS, *THREE).code == 0
    found = judgetui("jury", "s.db", "--json", "--out", "jury.jsonl").json
    scores = [line["score"] for line in lines(files / "jury.jsonl")]
    assert found["rule"] == "mean" and found["mean"]["n"] == 6
    assert found["mean"]["value"] == pytest.approx(sum(scores) / 6)
    assert "mean score" in judgetui("jury", "s.db").out
    refused = judgetui("jury", "s.db", "--rule", "dawid-skene")
    assert refused.code == 2 and "--rule mean" in refused.err


def test_what_is_refused(judgetui: Call, session: Path) -> None:
    assert judgetui(*FACTS, "--judge", "scripted:1").code == 0
    alone = judgetui("jury", session)
    assert alone.code == 2 and "one judge" in alone.err and "--judge" in alone.err
    assert judgetui("jury", session, "1").code == 0
    assert judgetui("jury", session, "9").code == 2
    assert judgetui("jury", "nothing").code == 2
    both = judgetui("jury", session, "1", "--json", "--out", "-")
    assert both.code == 2 and both.out == ""
    mean = judgetui("jury", session, "1", "--rule", "mean")
    assert mean.code == 2 and "--rule majority" in mean.err


def test_a_cascade_says_how_many_items_came_to_each_judge(judgetui: Call, files: Path) -> None:
    opened, _ = asyncio.run(judged(files / "s.db", PANEL, each(["A  ", "AB ", "ABA", "A- "]), cascade=0.8))
    opened.close()
    said = judgetui("jury", "s.db", "--out", "jury.jsonl")
    assert said.code == 0 and "on to the next below 0.8" in said.out and "3 decided, 1 failed" in said.out
    found = judgetui("jury", "s.db", "--json").json
    assert found["cascade"] == 0.8
    assert [(judge["asked"], judge["spoke"]) for judge in found["judges"]] == [(4, 4), (3, 2), (1, 1)]
    assert all(judge["agreement"] is None for judge in found["judges"])
    written = lines(files / "jury.jsonl")
    assert [(line["status"], line["verdict"]) for line in written] == [
        ("ok", "A"),
        ("ok", "B"),
        ("ok", "A"),
        ("failed", None),
    ]
    assert judgetui("jury", "s.db", "--rule", "majority").code == 2


def test_names_of_judges_and_labels_are_shown_as_they_stand(judgetui: Call, files: Path) -> None:
    rubric = replace(CHECKS, scale=LabelScale(("[b]\x1b[31mpass", "fail")))
    rows = [{"x": "[b]\x1b[31mpass", "[link=y]": "fail"}, {"x": "fail", "[link=y]": "fail"}]
    opened, _ = asyncio.run(judged(files / "s.db", rubric, rows, ("x", "[link=y]")))
    opened.close()
    said = judgetui("jury", "s.db")
    assert said.code == 0 and "[link=y]" in said.out and "\x1b" not in said.out and "1 draw" in said.out
