"""Votes that a reply gives before it is read, and the parts of a reply that are no part of its verdict."""

from __future__ import annotations

import re
from typing import Final

from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.core.vote import Status, Vote

_THINKING: Final = re.compile(r"\A\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT: Final = re.compile(r"\A.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)


def visible(text: str) -> str:
    """A reply without the thinking that a reasoning model may put before it.

    Some chat templates open the thinking in the prompt, so that the reply only closes it.
    """
    if "<" not in text:
        return text
    rest = _THINKING.sub("", text, count=1)
    return _THOUGHT.sub("", text, count=1) if rest == text else rest


def last_line(text: str) -> int:
    """Where the last line that is not blank begins."""
    return text.rfind("\n", 0, len(text.rstrip())) + 1


def is_refusal(reply: JudgeReply) -> bool:
    """Whether the judge, or the provider for it, would not answer."""
    return reply.refusal is not None or reply.finish in {"refusal", "content_filter"}


def blank_vote(
    request: JudgeRequest, reply: JudgeReply, parser: str, detail: str = "", call: str = ""
) -> Vote:
    """A vote with all of a reply but its result: unparsed, or refused when the judge refused.

    Args:
        detail: why what was found does not count, in a sentence; empty where nothing was found.
        call: key of the stored call.
    """
    refused = is_refusal(reply)
    if refused:
        detail = reply.refusal or "the judge refused to answer."
    elif not detail:
        detail = _why_blank(request, reply)
    return Vote(
        status=Status.REFUSED if refused else Status.UNPARSED,
        criterion=request.criterion,
        order=request.order,
        sample=request.sample,
        raw=reply.text or (reply.refusal or ""),
        finish=reply.finish,
        parser=parser,
        model=reply.model,
        usage=reply.usage,
        latency_ms=reply.latency_ms,
        detail=detail,
        call=call,
    )


def _why_blank(request: JudgeRequest, reply: JudgeReply) -> str:
    if reply.finish == "length":
        thought = f", {reply.usage.reasoning} of them thinking" if reply.usage.reasoning else ""
        return f"no verdict; the reply was cut at {request.max_tokens} tokens{thought} (sampling.max_tokens)."
    ended = "" if reply.finish in {"", "stop"} else f"; the judge ended with {reply.finish}"
    return f"{'no verdict in the reply' if reply.text.strip() else 'the reply is empty'}{ended}."


def failed_vote(request: JudgeRequest, detail: str, status: Status = Status.FAILED) -> Vote:
    """A vote for a call that brought no reply."""
    return Vote(
        status=status,
        criterion=request.criterion,
        order=request.order,
        sample=request.sample,
        detail=detail,
    )
