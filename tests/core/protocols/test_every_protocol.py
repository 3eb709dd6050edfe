"""What holds for every protocol: its prompt, its grammar and its way back to the item's own order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from judgetui.core.item import Item, Response
from judgetui.core.judgement import Outcome
from judgetui.core.lint import lint
from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.protocols.cards import Result
from judgetui.core.protocols.registry import get_protocol, protocol_names, rubric_hash, starter_rubric
from judgetui.core.protocols.rendering import prompt, prompt_outline, scale_of
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest, Order
from judgetui.core.rubric import ORDERS, Rubric
from judgetui.core.scale import NumericScale
from judgetui.core.vote import Parser, ScoreSource, Status, Verdict, Vote
from tests.core.strategies import texts

NAMES: Final = protocol_names()
PAIRS: Final = [name for name in NAMES if get_protocol(name).answers == (2, 2)]
ALONE: Final = {"prometheus-1-relative"}
"""Pairwise protocols that show one answer at a time, so that a single reply has no verdict."""
SEVERAL: Final = [name for name in NAMES if get_protocol(name).answers[1] > 1]

GOOD: Final = "The sky looks blue because air scatters short waves more than long ones."
BAD: Final = "The sky looks blue because the sea is reflected in it."

BITS: Final = (
    *("[[A]]", "[[B]]", "[[C]]", "[[", "]]", "[[5]]", "[[7.5]]", "[[1,2]]", "[RESULT] 4", "[RESULT] B"),
    *(
        "8 9",
        "8,9",
        "8, 9",
        "10 7",
        "(7, 8)",
        "nan inf",
        "1e999 2",
        "-1 -1",
        "9" * 400,
        "\u0663 \u0664",
        "1_0 2",
    ),
    *(
        "Score of the Assistant 1: 8",
        "Score of the Assistant 2: 9",
        "Rating: 4",
        "rating: 1-3",
        "Score: 10/10",
    ),
    *(
        "m",
        "M",
        "Output (a)",
        "Output (b)",
        "(a)",
        "Tie",
        "tie",
        "1",
        "2",
        "3",
        "0",
        "neither",
        "both",
        "first",
    ),
    *("[{'model': 'model_1', 'rank': 1}, {'model': 'model_2', 'rank': 2}]", "[" * 2000, "{" * 50, "```json"),
    *(
        "pass",
        "fail",
        "[[pass]]",
        "B > A",
        "[[B > A > C]]",
        "quality: 4",
        "Response A",
        "Answer B",
        "\n",
        "\r\n",
    ),
    *(
        "\n\n",
        " ",
        "\t",
        "### Reason:",
        "### Evaluation:",
        "<think>",
        "</think>",
        ":",
        "*",
        "**",
        "\x00",
        "\u2028",
    ),
)
REPLIES: Final = st.one_of(
    st.text(), st.lists(st.sampled_from(BITS) | st.text(max_size=8), max_size=12).map("".join)
)


def an_item(protocol: JudgeProtocol, rubric: Rubric, *answers: str, field: str = "What is it?") -> Item:
    """An item that the protocol can judge, with text in every input field."""
    fewest, _ = protocol.answers
    given: list[Response] = [*(answers or (GOOD, BAD)[:fewest])]
    fields: dict[str, object] = {spec.name: f"{field} ({spec.name})" for spec in rubric.inputs}
    if protocol.turns:
        given = [("Hello.", str(answer)) for answer in given]
        fields = {name: ["Hi?", text] for name, text in fields.items()}
    return Item("made-up", tuple(given), fields)


def planned(
    protocol: JudgeProtocol, rubric: Rubric, item: Item, order: str | None = None
) -> tuple[JudgeRequest, ...]:
    return protocol.plan(rubric, item, ScoreSource.SINGLE, order)


def a_rubric(name: str) -> Rubric:
    return starter_rubric("mine", name)


@pytest.mark.parametrize("name", NAMES)
def test_what_it_says_of_itself(name: str) -> None:
    protocol = get_protocol(name)
    card = protocol.card
    assert card.name == name
    for field in card.__dataclass_fields__:
        assert str(getattr(card, field)).strip(), field
    assert protocol.order in ORDERS
    assert protocol.published.n and protocol.published.max_tokens
    assert protocol.published.temperature is not None
    assert (card.result in {Result.POINT, Result.POINTS}) == (protocol.answers == (1, 1))


@pytest.mark.parametrize("name", NAMES)
def test_its_starter_is_a_sound_rubric(name: str) -> None:
    of = a_rubric(name)
    assert [finding for finding in lint(of) if finding.level == "error"] == []
    assert len(rubric_hash(of)) == 64


@pytest.mark.parametrize("name", NAMES)
@given(answer=texts(), other=texts(), field=texts())
@settings(max_examples=25)
def test_item_text_reaches_the_judge_as_it_stands(name: str, answer: str, other: str, field: str) -> None:
    protocol, of = get_protocol(name), a_rubric(name)
    item = an_item(protocol, of, *(answer, other)[: protocol.answers[0]], field=field)
    if protocol.settled(of, item) is not None:
        return
    requests = planned(protocol, of, item)
    everything = "\n".join(message.content for request in requests for message in request.messages)
    shown = [turn for each in item.responses for turn in ((each,) if isinstance(each, str) else each)]
    assert all(text in everything for text in shown)
    assert all(spec.optional or f"{field} ({spec.name})" in everything for spec in of.inputs)
    assert of.task in everything
    for request in requests[:2]:
        criterion = of.criterion(request.criterion) if request.criterion else of.criteria[0]
        outlines = prompt_outline(protocol, of, item, criterion, request.order)
        assert [outline.text for outline in outlines] == [message.content for message in request.messages]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("parser", list(Parser))
@given(text=REPLIES)
@example(text="x" * 100_000)
@example(text="[[" * 20_000)
@example(text="1 " * 30_000)
@example(text="9" * 400)
@example(text=f"[[{'9' * 400}]]")
@settings(max_examples=60, deadline=2000)
def test_any_reply_becomes_a_vote(name: str, parser: Parser, text: str) -> None:
    protocol, of = get_protocol(name), a_rubric(name)
    request = planned(protocol, of, an_item(protocol, of))[0]
    vote = protocol.parse(of, replace(request, messages=()), JudgeReply(text), parser)
    assert vote.parser.startswith(f"{name}/{parser.value}-")
    assert vote.raw == text
    if vote.status is not Status.OK:
        assert vote.status is Status.UNPARSED and vote.detail
        assert (vote.score, vote.label, vote.verdict, vote.answer_scores, vote.ranking) == (
            None,
            None,
            None,
            (),
            (),
        )
        return
    numbers = [*vote.answer_scores, *vote.scores.values(), *([] if vote.score is None else [vote.score])]
    assert all(math.isfinite(number) for number in numbers)
    scale = scale_of(protocol, of)
    if parser is Parser.REPAIRED and isinstance(scale, NumericScale):
        assert all(scale.low <= number <= scale.high for number in numbers)
    if request.order is not None:
        assert len(vote.answer_scores) in {0, len(request.order)}
        assert not vote.ranking or sorted(vote.ranking) == list(range(len(request.order)))


def renderings(protocol: JudgeProtocol, request: JudgeRequest) -> list[tuple[tuple[str, ...], str]]:
    """The labels that a reply in the protocol's form gives, and the reply."""
    form, labels = request.form, request.labels
    if form is None:
        return [((label,), label) for label in labels]
    chosen: list[tuple[str, ...]] = [(label,) for label in labels]
    if form.between:
        places = len(form.between) + 1
        chosen = [
            tuple(labels[(at + turn) % len(labels)] for turn in range(places)) for at in range(len(labels))
        ]
    reasons = "Both say something of the sky, and one says it better.\n\n" if form.reasons else ""
    after = "\nOne says it better." if form.after else ""
    return [(each, reasons + form.verdict(*each) + after) for each in chosen]


@pytest.mark.parametrize("name", NAMES)
def test_it_finds_its_own_rendering(name: str) -> None:
    protocol, of = get_protocol(name), a_rubric(name)
    answers = (GOOD, BAD, "Nobody knows.") if protocol.answers[1] > 2 else ()
    for request in planned(protocol, of, an_item(protocol, of, *answers)):
        found: dict[object, tuple[str, ...]] = {}
        rendered = renderings(protocol, request)
        assert rendered, "a protocol says what its replies look like"
        for labels, text in rendered:
            vote = protocol.parse(of, request, JudgeReply(text))
            assert vote.status is Status.OK, (text, vote.detail)
            given = said(protocol, vote)
            assert found.setdefault(given, labels) == labels, f"{text!r} is read as {found[given]} would be"
            several = protocol.card.result in {Result.ANSWER_SCORES, Result.POINTS} and name not in ALONE
            if several and all(map(is_number, labels)):
                numbers = own(vote.answer_scores, request.order) or tuple(vote.scores.values())
                assert numbers == tuple(map(float, labels))
            if (protocol.card.result is Result.POINT or name in ALONE) and is_number(labels[-1]):
                assert vote.score == float(labels[-1])


def own(scores: Sequence[float], order: Order | None) -> tuple[float, ...]:
    """Scores as they were shown."""
    return tuple(scores) if order is None or not scores else tuple(scores[index] for index in order.indices)


def is_number(label: str) -> bool:
    return label.lstrip("-").replace(".", "", 1).isdigit()


def said(protocol: JudgeProtocol, vote: Vote) -> object:
    return (
        vote.score,
        vote.label,
        vote.answer_scores or vote.verdict,
        vote.ranking,
        *sorted(vote.scores.items()),
        *sorted(vote.labels.items()),
    )


@pytest.mark.parametrize("name", NAMES)
def test_an_echo_of_the_prompt_is_no_verdict(name: str) -> None:
    protocol, of = get_protocol(name), a_rubric(name)
    item = an_item(protocol, of)
    for request in planned(protocol, of, item):
        parts = [message.content for message in request.messages]
        for echo in (*parts, "\n\n".join(parts), f"You wrote:\n{parts[-1]}", f"{parts[0]}\n\nI will do so."):
            vote = protocol.parse(of, request, JudgeReply(echo))
            assert vote.status is Status.UNPARSED, (echo[-200:], vote)


@pytest.mark.parametrize("name", SEVERAL)
@pytest.mark.parametrize("parser", list(Parser))
@given(text=REPLIES)
@settings(max_examples=40)
def test_the_way_back_from_a_swap(name: str, parser: Parser, text: str) -> None:
    protocol, of = get_protocol(name), a_rubric(name)
    votes = [
        protocol.parse(of, JudgeRequest((), of.criteria[0].name, order), JudgeReply(text), parser)
        for order in (Order.AB, Order.BA)
    ]
    as_given, swapped = votes
    assert as_given.status is swapped.status
    if as_given.status is Status.OK:
        assert swapped.verdict == (None if as_given.verdict is None else as_given.verdict.swapped)
        assert swapped.answer_scores == as_given.answer_scores[::-1]
        assert swapped.ranking == tuple({0: 1, 1: 0}[index] for index in as_given.ranking)


def judged(protocol: JudgeProtocol, of: Rubric, item: Item, order: str, better: str) -> Outcome:
    """The outcome when the judge likes a text best, wherever it stands."""
    votes: list[Vote] = []
    for request in planned(protocol, of, item, order):
        assert request.order is not None
        wanted = Verdict.A if item.responses[request.order.indices[0]] == better else Verdict.B
        for _, text in renderings(protocol, request):
            vote = protocol.parse(of, replace(request, order=Order.AB), JudgeReply(text))
            if vote.verdict is wanted:
                votes.append(protocol.parse(of, request, JudgeReply(text)))
                break
        else:
            raise AssertionError(f"no reply says {wanted}")
    return protocol.combine(of, votes)


@pytest.mark.parametrize(
    "name", [name for name in PAIRS if not get_protocol(name).turns and name not in ALONE]
)
@pytest.mark.parametrize("order", ["both", "seeded", "as-given"])
def test_a_judge_that_keeps_to_the_text_is_swapped_with_it(name: str, order: str) -> None:
    protocol, of = get_protocol(name), a_rubric(name)
    first = judged(protocol, of, an_item(protocol, of, GOOD, BAD), order, GOOD)
    second = judged(protocol, of, an_item(protocol, of, BAD, GOOD), order, GOOD)
    assert (first.status, first.verdict) == (Status.OK, Verdict.A)
    assert (second.status, second.verdict) == (Status.OK, Verdict.B)
    assert first.consistent is second.consistent
    assert first.consistent is (True if order == "both" else None)


@pytest.mark.parametrize("name", NAMES)
def test_replies_without_a_result_make_no_result(name: str) -> None:
    protocol, of = get_protocol(name), a_rubric(name)
    requests = protocol.plan(of, an_item(protocol, of), ScoreSource.SAMPLES)
    votes = [protocol.parse(of, request, JudgeReply("I would rather not say.")) for request in requests]
    outcome = protocol.combine(of, votes)
    assert outcome.status is Status.UNPARSED and outcome.detail
    assert (outcome.score, outcome.label, outcome.verdict) == (None, None, None)
    assert (outcome.answer_scores, outcome.ranking, outcome.margin) == ((), (), None)


@pytest.mark.parametrize("name", NAMES)
def test_a_refusal_is_no_verdict(name: str) -> None:
    protocol, of = get_protocol(name), a_rubric(name)
    request = planned(protocol, of, an_item(protocol, of))[0]
    _, text = renderings(protocol, request)[0]
    vote = protocol.parse(of, request, JudgeReply(text, refusal="No."))
    assert vote.status is Status.REFUSED and vote.score is None and vote.verdict is None


@pytest.mark.parametrize("name", NAMES)
def test_the_messages_do_not_change_with_the_judge(name: str) -> None:
    protocol, of = get_protocol(name), a_rubric(name)
    item = an_item(protocol, of)
    for request in planned(protocol, of, item):
        criterion = of.criterion(request.criterion) if request.criterion else of.criteria[0]
        assert prompt(protocol, of, item, criterion, request.order) == request.messages
        formless = replace(of, template=protocol.formless_template(of))
        shorter = prompt(protocol, formless, item, criterion, request.order)
        assert [message.role for message in shorter] == [message.role for message in request.messages]
