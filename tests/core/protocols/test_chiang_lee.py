"""Chiang and Lee: the questions of a human study, and the follow-up's four forms of answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from judgetui.core.item import Item
from judgetui.core.protocols.failures import counted
from judgetui.core.protocols.registry import get_protocol, starter_rubric
from judgetui.core.reply import JudgeReply
from judgetui.core.rubric import Example
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import Failures, Parser, ScoreSource, Status, Vote
from tests.bounds import bounded
from tests.core.protocols.builders import FIVE, plan, read, rubric

CLOSER = ("score-only", "free-text", "rate-explain", "analyze-rate")
STUDY = starter_rubric("mine", "chiang-lee")
STORY = Item("s", ("Once upon a time.",), {"prompt": "A dragon learns to sing."})
FREE = rubric("chiang-lee-free-text", FIVE)


# plan


def test_the_study_asks_one_question_for_each_attribute() -> None:
    requests = plan(STUDY, about=STORY)
    assert [request.criterion for request in requests] == [
        "grammaticality",
        "cohesiveness",
        "likability",
        "relevance",
    ]
    for request, criterion in zip(requests, STUDY.criteria, strict=True):
        (message,) = request.messages
        assert message.role == "user"
        assert message.content.endswith(
            f"Question: {criterion.description} (on a scale of 1-5, 1 is the lowest, 5 is the highest)"
        )
        assert "Once upon a time." in message.content
        assert (request.temperature, request.top_p) == (1.0, 0.9)
    assert len(plan(STUDY, ScoreSource.SAMPLES, STORY)) == 4 * 3


def test_only_the_question_on_relevance_shows_the_prompt() -> None:
    shown = {
        request.criterion: "A dragon learns to sing." in request.messages[0].content
        for request in plan(STUDY, about=STORY)
    }
    assert shown == {
        "grammaticality": False,
        "cohesiveness": False,
        "likability": False,
        "relevance": True,
    }


@pytest.mark.parametrize("form", CLOSER)
def test_the_follow_up_sends_one_system_message_twenty_times(form: str) -> None:
    of = rubric(f"chiang-lee-{form}", NumericScale(1, 3, {1: "no", 3: "yes"}))
    requests = plan(of, ScoreSource.SAMPLES)
    assert len(requests) == 20
    (message,) = requests[0].messages
    assert message.role == "system"
    assert message.content.startswith(
        "Judge the answer.\n\nEvaluation Criteria:\nCorrectness (1-3): It is right.\n- 1 is no\n- 3 is yes\n"
    )
    assert (requests[0].temperature, requests[0].max_tokens) == (1.0, 128)


@pytest.mark.parametrize(
    ("form", "ending"),
    [
        ("score-only", "(scores ONLY):\n- Correctness:"),
        ("free-text", "(on a scale of 1-5, 1 is the lowest and 5 the highest)"),
        ("rate-explain", "):\n- Correctness:"),
        ("analyze-rate", "):\n- Correctness:"),
    ],
)
def test_the_forms_differ_at_the_end(form: str, ending: str) -> None:
    of = rubric(f"chiang-lee-{form}", FIVE)
    text = plan(of)[0].messages[0].content
    assert text.endswith(ending)
    words = text[text.index("Response: ") :]
    assert ("Rationale:" in words) is (form == "rate-explain")
    assert ("Analysis:" in words) is (form == "analyze-rate")
    if form in {"rate-explain", "analyze-rate"}:
        other = "Rationale:" if form == "rate-explain" else "Analysis:"
        assert (words.index("Rating:") < words.index(other)) is (form == "rate-explain")


@pytest.mark.parametrize(
    ("form", "worked"),
    [
        ("score-only", "- Correctness: 4\n"),
        ("free-text", "Answer: 4. It is right.\n"),
        ("rate-explain", "Rating: 4\nRationale: It is right.\n"),
        ("analyze-rate", "Analysis: It is right.\nRating: 4\n"),
    ],
)
def test_examples_are_in_the_form_and_no_verdict_when_echoed(form: str, worked: str) -> None:
    of = rubric(f"chiang-lee-{form}", FIVE, examples=(Example({"question": "1+1?"}, "4", "It is right."),))
    (request,) = plan(of)
    text = request.messages[0].content
    assert f"Question: 1+1?\n{worked}" in text
    assert get_protocol(of.protocol).parse(of, request, JudgeReply(text)).status is Status.UNPARSED


# read: what the follow-up's code makes of a reply

FAITHFUL = {
    "4": 4.0,
    "- Correctness: 4": 4.0,
    "Rating: 3\nRationale: because 5 is too much": 3.0,
    "Analysis: 2 slips.\nRating: 3": 3.0,
    "Rating: 2 ... no, rating: 4": 4.0,
    "RATING: 2": 2.0,
    "On a scale of 1-3 I say 2.": 2.0,
    "On a scale of 1-5 I say 2.": 1.0,
    "There are 2 slips, so I give it 4.": 2.0,
    "Rating: 3.5": 3.0,
    "Rating: 10": 1.0,
    "Rating: -2": 2.0,
    "I rate it 7.": 7.0,
    "<think>5</think>Rating: 3": 3.0,
    "Rating: none": None,
    "3, but rating: none": None,
    "It is good.": None,
    "...": None,
    "Rating: \u0663": None,
    "": None,
}


@pytest.mark.parametrize("form", CLOSER)
@pytest.mark.parametrize(("text", "score"), FAITHFUL.items())
def test_the_original_takes_the_first_digit_after_the_last_rating(
    form: str, text: str, score: float | None
) -> None:
    of = rubric(f"chiang-lee-{form}", FIVE)
    vote = read(text, of, parser=Parser.FAITHFUL)
    assert vote.score == score
    assert vote.status is (Status.UNPARSED if score is None else Status.OK)


def test_without_code_there_is_one_reading_of_the_study() -> None:
    for text in ("There are 2 slips, so I give it 4.", "I rate it 7.", "4"):
        of = rubric("chiang-lee", FIVE)
        faithful, repaired = read(text, of, parser=Parser.FAITHFUL), read(text, of)
        assert replace(faithful, parser="", detail="") == replace(repaired, parser="", detail="")


# read: what a careful person makes of a free reply

FREELY: dict[str, float | None] = {
    "4": 4,
    "4. The text is fine.": 4,
    "2 - somewhat": 2,
    "3/5": 3,
    "Rating: 3\nRationale: because 5 is too much": 3,
    "Analysis: 2 slips.\nRating: 3": 3,
    "Correctness: 2 (somewhat)": 2,
    "I would rate the correctness of this answer a 2 on a scale of 1-5.": 2,
    "On a scale of 1 to 5, with 1 being the lowest, the correctness is a 4.": 4,
    "On a scale of 1-5, I would rate the correctness of the answer as a 3.": 3,
    "The text is mostly right, so I'd give it 4 out of 5.": 4,
    "The answer is likable. I would give it a score of 4.": 4,
    "The correctness of the text of the answer is a 4 on a scale of 1-5.": 4,
    "The correctness of the answer is 4 out of 5.": 4,
    "It scores a 4 for correctness.": 4,
    "I'd say a 3.": 3,
    "My rating would be 4.": 4,
    "The answer holds together. (3)": 3,
    "I would rate this answer a 2. It could have been a 3 if it were longer.": 2,
    "It gives 2 reasons. I rate it 4.": 4,
    "I give it 4.5 out of 5.": 4.5,
    # no verdict
    "(on a scale of 1-5, 1 is the lowest, 5 is the highest)": None,
    "It has 4 slips.": None,
    "It gives 3 examples of this.": None,
    "There are 4 of 5 sentences that fit.": None,
    "I would not give it a 4.": None,
    "I would rate it between 3 and 4.": None,
    "I would rate it 3 or 4.": None,
    "It deserves a 2. No, it deserves a 3.": None,
    "I would rate the text 4/5 for grammar and 3/5 for style.": None,
    "Rating: 4 out of 10": None,
    "I rate it \u0664.": None,
    "Overall, it is good.": None,
    "": None,
}


@pytest.mark.parametrize("protocol", ["chiang-lee", "chiang-lee-free-text"])
@pytest.mark.parametrize(("text", "score"), FREELY.items())
def test_a_free_reply_is_read_as_a_person_would(protocol: str, text: str, score: float | None) -> None:
    vote = read(text, rubric(protocol, FIVE))
    assert vote.score == score
    assert (vote.status is Status.UNPARSED) is (score is None)


def test_a_score_off_the_scale_is_told() -> None:
    vote = read("I rate it 7.", FREE)
    assert (vote.status, vote.detail) == (Status.UNPARSED, "the score 7 is not on the scale.")


def test_labels_in_a_sentence() -> None:
    of = rubric("chiang-lee-free-text", LabelScale(("bad", "good"), values={"bad": 0, "good": 1}))
    vote = read("I would rate it as good.", of)
    assert (vote.label, vote.score) == ("good", 1.0)
    odd = read("fa\u0130l", replace(of, scale=LabelScale(("pass", "fail"))))  # it matches `fail`, and is not
    assert (odd.status, odd.label) == (Status.UNPARSED, None)


def test_reasons_are_kept_without_the_forms_labels() -> None:
    assert (
        read("Analysis: Two slips.\nRating: 3", rubric("chiang-lee-analyze-rate", FIVE)).rationale
        == "Two slips."
    )
    explained = read("Rating: 3\nRationale: Two slips.", rubric("chiang-lee-rate-explain", FIVE))
    assert explained.rationale == "Two slips."


def test_long_replies_are_read_quickly() -> None:
    for text in (
        "rate " * 20_000,
        "score is " * 12_000,
        "on a scale of " * 7_000,
        "4/5 " * 25_000,
        "a" * 100_000,
    ):
        for parser in Parser:
            with bounded():
                read(text, FREE, parser=parser)


# combine


def test_three_ratings_are_averaged_and_then_the_attributes() -> None:
    votes = [
        Vote(Status.OK, criterion.name, sample=n, score=float(score + n))
        for score, criterion in enumerate(STUDY.criteria, 1)
        for n in range(3)
    ]
    outcome = get_protocol("chiang-lee").combine(STUDY, votes)
    assert outcome.scores == {"grammaticality": 2, "cohesiveness": 3, "likability": 4, "relevance": 5}
    assert outcome.score == 3.5


def test_only_the_follow_up_counts_failures_as_zero() -> None:
    assert get_protocol("chiang-lee").counts_failures_as is Failures.STATE
    for form in CLOSER:
        protocol = get_protocol(f"chiang-lee-{form}")
        assert protocol.counts_failures_as is Failures.ZERO
        of = rubric(f"chiang-lee-{form}", FIVE)
        votes = [read(text, of, sample=n) for n, text in enumerate(("4", "4", "4", "well"))]
        assert protocol.combine(of, votes).score == 4.0
        zeros = [counted(protocol, vote, Failures.ZERO) for vote in votes]
        assert protocol.combine(of, zeros).score == 3.0
