"""`judgetui score`: recorded replies to judgements, and what they come to."""

from __future__ import annotations

import json
from math import exp, log
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Call


@pytest.fixture
def replies(tmp_path: Path) -> Path:
    return tmp_path / "replies.jsonl"


def write(path: Path, *lines: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def scored(
    judgetui: Call, path: Path, protocol: str, *options: str
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    out = path.parent / "out.jsonl"
    said = judgetui(
        "score", "--protocol", protocol, "--replies", str(path), "--out", str(out), "--json", *options
    )
    assert said.code == 0, said.err
    return [json.loads(line) for line in out.read_text(encoding="utf-8").split("\n") if line], said.json


def figure(summary: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in summary["figures"] if each["name"].startswith(name))
    return found


def test_ratings_have_a_mean_with_its_interval(judgetui: Call, replies: Path) -> None:
    lines = [{"id": f"i{n}", "group": "g", "human": n, "replies": [f"So. [[{n}]]"]} for n in range(1, 10)]
    write(replies, *lines, {"id": "none", "human.ann": 4, "replies": ["I cannot say."]})
    found, summary = scored(judgetui, replies, "mt-bench-single")
    assert [each["score"] for each in found] == [*map(float, range(1, 10)), None]
    assert [each["status"] for each in found] == ["ok"] * 9 + ["unparsed"]
    assert (found[0]["id"], found[0]["group"], found[0]["human"], found[9]["human.ann"]) == ("i1", "g", 1, 4)
    assert (found[0]["judge"], found[0]["rubric"], found[0]["rubric_hash"]) == ("recorded", None, None)
    mean = figure(summary, "mean score")
    assert (mean["value"], mean["n"], mean["left_out"]) == (5.0, 9, 1)
    assert mean["low"] < 5 < mean["high"] and "bootstrap" in mean["interval"]
    assert summary["judgements"]["unparsed"] == summary["replies"]["unparsed"] == 1
    assert summary["parsers"] == ["mt-bench-single/repaired-1"]


def test_pairs_in_both_orders(judgetui: Call, replies: Path) -> None:
    write(
        replies,
        {"id": "won", "model_a": "x", "model_b": "y", "replies": ["[[A]]"], "replies_swapped": ["[[B]]"]},
        {"id": "flip", "model_a": "x", "model_b": "y", "replies": ["[[A]]"], "replies_swapped": ["[[A]]"]},
        {"id": "one", "model_a": "x", "model_b": "y", "replies": ["[[B]]"]},
    )
    found, summary = scored(judgetui, replies, "mt-bench-pair")
    assert [(each["verdict"], each["consistent"]) for each in found] == [
        ("A", True),
        ("tie", False),
        ("B", None),
    ]
    assert [vote["order"] for vote in found[0]["votes"]] == ["ab", "ba"]
    assert found[0]["model_a"] == "x"
    rate = figure(summary, "win rate of A")
    assert (rate["value"], rate["n"], rate["counts"]) == (50.0, 3, {"won": 1, "tied": 1, "lost": 1})


def test_sums_and_their_ratio_with_failures_both_ways(judgetui: Call, replies: Path) -> None:
    texts = ["8 9\nBecause.", "7 7\nBoth.", "9, 5\nWell.", "I refuse to give numbers."]
    write(replies, *({"id": f"q{n}", "replies": [text]} for n, text in enumerate(texts)))
    _, faithful = scored(judgetui, replies, "vicuna", "--parser", "faithful")
    ratio = figure(faithful, "ratio of sums")
    assert (ratio["value"], ratio["n"], ratio["left_out"]) == (pytest.approx(100 * 15 / 16), 2, 2)
    _, repaired = scored(judgetui, replies, "vicuna")
    assert figure(repaired, "ratio of sums")["value"] == pytest.approx(100 * 24 / 21)
    found, counted = scored(judgetui, replies, "vicuna", "--parser", "faithful", "--failures", "minus-one")
    assert figure(counted, "ratio of sums")["value"] == pytest.approx(100 * 13 / 14)
    assert counted["failures"] == {"counted_as": "minus-one", "n": 2}
    assert found[3]["votes"][0]["parser"] == "vicuna/faithful-1+minus-one"
    assert counted["parsers"] == ["vicuna/faithful-1"]


def test_a_soft_preference_from_recorded_probabilities(judgetui: Call, replies: Path) -> None:
    top = [
        {"token": "m", "logprob": log(0.75)},
        {"token": "M", "logprob": log(0.05)},
        {"token": "x", "logprob": -9},
    ]
    write(
        replies,
        {"id": "given", "replies": ["m"], "logprobs": [top]},
        {"id": "swapped", "replies": [], "replies_swapped": ["m"], "logprobs": [top]},
    )
    found, summary = scored(judgetui, replies, "alpaca-eval-2")
    share = exp(log(0.75)) / (exp(log(0.75)) + exp(log(0.05)))
    assert found[0]["probabilities"] == pytest.approx({"A": share, "B": 1 - share})
    assert found[1]["probabilities"] == pytest.approx({"A": 1 - share, "B": share})
    assert [each["score_source"] for each in found] == ["logprobs", "logprobs"]
    assert figure(summary, "win rate of B, 100 * mean")["value"] == pytest.approx(50)


def test_g_eval_weighs_and_averages(judgetui: Call, replies: Path) -> None:
    top = [{"token": "4", "logprob": log(0.5)}, {"token": "2", "logprob": log(0.5)}]
    write(
        replies,
        {"id": "weighed", "replies": ["4"], "logprobs": [top]},
        {"id": "sampled", "replies": ["4", "5", "no score"]},
    )
    found, _ = scored(judgetui, replies, "g-eval")
    assert [each["score"] for each in found] == [pytest.approx(3.0), 4.5]
    assert [each["score_source"] for each in found] == ["logprobs", "samples"]
    assert "2 of 3" in found[1]["detail"]
    zeros, summary = scored(judgetui, replies, "g-eval", "--failures", "zero")
    assert zeros[1]["score"] == 3.0 and summary["failures"] == {"counted_as": "zero", "n": 1}


def test_a_scale_and_labels_of_ones_own(judgetui: Call, replies: Path) -> None:
    write(replies, {"id": "a", "replies": ["3"]}, {"id": "b", "replies": ["5"]})
    found, _ = scored(judgetui, replies, "g-eval", "--scale", "1-3")
    assert [each["status"] for each in found] == ["ok", "unparsed"]
    write(replies, {"id": "a", "replies": ["Fine. [[good]]"]}, {"id": "b", "replies": ["Hm. [[bad]]"]})
    found, _ = scored(judgetui, replies, "pass-fail", "--scale", "good,bad")
    assert [each["label"] for each in found] == ["good", "bad"]


def test_rankings_are_counted(judgetui: Call, replies: Path) -> None:
    lists = [["[[B > A > C]]"], ["[[B > C > A]]"], ["[[A > B > C]]"]]
    write(
        replies,
        *({"id": f"i{n}", "models": ["x", "y", "z"], "replies": each} for n, each in enumerate(lists)),
    )
    found, summary = scored(judgetui, replies, "listwise")
    assert [each["ranking"] for each in found] == [[1, 0, 2], [1, 2, 0], [0, 1, 2]]
    assert figure(summary, "ranked first: B")["counts"] == {"items": 2}


def test_without_out_the_judgements_go_to_stdout_and_the_talk_to_stderr(
    judgetui: Call, replies: Path
) -> None:
    write(replies, {"id": "a", "replies": ["Good. [[7]]"]})
    said = judgetui("score", "--protocol", "mt-bench-single", "--replies", str(replies))
    assert json.loads(said.out)["score"] == 7.0
    assert "items: 1 (1 ok)" in said.err and "mean score: 7.00, n 1" in said.err
    assert judgetui("score", "--protocol", "mt-bench-single", "--replies", str(replies), "--json").code == 2


def test_the_same_line_whatever_was_scored_before(judgetui: Call, replies: Path) -> None:
    """Lines that are made from a template are those that are made whole."""
    texts = [
        'He said "so".\nÜber alles. [[7]]',
        "Plain. [[7]]",
        "[[7]]",
        "None.",
        "Tab\there \u2028 [[7]]",
        "x [[3.5]]",
    ]
    lines = [{"id": f"i{n}", "human": n, "replies": [texts[n % len(texts)]]} for n in range(60)]
    write(replies, *lines)
    together, _ = scored(judgetui, replies, "mt-bench-single")
    for line, found in zip(lines, together, strict=True):
        write(replies, line)
        assert scored(judgetui, replies, "mt-bench-single")[0] == [found]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", ":1:"),
        ("[]", "not an object"),
        ('{"id": "a"}', "replies"),
        ('{"replies": ["x"]}', "id"),
        ('{"id": "a", "replies": "x"}', "list of replies"),
        ('{"id": "a", "replies": [3]}', "replies.0"),
        ('{"id": "a", "replies": ["x"], "replies_swapped": ["y"]}', "replies_swapped"),
        ('{"id": "a", "replies": ["x"]}\n{"id": "a", "replies": ["y"]}', "twice"),
        ('{"id": "a", "replies": ["x"], "logprobs": []}', "logprobs"),
        ("", "no replies"),
    ],
)
def test_a_bad_line_is_told_with_its_place(judgetui: Call, replies: Path, line: str, words: str) -> None:
    replies.write_text(line + "\n", encoding="utf-8")
    out = replies.parent / "out.jsonl"
    said = judgetui("score", "--protocol", "g-eval", "--replies", str(replies), "--out", str(out))
    assert said.code == 2 and words in said.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--protocol", "g-evil"), "g-eval"),
        (("--protocol", "g-eval", "--scale", "five"), "--scale"),
        (("--protocol", "mt-bench-pair", "--scale", "1-5"), "no scale"),
        (("--protocol", "g-eval", "--failures", "tie"), "zero"),
        (("--protocol", "lima", "--failures", "minus-one"), "--failures"),
    ],
)
def test_wrong_options_are_told(judgetui: Call, replies: Path, options: tuple[str, ...], words: str) -> None:
    write(replies, {"id": "a", "replies": ["4"]})
    said = judgetui("score", *options, "--replies", str(replies))
    assert said.code == 2 and words in said.err
