"""G-Eval: what is asked, and how samples and criteria are combined."""

from __future__ import annotations

from dataclasses import replace

import pytest

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.g_eval import GEval
from judgetui.core.rubric import Criterion, Example, InputField, Sampling
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import ScoreSource, Status, Vote
from judgetui.errors import ItemError
from tests.core.protocols.builders import FIVE, item, plan, rubric

TWO = (Criterion("a", "First.", 3), Criterion("b", "Second.", 1))


def vote(score: float | None, criterion: str = "correctness", sample: int = 0, **changes: object) -> Vote:
    status = Status.OK if score is not None else Status.UNPARSED
    return replace(Vote(status, criterion, sample=sample, score=score, source=ScoreSource.SINGLE), **changes)  # type: ignore[arg-type]  # a test's shorthand


def combine(votes: list[Vote], criteria: tuple[Criterion, ...] = (Criterion("correctness"),)) -> Outcome:
    return GEval().combine(rubric(criteria=criteria), votes)


def test_the_prompt_has_every_part_in_order_in_one_system_message() -> None:
    of = rubric(
        scale=NumericScale(1, 5, {1: "wrong", 5: "right"}),
        steps=("Read.", "Compare."),
        inputs=(InputField("question"), InputField("reference", optional=True)),
        examples=(Example({"question": "1+1?", "response": "2"}, "5"),),
    )
    (request,) = plan(of, about=item(reference="Since."))
    (message,) = request.messages
    assert message.role == "system"
    assert message.content.startswith(
        "Judge the answer.\n\n"
        "Evaluation Criteria:\nCorrectness (1-5): It is right.\n1 = wrong\n5 = right\n\n"
        "Evaluation Steps:\n1. Read.\n2. Compare.\n\n"
        "Worked Example:\nQuestion: 1+1?\nResponse: 2\n- Correctness: 5\n\n"
        "Example:\nQuestion: Why?\nReference answer: Since.\nResponse: Because.\n\n"
        "Evaluation Form (scores ONLY)"
    )
    form = message.content.rpartition("\n")[2]
    assert form.startswith("- Correctness")
    assert form.endswith(":")


def test_absent_parts_leave_no_trace() -> None:
    of = rubric(inputs=(InputField("question"), InputField("reference", optional=True)))
    (request,) = plan(of)
    assert "Reference" not in request.messages[0].content
    assert "Steps" not in request.messages[0].content
    assert "\n\n\n" not in request.messages[0].content


def test_a_label_scale_lists_its_labels() -> None:
    of = rubric(scale=LabelScale(("bad", "good")))
    (request,) = plan(of)
    assert "Correctness (bad / good): It is right." in request.messages[0].content
    assert request.labels == ("bad", "good")


def test_what_all_items_share_stands_before_what_they_do_not() -> None:
    (first,) = plan(rubric(steps=("Read.",)), about=item("One."))
    (second,) = plan(rubric(steps=("Read.",)), about=item("Two.", question="How?"))
    start = first.messages[0].content.index("Question:")
    assert first.messages[0].content[:start] == second.messages[0].content[:start]


def test_with_log_probabilities_one_call_at_temperature_0() -> None:
    (request,) = plan(rubric(), ScoreSource.LOGPROBS)
    assert (request.temperature, request.top_logprobs, request.max_tokens) == (0.0, 20, 5)


def test_samples_are_drawn_at_the_published_temperature() -> None:
    requests = plan(rubric(), ScoreSource.SAMPLES)
    assert len(requests) == 20
    assert [request.sample for request in requests] == list(range(20))
    assert {request.temperature for request in requests} == {1.0}
    assert {request.top_logprobs for request in requests} == {0}


def test_the_rubric_s_sampling_goes_first() -> None:
    sampling = Sampling(n=3, temperature=0.5, max_tokens=9, top_logprobs=7)
    assert len(plan(rubric(sampling=sampling), ScoreSource.SAMPLES)) == 3
    (request,) = plan(rubric(sampling=sampling), ScoreSource.LOGPROBS)
    assert (request.temperature, request.top_logprobs, request.max_tokens) == (0.5, 7, 9)


def test_one_call_a_criterion() -> None:
    assert [request.criterion for request in plan(rubric(criteria=TWO))] == ["a", "b"]


def test_items_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ItemError, match="has 2 responses; g-eval judges one `response`"):
        plan(rubric(), about=item("a", "b"))
    with pytest.raises(ItemError, match="has no 'context'"):
        plan(rubric(inputs=(InputField("context"),)))


def test_samples_are_averaged_and_unparsed_ones_left_out() -> None:
    outcome = combine([vote(4), vote(5, sample=1), vote(None, sample=2)])
    assert (outcome.status, outcome.score) == (Status.OK, 4.5)
    assert outcome.source is ScoreSource.SAMPLES
    assert "2 of 3 samples" in outcome.detail


def test_half_the_samples_are_not_enough() -> None:
    outcome = combine([vote(4), vote(None, sample=1)])
    assert (outcome.status, outcome.score, outcome.scores) == (Status.UNPARSED, None, {})


def test_criteria_are_weighed() -> None:
    outcome = combine([vote(5, "a"), vote(1, "b")], TWO)
    assert outcome.scores == {"a": 5, "b": 1}
    assert outcome.score == pytest.approx((5 * 3 + 1 * 1) / 4)
    assert outcome.source is ScoreSource.SINGLE


def test_one_criterion_without_a_score_leaves_none_for_the_whole() -> None:
    outcome = combine([vote(5, "a"), vote(None, "b")], TWO)
    assert (outcome.status, outcome.score, outcome.label) == (Status.UNPARSED, None, None)


def test_the_worst_status_of_all_criteria_counts() -> None:
    failed = Vote(Status.FAILED, "b", detail="timeout")
    outcome = combine([vote(None, "a"), failed], TWO)
    assert (outcome.status, outcome.detail) == (Status.FAILED, "timeout")


def test_no_vote_is_cancelled() -> None:
    assert combine([]).status is Status.CANCELLED
    assert combine([vote(5, "a")], TWO).status is Status.CANCELLED


def test_weights_of_0_give_no_score() -> None:
    outcome = combine([vote(5)], (Criterion("correctness", weight=0),))
    assert (outcome.status, outcome.score, outcome.scores) == (Status.OK, None, {"correctness": 5})


def test_the_weakest_source_names_the_mean() -> None:
    strong = vote(4.5, "a", source=ScoreSource.LOGPROBS, probabilities={"4": 0.5, "5": 0.5}, outside=0.1)
    outcome = combine([strong, vote(4, "b")], TWO)
    assert outcome.source is ScoreSource.SINGLE
    assert outcome.probabilities == {}
    assert outcome.outside == 0.1


def test_probabilities_of_samples_are_averaged() -> None:
    first = vote(4.5, source=ScoreSource.LOGPROBS, probabilities={"4": 0.5, "5": 0.5})
    second = vote(4.0, sample=1, source=ScoreSource.LOGPROBS, probabilities={"4": 1.0})
    assert combine([first, second]).probabilities == {"4": 0.75, "5": 0.25}


def test_the_most_common_label_wins() -> None:
    votes = [
        Vote(Status.OK, "correctness", sample=n, label=label) for n, label in enumerate(("no", "yes", "yes"))
    ]
    outcome = GEval().combine(rubric(scale=LabelScale(("no", "yes"))), votes)
    assert (outcome.label, outcome.labels, outcome.score) == ("yes", {"correctness": "yes"}, None)


def test_the_formless_prompt_is_the_prompt_without_its_form() -> None:
    of = rubric(scale=FIVE)
    full, formless = GEval().template(of), GEval().formless_template(of)
    assert full[0].content.startswith(formless[0].content)
    assert "Form" not in formless[0].content
