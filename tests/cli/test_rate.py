"""`judgetui rate`: what it reads, prints, and refuses."""

from __future__ import annotations

import io
import json
import sys
from math import log10
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli.conftest import Call

HEAD = "model  rating  95% interval"


def line(model_a: str, model_b: str, verdict: str | None, **more: object) -> str:
    return json.dumps({"model_a": model_a, "model_b": model_b, "verdict": verdict, **more}) + "\n"


@pytest.fixture
def verdicts(tmp_path: Path) -> Path:
    """x beats y three times out of four, with a tie and a both_bad; one pair was refused."""
    path = tmp_path / "verdicts.jsonl"
    path.write_text(
        line("x", "y", "A") * 3
        + "\n"
        + line("y", "x", "A")
        + line("y", "x", "tie")
        + line("x", "y", "both_bad", status="ok")
        + line("x", "y", None, status="refused", votes=[{"raw": "no"}])
    )
    return path


def test_json_is_the_ratings_alone_best_first(judgetui: Call, verdicts: Path) -> None:
    said = judgetui("rate", verdicts, "--method", "bradley-terry", "--json")
    assert said.code == 0
    assert [set(each) for each in said.json] == [{"model", "rating", "low", "high", "games"}] * 2
    assert [each["model"] for each in said.json] == ["x", "y"]
    assert [each["games"] for each in said.json] == [6, 6]
    gap = said.json[0]["rating"] - said.json[1]["rating"]
    assert gap == pytest.approx(400 * log10(4 / 2))  # three wins and two halves against one and two halves
    assert said.json[0]["low"] < said.json[0]["rating"] < said.json[0]["high"]
    assert "skipped: 1" in said.err


def test_plain_lines_tell_where_the_figures_come_from(judgetui: Call, verdicts: Path) -> None:
    said = judgetui("rate", verdicts, "--method", "elo", "--orders", 20, "--seed", 5)
    assert said.code == 0 and said.err == ""
    assert said.out.startswith(HEAD)
    for told in (
        "games: 6, with 1 ties, and 1 both_bad counted as ties",
        "without a verdict, skipped: 1",
        "K=4",
        "20 random orders",
        "seed 5",
        "1000 times",
    ):
        assert told in said.out


def test_k_moves_elo(judgetui: Call, tmp_path: Path) -> None:
    (tmp_path / "v.jsonl").write_text(line("x", "y", "B"))
    found = judgetui("rate", "v.jsonl", "--method", "elo", "--k", 32, "--json").json
    assert found == [
        {"model": "y", "rating": 1016.0, "low": None, "high": None, "games": 1},
        {"model": "x", "rating": 984.0, "low": None, "high": None, "games": 1},
    ]


def test_the_same_seed_says_the_same(judgetui: Call, verdicts: Path) -> None:
    call = ("rate", verdicts, "--method", "elo", "--json", "--orders", 9)
    assert judgetui(*call, "--seed", 3).out == judgetui(*call, "--seed", 3).out
    assert judgetui(*call, "--seed", 3).out != judgetui(*call, "--seed", 4).out


def test_stdin(judgetui: Call, verdicts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(verdicts.read_bytes())))
    from_file = judgetui("rate", verdicts, "--method", "bradley-terry", "--json")
    assert judgetui("rate", "-", "--method", "bradley-terry", "--json") == from_file


def test_an_anchor_stands_at_1000(judgetui: Call, verdicts: Path) -> None:
    call = ("rate", verdicts, "--method", "bradley-terry", "--json")
    found = {each["model"]: each["rating"] for each in judgetui(*call, "--anchor", "y").json}
    assert found["y"] == 1000 and found["x"] > 1000
    said = judgetui(*call, "--anchor", "z")
    assert said.code == 2 and "'z'" in said.err and "x, y" in said.err


def test_who_won_everything_is_told_and_not_rated(judgetui: Call, verdicts: Path) -> None:
    with verdicts.open("a") as file:
        file.write(line("top", "x", "A") * 4)
    said = judgetui("rate", verdicts, "--method", "bradley-terry")
    assert said.code == 0
    assert "above" in said.out and "no rating for top" in said.out and "elo rates every model" in said.out
    as_json = judgetui("rate", verdicts, "--method", "bradley-terry", "--json")
    assert as_json.json[0] == {"model": "top", "rating": None, "low": None, "high": None, "games": 4}
    assert "no rating for top" in as_json.err


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("{not json}\n", "this is not JSON"),
        ("[1, 2]\n", "no JSON object"),
        (line("x", "", "A"), "model_b: '' is no name"),
        (json.dumps({"model_b": "y", "verdict": "A"}) + "\n", "model_a: there is none"),
        (json.dumps({"model_a": 3, "model_b": "y", "verdict": "A"}) + "\n", "model_a: 3 is no name"),
        (line("x", "x", "A"), "'x' is compared with itself"),
        (line("x", "y", "TIE"), "verdict: 'TIE' is no verdict"),
        (line("x", "y", "both bad"), "Did you mean both_bad?"),
        (line("x", "y", None), "verdict: there is none"),
        (line("x", "y", None, status="ok", score=3), "verdict: there is none"),
        (line("x", "y", "A", status="fine"), "status: 'fine' is no status"),
        ('{"model_a": "x", "model_a": "z", "model_b": "y", "verdict": "A"}\n', "'model_a' is there twice"),
        ("\xff", "UTF-8"),
    ],
)
def test_a_bad_line_is_named(judgetui: Call, verdicts: Path, bad: str, told: str) -> None:
    with verdicts.open("ab") as file:
        file.write(bad.encode("latin-1"))
    said = judgetui("rate", verdicts, "--method", "elo")
    assert said.code == 2 and said.out == ""
    assert f"{verdicts}:9" in said.err and told in said.err


def test_a_file_without_a_verdict_is_an_error(judgetui: Call, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    assert "holds no verdicts" in judgetui("rate", "empty.jsonl", "--method", "elo").err
    (tmp_path / "failed.jsonl").write_text(line("x", "y", None, status="failed") * 2)
    said = judgetui("rate", "failed.jsonl", "--method", "elo")
    assert said.code == 2 and "none of 2 judgements has a verdict" in said.err
    missing = judgetui("rate", "missing.jsonl", "--method", "elo")
    assert missing.code == 2 and "no such file" in missing.err


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--method", "glicko"),
        ("--method", "elo", "--k", "0"),
        ("--method", "elo", "--orders", "0"),
        ("--method", "elo", "--anchor", "x"),
        ("--method", "bradley-terry", "--k", "4"),
        ("--method", "bradley-terry", "--orders", "10"),
    ],
)
def test_options_that_mean_nothing_are_wrong_usage(
    judgetui: Call, verdicts: Path, options: tuple[str, ...]
) -> None:
    said = judgetui("rate", verdicts, *options)
    assert said.code == 2 and said.out == "" and said.err


def test_the_help_tells_of_the_k_that_was_printed_and_the_one_that_fits(judgetui: Call) -> None:
    told = " ".join(judgetui("rate", "--help").out.split())
    assert "QLoRA's text says 32, but its table is K=4" in told


def test_names_are_text(judgetui: Call, tmp_path: Path) -> None:
    (tmp_path / "v.jsonl").write_text(line("[red]\x1b[31mx", "y", "A"))
    said = judgetui("rate", "v.jsonl", "--method", "elo")
    assert "[red]" in said.out and "\x1b" not in said.out
