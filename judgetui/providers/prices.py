"""What a call costs, by the genai-prices package's own table: offline, and unknown where it does not know."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

from judgetui.core.vote import Usage

_FREE: Final = ("local", "scripted", "replay")


def price(judge: str, usage: Usage, endpoint: str = "") -> float | None:
    """US dollars for a number of tokens; None when it is not known.

    The first call loads the price table, which takes about half a second.

    Args:
        judge: `provider:model`.
        usage: tokens of one call; the price of a long prompt may differ from that of several short ones.
        endpoint: the address asked, as `JudgeProvider.body` names it, which tells who is paid; without a web
            address it is the provider's usual one, and for a profile nobody known.
    """
    provider, _, model = judge.partition(":")
    if provider in _FREE:
        return 0.0
    if usage.input is None or usage.output is None or find_spec("genai_prices") is None:
        return None
    at = endpoint if endpoint.startswith(("https://", "http://")) else ""
    if not at and provider not in {"openai", "anthropic"}:
        return None
    try:
        from genai_prices import Usage as Tokens
        from genai_prices import calc_price

        tokens = Tokens(
            input_tokens=usage.input, output_tokens=usage.output, cache_read_tokens=usage.cached or 0
        )
        if at:
            return float(calc_price(tokens, model, provider_api_url=at).total_price)
        return float(calc_price(tokens, model, provider_id=provider).total_price)
    except Exception:  # LookupError for what it does not know; a table's trouble must not end a run
        return None
