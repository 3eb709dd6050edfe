"""What a call costs, by the genai-prices package's own table: offline, and unknown where it does not know."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit

from judgetui.core.reply import Usage
from judgetui.providers.options import model_name

_FREE: Final = ("local", "scripted", "replay")

_SERVICES: Final = {"api.openai.com": "openai", "api.anthropic.com": "anthropic"}
"""Whom an address belongs to."""

_USUAL: Final = {"openai": "openai", "anthropic": "anthropic", "decisions": "openai"}
"""Whom a provider asks when no other address is given."""

BATCH_SHARE: Final = 0.5
"""What a token costs in a batch, whether cached or not, as a share of its price: OpenAI's guide to its Batch API
(developers.openai.com/api/docs/guides/batch) and Anthropic's to message batches
(platform.claude.com/docs/en/build-with-claude/batch-processing) both say 50%."""

_SHORT: Final = 32_000
"""Tokens of a prompt below which no price of the table depends on its length (genai-prices 0.2.3)."""

_VALID: Final = 900
"""Seconds for which a price is kept: some in the table change with the date or the time of day."""


@lru_cache(maxsize=64)
def service(judge: str, endpoint: str = "") -> str:
    """Who is paid for a judge's calls: `openai`, `anthropic`, or nobody known (empty).

    Args:
        judge: `provider:model`.
        endpoint: the address asked, as `price` takes it.
    """
    if not (address := _address(endpoint)):
        return _USUAL.get(judge.partition(":")[0], "")
    try:
        return _SERVICES.get(urlsplit(address).hostname or "", "")
    except ValueError:  # no address after all
        return ""


def price(judge: str, usage: Usage, endpoint: str = "", batch: bool = False) -> float | None:
    """US dollars for a call; None when it is not known.

    The first call loads the price table, which takes about a third of a second.

    A decision is paid by its prompt alone, at the model's price of an uncached token: the endpoint writes nothing
    and its cache is free (OpenAI's price at the beta of 2026-10-06, as apidog.com/blog/openai-decisions-api and
    promptfoo's documentation of the endpoint report it).

    Args:
        judge: `provider:model`, with its options if it has any.
        usage: tokens of one call; the price of a long prompt may differ from that of several short ones.
        endpoint: the address asked, as `JudgeProvider.endpoint` names it, which tells who is paid; without a web
            address it is the provider's usual one, and for a profile nobody known.
        batch: whether the call was part of a batch, at `BATCH_SHARE` of the price where that is known: with OpenAI
            and Anthropic, and not for decisions.
    """
    provider = judge.partition(":")[0]
    if provider in _FREE:
        return 0.0
    if usage.input is None or usage.output is None:
        return None
    address = _address(endpoint)
    if not address and provider not in _USUAL:
        return None
    if provider == "decisions":
        usage = Usage(usage.input, 0)
    if not batch:
        return _full_price(judge, usage, address)
    if provider == "decisions" or not service(judge, endpoint):
        return None
    full = _full_price(judge, usage, address)
    return None if full is None else BATCH_SHARE * full


@dataclass(frozen=True, slots=True)
class _Rates:
    """US dollars for a token of a short call."""

    plain: float
    cached: float
    cache_write: float
    output: float


def _full_price(judge: str, usage: Usage, address: str) -> float | None:
    tokens, written = usage.input or 0, usage.output or 0
    if tokens >= _SHORT:
        return _asked(judge, usage, address)
    cached, cache_write = usage.cached or 0, usage.cache_write or 0
    plain = tokens - cached - cache_write
    if min(plain, cached, cache_write, written) < 0:
        return None
    rates = _rates(judge, address, int(time.time() // _VALID))
    if rates is None:
        return _asked(judge, usage, address)
    return (
        plain * rates.plain + cached * rates.cached + cache_write * rates.cache_write + written * rates.output
    )


@lru_cache(maxsize=64)
def _rates(judge: str, address: str, period: int) -> _Rates | None:
    """The prices of short calls where they are proportional to their tokens: asking the table takes a hundred times
    as long as multiplying. None where one is not known, or each call has a fee (Perplexity's models)."""
    kinds = (Usage(1000, 0), Usage(1000, 0, 1000), Usage(1000, 0, cache_write=1000), Usage(0, 1000))
    pairs = [(_asked(judge, once, address), _asked(judge, once + once, address)) for once in kinds]
    rates = [
        once / 1000
        for once, twice in pairs
        if once is not None and twice is not None and math.isclose(2 * once, twice)
    ]
    return _Rates(*rates) if len(rates) == len(kinds) else None


def _asked(judge: str, usage: Usage, address: str) -> float | None:
    """What the table says, in which the whole prompt has the parts that were cached."""
    if find_spec("genai_prices") is None:
        return None
    try:
        from genai_prices import Usage as Tokens
        from genai_prices import calc_price

        tokens = Tokens(
            input_tokens=usage.input,
            output_tokens=usage.output,
            cache_read_tokens=usage.cached or 0,
            cache_write_tokens=usage.cache_write or 0,
        )
        model = model_name(judge)
        if address:
            return float(calc_price(tokens, model, provider_api_url=address).total_price)
        return float(calc_price(tokens, model, provider_id=service(judge)).total_price)
    except Exception:  # LookupError for what it does not know; a table's trouble must not end a run
        return None


def _address(endpoint: str) -> str:
    return endpoint if endpoint.startswith(("https://", "http://")) else ""
