"""Replies: what a judge answered, with what it cost in tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from judgetui.core.reading import MappingReader
from judgetui.errors import InputError


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one or more calls. Numbers are None when the provider did not say.

    Args:
        input: all of the prompt, whatever was cached of it.
        output: all that was written, thinking included.
        cached: the part of `input` that was served from a cache.
        reasoning: the part of `output` that was thinking.
        cache_write: the part of `input` that was put into a cache for later calls.
    """

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    reasoning: int | None = None
    cache_write: int | None = None

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            _plus(self.input, other.input),
            _plus(self.output, other.output),
            _plus(self.cached, other.cached),
            _plus(self.reasoning, other.reasoning),
            _plus(self.cache_write, other.cache_write),
        )

    def to_mapping(self) -> dict[str, int | None]:
        """Plain data for storage and files; what few providers tell is there when it was told."""
        data = {"input": self.input, "cached": self.cached, "output": self.output}
        if self.reasoning is not None:
            data["reasoning"] = self.reasoning
        if self.cache_write is not None:
            data["cache_write"] = self.cache_write
        return data


def _plus(left: int | None, right: int | None) -> int | None:
    if left is None:
        return right
    return left if right is None else left + right


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """One token that was written, and the alternatives at its place.

    Args:
        top: (token, natural log of its probability), most probable first.
    """

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class JudgeReply:
    """What a judge answered.

    Args:
        text: the reply, exactly as it came.
        finish: why the model stopped: stop, length, refusal, or the provider's own word.
        model: the model's name as the server returned it.
        dropped: parts of the request that the provider could not send, with the reason.
        refusal: the provider's own refusal text, None when it did not refuse.
        latency_ms: milliseconds from sending to the last byte.
        said: the reply in the protocol's own text, where the judge was held to another form (JSON, an answer to
            a question); empty where `text` is it.
        probabilities: of each label that was asked about, where the judge answers with them.
    """

    text: str
    finish: str = "stop"
    logprobs: tuple[TokenLogprob, ...] = ()
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    latency_ms: float | None = None
    request_id: str = ""
    refusal: str | None = None
    dropped: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    probabilities: Mapping[str, float] = field(default_factory=dict)

    def to_mapping(self) -> dict[str, object]:
        """Plain data for storage; what is as usual is left out."""
        data: dict[str, object] = {"said": self.said} if self.said else {}
        if self.probabilities:
            data["probabilities"] = dict(self.probabilities)
        return data | {
            "text": self.text,
            "finish": self.finish,
            "logprobs": [[t.token, t.logprob, [list(pair) for pair in t.top]] for t in self.logprobs],
            "usage": self.usage.to_mapping(),
            "model": self.model,
            "latency_ms": self.latency_ms,
            "request_id": self.request_id,
            "refusal": self.refusal,
            "dropped": dict(self.dropped),
        }


def usage_from_mapping(data: object) -> Usage:
    """Read back `Usage.to_mapping`."""
    reader = MappingReader(data, InputError)
    most = 10**15
    return Usage(
        *(reader.whole(part, 0, most) for part in ("input", "output", "cached", "reasoning", "cache_write"))
    )


def reply_from_mapping(data: object) -> JudgeReply:
    """Read back `JudgeReply.to_mapping`."""
    reader = MappingReader(data, InputError)
    text, refusal, said = reader.take("text"), reader.take("refusal"), reader.take("said")
    tokens: list[TokenLogprob] = []
    for row in reader.sequence("logprobs"):
        match row:
            case [str() as token, int() | float() as logprob, list() as top]:
                pairs = tuple((str(pair[0]), float(pair[1])) for pair in top)
                tokens.append(TokenLogprob(token, float(logprob), pairs))
            case _:
                raise reader.fail("logprobs", "expected [token, logprob, alternatives].")
    return JudgeReply(
        text=text if isinstance(text, str) else "",
        finish=reader.text("finish"),
        logprobs=tuple(tokens),
        usage=usage_from_mapping(reader.take("usage") or {}),
        model=reader.text("model"),
        latency_ms=reader.number("latency_ms", 0, 1e12),
        request_id=reader.text("request_id"),
        refusal=refusal if isinstance(refusal, str) else None,
        dropped={str(key): str(value) for key, value in reader.mapping("dropped").items()},
        said=said if isinstance(said, str) else "",
        probabilities={str(key): float(str(value)) for key, value in reader.mapping("probabilities").items()},
    )
