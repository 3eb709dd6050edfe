"""OpenAI's decisions over a real server on loopback: what is sent, what comes back, and every kind of trouble."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from judgetui.config.paths import Paths
from judgetui.config.secrets import Secret
from judgetui.config.settings import Settings
from judgetui.core.item import Item
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reply import Usage
from judgetui.core.request import JudgeRequest, Message, Question
from judgetui.core.rubric import Criterion, InputField, Rubric
from judgetui.core.scale import LabelScale, NumericScale, Scale
from judgetui.core.vote import ScoreSource, Status
from judgetui.errors import InputError, NoJudgeError
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.providers.keys import call_key
from judgetui.providers.openai.decisions import DecisionsJudge
from judgetui.providers.registry import list_judges, open_judge
from tests.providers.conftest import KEY
from tests.providers.endpoint import Answer, Endpoint

PAIR = Item("p", ("good", "bad"), {"question": "Why?"})
SINGLE = Item("s", ("good",), {"question": "Why?"})
LADDER = NumericScale(1, 3, {1: "wrong", 3: "right"})


def rubric(protocol: str, *criteria: str, scale: Scale | None = None) -> Rubric:
    return Rubric(
        name="mine",
        protocol=protocol,
        task="Judge it.",
        criteria=tuple(Criterion(name, f"It is {name}.") for name in criteria or ("true",)),
        scale=scale,
        inputs=(InputField("question"),),
    )


def requests_of(of: Rubric, item: Item = SINGLE) -> tuple[JudgeRequest, ...]:
    return get_protocol(of.protocol).plan(of, item, ScoreSource.DECISION)


def question(request: JudgeRequest) -> Question:
    assert request.question is not None
    return request.question


SCORE = requests_of(rubric("g-eval", scale=LADDER))[0]
PREDICATE = requests_of(rubric("pass-fail"))[0]
CHOICE = requests_of(rubric("mt-bench-pair"), PAIR)[0]


def score(*shares: float, name: str | None = "q1", labels: Sequence[str] = ("1", "2", "3")) -> dict[str, Any]:
    listed = [
        {"label": n, "value": place, "probability": s}
        for place, (n, s) in enumerate(zip(labels, shares, strict=False))
    ]
    mean = sum(place * share for place, share in enumerate(shares))
    return {"type": "score", "name": name, "score": mean, "confidence": max(shares), "probabilities": listed}


def choice(shares: Mapping[str, float], name: str | None = "q1") -> dict[str, Any]:
    listed = [{"value": value, "probability": share} for value, share in shares.items()]
    best = max(shares, key=lambda value: shares[value])
    return {"type": "choice", "name": name, "choice": best, "confidence": 0.5, "probabilities": listed}


def predicate(share: float, name: str | None = "q1") -> dict[str, Any]:
    return {"type": "predicate", "name": name, "probability": share}


def decision(*answers: object) -> dict[str, Any]:
    return {
        "answers": list(answers),
        "model": "gpt-6-luna-2026-10-01",
        "usage": {
            "input_tokens": 90,
            "input_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 8},
            "output_tokens": 0,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 90,
        },
    }


def judge_at(endpoint: Endpoint) -> DecisionsJudge:
    return DecisionsJudge(
        "decisions:gpt-6-luna",
        "gpt-6-luna",
        base_url=f"{endpoint.url}/v1",
        key=Secret(KEY),
        key_env="OPENAI_API_KEY",
    )


async def failure_of(endpoint: Endpoint, request: JudgeRequest, answer: object) -> ProviderError:
    endpoint.will(answer if isinstance(answer, Answer) else Answer(answer))
    judge = judge_at(endpoint)
    try:
        with pytest.raises(ProviderError) as caught:
            await judge.ask(request, timeout=5)
    finally:
        await judge.close()
    return caught.value


# what is sent


async def test_what_is_sent_is_what_the_sdk_sends(endpoint: Endpoint) -> None:
    """The same input given to `client.decisions.create` makes the same request, to the letter of its JSON."""
    from openai import AsyncOpenAI
    from openai.types.shared_params import DecisionInputJSON

    data: dict[str, object] = {"question": "Why?", "response": "good"}
    evidence: DecisionInputJSON = {"type": "input_json", "data": data}
    requests = (
        *requests_of(rubric("g-eval", "true", scale=LADDER)),
        *requests_of(rubric("pass-fail", "whole")),
        *requests_of(
            rubric("pass-fail", "kind", scale=LabelScale(("rude", "plain", "kind"), anchors={"rude": "!"}))
        ),
    )
    asked = [replace(request, messages=requests[0].messages) for request in requests]
    answers = [score(0.0, 0.5, 0.5), predicate(0.5, "q2"), choice({"rude": 0, "plain": 0, "kind": 1}, "q3")]
    endpoint.will(Answer(decision(*answers)))
    judge = judge_at(endpoint)
    await judge.ask_together(asked, timeout=5)
    await judge.close()
    client = AsyncOpenAI(api_key=KEY, base_url=f"{endpoint.url}/v1", max_retries=0)
    made = await client.decisions.create(
        model="gpt-6-luna",
        input=[
            {"role": "developer", "content": requests[0].messages[0].content},
            {"role": "user", "content": [evidence]},
        ],
        questions=[
            {
                "type": "score",
                "name": "q1",
                "instructions": question(requests[0]).text,
                "levels": [
                    {"label": "1", "description": "wrong"},
                    {"label": "2"},
                    {"label": "3", "description": "right"},
                ],
            },
            {"type": "predicate", "name": "q2", "instructions": question(requests[1]).text},
            {
                "type": "choice",
                "name": "q3",
                "instructions": question(requests[2]).text,
                "choices": [{"value": "rude", "description": "!"}, {"value": "plain"}, {"value": "kind"}],
            },
        ],
    )
    await client.close()
    ours, theirs = endpoint.seen
    assert ours.body == theirs.body
    assert ours.path == theirs.path == "/v1/decisions"
    for header in ("authorization", "content-type", "accept"):
        assert ours.headers[header] == theirs.headers[header]
    assert made.answers[0].type == "score", "and the answer is one to the SDK"


async def test_only_its_own_question_is_what_a_call_is(endpoint: Endpoint) -> None:
    judge = judge_at(endpoint)
    one, other = requests_of(rubric("analytic", "true", "whole", scale=LADDER))
    body = judge.body(one)
    assert body["provider"] == "decisions" and body["endpoint"] == f"{endpoint.url}/v1/decisions"
    assert set(body) == {"provider", "endpoint", "model", "input", "questions"}
    questions = body["questions"]
    assert isinstance(questions, list)
    (only,) = questions
    assert only["instructions"] == question(one).text and "name" not in only
    assert call_key(body, 0) != call_key(judge.body(other), 0)
    assert json.loads(json.dumps(body)) == body
    assert {**body, "questions": None} == {**judge.body(other), "questions": None}


def test_openai_gets_a_key_for_its_cache(endpoint: Endpoint) -> None:
    judge = DecisionsJudge("decisions:m", "m", base_url="https://api.openai.com/v1", key=Secret(KEY))
    first, second = requests_of(rubric("g-eval", "true", "whole"))
    assert judge._cache_key(first) and judge._cache_key(first) == judge._cache_key(second)
    elsewhere = requests_of(rubric("g-eval", "true"), replace(SINGLE, responses=("else",)))[0]
    assert judge._cache_key(elsewhere) == judge._cache_key(first), "the rubric's part is the same"
    assert "prompt_cache_key" not in judge.body(first), "how a question travels is no part of it"
    assert judge_at(endpoint)._cache_key(first) == ""


async def test_the_cache_key_is_sent(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DecisionsJudge, "_is_openai", True)
    endpoint.will(Answer(decision(score(0.0, 0.5, 0.5))))
    judge = judge_at(endpoint)
    await judge.ask(SCORE, timeout=5)
    await judge.close()
    assert endpoint.seen[0].body["prompt_cache_key"] == judge._cache_key(SCORE) != ""


async def test_long_scales_are_a_choice(endpoint: Endpoint) -> None:
    """Eleven points are more than a score question may have."""
    (request,) = requests_of(rubric("g-eval", scale=NumericScale(0, 10, {0: "wrong"})))
    shares = {str(point): 0.0 for point in range(11)} | {"9": 0.5, "10": 0.5}
    endpoint.will(Answer(decision(choice(shares))))
    judge = judge_at(endpoint)
    reply = await judge.ask(request, timeout=5)
    await judge.close()
    sent = endpoint.seen[0].body["questions"][0]
    assert sent["type"] == "choice" and len(sent["choices"]) == 11
    assert sent["choices"][0] == {"value": "0", "description": "wrong"}
    assert reply.probabilities == shares
    ten = requests_of(rubric("g-eval", scale=NumericScale(1, 10)))[0]
    assert judge.body(ten)["questions"][0]["type"] == "score"  # type: ignore[index]


# bundles


def test_questions_on_the_same_evidence_travel_together(endpoint: Endpoint) -> None:
    judge = judge_at(endpoint)
    pairs = requests_of(rubric("mt-bench-pair", "true", "whole", "kind"), PAIR)
    bundles = judge.bundles(pairs)
    assert [[request.criterion for request in bundle] for bundle in bundles] == [
        ["true", "whole", "kind"]
    ] * 2
    assert [len({request.order for request in bundle}) for bundle in bundles] == [1, 1]
    other = requests_of(rubric("g-eval"), replace(SINGLE, responses=("else",)))
    assert len(judge.bundles([SCORE, *other])) == 2
    same = replace(SCORE, messages=other[0].messages)
    assert len(judge.bundles([same, *other])) == 2, "other evidence below equal messages"


def test_a_call_has_four_hundred_questions_at_most(endpoint: Endpoint) -> None:
    many = requests_of(rubric("analytic", *(f"c{number}" for number in range(401))))
    assert [len(bundle) for bundle in judge_at(endpoint).bundles(many)] == [400, 1]


async def test_many_questions_in_one_call(endpoint: Endpoint) -> None:
    names = [f"c{number}" for number in range(400)]
    many = requests_of(rubric("analytic", *names, scale=LADDER))
    answers = [score(0, 1 - n / 400, n / 400, name=f"q{n + 1}") for n in range(400)]
    endpoint.will(Answer(decision(*answers), headers={"x-request-id": "req-7"}))
    judge = judge_at(endpoint)
    (bundle,) = judge.bundles(many)
    replies = await judge.ask_together(bundle, timeout=5)
    await judge.close()
    assert len(endpoint.seen) == 1
    sent = endpoint.seen[0].body["questions"]
    assert len({each["name"] for each in sent}) == 400
    assert [name in each["instructions"] for name, each in zip(names, sent, strict=True)] == [True] * 400
    assert [reply.probabilities["3"] for reply in replies] == [n / 400 for n in range(400)]
    assert replies[0].usage == Usage(input=90, output=0, cached=64, reasoning=0, cache_write=8)
    assert {reply.usage for reply in replies[1:]} == {Usage(0, 0, 0)}
    assert sum((reply.usage for reply in replies), Usage()) == replies[0].usage
    assert {reply.request_id for reply in replies} == {"req-7"}


# what comes back


async def test_a_score(endpoint: Endpoint) -> None:
    answer = score(0.125, 0.25, 0.625)
    endpoint.will(Answer(decision(answer)))
    judge, pieces = judge_at(endpoint), list[str]()
    reply = await judge.ask(SCORE, timeout=5, on_text=pieces.append)
    await judge.close()
    assert reply.probabilities == {"1": 0.125, "2": 0.25, "3": 0.625}
    assert json.loads(reply.text) == answer, "the answer as it came"
    assert reply.said == "- True: 3" and pieces == []
    assert (reply.finish, reply.refusal, reply.model) == ("stop", None, "gpt-6-luna-2026-10-01")
    assert reply.latency_ms is not None and reply.latency_ms > 0
    vote = get_protocol("g-eval").parse(rubric("g-eval", scale=LADDER), SCORE, reply)
    assert vote.score == 2.5 and vote.source is ScoreSource.DECISION


async def test_levels_in_any_order_and_from_any_value(endpoint: Endpoint) -> None:
    """Labels are matched, so that it does not matter whether the first level counts as 0 or 1."""
    answer = score(0.5, 0.5, 0.0)
    answer["probabilities"] = [{**each, "value": each["value"] + 1} for each in answer["probabilities"]][::-1]
    endpoint.will(Answer(decision(answer)))
    judge = judge_at(endpoint)
    reply = await judge.ask(SCORE, timeout=5)
    await judge.close()
    vote = get_protocol("g-eval").parse(rubric("g-eval", scale=LADDER), SCORE, reply)
    assert vote.score == 1.5


async def test_a_predicate(endpoint: Endpoint) -> None:
    endpoint.will(Answer(decision(predicate(0.75))))
    judge = judge_at(endpoint)
    reply = await judge.ask(PREDICATE, timeout=5)
    await judge.close()
    assert reply.probabilities == {"pass": 0.75, "fail": 0.25}
    assert reply.said == "[[pass]]"


async def test_a_choice(endpoint: Endpoint) -> None:
    endpoint.will(Answer(decision(choice({"A": 0.25, "B": 0.25, "tie": 0.5}))))
    judge = judge_at(endpoint)
    reply = await judge.ask(CHOICE, timeout=5)
    await judge.close()
    assert reply.probabilities == {"A": 0.25, "B": 0.25, "tie": 0.5}
    assert reply.said == "[[C]]", "the protocol's own text for a tie"


async def test_a_refusal_leaves_the_other_answers(endpoint: Endpoint) -> None:
    of = rubric("analytic", "true", "whole", scale=LADDER)
    requests = requests_of(of)
    endpoint.will(Answer(decision({"type": "refusal", "name": "q1"}, score(0, 0, 1, name="q2"))))
    judge = judge_at(endpoint)
    first, second = await judge.ask_together(requests, timeout=5)
    await judge.close()
    assert first.finish == "refusal" and first.refusal and first.probabilities == {} and first.said == ""
    assert second.probabilities["3"] == 1 and second.refusal is None
    protocol = get_protocol("analytic")
    votes = [protocol.parse(of, *pair) for pair in zip(requests, (first, second), strict=True)]
    assert [vote.status for vote in votes] == [Status.REFUSED, Status.OK]


async def test_answers_without_names_are_taken_in_order(endpoint: Endpoint) -> None:
    endpoint.will(Answer(decision(score(0, 0, 1, name=None))))
    judge = judge_at(endpoint)
    assert (await judge.ask(SCORE, timeout=5)).probabilities["3"] == 1
    await judge.close()


async def test_a_hundredth_of_rounding_is_let_pass(endpoint: Endpoint) -> None:
    endpoint.will(Answer(decision(score(0.33, 0.33, 0.33))))
    judge = judge_at(endpoint)
    assert (await judge.ask(SCORE, timeout=5)).probabilities["1"] == 0.33
    await judge.close()


# trouble


@pytest.mark.parametrize(
    ("request_made", "answer", "words"),
    [
        (SCORE, {"model": "m"}, "no answers to 1 questions"),
        (SCORE, decision(), "0 answers to 1 questions"),
        (SCORE, decision(score(0, 0, 1), score(0, 0, 1)), "2 answers to 1 questions"),
        (SCORE, decision("3"), "type None to a score"),
        (SCORE, decision(score(0, 0, 1, name="q2")), "'q2' in the place of q1"),
        (SCORE, decision(predicate(0.5)), "type 'predicate' to a score"),
        (CHOICE, decision(score(0, 0, 1, labels=("A", "B", "tie"))), "type 'score' to a choice"),
        (SCORE, decision({"type": "score", "name": "q1", "score": 2.0}), "without probabilities"),
        (SCORE, decision({"type": "score", "name": "q1", "probabilities": []}), "probabilities for nothing"),
        (SCORE, decision(score(0.5, 0.5)), "probabilities for 1, 2, where"),
        (SCORE, decision(score(0, 0, 1, labels=("1", "2", "4"))), "probabilities for 1, 2, 4"),
        (SCORE, decision(score(0, 0, 1, labels=("1", "3", "3"))), "probabilities for 1, 3, 3"),
        (SCORE, decision(score(0, 0, 0.5)), "sum to 0.5"),
        (SCORE, decision(score(0, 0, float("nan"))), "the probability nan"),
        (SCORE, decision(score(0, -0.5, 1.5)), "the probability -0.5"),
        (
            SCORE,
            decision({"type": "score", "name": "q1", "probabilities": ["1", "2", "3"]}),
            "probability None",
        ),
        (PREDICATE, decision({"type": "predicate", "name": "q1"}), "the probability None"),
        (
            PREDICATE,
            decision({"type": "predicate", "name": "q1", "probability": True}),
            "the probability True",
        ),
        (
            PREDICATE,
            decision({"type": "predicate", "name": "q1", "probability": "0.5"}),
            "the probability '0.5'",
        ),
        (PREDICATE, decision(predicate(1.5)), "the probability 1.5"),
        (
            CHOICE,
            decision({**choice({"A": 1.0}), "probabilities": [{"value": True, "probability": 1}]}),
            "for True",
        ),
        (SCORE, Answer(b"<html>", kind="text/html"), "a web page"),
        (SCORE, Answer(b"[]"), "JSON without a reply"),
    ],
)
async def test_answers_that_are_none(
    endpoint: Endpoint, request_made: JudgeRequest, answer: object, words: str
) -> None:
    failure = await failure_of(endpoint, request_made, answer)
    assert failure.kind is FailureKind.MALFORMED
    assert words in failure.message and failure.message.startswith("decisions:gpt-6-luna sent ")


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"message": "levels: too many"}, FailureKind.BAD_REQUEST),
        (401, {"message": "Incorrect API key"}, FailureKind.AUTH),
        (404, {"message": "The model does not exist"}, FailureKind.NO_MODEL),
        (429, {"message": "slow down"}, FailureKind.RATE_LIMIT),
    ],
)
async def test_http_errors(endpoint: Endpoint, status: int, error: dict[str, str], kind: FailureKind) -> None:
    failure = await failure_of(endpoint, SCORE, Answer({"error": error}, status=status))
    assert failure.kind is kind and error["message"] in failure.message
    assert len(endpoint.seen) == 1, "retries are the runner's business"
    assert KEY not in str(failure)


async def test_nobody_there() -> None:
    gone = Endpoint()
    gone.close()
    judge = judge_at(gone)
    with pytest.raises(ProviderError) as caught:
        await judge.ask(SCORE, timeout=5)
    await judge.close()
    assert caught.value.kind is FailureKind.UNREACHABLE


async def test_it_writes_nothing(endpoint: Endpoint) -> None:
    judge, plain = judge_at(endpoint), JudgeRequest((Message("user", "Write a poem."),))
    with pytest.raises(ProviderError) as caught:
        await judge.ask(plain, timeout=5)
    assert caught.value.kind is FailureKind.BAD_REQUEST
    assert "answers questions and writes nothing" in caught.value.message
    assert endpoint.seen == []
    can = judge.capabilities
    assert can.decisions and (can.logprobs, can.schema, can.tool, can.grammar) == (False,) * 4


async def test_tokens_are_counted_with_the_question(endpoint: Endpoint) -> None:
    judge = judge_at(endpoint)
    longer = replace(SCORE, question=replace(question(SCORE), text="Is it? " * 100))
    assert (await judge.count_tokens(longer)).tokens > (await judge.count_tokens(SCORE)).tokens + 100


# names


def test_it_is_opened_by_name(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoJudgeError, match="OPENAI_API_KEY"):
        open_judge("decisions:gpt-6-luna", Settings(), paths)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    judge = open_judge("decisions:gpt-6-luna", Settings(), paths)
    assert isinstance(judge, DecisionsJudge)
    assert (judge.judge, judge.endpoint) == ("decisions:gpt-6-luna", "https://api.openai.com/v1/decisions")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1/")
    assert open_judge("decisions:m", Settings(), paths).endpoint == "http://127.0.0.1:9/v1/decisions"
    with pytest.raises(InputError, match="decisions have none"):
        open_judge("decisions:gpt-6-luna?effort=low", Settings(), paths)
    listed = {listing.judge: listing for listing in list_judges(Settings(), paths)}
    assert listed["decisions:MODEL"].ready
