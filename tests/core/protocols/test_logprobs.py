"""G-Eval: scores as expectations over the scale's tokens, with exact arithmetic."""

from __future__ import annotations

import pytest

from judgetui.core.protocols.points import expectation, score_token, token_at, weigh
from judgetui.core.reply import JudgeReply, TokenLogprob
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import ScoreSource, Status
from tests.core.protocols.builders import FIVE, TEN, read, rubric, token

OF = rubric(scale=FIVE)


def test_the_score_is_the_mean_weighted_by_probability() -> None:
    vote = read("4", OF, logprobs=[token("4", {"4": 0.5, "5": 0.25, "3": 0.25})])
    assert vote.score == pytest.approx(0.5 * 4 + 0.25 * 5 + 0.25 * 3)
    assert vote.source is ScoreSource.LOGPROBS
    assert vote.probabilities == pytest.approx({"3": 0.25, "4": 0.5, "5": 0.25})
    assert vote.outside == pytest.approx(0.0, abs=1e-12)


def test_mass_outside_the_scale_is_reported_and_takes_no_part() -> None:
    vote = read("4", OF, logprobs=[token("4", {"4": 0.4, "2": 0.4, "The": 0.1, "7": 0.05})])
    assert vote.score == pytest.approx(3.0)
    assert vote.outside == pytest.approx(0.2)
    assert set(vote.probabilities) == {"2", "4"}


def test_a_token_with_a_space_is_the_same_point() -> None:
    vote = read(" 4", OF, logprobs=[token(" 4", {" 4": 0.3, "4": 0.3, " 5": 0.2, "5": 0.2})])
    assert vote.probabilities == pytest.approx({"4": 0.6, "5": 0.4})
    assert vote.score == pytest.approx(4.4)


def test_the_score_is_found_behind_reasons() -> None:
    tokens = [token("3"), token(" facts"), token(" hold"), token(".\n\n"), token("Score"), token(":")]
    tokens.append(token(" 4", {" 4": 0.75, " 2": 0.25}))
    vote = read("3 facts hold.\n\nScore: 4", OF, logprobs=tokens)
    assert vote.score == pytest.approx(3.5)


def test_the_chosen_token_counts_even_when_it_is_not_listed() -> None:
    listed = TokenLogprob("4", 0.0, ())
    assert read("4", OF, logprobs=[listed]).probabilities == {"4": 1.0}


def test_thinking_before_the_score_shifts_its_place() -> None:
    tokens = [token("<think>"), token("2"), token("?"), token("</think>"), token("4", {"4": 0.5, "5": 0.5})]
    vote = read("<think>2?</think>4", OF, logprobs=tokens)
    assert vote.score == pytest.approx(4.5)


def test_thinking_that_the_server_cut_off_the_text_alone_is_not_weighed() -> None:
    thinking = [token("From"), token(" "), token("4", {"4": 0.9, "1": 0.1}), token(" to 5.</think>\n\n")]
    vote = read("4", OF, logprobs=[*thinking, token("4", {"4": 0.5, "5": 0.5})])
    assert vote.score == pytest.approx(4.5)


def test_white_space_that_the_server_cut_off_shifts_the_place() -> None:
    tokens = [token("\n"), token("4", {"4": 0.5, "5": 0.5}), token("\n")]
    assert read("4", OF, logprobs=tokens).score == pytest.approx(4.5)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("10", ["1", "0"]),  # several tokens share the score
        ("4.5", ["4", ".", "5"]),
        ("4/10", ["4/10"]),
        ("4", ["5"]),  # the tokens spell another text
    ],
)
def test_a_score_that_is_not_one_token_uses_no_probabilities(text: str, tokens: list[str]) -> None:
    of = rubric(scale=TEN)
    vote = read(text, of, logprobs=[token(part) for part in tokens])
    assert vote.status is Status.OK
    assert vote.source is ScoreSource.SINGLE
    assert vote.probabilities == {}
    assert "token probabilities were not used" in vote.detail


def test_a_token_that_holds_more_than_the_score_uses_no_probabilities() -> None:
    vote = read("4,", OF, logprobs=[token("4,", {"4,": 0.6, "5": 0.4})])
    assert (vote.score, vote.source) == (4, ScoreSource.SINGLE)


def test_one_and_ten_cannot_be_told_apart_by_their_first_digit() -> None:
    of = rubric(scale=TEN)
    vote = read("8", of, logprobs=[token("8", {"8": 0.6, "1": 0.3, "9": 0.1})])
    assert (vote.score, vote.source) == (8, ScoreSource.SINGLE)
    assert "no scale point" in vote.detail


def test_one_and_ten_are_told_apart_where_ten_is_a_token() -> None:
    of = rubric(scale=TEN)
    vote = read("8", of, logprobs=[token("8", {"8": 0.5, "1": 0.25, "10": 0.25})])
    assert vote.score == pytest.approx(8 * 0.5 + 1 * 0.25 + 10 * 0.25)


def test_a_first_digit_of_no_weight_does_not_spoil_the_rest() -> None:
    of = rubric(scale=TEN)
    vote = read("8", of, logprobs=[token("8", {"8": 0.75, "9": 0.2499, "1": 0.0001})])
    assert vote.score == pytest.approx((8 * 0.75 + 9 * 0.2499) / 0.9999)
    assert vote.outside == pytest.approx(0.0001)


def test_labels_are_weighed_too() -> None:
    scale = LabelScale(("fail", "pass"), ("pass",), {"fail": 0, "pass": 1})
    vote = read(
        "Pass", rubric(scale=scale), logprobs=[token("Pass", {"Pass": 0.3, " pass": 0.3, "Fail": 0.4})]
    )
    assert vote.score == pytest.approx(0.6)
    assert vote.label == "pass"


def test_labels_without_values_have_probabilities_and_no_score() -> None:
    vote = read(
        "no", rubric(scale=LabelScale(("no", "yes"))), logprobs=[token("no", {"no": 0.3, "yes": 0.7})]
    )
    assert (vote.label, vote.score) == ("yes", None)
    assert vote.probabilities == pytest.approx({"no": 0.3, "yes": 0.7})


def test_weigh_knows_only_scale_points() -> None:
    weights, outside = weigh(token("x", {"x": 0.9, "7": 0.1}), FIVE)
    assert (weights, outside) == ({}, 1.0)


def test_impossible_log_probabilities_do_no_harm() -> None:
    strange = TokenLogprob("4", 0.1, (("4", 0.1), ("5", -9999.0), ("3", float("-inf"))))
    vote = read("4", OF, logprobs=[strange])
    assert vote.score == pytest.approx(4.0)
    assert vote.outside == 0.0


def test_expectation_is_exact() -> None:
    assert expectation({"1": 0.25, "2": 0.75}, NumericScale(1, 3)) == 1.75


def test_token_at() -> None:
    tokens = [token("ab"), token("c"), token(" 10")]
    assert token_at(tokens, 2, 1) == 1
    assert token_at(tokens, 4, 2) == 2
    assert token_at(tokens, 1, 2) is None
    assert token_at(tokens, 9, 1) is None


def test_score_token_is_none_without_a_score() -> None:
    assert score_token(JudgeReply("no score", logprobs=(token("no score"),)), FIVE, "c") is None
