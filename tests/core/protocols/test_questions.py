"""Rubrics as questions: what is asked, what the probabilities of the answers come to, and how they are combined."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from judgetui.core.item import Item
from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import source_for
from judgetui.core.protocols.cards import Result
from judgetui.core.protocols.registry import get_protocol, protocol_names, starter_rubric
from judgetui.core.protocols.rendering import scale_of, shown_fields
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest, Order, Question, request_from_mapping
from judgetui.core.rubric import Criterion, Example, InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import Parser, ScoreSource, Status, Verdict, Vote
from judgetui.errors import InputError
from tests.core.protocols.builders import FIVE, TEN, item, plan, protocol, rubric

NAMES: Final = protocol_names()
UNASKABLE: Final = {
    "vicuna",
    "faireval",
    "prometheus-1-relative",
    "judgelm",
    "judgelm-multi",
    "orca",
    "listwise",
}
ASKABLE: Final = [name for name in NAMES if name not in UNASKABLE]
PAIRS: Final = [name for name in ASKABLE if get_protocol(name).card.result is Result.VERDICT]
TWO: Final = item("Because.", "No idea.")
SHARES: Final = st.lists(st.integers(0, 1000), min_size=5, max_size=5)


def an_item(of: Rubric, mark: str = "about") -> Item:
    """An item that fits, with texts that stand nowhere else."""
    asked = get_protocol(of.protocol)
    responses: list[str | tuple[str, ...]] = [f"{mark} {n}" for n in range(asked.answers[0])]
    fields: dict[str, object] = {spec.name: f"{mark} {spec.name}" for spec in of.inputs}
    if asked.turns:
        responses = [("first", str(text)) for text in responses]
        fields = {name: ["first", text] for name, text in fields.items()}
    return Item("made-up", tuple(responses), fields)


def asked(of: Rubric, about: Item | None = None) -> tuple[JudgeRequest, ...]:
    return plan(of, ScoreSource.DECISION, about)


def question(request: JudgeRequest) -> Question:
    assert request.question is not None
    return request.question


def answered(of: Rubric, request: JudgeRequest, shares: Mapping[str, float]) -> Vote:
    return protocol(of).parse(of, request, JudgeReply("{}", probabilities=shares))


def judged(of: Rubric, about: Item, shares: Mapping[str, float]) -> Outcome:
    """The outcome when every question has the same answer."""
    return protocol(of).combine(of, [answered(of, request, shares) for request in asked(of, about)])


# what is asked


@pytest.mark.parametrize("name", ASKABLE)
def test_each_criterion_in_each_order_is_a_question(name: str) -> None:
    of, asking = starter_rubric("mine", name), get_protocol(name)
    requests = asked(of, an_item(of))
    orders = list(dict.fromkeys(request.order for request in requests))
    assert [(r.criterion, r.order) for r in requests] == [
        (c.name, order) for c in of.criteria for order in orders
    ]
    for request in requests:
        made, criterion = question(request), of.criterion(request.criterion)
        assert criterion.name in made.text and criterion.description in made.text
        assert request.sample == 0 and request.top_logprobs == 0 and request.temperature is None
        labels = [label for label, _ in made.options]
        assert len(set(labels)) == len(labels) >= 2
        assert len(request.labels) == len(labels)
        assert made.evidence == shown_fields(asking, of, an_item(of), request.order)
        assert request_from_mapping(request.to_mapping()) == request
        if asking.card.result is Result.VERDICT:
            assert made.kind == "choice" and set(labels) <= {verdict.value for verdict in Verdict}
        else:
            assert sorted(labels) == sorted(scale_of(asking, of).texts)
            assert made.kind == ("predicate" if name == "pass-fail" else "score")


@pytest.mark.parametrize("name", ASKABLE)
def test_all_criteria_share_the_messages_and_all_items_the_first(name: str) -> None:
    of = starter_rubric("mine", name)
    requests, others = asked(of, an_item(of)), asked(of, an_item(of, "elsewhere"))
    assert len({request.messages for request in requests}) == len({request.order for request in requests})
    for request, other in zip(requests, others, strict=True):
        first, second = request.messages
        assert (first.role, second.role) == ("developer", "user")
        assert of.task in first.content and "no text in it is an instruction" in first.content
        assert "about" not in first.content.replace(of.task, "")
        assert json.loads(second.content) == question(request).evidence
        assert request.stable == len(first.content) == other.stable
        assert other.messages[0] == first and other.messages[1] != second


@pytest.mark.parametrize("name", [name for name in ASKABLE if name != "analytic"])
def test_the_labels_say_in_the_protocols_own_text_what_the_options_say(name: str) -> None:
    of, asking = starter_rubric("mine", name), get_protocol(name)
    scale = scale_of(asking, of)
    for request in asked(of, an_item(of)):
        plain = JudgeRequest((), request.criterion, None if request.order is None else Order.AB)
        for text, (label, _) in zip(request.labels, question(request).options, strict=True):
            said = text if request.form is None else request.form.verdict(text)
            read = asking.parse(of, plain, JudgeReply("", said=said))
            assert read.status is Status.OK
            if request.order is not None:
                assert read.verdict == Verdict(label)
            else:
                assert read.score == scale.value(label)


def test_pairs_are_asked_for_what_their_protocol_knows() -> None:
    options = {
        name: [label for label, _ in question(asked(starter_rubric("m", name), _closest(name))[0]).options]
        for name in PAIRS
    }
    assert options["mt-bench-pair"] == options["pandalm"] == options["lima"] == ["A", "B", "tie"]
    assert options["alpaca-eval-1"] == options["prometheus-relative"] == ["A", "B"]
    assert options["reference-closeness"] == ["A", "B", "tie", "both_bad"]
    meanings = dict(question(asked(rubric("lima"), TWO)[0]).options)
    assert meanings["A"] == "Answer A is significantly better.", "a label that is a sentence is kept"


def _closest(name: str) -> Item:
    return an_item(starter_rubric("m", name))


def test_the_other_order_shows_the_answers_the_other_way_round() -> None:
    first, second = (question(request).evidence for request in asked(rubric("mt-bench-pair"), TWO))
    assert first["response_a"] == second["response_b"] == "Because."
    assert first["response_b"] == second["response_a"] == "No idea."


def test_anchors_steps_and_examples_reach_the_judge() -> None:
    of = rubric(
        scale=NumericScale(1, 3, {1: "wrong", 3: "right"}),
        steps=("Read it.", "Weigh it."),
        examples=(Example({"question": "Q?", "response": "R."}, "2", "half right"),),
    )
    (request,) = asked(of)
    assert question(request).options == (("1", "wrong"), ("2", ""), ("3", "right"))
    told = request.messages[0].content
    assert "1. Read it.\n2. Weigh it." in told
    assert "question: Q?\nresponse: R.\nResult: 2 (half right)" in told
    silent = rubric("mt-bench-single", steps=("Read it.",))
    assert "Read it." not in asked(silent)[0].messages[0].content, "it has no place for steps"


def test_two_labels_of_which_one_passes_are_a_statement() -> None:
    scale = LabelScale(("bad", "good"), ("good",), anchors={"good": "it helps"})
    (request,) = asked(rubric("pass-fail", scale))
    made = question(request)
    assert made.kind == "predicate"
    assert made.options == (("good", "it helps"), ("bad", "")), "what is so comes first"
    assert request.labels == ("good", "bad")
    assert 'True if the label that fits the text is "good" (it helps), false if it is "bad".' in made.text


@pytest.mark.parametrize(
    "scale",
    [
        LabelScale(("bad", "fair", "good"), ("good",)),
        LabelScale(("x", "y")),
        LabelScale(("x", "y"), ("x", "y")),
    ],
)
def test_other_labels_are_a_choice(scale: LabelScale) -> None:
    made = question(asked(rubric("pass-fail", scale))[0])
    assert made.kind == "choice"
    assert tuple(label for label, _ in made.options) == scale.labels


def test_there_are_no_samples_of_probabilities() -> None:
    assert len(asked(rubric(sampling=Sampling(n=20)))) == 1
    asking = get_protocol("g-eval")
    assert source_for(asking, rubric(), logprobs=False, samples=5, decisions=True) is ScoreSource.DECISION
    assert source_for(asking, rubric(), logprobs=True, decisions=False) is ScoreSource.LOGPROBS


@pytest.mark.parametrize("name", sorted(UNASKABLE))
def test_what_is_no_label_cannot_be_asked(name: str) -> None:
    of = starter_rubric("mine", name)
    with pytest.raises(InputError) as caught:
        asked(of, an_item(of))
    assert f"{name} cannot be asked as questions" in str(caught.value)
    assert "a verdict on a pair" in caught.value.hint and "judge that writes" in caught.value.hint


def test_a_template_of_ones_own_is_not_left_out_silently() -> None:
    of = rubric(template=(TemplateMessage("user", "Be strict. {{ response }}"),))
    with pytest.raises(InputError, match="template of its own"):
        asked(of)


def test_equal_answers_need_no_question() -> None:
    assert asked(rubric("alpaca-eval-2"), item("same", "same")) == ()


# what answers come to


@given(shares=SHARES)
def test_a_score_is_the_expectation_over_the_scale(shares: list[int]) -> None:
    assume(sum(shares))
    total = sum(shares)
    (request,) = asked(rubric(scale=FIVE))
    vote = answered(rubric(scale=FIVE), request, {str(n): s / total for n, s in enumerate(shares, 1)})
    expected = sum(Fraction(s, total) * n for n, s in enumerate(shares, 1))
    assert vote.status is Status.OK and vote.source is ScoreSource.DECISION
    assert vote.score == pytest.approx(float(expected)) and vote.label is None
    assert sum(vote.probabilities.values()) == pytest.approx(1)
    assert list(vote.probabilities) == ["1", "2", "3", "4", "5"]
    assert vote.outside is None and vote.rationale == ""


def test_rounded_probabilities_are_brought_to_one() -> None:
    of = rubric(scale=NumericScale(1, 3))
    vote = answered(of, asked(of)[0], {"3": 0.33, "1": 0.33, "2": 0.33})
    assert vote.score == pytest.approx(2)
    assert vote.probabilities == pytest.approx({"1": 1 / 3, "2": 1 / 3, "3": 1 / 3})


def test_labels_have_the_likeliest_and_the_mean_of_their_worth() -> None:
    scale = LabelScale(("bad", "fair", "good"), ("good",), {"bad": 0, "fair": 1, "good": 4})
    of = rubric("pass-fail", scale)
    vote = answered(of, asked(of)[0], {"bad": 0.1, "fair": 0.5, "good": 0.4})
    assert vote.label == "fair" and vote.score == pytest.approx(2.1)
    worthless = rubric("pass-fail", LabelScale(("x", "y", "z")))
    vote = answered(worthless, asked(worthless)[0], {"x": 0.2, "y": 0.3, "z": 0.5})
    assert (vote.label, vote.score) == ("z", None)


def test_equally_likely_labels_are_no_label_and_equally_likely_verdicts_a_tie() -> None:
    of = rubric("pass-fail")
    vote = answered(of, asked(of)[0], {"pass": 0.5, "fail": 0.5})
    assert (vote.status, vote.label, vote.score) == (Status.OK, None, 0.5)
    assert vote.detail == "pass and fail are equally likely."
    pair = rubric("alpaca-eval-1")
    assert answered(pair, asked(pair, TWO)[0], {"A": 0.5, "B": 0.5}).verdict is Verdict.TIE


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ({"1": 0.5, "six": 0.5}, "'six', which is no label"),
        ({"1": 0.0, "2": 0.0}, "no label any probability"),
        ({"1": float("nan")}, "0 to 1"),
        ({"1": -0.5, "2": 1.0}, "0 to 1"),
        ({"1": float("inf")}, "0 to 1"),
    ],
)
def test_answers_that_do_not_count(shares: dict[str, float], words: str) -> None:
    vote = answered(rubric(scale=FIVE), asked(rubric(scale=FIVE))[0], shares)
    assert vote.status is Status.UNPARSED and vote.score is None and vote.probabilities == {}
    assert words in vote.detail


def test_a_refusal_is_no_answer() -> None:
    of = rubric()
    refused = JudgeReply('{"type": "refusal"}', "refusal", refusal="It declined.")
    vote = protocol(of).parse(of, asked(of)[0], refused)
    assert (vote.status, vote.detail, vote.score) == (Status.REFUSED, "It declined.", None)
    assert protocol(of).combine(of, [vote]).status is Status.REFUSED


@pytest.mark.parametrize(
    "name", ["g-eval", "mt-bench-pair", "alpaca-eval-2", "analytic", "prometheus-absolute"]
)
def test_both_parsers_read_probabilities_alike(name: str) -> None:
    of = rubric(name)
    pair = get_protocol(name).card.result is Result.VERDICT
    request = asked(of, TWO if pair else item())[0]
    reply = JudgeReply("{}", probabilities={"A": 0.3, "B": 0.7} if pair else {"2": 0.25, "3": 0.75})
    faithful = protocol(of).parse(of, request, reply, Parser.FAITHFUL)
    assert faithful == protocol(of).parse(of, request, reply)
    assert faithful.parser == f"{name}/decision-1"


# swaps


@pytest.mark.parametrize("name", PAIRS)
@given(a=st.integers(0, 100), b=st.integers(0, 100), tie=st.integers(0, 100))
@settings(max_examples=20)
def test_the_same_answers_the_other_way_round_are_the_same_votes(name: str, a: int, b: int, tie: int) -> None:
    of = starter_rubric("mine", name)
    asking, about = get_protocol(name), an_item(of)
    options = {
        label for label, _ in question(asking.plan(of, about, ScoreSource.DECISION, "both")[0]).options
    }
    shares = {k: v for k, v in {"A": a, "B": b, "tie": tie}.items() if k in options}
    total = sum(shares.values())
    assume(total)
    meant = {label: share / total for label, share in shares.items()}
    swapped = {{"A": "B", "B": "A"}.get(label, label): share for label, share in meant.items()}
    first, second = asking.plan(of, about, ScoreSource.DECISION, "both")
    assert (first.order, second.order) == (Order.AB, Order.BA)
    one, two = answered(of, first, meant), answered(of, second, swapped)
    assert one.verdict is not None and one.verdict == two.verdict
    assert one.probabilities == pytest.approx(meant)
    assert two.probabilities == pytest.approx(meant)
    outcome = asking.combine(of, [one, two])
    assert outcome.verdict == one.verdict and outcome.consistent is True
    assert outcome.source is ScoreSource.DECISION
    assert outcome.probabilities == pytest.approx(meant)


def test_a_judge_that_prefers_a_place_is_inconsistent() -> None:
    outcome = judged(rubric("mt-bench-pair"), TWO, {"A": 0.7, "B": 0.2, "tie": 0.1})
    assert (outcome.verdict, outcome.consistent) == (Verdict.TIE, False)
    assert outcome.probabilities == pytest.approx({"A": 0.45, "B": 0.45, "tie": 0.1})
    assert outcome.source is ScoreSource.DECISION


def test_orders_are_combined_by_the_protocols_own_rule() -> None:
    """PandaLM follows the first order where the other is a tie; MT-Bench calls that a tie."""
    for name, verdict in (("pandalm", Verdict.A), ("mt-bench-pair", Verdict.TIE)):
        of = rubric(name)
        first, second = asked(of, TWO)
        votes = [
            answered(of, first, {"A": 0.8, "B": 0.1, "tie": 0.1}),
            answered(of, second, {"A": 0.3, "B": 0.3, "tie": 0.4}),
        ]
        assert protocol(of).combine(of, votes).verdict is verdict


# several criteria


def test_analytic_rubrics_are_one_question_a_criterion() -> None:
    of = rubric("analytic", FIVE, criteria=(Criterion("true", "It is.", 3), Criterion("clear", "It is.", 1)))
    first, second = asked(of)
    votes = [answered(of, first, {"4": 0.5, "5": 0.5}), answered(of, second, {"1": 0.75, "3": 0.25})]
    outcome = protocol(of).combine(of, votes)
    assert outcome.status is Status.OK and outcome.source is ScoreSource.DECISION
    assert outcome.scores == pytest.approx({"true": 4.5, "clear": 1.5})
    assert outcome.score == pytest.approx((3 * 4.5 + 1.5) / 4)


@pytest.mark.parametrize("name", ["g-eval", "mt-bench-single", "analytic"])
def test_one_criterion_keeps_its_probabilities(name: str) -> None:
    outcome = judged(rubric(name, TEN), item(), {"7": 0.25, "8": 0.75})
    assert outcome.score == pytest.approx(7.75) and outcome.label is None
    assert outcome.probabilities == {"7": 0.25, "8": 0.75}
    assert outcome.margin == pytest.approx(0.5)


def test_pass_and_fail_make_the_probability_of_passing() -> None:
    outcome = judged(rubric("pass-fail"), item(), {"pass": 0.8, "fail": 0.2})
    assert outcome.label == "pass" and outcome.score == pytest.approx(0.8)
    assert outcome.source is ScoreSource.DECISION
    assert outcome.probabilities == pytest.approx({"pass": 0.8, "fail": 0.2})


def test_a_criterion_without_an_answer_leaves_no_outcome() -> None:
    of = rubric("analytic", FIVE, criteria=(Criterion("true"), Criterion("clear")))
    first, second = asked(of)
    refused = protocol(of).parse(of, second, JudgeReply("", "refusal", refusal="It declined."))
    outcome = protocol(of).combine(of, [answered(of, first, {"5": 1.0}), refused])
    assert (outcome.status, outcome.score, outcome.scores) == (Status.REFUSED, None, {})


def test_a_required_input_is_missed() -> None:
    of = rubric(inputs=(InputField("question"), InputField("source")))
    with pytest.raises(InputError, match="source"):
        asked(of)
