"""`session add`, `split`, `duplicates`, `redact`, and what `run` and `agree` read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from judgetui.cli import talk
from judgetui.storage.database import SessionFile
from tests.cli.conftest import Call, Said

TABLE = "prompt;output;score\nWarum größer?;So.;4\nWhere?;;5\nWho?;Me.;2\n"


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = tmp_path / "s.db"
    SessionFile.create(path, "s").close()
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "d.csv"
    path.write_bytes(TABLE.encode("cp1252"))
    return path


def items(judgetui: Call, session: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = judgetui("session", "items", session, "--json").json
    return found


def test_a_dry_run_shows_all_and_takes_nothing(judgetui: Call, session: Path, table: Path) -> None:
    said = judgetui("session", "add", session, table, "--dry-run")
    assert said.code == 1
    assert f"{table}: table, semicolon-separated, read as Windows-1252 (a guess)" in said.out
    assert "3 records: 0 items, 3 that cannot be read" in said.out
    assert "perhaps question (100 of 100)" in said.out
    assert (
        "suggested: --map prompt=question --map output=response --map score=human (all of them: --map auto)"
        in said.out
    )
    assert "read as Windows-1252, which is a guess" in said.err
    told = judgetui("session", "add", session, table, "--dry-run", "--map", "auto", "--json").json
    assert (told["encoding"], told["encoding_guessed"], told["good"], told["bad"]) == (
        "Windows-1252",
        True,
        2,
        1,
    )
    assert told["problems"][0]["line"] == 3
    assert next((each["name"], each["field"]) for each in told["columns"]) == ("prompt", "question")
    assert told["items"][0]["question"] == "Warum größer?"
    assert items(judgetui, session) == []


def test_a_bad_line_takes_all_down_unless_it_may_be_left_out(
    judgetui: Call, session: Path, table: Path
) -> None:
    maps = ("--map", "prompt=question", "--map", "output=response", "--map", "score=human")
    said = judgetui("session", "add", session, table, *maps, "--yes")
    assert said.code == 2
    assert "--skip-bad takes the rest" in said.err
    assert f"error: {table}:3: response: the item has no response" in said.err
    assert items(judgetui, session) == []
    done = judgetui("session", "add", session, table, *maps, "--yes", "--skip-bad", "--encoding", "cp1252")
    assert (done.code, "guess" in done.err) == (0, False)
    assert done.out == f"{session}: 2 items new, 0 changed, 0 as before; 1 lines left out\n"
    assert [(each["question"], each["human"]) for each in items(judgetui, session)] == [
        ("Warum größer?", 4),
        ("Who?", 2),
    ]
    again = judgetui("session", "add", session, table, "--map", "auto", "--yes", "--skip-bad", "--json").json
    assert (again["new"], again["changed"], again["same"], again["bad"]) == (0, 0, 2, 1)


def test_a_person_sees_the_items_and_is_asked(
    judgetui: Call, session: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = judgetui("session", "add", session, files / "items.jsonl")
    assert (refused.code, "nobody is here to ask" in refused.err) == (2, True)
    monkeypatch.setattr(talk, "can_ask", lambda: True)
    monkeypatch.setattr(talk, "confirm", lambda question: False)
    said = judgetui("session", "add", session, files / "items.jsonl")
    assert (said.code, "6 records: 6 items" in said.err, items(judgetui, session)) == (1, True, [])
    monkeypatch.setattr(talk, "confirm", lambda question: f"Add 6 items to {session}?" == question)
    assert judgetui("session", "add", session, files / "items.jsonl").code == 0
    assert len(items(judgetui, session)) == 6
    (files / "bad.jsonl").write_text('{"id": "x"}\n{"id": "y", "response": "z"}\n')
    bad = judgetui("session", "add", session, files / "bad.jsonl")
    assert (bad.code, "--skip-bad takes the other 1" in bad.err) == (1, True)


def test_pairs_are_made_of_two_files(judgetui: Call, session: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.jsonl", tmp_path / "other.jsonl"
    one.write_text(
        '{"id": "1", "question": "q", "response": "a", "model": "m1"}\n{"id": "2", "response": "b"}\n'
    )
    other.write_text('{"id": "1", "question": "Q", "response": "c", "model": "m2"}\n')
    dry = judgetui("session", "add", session, one, "--pair-with", other, "--dry-run")
    assert f"1 pairs; {one} is A, {other} is B" in dry.out
    assert f"without a partner in {one}: 2" in dry.out
    assert "1 pairs differ in question; A's are kept" in dry.out
    done = judgetui("session", "add", session, one, "--pair-with", other, "--yes", "--json").json
    assert (done["new"], done["alone_a"], done["differing"]) == (1, ["2"], {"1": ["question"]})
    (pair,) = items(judgetui, session)
    assert (pair["response_a"], pair["model_b"]) == ("a", "m2")
    none = judgetui("session", "add", session, one, "--pair-with", other, "--yes", "--key", "question")
    assert (none.code, "item '2' of the first file has no 'question'" in none.err) == (2, True)


def fill(judgetui: Call, session: Path, tmp_path: Path, count: int = 20) -> Said:
    path = tmp_path / "fill.jsonl"
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"]
    lines = [
        {
            "id": f"i{n}",
            "question": f"{words[n % 10]} {words[n // 2 % 10]}?",
            "response": f"{words[n % 7]} {n}",
            "category": "xy"[n % 2],
        }
        for n in range(count)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return judgetui("session", "add", session, path, "--yes")


def test_a_session_is_split_and_one_split_is_judged(
    judgetui: Call, session: Path, files: Path, tmp_path: Path
) -> None:
    fill(judgetui, session, tmp_path)
    dry = judgetui("session", "split", session, "--by", "category", "--dry-run")
    assert dry.out.splitlines()[0].split() == ["category", "train", "development", "test"]
    assert all("split" not in each for each in items(judgetui, session))
    told = judgetui("session", "split", session, "--by", "category", "--json").json
    assert told["splits"] == {"train": 12, "development": 4, "test": 4}
    assert told["strata"]["x"] == {"train": 6, "development": 2, "test": 2}
    assert judgetui("session", "split", session, "--json").json["changed"] == 0
    run = judgetui(
        "run",
        "--rubric",
        "facts.yaml",
        "--session",
        session,
        "--judge",
        "scripted:1",
        "--split",
        "test",
        "--out",
        "out.jsonl",
    )
    assert run.code == 0
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["split"] for line in lines] == ["test"] * 4
    wrong = judgetui(
        "run", "--rubric", "facts.yaml", "--session", session, "--judge", "scripted:1", "--split", "tset"
    )
    assert (wrong.code, "There are development, test, train." in wrong.err) == (2, True)
    uneven = judgetui("session", "split", session, "--train", "0.5", "--test", "0.4")
    assert (uneven.code, "the shares add up to 0.9" in uneven.err) == (2, True)


def test_duplicates_are_listed_told_as_leaks_and_dropped_by_choice(
    judgetui: Call, session: Path, tmp_path: Path
) -> None:
    path = tmp_path / "d.jsonl"
    same = {"question": "Why is the sky blue?", "response": "Because light of short waves scatters more."}
    path.write_text(
        json.dumps(same | {"id": "a", "split": "train"}) + "\n"
        + json.dumps(same | {"id": "b", "split": "test", "response": same["response"].upper()}) + "\n"
        + json.dumps({"id": "c", "response": "Something else."}) + "\n"
    )  # fmt: skip
    judgetui("session", "add", session, path, "--yes")
    said = judgetui("session", "duplicates", session)
    assert "100.0  a     b    leak: train, test" in said.out
    assert "1 pairs of near-duplicates among 3 items; without them 2" in said.out
    told = judgetui("session", "duplicates", session, "--json").json
    assert told["pairs"] == [{"ids": ["a", "b"], "score": 100.0, "splits": ["train", "test"], "leak": True}]
    leak = judgetui("session", "split", session)
    assert "a leak (near-duplicates): a in train, b in test" in leak.err
    assert judgetui("session", "duplicates", session, "--drop").code == 2
    assert "1 items removed" in judgetui("session", "duplicates", session, "--drop", "--yes").err
    assert [each["id"] for each in items(judgetui, session)] == ["a", "c"]


def test_a_redacted_copy(judgetui: Call, session: Path, tmp_path: Path) -> None:
    fill(judgetui, session, tmp_path, 3)
    copy = tmp_path / "copy.db"
    told = judgetui(
        "session", "redact", session, "--out", copy, "--fields", "question,response", "--json"
    ).json
    assert (told["contents"], told["raters"]) == (3, 0)
    assert {each["question"] for each in items(judgetui, copy)} == {"[redacted]"}
    assert b"alpha" not in copy.read_bytes()
    assert judgetui("session", "redact", session, "--out", copy, "--raw").code == 2


def test_run_reads_what_is_named_and_says_what_it_guessed(judgetui: Call, files: Path) -> None:
    (files / "d.csv").write_bytes(TABLE.replace("Where?;;5\n", "").encode("cp1252"))
    missing = judgetui("run", "--rubric", "facts.yaml", "--data", "d.csv", "--judge", "scripted:1")
    assert (missing.code, "Is it in `output`? Then add --map output=response." in missing.err) == (2, True)
    said = judgetui(
        "run", "--rubric", "facts.yaml", "--data", "d.csv", "--judge", "scripted:1", "--map", "auto", "--json"
    )
    assert (said.code, said.json["items"]) == (0, 2)
    assert "read as Windows-1252, which is a guess" in said.err
    assert "prompt is question, output is response, score is human" in said.err


def test_labels_are_read_in_every_format(judgetui: Call, files: Path) -> None:
    judgetui(
        "run",
        "--rubric",
        "facts.yaml",
        "--data",
        "items.jsonl",
        "--judge",
        "scripted:1",
        "--out",
        "out.jsonl",
    )
    (files / "labels.csv").write_bytes("id;human\ni0;4\ni1;3\ni2;5\n".encode("utf-16"))
    told = judgetui("agree", "out.jsonl", "--labels", "labels.csv", "--json").json
    assert told["overall"]["n"] == 3
