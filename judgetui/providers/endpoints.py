"""What the judges behind an HTTP endpoint share: addresses, waits, and errors in people's words."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from judgetui.config.settings import address_trouble
from judgetui.core.request import JudgeRequest
from judgetui.errors import InputError
from judgetui.providers.base import FailureKind, ProviderError

CONNECT_SECONDS: Final = 10.0
_SHOWN: Final = 400
"""Characters of a server's own message that are passed on."""

_LONG_PROMPT: Final = (
    "context_length", "context length", "context window", "context size", "exceed_context",
    "maximum context", "prompt is too long", "too many tokens",
)  # fmt: skip


_NO_CREDIT: Final = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "billing_error",
    }
)
"""Codes and types of an account without credit, at OpenAI (learn.microsoft.com/en-us/microsoft-cloud/dev/dev-proxy/
concepts/openai-insufficient-quota lists them) and at Anthropic: waiting does not help."""

_SPENT: Final = ("credit balance is too low", "reached your specified api usage limits")
"""What Anthropic says of an account without credit, or at its own limit, in an invalid_request_error of status 400
(github.com/anthropics/claude-code, issues 2127 and 38035, quote the second)."""


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine, so that nothing leaves it."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_url(url: str, source: str) -> str:
    """The address without a slash at its end.

    Raises:
        InputError: when it is no http address, or holds a password or a query, as `address_trouble` tells;
            `source` names where it was read.
    """
    if trouble := address_trouble(url):
        raise InputError(f"{source} {trouble[0]}.", trouble[1])
    return url.rstrip("/")


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that an endpoint asks to wait: `retry-after-ms`, or `retry-after` in seconds or as a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name)
        if text is None:
            continue
        try:
            return max(0.0, float(text) * unit) if float(text) < 1e9 else None
        except ValueError:
            pass
        try:
            until = parsedate_to_datetime(text)
        except (ValueError, TypeError):
            continue
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
    return None


def status_kind(status: int, message: str) -> FailureKind:
    """What an HTTP status means for the run; the message tells a prompt that is too long, and an account that may
    spend no more."""
    lowered = message.lower()
    if status == 400 and any(words in lowered for words in _SPENT):
        return FailureKind.AUTH
    if status in {400, 413, 422} and any(words in lowered for words in _LONG_PROMPT):
        return FailureKind.TOO_LONG
    match status:
        case 401:
            return FailureKind.AUTH
        case 403:
            return FailureKind.FORBIDDEN
        case 404:
            return FailureKind.NO_MODEL
        case 408 | 504:
            return FailureKind.TIMEOUT
        case 413:
            return FailureKind.TOO_LONG
        case 409 | 425 | 429:
            return FailureKind.RATE_LIMIT
        case 503 | 529:
            return FailureKind.OVERLOADED
        case _ if status >= 500:
            return FailureKind.SERVER
    return FailureKind.BAD_REQUEST


def status_failure(
    judge: str,
    status: int,
    message: str,
    headers: Mapping[str, str],
    *,
    key_env: str,
    url: str,
    code: str = "",
) -> ProviderError:
    """The failure that an HTTP error answer stands for.

    Args:
        message: the server's own words, secrets already masked.
        key_env: where the key came from; empty when there is none.
        code: the server's error code and type, with a blank between; an exhausted quota does not pass by waiting.
    """
    broke = status == 402 or not _NO_CREDIT.isdisjoint(code.split())
    kind = FailureKind.AUTH if broke else status_kind(status, f"{code} {message}")
    hint = ""
    match kind:
        case FailureKind.AUTH if broke or status == 400:
            hint = "The account behind the key has no credit left, or is at its limit."
        case FailureKind.AUTH | FailureKind.FORBIDDEN:
            hint = (
                f"Check the key in {key_env}."
                if key_env
                else "Set key_env in the profile to the key's variable."
            )
        case FailureKind.NO_MODEL:
            hint = f"Check the model's name, and the address {url}."
        case FailureKind.TOO_LONG:
            hint = "Shorten the item or the rubric, or use a judge with a longer context."
    told = f": {clip(message)}" if message else "."
    return ProviderError(kind, f"{judge} answered {status}{told}", hint, retry_after=retry_after(headers))


def clip(text: str) -> str:
    """One line of at most 400 characters; a web page is named rather than quoted."""
    flat = " ".join(text.split())
    if flat[:15].lower().startswith(("<!doctype", "<html")):
        return "a web page instead of JSON"
    return flat if len(flat) <= _SHOWN else f"{flat[:_SHOWN]} …"


def malformed(judge: str, what: str, url: str) -> ProviderError:
    """An answer with status 200 that is none."""
    hint = f"Check the address {url}; it should end where the server's API begins, often in /v1."
    return ProviderError(FailureKind.MALFORMED, f"{judge} sent {what}.", hint)


def unreachable(judge: str, url: str, why: str) -> ProviderError:
    """No connection, or one that broke."""
    told = f": {clip(why).rstrip('.')}." if why else "."
    return ProviderError(
        FailureKind.UNREACHABLE, f"{judge} could not be reached at {url}{told}", "Check the network."
    )


def timed_out(judge: str, seconds: float) -> ProviderError:
    """No complete answer in time."""
    return ProviderError(FailureKind.TIMEOUT, f"{judge} gave no answer within {seconds:g} s.")


def require_unicode(judge: str, request: JudgeRequest) -> None:
    """Complain of text that no JSON body can carry.

    Raises:
        ProviderError: BAD_REQUEST, for half of a surrogate pair.
    """
    for message in request.messages:
        try:
            message.content.encode()
        except UnicodeEncodeError:
            raise ProviderError(
                FailureKind.BAD_REQUEST,
                f"The prompt for {judge} holds broken characters (half of a surrogate pair).",
                "Mend the item's text.",
            ) from None
