"""Judges behind OpenAI's decisions: questions on a piece of evidence, answered with a probability for each label.

Request and answer are those of the openai package (openai/types/decision_create_params.py and decision.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from judgetui.config.secrets import Secret
from judgetui.core.reply import JudgeReply, Usage
from judgetui.core.request import Form, JudgeRequest, Message, Question
from judgetui.errors import InputError
from judgetui.providers.base import Capabilities, FailureKind, OnText, ProviderError, TokenCount
from judgetui.providers.endpoints import check_url, malformed
from judgetui.providers.openai.client import OpenAISdkJudge
from judgetui.providers.openai.reading import mapping, read_usage
from judgetui.providers.sdk import find_keys
from judgetui.providers.tokens import count_for_openai

MOST_QUESTIONS: Final = 400
"""Questions in one call (openai/types/decision_create_params.py)."""

MOST_LEVELS: Final = 10
"""Levels of a score question; promptfoo's schema of the API has this limit (src/providers/openai/decisions.ts)."""

ROUNDING: Final = 0.01 + 1e-9
"""What the probabilities of an answer may be off one in all: a hundredth, as promptfoo allows, and floating point."""

REFUSED: Final = "The model declined to answer this question."
"""An answer that is a refusal has no words of its own."""


class DecisionsJudge(OpenAISdkJudge):
    """A `JudgeProvider` over decisions. It answers questions and writes nothing."""

    PATH = "/decisions"

    @classmethod
    def open(cls, judge: str, model: str, *, base_url: str, key_env: str) -> Self:
        """A judge with its key found in the environment or the keyring; none is needed on this machine.

        Raises:
            NoJudgeError: without a key, with what to do.
            InputError: when `base_url` is no address, or for options, of which there are none.
        """
        name, mark, _ = model.partition("?")
        if mark:
            raise InputError(f"{judge!r} has options, and decisions have none.", f"Write decisions:{name}.")
        url = check_url(base_url, f"The address of {judge}")
        key: Secret | None = find_keys(judge, url, key_env)[0]
        return cls(judge, name, base_url=url, key=key, key_env=key_env)

    @property
    def capabilities(self) -> Capabilities:
        """Probabilities for labels, and nothing that has to do with writing."""
        return Capabilities(
            logprobs=False,
            top_logprobs=0,
            decisions=True,
            schema=False,
            tool=False,
            grammar=False,
            temperature=False,
        )

    def bundles(self, requests: Sequence[JudgeRequest]) -> list[tuple[JudgeRequest, ...]]:
        """Questions on the same evidence travel in one call."""
        alike: dict[object, list[JudgeRequest]] = {}
        for request in requests:
            evidence = () if request.question is None else tuple(request.question.evidence.items())
            alike.setdefault((request.messages, evidence), []).append(request)
        return [
            tuple(group[start : start + MOST_QUESTIONS])
            for group in alike.values()
            for start in range(0, len(group), MOST_QUESTIONS)
        ]

    async def count_tokens(self, request: JudgeRequest) -> TokenCount:
        """Tokens of evidence and question by tiktoken where its vocabulary is on this machine, else an estimate."""
        asked = json.dumps(_asked(self._question(request)), ensure_ascii=False)
        return await count_for_openai((*request.messages, Message("question", asked)), self._model)

    async def _ask(
        self, requests: Sequence[JudgeRequest], seconds: float, on_text: OnText | None
    ) -> list[JudgeReply]:
        first, names = requests[0], [f"q{number}" for number in range(1, len(requests) + 1)]
        body = self._body(
            first,
            [
                {**_asked(self._question(request)), "name": name}
                for request, name in zip(requests, names, strict=True)
            ],
        )
        if key := self._cache_key(first):
            body["prompt_cache_key"] = key
        answer = await self._post(self.PATH, body, seconds)
        return self._read(answer.data, requests, names, answer.request_id)

    def _wanted(self, request: JudgeRequest) -> dict[str, Any]:
        """One question by itself; which others travel with it, and under which name, is no part of what it is."""
        return self._body(request, [_asked(self._question(request))])

    def _body(self, request: JudgeRequest, questions: list[dict[str, Any]]) -> dict[str, Any]:
        question = self._question(request)
        told: list[dict[str, Any]] = [
            {"role": message.role, "content": message.content}
            for message in request.messages
            if message.role == "developer"
        ]
        evidence = {"type": "input_json", "data": dict(question.evidence)}
        return {
            "model": self._model,
            "input": [*told, {"role": "user", "content": [evidence]}],
            "questions": questions,
        }

    def _question(self, request: JudgeRequest) -> Question:
        if request.question is None:
            raise ProviderError(
                FailureKind.BAD_REQUEST,
                f"{self._judge} answers questions and writes nothing, and this request asks for a text.",
                "Choose a judge that writes.",
            )
        return request.question

    def _read(
        self, data: Mapping[str, Any], requests: Sequence[JudgeRequest], names: Sequence[str], request_id: str
    ) -> list[JudgeReply]:
        answers = data.get("answers")
        if not isinstance(answers, list) or len(answers) != len(requests):
            found = f"{len(answers)} answers" if isinstance(answers, list) else "no answers"
            raise self._malformed(f"{found} to {len(requests)} questions")
        replies: list[JudgeReply] = []
        for request, name, answer in zip(requests, names, answers, strict=True):
            part = mapping(answer)
            if part.get("name") not in {name, None}:
                raise self._malformed(f"an answer to {part.get('name')!r} in the place of {name}")
            refused = part.get("type") == "refusal"
            question = self._question(request)
            shares = {} if refused else self._shares(part, question)
            replies.append(
                JudgeReply(
                    text=json.dumps(answer, ensure_ascii=False),
                    finish="refusal" if refused else "stop",
                    usage=Usage(0, 0, 0)
                    if replies
                    else read_usage(mapping(data.get("usage")), "input", "output"),
                    model=str(data.get("model") or ""),
                    request_id=request_id,
                    refusal=REFUSED if refused else None,
                    said=_said(request, question, shares),
                    probabilities=shares,
                )
            )
        return replies

    def _shares(self, answer: Mapping[str, Any], question: Question) -> dict[str, float]:
        """The probability of each of the question's labels.

        Raises:
            ProviderError: unless each of them has one, and together they make one.
        """
        labels = [label for label, _ in question.options]
        asked = _asked(question)["type"]
        if answer.get("type") != asked:
            raise self._malformed(f"an answer of type {answer.get('type')!r} to a {asked}")
        if asked == "predicate":
            share = self._probability(answer)
            return {labels[0]: share, labels[1]: 1 - share}
        listed = answer.get("probabilities")
        if not isinstance(listed, list):
            raise self._malformed("an answer without probabilities")
        key = "label" if asked == "score" else "value"
        pairs = [(mapping(each).get(key), self._probability(mapping(each))) for each in listed]
        found = {label: share for label, share in pairs if isinstance(label, str)}
        if len(pairs) != len(labels) or found.keys() != set(labels):
            given = ", ".join(str(label) for label, _ in pairs)
            raise self._malformed(
                f"probabilities for {given or 'nothing'}, where it was asked for {', '.join(labels)}"
            )
        if abs(sum(found.values()) - 1) > ROUNDING:
            raise self._malformed(f"probabilities that sum to {sum(found.values()):.3g}")
        return found

    def _probability(self, part: Mapping[str, Any]) -> float:
        share = part.get("probability")
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            raise self._malformed(f"the probability {share!r}")
        return float(share)

    def _malformed(self, what: str) -> ProviderError:
        return malformed(self._judge, what, self._url)


def _asked(question: Question) -> dict[str, Any]:
    """A question in the API's words, without a name. More levels than a score may have are a choice."""
    asked: dict[str, Any] = {"type": question.kind, "instructions": question.text}
    if question.kind == "predicate":
        return asked
    if question.kind == "score" and len(question.options) <= MOST_LEVELS:
        return asked | {"levels": [_option("label", *option) for option in question.options]}
    return asked | {"type": "choice", "choices": [_option("value", *option) for option in question.options]}


def _option(key: str, label: str, meaning: str) -> dict[str, str]:
    return {key: label, "description": meaning} if meaning else {key: label}


def _said(request: JudgeRequest, question: Question, shares: Mapping[str, float]) -> str:
    """The likeliest label in the protocol's own text; empty without one. A request's labels stand for the options
    of its question, in their order."""
    if not shares:
        return ""
    options = [label for label, _ in question.options]
    own = zip(options, request.labels or options, strict=True)
    likeliest = max(own, key=lambda pair: shares[pair[0]])[1]
    return (request.form or Form()).verdict(likeliest)
