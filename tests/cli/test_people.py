"""`judgetui people`: which pairs to send to people."""

from __future__ import annotations

import json
from math import log
from pathlib import Path

import pytest

from tests.cli.conftest import Call


def line(identity: str, *verdicts: str | None, status: str = "ok") -> str:
    votes = [{"verdict": verdict} if verdict else {"status": "unparsed"} for verdict in verdicts]
    return json.dumps(
        {"id": identity, "status": status, "verdict": verdicts[0] if verdicts else None, "votes": votes}
    )


@pytest.fixture
def judgements(tmp_path: Path) -> Path:
    path = tmp_path / "judgements.jsonl"
    lines = [
        line("sure", "A", "A", "A", "A", "A", "A"),
        line("torn", "A", "B", "tie", "A", "B", "tie"),
        line("nearly", "B", "B", "B", "B", "A", "B"),
        line("mixed", "A", "A", "A", "B", "B", None),
        line("failed", None, None, status="unparsed"),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_least_certain_come_first(judgetui: Call, judgements: Path) -> None:
    said = judgetui("people", str(judgements), "--share", "0.75", "--json")
    assert said.code == 0
    found = json.loads(said.out)
    assert [each["id"] for each in found["chosen"]] == ["torn", "mixed", "nearly"]
    assert found["chosen"][0]["bpde"] == pytest.approx(log(3))
    assert found["chosen"][1] == {
        "id": "mixed",
        "bpde": pytest.approx(-(0.6 * log(0.6) + 0.4 * log(0.4))),
        "votes": 5,
    }
    assert (found["pairs"], found["undecided"]) == (4, ["failed"])


def test_in_plain_lines(judgetui: Call, judgements: Path) -> None:
    said = judgetui("people", str(judgements), "--share", "0.25")
    assert "torn" in said.out and "sure" not in said.out
    assert "1 of 4 pairs" in said.out
    assert "for people in any case: failed" in said.out


def test_two_votes_tell_little(judgetui: Call, tmp_path: Path) -> None:
    path = tmp_path / "two.jsonl"
    path.write_text(line("x", "A", "B") + "\n", encoding="utf-8")
    assert "no pair has more than 2 votes" in judgetui("people", str(path), "--share", "1").out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no judgements"),
        ("[]", "no judgement"),
        ('{"id": "x", "status": "ok"}', "votes"),
        ('{"id": "x", "votes": [{"score": 4}]}', "no vote has a verdict"),
        ("{", "two.jsonl:1"),
    ],
)
def test_what_cannot_be_used(judgetui: Call, tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "two.jsonl"
    path.write_text(text + "\n", encoding="utf-8")
    said = judgetui("people", str(path))
    assert said.code == 2 and words in said.err
