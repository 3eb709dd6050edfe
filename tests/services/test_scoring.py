"""Recorded replies as judgements: the same line however it is made, and what the choices allow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import log
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.item import Item
from judgetui.core.judgement import Judgement
from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.protocols.cards import Result
from judgetui.core.protocols.registry import get_protocol, protocol_names
from judgetui.core.protocols.vicuna import MATH
from judgetui.core.reply import JudgeReply, Usage
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import Failures, Parser, ScoreSource, Vote
from judgetui.errors import InputError
from judgetui.services import scoring
from judgetui.services.scoring import Choice, Scoring, scale_from_text
from judgetui.services.scoring_files import Block
from tests.core.protocols.test_every_protocol import a_rubric, an_item, planned, renderings

NAMES: Final = protocol_names()

ODD: Final = (
    "I would rather not say.",
    "",
    " \n",
    "<think>[[A]] [[3]] 4 4</think>",
    'Über alles: "quoted" \\ \x7f\t\u2028\U0001f600',
    "Score: 4\nRating: [[3]] [[A]]",
)


def replies(protocol: JudgeProtocol) -> list[str]:
    """Replies in the protocol's form, some of them a little more than that, and replies of other kinds."""
    request = planned(
        protocol, a_rubric(protocol.card.name), an_item(protocol, a_rubric(protocol.card.name))
    )[0]
    own = [text for _, text in renderings(protocol, request)][:6]
    return [
        *own,
        *(f"<think>hm</think>{text}" for text in own[:2]),
        *(f"Ünd: {text}\t" for text in own),
        *ODD,
    ]


def lines(protocol: JudgeProtocol, copies: int) -> list[dict[str, Any]]:
    """Every reply several times over; pairs in both orders too."""
    found: list[dict[str, Any]] = []
    texts = replies(protocol)
    for copy in range(copies):
        for number, text in enumerate(texts):
            line: dict[str, Any] = {"id": f"{copy}/{number}", "group": f"g{number}", "human": number}
            line["replies"] = [text] if copy % 3 else [text, texts[number - 1], text]
            if protocol.answers == (2, 2) and copy % 2:
                line["replies_swapped"] = [texts[number - 2]]
            found.append(line)
    return found


def scored(choice: Choice, given: Sequence[Mapping[str, Any]]) -> list[str]:
    """The lines that are made of these, together."""
    block = Block(1, [f"{json.dumps(line)}\n".encode() for line in given])
    found: list[bytes] = []
    Scoring(choice).scored(block, "replies.jsonl", found.append)
    return [line.decode() for line in found]


def one(choice: Choice, **line: Any) -> dict[str, Any]:
    (text,) = scored(choice, [{"id": "i"} | line])
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize("name", NAMES)
def test_a_line_is_the_same_alone_and_among_many(name: str, parser: Parser) -> None:
    protocol = get_protocol(name)
    choice = Choice(name, parser=parser, failures=protocol.counts_failures_as)
    given = lines(protocol, 7)
    assert scored(choice, given) == [scored(choice, [line])[0] for line in given]


@pytest.mark.parametrize("name", NAMES)
def test_the_votes_are_those_that_the_protocol_reads(name: str) -> None:
    protocol, scores = get_protocol(name), Scoring(Choice(name))
    requests = scores._usual[: 2 if is_pair(name) else 1]
    for text in replies(protocol):
        found = one(Choice(name), replies=[text], **({"replies_swapped": [text]} if is_pair(name) else {}))
        votes = [protocol.parse(scores._rubric, request, JudgeReply(text)) for request in requests]
        outcome = protocol.combine(scores._rubric, votes)
        assert found["votes"] == json.loads(json.dumps([without_reasons(vote) for vote in votes]))
        assert (found["status"], found["rationale"]) == (outcome.status, outcome.rationale)
        assert (found["score"], found["verdict"]) == (outcome.score, outcome.verdict)


def is_pair(name: str) -> bool:
    return get_protocol(name).answers == (2, 2)


def without_reasons(vote: Vote) -> dict[str, object]:
    return {key: value for key, value in vote.to_mapping().items() if key != "rationale"}


def test_a_line_has_the_keys_of_a_judgement() -> None:
    found = one(
        Choice("mt-bench-single"), replies=["Good. [[7]]"], human={"overall": 4}, category="c", model="m"
    )
    protocol = get_protocol("mt-bench-single")
    outcome = protocol.combine(a_rubric("mt-bench-single"), [])
    judged = Judgement(
        1, 0, Item("i", ("x",)), "h", "r", "h", "mt-bench-single", "j", outcome, (), datetime.now(UTC)
    )
    assert list(found) == [*judged.to_mapping(), "human", "category", "model"]
    assert (found["judge"], found["rubric"], found["started"], found["cost_usd"]) == (
        "recorded",
        None,
        None,
        None,
    )
    assert (found["score"], found["scores"], found["rationale"]) == (7.0, {"overall": 7.0}, "Good.")
    assert found["usage"] == Usage().to_mapping()
    assert (found["human"], found["category"], found["model"]) == ({"overall": 4}, "c", "m")


# log-probabilities


@given(st.text())
def test_the_pieces_of_a_reply_are_the_reply(text: str) -> None:
    assert "".join(scoring._PIECE.findall(text)) == text


def top(**shares: float) -> list[dict[str, Any]]:
    return [{"token": token.lstrip("_"), "logprob": log(share)} for token, share in shares.items()]


@pytest.mark.parametrize(
    ("reply", "score", "source"),
    [
        ("4", 3.5, ScoreSource.LOGPROBS),
        (" 4\n", 3.5, ScoreSource.LOGPROBS),
        ("3 facts hold.\n\nScore: 4", 3.5, ScoreSource.LOGPROBS),
        ("Of 4 facts 2 hold. Score: 4", 3.5, ScoreSource.LOGPROBS),
        ("<think>2</think>4", 3.5, ScoreSource.LOGPROBS),
        ("Score: 5", 5.0, ScoreSource.SINGLE),  # it is none of the alternatives
        ("Score: 4.5", 4.5, ScoreSource.SINGLE),  # it is several tokens
    ],
)
def test_recorded_alternatives_stand_where_the_score_stands(reply: str, score: float, source: str) -> None:
    found = one(Choice("g-eval"), replies=[reply], logprobs=[top(_4=0.75, _2=0.25)])
    assert (found["score"], found["score_source"]) == (pytest.approx(score), source)


def test_a_reply_without_alternatives_among_others_is_read_as_it_is() -> None:
    found = one(Choice("g-eval"), replies=["4", "2"], logprobs=[top(_4=0.5, _5=0.5), None])
    assert [vote["score_source"] for vote in found["votes"]] == ["logprobs", "samples"]
    assert found["score"] == pytest.approx((4.5 + 2) / 2)


def test_the_original_weighs_the_only_token_whatever_was_written() -> None:
    found = one(Choice("alpaca-eval-2", parser=Parser.FAITHFUL), replies=["I"], logprobs=[top(m=0.3, M=0.1)])
    assert found["probabilities"] == pytest.approx({"A": 0.75, "B": 0.25})


@pytest.mark.parametrize(
    ("logprobs", "words"),
    [
        ([top(_4=1), top(_4=1)], "2 for 1 reply"),
        ([[{"token": "4", "logprob": 0.7}]], "no log-probability"),
        ([[{"token": "4"}]], "logprobs.0.0"),
        ([{"token": "4", "logprob": -1}], "logprobs.0"),
        ("x", "logprobs"),
    ],
)
def test_alternatives_that_are_none_are_told(logprobs: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        one(Choice("g-eval"), replies=["4"], logprobs=logprobs)
    assert words in str(caught.value) and caught.value.place.line == 1


# choices


def test_a_criterion_is_looked_for_by_its_name() -> None:
    assert one(Choice("g-eval"), replies=["- Coherence: 4"])["status"] == "unparsed"
    assert one(Choice("g-eval", criteria=("coherence",)), replies=["- Coherence: 4"])["scores"] == {
        "coherence": 4.0
    }


def test_several_criteria_at_once_are_named() -> None:
    name = next(name for name in NAMES if get_protocol(name).card.result is Result.POINTS)
    choice = Choice(name, criteria=("depth", "style"), scale=NumericScale(1, 5))
    scores = Scoring(choice)
    form = scores._usual[0].form
    assert form is not None
    found = one(choice, replies=[form.verdict("4", "2")])
    assert found["scores"] == {"depth": 4.0, "style": 2.0} and found["score"] == 3.0
    with pytest.raises(InputError, match="one criterion at a time"):
        Scoring(Choice("g-eval", criteria=("depth", "style")))


def test_a_category_chooses_the_prompt_that_replies_answer() -> None:
    """Vicuna's mathematics prompt asks for the scores last, the general one for them first."""
    reply = "8 9\nThe first adds wrongly.\n\nScores: (3, 9)"
    assert one(Choice("vicuna"), replies=[reply], category=MATH)["answer_scores"] == [3.0, 9.0]
    assert one(Choice("vicuna"), replies=[reply], category="writing")["answer_scores"] == [8.0, 9.0]


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("1-5", NumericScale(1, 5)),
        (" 0 - 100 ", NumericScale(0, 100)),
        ("-3-3", NumericScale(-3, 3)),
        ("pass,fail", LabelScale(("pass", "fail"))),
        ("no, rather not, yes", LabelScale(("no", "rather not", "yes"))),
    ],
)
def test_scales_on_the_command_line(text: str, scale: object) -> None:
    assert scale_from_text(text) == scale


@pytest.mark.parametrize("text", ["", "5", "5-1", "1-1000", "a,a", "pass,", "1..5"])
def test_what_is_no_scale(text: str) -> None:
    with pytest.raises(InputError, match="--scale"):
        scale_from_text(text)


@pytest.mark.parametrize("name", NAMES)
def test_failures_count_as_the_original_counted_them_and_not_otherwise(name: str) -> None:
    own = get_protocol(name).counts_failures_as
    for failures in Failures:
        choice = Choice(name, failures=failures)
        if failures in {Failures.STATE, own}:
            none = ["I would rather not say."]
            found = one(choice, replies=none, **({"replies_swapped": none} if is_pair(name) else {}))
            counted = failures is not Failures.STATE
            assert found["status"] == ("ok" if counted else "unparsed")
            assert found["votes"][0]["parser"].endswith(f"+{failures}") is counted
            assert ("as in the original" in found["detail"]) is counted
        else:
            with pytest.raises(InputError, match="--failures"):
                Scoring(choice)


# lines


def blocks(given: Sequence[Mapping[str, Any]], at_once: int) -> Iterator[Block]:
    for start in range(0, len(given), at_once):
        yield Block(start + 1, [f"{json.dumps(line)}\n".encode() for line in given[start : start + at_once]])


@pytest.mark.parametrize(
    "odd",
    [
        {"human": 4.5},
        {"human": 2**64 + 1},
        {"human": -(2**53) - 1},
        {"human": "pass"},
        {"human": {"overall": 3, "depth": None}},
        {"human": None},
        {"human.anna": 3},
        {"group": 7},
        {"group": "ünd\u2028"},
        {"category": "math"},
        {"models": ["x", "y"]},
        {"ignored": [1, {}]},
        {"replies": ["[[A]]", "ü"]},
        {"replies_swapped": None},
        {"id": 12},
        {"id": 2**70 + 1},
        {"replies": ['He said "[[A]]". C:\\\\ [[B]]', '\\"']},
        {"id": " padded "},
    ],
)
def test_an_unusual_line_changes_none_of_its_neighbours(odd: dict[str, Any]) -> None:
    given = [{"id": str(n), "human": n, "replies": ["So. [[B]]"]} for n in range(9)]
    given[4] = given[4] | odd
    choice = Choice("mt-bench-pair")
    found = scored(choice, given)
    assert found == [scored(choice, [line])[0] for line in given]
    kept = {key: value for key, value in given[4].items() if key not in {"id", "replies", "ignored"}}
    told = json.loads(found[4])
    assert {key: told[key] for key in kept if kept[key] is not None} == {
        key: value for key, value in kept.items() if value is not None
    }


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"id": "x\ud800", "replies": ["a"]}, "surrogate"),
        ({"id": "x", "replies": ["a\udfff"]}, "surrogate"),
        ({"id": "x", "replies": ["a"], "group": "\ud800"}, "surrogate"),
        ({"id": "x", "replies": ["a"], "human": {"\ud800": 1}}, "surrogate"),
        ({"id": True, "replies": ["a"]}, "id"),
        ({"id": " ", "replies": ["a"]}, "empty"),
        ({"id": "x", "reply": ["a"]}, "Did you mean 'reply'"),
        ({"id": "x", "replies": []}, "no reply"),
        ({"id": "x", "replies": ["a"], "human": [1]}, "human"),
        ({"id": "x", "replies": ["a"], "human": {"depth": True}}, "human.depth"),
        ({"id": "x", "replies": ["a"], "group": {}}, "group"),
        ({"id": "x", "replies": ["a"], "models": "xy"}, "models"),
    ],
)
@pytest.mark.parametrize("neighbours", [0, 5])
def test_what_cannot_be_used_is_told_with_its_line(line: dict[str, Any], words: str, neighbours: int) -> None:
    around = [{"id": f"n{n}", "replies": ["a"]} for n in range(neighbours)]
    with pytest.raises(InputError) as caught:
        scored(Choice("mt-bench-pair"), [*around, line])
    assert words in str(caught.value)
    assert caught.value.place.line == neighbours + 1


def test_a_score_too_large_for_json_is_told() -> None:
    block = Block(1, [b'{"id": "x", "replies": ["a"], "human": 1e999}\n'])
    with pytest.raises(InputError, match="too large"):
        Scoring(Choice("g-eval")).scored(block, "x", bytes)


def test_a_label_that_looks_like_a_place_in_a_pattern() -> None:
    for label in ("\ue000", "100%", "%b"):
        choice = Choice("pass-fail", scale=LabelScale((label, "fail")))
        given = [{"id": f"i{n}", "replies": [f"Reasons {n} %s. [[{label}]]"]} for n in range(4)]
        found = [json.loads(line) for line in scored(choice, given)]
        assert [(each["id"], each["label"], each["rationale"]) for each in found] == [
            (f"i{n}", label, f"Reasons {n} %s.") for n in range(4)
        ]


def test_what_was_learned_does_not_go_on_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "MOST_KNOWN", 2)
    given = [{"id": str(n), "replies": [f"[[{n % 10 + 1}]]"]} for n in range(60)]
    scores = Scoring(Choice("mt-bench-single"))
    block = Block(1, [f"{json.dumps(line)}\n".encode() for line in given])
    found: list[bytes] = []
    scores.scored(block, "x", found.append)
    assert [json.loads(line)["score"] for line in found] == [float(n % 10 + 1) for n in range(60)]
    assert len(scores._known) == 2


def test_the_count_is_of_the_lines_of_one_block() -> None:
    scores = Scoring(Choice("mt-bench-single"))
    given = [{"id": str(n), "replies": ["[[5]]"]} for n in range(10)]
    counts = [scores.scored(block, "x", bytes).tally.judgements["ok"] for block in blocks(given, 4)]
    assert counts == [4, 4, 2]


def test_replies_to_swapped_answers_are_turned_back() -> None:
    straight = one(Choice("mt-bench-pair"), replies=["[[A]]"])
    turned = one(Choice("mt-bench-pair"), replies=[], replies_swapped=["[[A]]"])
    assert (straight["verdict"], turned["verdict"]) == ("A", "B")
    assert [turned["votes"][0][key] for key in ("order", "verdict")] == ["ba", "B"]
