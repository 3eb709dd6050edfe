"""`scripted:SEED`: a seeded stand-in that answers in the form a protocol asks for. It judges nothing.

It is for tests, documentation and benchmarks, and says so wherever it is listed. The same seed, request and
sample always give the same reply. `scripted:SEED?latency=0.05&fail=0.1` adds waiting and trouble; the options
are in `OPTIONS`.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl

from judgetui.core.reading import nearest
from judgetui.core.reply import JudgeReply, TokenLogprob, Usage
from judgetui.core.request import Form, JudgeRequest
from judgetui.errors import InputError
from judgetui.providers.base import (
    Capabilities,
    FailureKind,
    JudgeProvider,
    OnText,
    ProviderError,
    TokenCount,
)
from judgetui.providers.keys import call_key
from judgetui.providers.tokens import characters_over_four

OPTIONS: Final[Mapping[str, str]] = {
    "latency": "seconds that every answer takes",
    "fail": "share of calls, 0 to 1, that fail the first time and may be tried again",
    "garble": "share of replies, 0 to 1, without a verdict",
    "refuse": "share of replies, 0 to 1, that refuse",
    "logprobs": "0: this judge has no token probabilities",
}

DETAIL: Final = "a seeded stand-in, not a judge: for tests and documentation alone"

_STEPS: Final = (
    "Read the task and every input with care.",
    "Note each claim that the response makes.",
    "Compare the claims with the inputs and mark what does not fit.",
    "Weigh the faults by how much they would mislead a reader.",
    "Choose the scale point whose description fits best.",
)


class ScriptedJudge(JudgeProvider):
    """A `JudgeProvider` whose replies come from a hash.

    Args:
        spec: what stands after `scripted:`, a seed and perhaps options.

    Raises:
        InputError: for an unknown option or a value out of range.
    """

    def __init__(self, spec: str) -> None:
        seed, _, query = spec.partition("?")
        self._seed = seed
        self._options = _options(query)
        self._judge = f"scripted:{spec}"
        self._tries: Counter[str] = Counter()

    @property
    def judge(self) -> str:
        """The judge's name, `scripted:SEED`, with its options."""
        return self._judge

    @property
    def capabilities(self) -> Capabilities:
        """Everything, in this process."""
        return Capabilities(
            logprobs=self._options.get("logprobs", 1.0) > 0, temperature=True, schema=False, network=False
        )

    def body(self, request: JudgeRequest) -> Mapping[str, object]:
        """The request and the seed; options that change the reply are part of it."""
        shaping = {
            key: self._options[key] for key in ("garble", "refuse", "logprobs") if key in self._options
        }
        return {
            "provider": "scripted",
            "endpoint": "scripted",
            "model": self._seed,
            "options": shaping,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            "temperature": request.temperature,
            "max_tokens": request.max_tokens,
            "top_logprobs": request.top_logprobs,
            "labels": list(request.labels),
        }

    async def ask(
        self,
        request: JudgeRequest,
        *,
        timeout: float,  # noqa: ASYNC109 - a runner has one for all judges, and each knows when its clock starts
        on_text: OnText | None = None,
    ) -> JudgeReply:
        """The reply that seed, request and sample decide.

        Raises:
            ProviderError: SERVER for the share of calls that the option `fail` sets, TIMEOUT when
                `latency` is longer than the timeout.
        """
        key = call_key(self.body(request), request.sample)
        latency = self._options.get("latency", 0.0)
        if latency:
            await asyncio.sleep(min(latency, timeout))
        if latency > timeout:
            raise ProviderError(FailureKind.TIMEOUT, f"{self._judge} gave no answer within {timeout:g} s.")
        self._tries[key] += 1
        if self._tries[key] == 1 and _share(key, "fail") < self._options.get("fail", 0.0):
            raise ProviderError(
                FailureKind.SERVER, f"{self._judge} failed, as its options say.", retry_after=0.0
            )
        reply = self._reply(request, random.Random(key), key)
        if on_text is not None:
            for piece in re.findall(r"\S+\s*|\s+", reply.text):
                on_text(piece)
                await asyncio.sleep(0)
        return reply

    async def count_tokens(self, request: JudgeRequest) -> TokenCount:
        """Characters over four."""
        return characters_over_four(request.messages)

    async def close(self) -> None:
        """Nothing is held."""

    def _reply(self, request: JudgeRequest, chance: random.Random, key: str) -> JudgeReply:
        logprobs: tuple[TokenLogprob, ...] = ()
        refusal: str | None = None
        if _share(key, "refuse") < self._options.get("refuse", 0.0):
            text = refusal = "I cannot help with judging this."
        elif _share(key, "garble") < self._options.get("garble", 0.0):
            text = "It is hard to say which way this goes."
        elif not request.labels:
            text = "\n".join(f"{n}. {step}" for n, step in enumerate(_STEPS[: chance.randint(3, 5)], 1))
        else:
            weights = _weights(request.labels, chance)
            label = _draw(request.labels, weights, chance, request.temperature or 0.0)
            form = request.form
            if form is not None and form.closing == "]]" and not form.between:
                text = f"{_reason(label, chance)}\n\n{'Rating: ' if _number(label) else ''}[[{label}]]"
            elif form is not None and (form.between or form.reasons or form.after):
                rest = _further(form, label, request.labels, weights, chance)
                text = form.verdict(label, *rest)
                text = f"{_reason(label, chance)}\n{text}" if form.reasons else text
                text = f"{text.rstrip()}\n{_reason(label, chance)}" if form.after else text
            else:
                text = label
                if request.top_logprobs and self.capabilities.logprobs:
                    logprobs = (_token(label, request.labels, weights, request.top_logprobs),)
        return JudgeReply(
            text=text,
            finish="refusal" if refusal else "stop",
            logprobs=logprobs,
            usage=Usage(characters_over_four(request.messages).tokens, max(1, len(text) // 4), 0),
            model=f"scripted-{self._seed}",
            latency_ms=self._options.get("latency", 0.0) * 1000,
            request_id=key[:16],
            refusal=refusal,
        )


def _options(query: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in OPTIONS:
            near = nearest(name, OPTIONS)
            hint = f"Did you mean {near}?" if near else f"The options are {', '.join(OPTIONS)}."
            raise InputError(f"scripted has no option {name!r}.", hint)
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not 0 <= number <= (3600 if name == "latency" else 1):
            raise InputError(f"{value!r} is no value for scripted's {name}.", f"It is {OPTIONS[name]}.")
        found[name] = number
    return found


def _share(key: str, what: str) -> float:
    """A number from 0 to 1 that belongs to this call and question."""
    return random.Random(f"{key}/{what}").random()


def _number(label: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", label) is not None


def _weights(labels: Sequence[str], chance: random.Random) -> list[float]:
    """One peak somewhere on the labels, falling off to both sides, as a real judge's probabilities do."""
    peak = chance.uniform(0, len(labels) - 1)
    width = chance.uniform(0.4, 1.2)
    raw = [math.exp(-(((place - peak) / width) ** 2)) + 1e-6 for place in range(len(labels))]
    return [weight / sum(raw) for weight in raw]


def _draw(labels: Sequence[str], weights: list[float], chance: random.Random, temperature: float) -> str:
    if temperature <= 0:
        return labels[weights.index(max(weights))]
    return chance.choices(labels, weights)[0]


def _further(
    form: Form, label: str, labels: Sequence[str], weights: list[float], chance: random.Random
) -> list[str]:
    """The labels after the first: in double brackets a ranking, which has each label once, else any labels."""
    if form.closing == "]]":
        others = [each for each in labels if each != label]
        return chance.sample(others, len(form.between))
    return [_draw(labels, weights, chance, 1.0) for _ in form.between]


def _reason(label: str, chance: random.Random) -> str:
    what = chance.choice(("accuracy", "completeness", "clarity", "use of the inputs"))
    if _number(label):
        return f"The response stands out mostly by its {what}, and there are some faults to set against it."
    return f"What decides between them is {what}; on the rest they are close."


def _token(label: str, labels: Sequence[str], weights: list[float], most: int) -> TokenLogprob:
    outside = 0.02
    top = [(text, math.log(weight * (1 - outside))) for text, weight in zip(labels, weights, strict=True)]
    top.append(("The", math.log(outside)))
    top.sort(key=lambda pair: -pair[1])
    own = dict(top)[label]
    return TokenLogprob(label, own, tuple(top[:most]))
