"""Which part of a prompt a provider keeps for later calls that begin alike, as its documentation says."""

from __future__ import annotations

import re
from typing import Final

from judgetui.providers.options import model_name
from judgetui.providers.prices import service

_OPENAI_FROM: Final = 1024
"""Tokens of a prompt from which OpenAI caches (developers.openai.com/api/docs/guides/prompt-caching, read in the
version of 2026-10)."""

_ANTHROPIC_FROM: Final = {
    "claude-haiku-4-5": 4096,
    "claude-opus-4-5": 4096,
    "claude-opus-4-6": 4096,
    "claude-3-5-haiku": 2048,
    "claude-mythos-preview": 2048,
    "claude-opus-4-7": 2048,
    "claude-opus-4": 1024,
    "claude-sonnet-4": 1024,
    "claude-sonnet-5": 1024,
    "claude-sonnet-5-5": 512,
}
"""Tokens up to a mark from which Anthropic caches, by the longest beginning of a model's name
(platform.claude.com/docs/en/build-with-claude/prompt-caching, "Cache limitations", as of 2026-10)."""

_ANTHROPIC_LEAST: Final = 512
"""The least of any model, and that of all newer ones."""


_GPT: Final = re.compile(r"gpt-(\d+)(?:\.(\d+))?\b")


def takes_breakpoints(model: str) -> bool:
    """Whether an OpenAI model can be told where the part of a prompt ends that is worth keeping: "gpt-5.6 and later"
    (`PromptCacheOptions` in openai/types/chat/completion_create_params.py of openai 3.54)."""
    named = _GPT.match(model)
    return named is not None and (int(named[1]), int(named[2] or 0)) >= (5, 6)


def cached_from(judge: str, endpoint: str = "") -> int | None:
    """Tokens that the beginning of a prompt must have to be cached; None where nothing is known to be.

    Where a model's own number is not known it is the least of any: a low figure is then rather too low, and a high one
    too high.

    Args:
        judge: `provider:model`.
        endpoint: the address asked, as `prices.price` takes it.
    """
    if judge.startswith("decisions:"):  # its cache changes no price
        return None
    match service(judge, endpoint):
        case "openai":
            return _OPENAI_FROM
        case "anthropic":
            model = model_name(judge)
            known = [name for name in _ANTHROPIC_FROM if model.startswith(name)]
            return _ANTHROPIC_FROM[max(known, key=len)] if known else _ANTHROPIC_LEAST
    return None


def most_written(judge: str, endpoint: str, tokens: int, stable: int) -> int:
    """Tokens of a prompt that a call may put into the cache, at most, which some models charge for.

    OpenAI caches a prompt to its end by itself (the implicit breakpoint of `PromptCacheOptions`), Anthropic and OpenAI's
    newer models to the mark that judgetui sets behind the rubric's part.

    Args:
        tokens: of the whole prompt.
        stable: of these, the rubric's part at its beginning.
    """
    least = cached_from(judge, endpoint)
    unmarked = service(judge, endpoint) == "openai" and not (stable and takes_breakpoints(model_name(judge)))
    part = tokens if unmarked else stable
    return 0 if least is None or part < least else part
