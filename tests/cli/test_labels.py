"""`label` and `session labels`: labelling in plain lines, and what came of it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from judgetui.core.answer import shown_order
from tests.cli.conftest import Call


@pytest.fixture
def session(judgetui: Call, files: Path) -> str:
    """A session with six single answers and four pairs, both judged by a scripted judge."""
    for rubric, data in (("facts.yaml", "items.jsonl"), ("pairs.yaml", "pairs.jsonl")):
        said = judgetui(
            "run",
            "--rubric",
            files / rubric,
            "--data",
            files / data,
            "--judge",
            "scripted:1",
            "--session",
            "s.db",
            "-y",
        )
        assert said.code == 0, said.err
    return "s.db"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> object:
    """Puts lines on stdin."""

    def put(*lines: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    return put


def labels_of(judgetui: Call, session: str, rater: str) -> dict[str, object]:
    found = judgetui("session", "labels", session, "--json").json
    return {each["id"]: each["value"] for each in found if each["rater"] == rater}


def test_lines_label_skip_note_flag_and_take_back(judgetui: Call, session: str, typed: object) -> None:
    typed("4", "n odd", "f", "seven", "2", "u", "s", "3", "q")  # type: ignore[operator]
    said = judgetui("label", session, "--rater", "ana", "--rubric", "facts")
    assert said.code == 0
    assert said.out == "2 labelled (2 in order), 1 skipped, 3 left in the queue\n"
    assert "What is 0 + 0?" in said.err and "It is 0." in said.err
    assert "Say a whole number from 1 to 5." in said.err
    assert "taken back: what was said of i1." in said.err
    assert labels_of(judgetui, session, "ana") == {"i0": 4, "i2": 3}
    typed()  # type: ignore[operator]
    again = judgetui("label", session, "--rater", "ana", "--rubric", "facts", "--json").json
    assert again == {
        "rubric": "facts",
        "rater": "ana",
        "queue": "first",
        "labelled": 0,
        "skipped": 0,
        "picked": {},
        "left": 3,
    }


def test_pairs_are_shown_in_the_raters_order_and_stored_in_their_own(
    judgetui: Call, session: str, typed: object
) -> None:
    typed("a", "t", "both bad", "b")  # type: ignore[operator]
    said = judgetui(
        "label", session, "--rater", "ana", "--rubric", "pairs", "--pick", "random", "--limit", "4"
    )
    assert "4 labelled (4 at random)" in said.out
    found = {e["id"]: e for e in judgetui("session", "labels", session, "--json").json if e["rater"] == "ana"}
    for identity, each in found.items():
        assert each["shown"] == shown_order("ana", identity, 2)
        assert each["picked"] == "at random" and each["blind"] and each["by"] == "ana" and each["when"]
    firsts = {"A" if each["shown"] == "ab" else "B" for each in found.values()}
    assert sorted(each["value"] for each in found.values() if len(each["value"]) > 1) == ["both_bad", "tie"]
    assert firsts == {"A", "B"}
    lines = judgetui("session", "labels", session, "--answers", "-").out.splitlines()
    answers = [json.loads(line) for line in lines]
    own = {"ab": {"a": "A", "b": "B"}, "ba": {"a": "B", "b": "A"}}
    said_first, said_last = answers[0], answers[3]
    assert said_first["said"]["overall"] == own[said_first["shown"]]["a"]
    assert said_last["said"]["overall"] == own[said_last["shown"]]["b"]


def test_a_judge_that_was_shown_is_told(judgetui: Call, session: str, typed: object) -> None:
    typed("j", "4", "q")  # type: ignore[operator]
    said = judgetui("label", session, "--rater", "ana", "--rubric", "facts")
    assert "scripted:1: " in said.err
    text = judgetui("session", "labels", session).out
    assert "not blind" in text
    (ana,) = [
        e for e in judgetui("session", "labels", session, "--summary", "--json").json if e["rater"] == "ana"
    ]
    assert (ana["items"], ana["not_blind"], ana["picked"]) == (1, 1, {"in order": 1})
    assert ana["seconds"]["n"] == 1


def test_a_disagreement_is_settled(judgetui: Call, session: str, typed: object) -> None:
    for rater, value in (("ana", "4"), ("ben", "2")):
        typed(value, "q")  # type: ignore[operator]
        judgetui("label", session, "--rater", rater, "--rubric", "facts", "--limit", 1)
    typed("3")  # type: ignore[operator]
    said = judgetui(
        "label",
        session,
        "--rater",
        "cem",
        "--rubric",
        "facts",
        "--queue",
        "adjudication",
        "--apart",
        "1.5",
        "--json",
    )
    assert said.json["labelled"] == 1 and said.json["left"] == 0
    assert "rater 1: " in said.err and "ana" not in said.err
    assert labels_of(judgetui, session, "adjudicated") == {"i0": 3}
    assert "by cem" in judgetui("session", "labels", session).out


def test_answers_are_written_with_what_was_taken_back(
    judgetui: Call, session: str, typed: object, tmp_path: Path
) -> None:
    typed("4", "u", "5", "q")  # type: ignore[operator]
    judgetui("label", session, "--rater", "ana", "--rubric", "facts")
    said = judgetui("session", "labels", session, "--answers", "-")
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert [(line["said"], line["undone"]) for line in lines] == [
        ({"overall": 4}, True),
        ({"overall": 5}, False),
    ]
    out = tmp_path / "answers.jsonl"
    assert "2 answers written" in judgetui("session", "labels", session, "--answers", out).err
    assert out.read_text(encoding="utf-8") == said.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--rater: nobody is named."),
        (("--rater", "adjudicated"), "rater: 'adjudicated' is the name under which"),
        (("--rater", "ana", "--rubric", "fact"), "Did you mean facts?"),
        (("--rater", "ana", "--rubric", "facts", "--pick", "disagreement"), "Fewer than two judges"),
    ],
)
def test_what_cannot_be_labelled_is_told(
    judgetui: Call, session: str, arguments: tuple[str, ...], message: str
) -> None:
    said = judgetui(
        "label", session, *(arguments if "--rubric" in arguments else (*arguments, "--rubric", "facts"))
    )
    assert said.code == 2
    assert message in said.err
    assert said.out == ""


def test_nobody_has_labelled_anything(judgetui: Call, tmp_path: Path, files: Path) -> None:
    (files / "bare.jsonl").write_text('{"id": "x", "question": "Why?", "response": "So."}\n')
    judgetui(
        "run", "--rubric", files / "facts.yaml", "--data", files / "bare.jsonl", "--judge", "scripted:1",
        "--session", "t.db", "-y",
    )  # fmt: skip
    assert "nobody has labelled anything" in judgetui("session", "labels", "t.db").out
    assert judgetui("session", "labels", "t.db", "--json").json == []
