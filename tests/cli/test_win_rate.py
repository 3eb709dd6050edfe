"""`judgetui win-rate`, and `rate` on a session: files and sessions, lines and JSON, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from tests.cli.conftest import PAIRWISE, Call

PAIRS: Final = 40
RUN: Final = ("run", "--rubric", "pairs.yaml", "--data", "named.jsonl", "--session", "s.db", "--yes")


@pytest.fixture
def judged(judgetui: Call, tmp_path: Path) -> Path:
    """A session of a run on pairs against one baseline, its judgements as `out.jsonl`, and items with the lengths."""
    (tmp_path / "pairs.yaml").write_text(PAIRWISE)
    lines = [
        {
            "id": f"p{n}",
            "question": f"What is {n}?",
            "response_a": "It is " + "so " * (n % 7),
            "response_b": "No " * (n % 5 + 1),
            "model_a": "base",
            "model_b": "one" if n % 2 else "two",
        }
        for n in range(PAIRS)
    ]
    (tmp_path / "named.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert judgetui(*RUN, "--judge", "scripted:1", "--out", "out.jsonl").code == 0
    return tmp_path / "s.db"


def test_a_session_and_its_files_say_the_same(judgetui: Call, judged: Path) -> None:
    of_session = judgetui("win-rate", judged, "--json")
    of_files = judgetui("win-rate", "out.jsonl", "--data", "named.jsonl", "--json")
    assert of_session.code == of_files.code == 0
    assert of_session.json == of_files.json
    found = of_session.json
    assert (found["baseline"], found["judge"], found["preferences"], found["unmatched"]) == (
        "base",
        "scripted:1",
        "verdicts",
        0,
    )
    assert {each["model"] for each in found["models"]} == {"one", "two"}
    for each in found["models"]:
        assert each["n"] + each["failed"] == PAIRS / 2
        rate, controlled = each["win_rate"], each["length_controlled_win_rate"]
        assert rate["interval"][0] <= rate["value"] <= rate["interval"][1] and rate["standard_error"] > 0
        assert controlled["value"] is not None or controlled["why"]
        assert controlled["formula"] in {None, "length_controlled_minimal"}


def test_without_answers_only_the_plain_rate_is_told(judgetui: Call, judged: Path) -> None:
    said = judgetui("win-rate", "out.jsonl")
    assert said.code == 0 and "against base, in percent, by the judge's verdicts" in said.out
    assert "give the items with --data" in said.out and "pairs have no lengths" in said.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("win-rate", "s.db", "--data", "named.jsonl"), "a session holds its answers"),
        (("win-rate", "out.jsonl", "--run", 1), "is a file, not a session"),
        (("win-rate", "s.db", "--baseline", "nobody"), "none of the models"),
        (("win-rate", "s.db", "--judge", "nobody"), "has no judge"),
        (("win-rate", "gone.db"), "there is no session"),
        (("win-rate", "gone.jsonl"), "there is no such file"),
        (("rate", "out.jsonl", "--method", "elo", "--run", 1), "is a file, not a session"),
        (("rate", "s.db", "--method", "elo", "--judge", "nobody"), "has no judge"),
    ],
)
def test_what_does_not_fit_is_refused(
    judgetui: Call, judged: Path, arguments: tuple[object, ...], told: str
) -> None:
    said = judgetui(*arguments)
    assert said.code == 2 and told in said.err and said.out == ""


def test_several_judges_are_not_mixed(judgetui: Call, judged: Path) -> None:
    assert judgetui(*RUN, "--judge", "scripted:1", "--judge", "scripted:2").code == 0
    said = judgetui("win-rate", judged)
    assert said.code == 2 and "--judge: scripted:1, scripted:2" in said.err
    assert judgetui("win-rate", judged, "--judge", "scripted:2", "--json").json["judge"] == "scripted:2"
    assert judgetui("win-rate", judged, "--run", 1).code == 0


def test_a_session_is_rated_as_its_file(judgetui: Call, judged: Path) -> None:
    for method in ("elo", "bradley-terry"):
        of_session = judgetui("rate", "s.db", "--method", method, "--json")
        assert of_session.code == 0
        assert of_session.json == judgetui("rate", "out.jsonl", "--method", method, "--json").json
