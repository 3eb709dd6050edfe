"""One call: answered from the session where it holds the reply, else asked, retried, and committed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from judgetui.core.run import Call, RunSettings
from judgetui.core.vote import JudgeReply, JudgeRequest
from judgetui.providers.base import FailureKind, JudgeProvider, OnText, ProviderError
from judgetui.providers.keys import call_key
from judgetui.storage.database import SessionFile

FIRST_WAIT: Final = 0.5
"""Seconds before the first retry; doubled for each further one."""

LONGEST_WAIT: Final = 30.0
"""Seconds; an endpoint that asks for more gets its way up to ten times this."""

Sleep = Callable[[float], Awaitable[None]]
OnWait = Callable[[float, ProviderError], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply and how it was come by.

    Args:
        key: names the stored call.
        cached: whether it was already in the session.
        endpoint: the address that was asked; a price depends on it.
    """

    reply: JudgeReply
    key: str
    cached: bool
    endpoint: str


class Asker:
    """Asks judges on behalf of a run.

    Args:
        fresh: never answer from the session.
        on_wait: told of every retry, with the seconds until it.
    """

    def __init__(
        self,
        session: SessionFile,
        run_id: int,
        settings: RunSettings,
        *,
        clock: Callable[[], datetime],
        sleep: Sleep,
        on_wait: OnWait,
        fresh: bool = False,
    ) -> None:
        self._session = session
        self._run_id = run_id
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._on_wait = on_wait
        self._fresh = fresh

    async def ask(
        self, provider: JudgeProvider, request: JudgeRequest, on_text: OnText | None = None
    ) -> Answer:
        """Get the reply to one request; it is committed before this returns.

        Raises:
            ProviderError: when the call failed and no retry is left or can help.
        """
        body = provider.body(request)
        key = call_key(body, request.sample)
        endpoint = str(body.get("endpoint", ""))
        if not self._fresh:
            known = await self._session.read(lambda repos: repos.calls.get(key))
            if known is not None:
                await self._session.write(lambda repos: repos.calls.use((key,), self._run_id))
                return Answer(known.reply, key, cached=True, endpoint=endpoint)
        reply = await self._send(provider, request, on_text)
        call = Call(key, provider.judge, request, reply, body, self._clock())
        await self._session.write(lambda repos: repos.calls.add(call, self._run_id))
        return Answer(reply, key, cached=False, endpoint=endpoint)

    async def _send(
        self, provider: JudgeProvider, request: JudgeRequest, on_text: OnText | None
    ) -> JudgeReply:
        for attempt in range(self._settings.max_retries + 1):
            try:
                reply = await provider.ask(request, timeout=self._settings.timeout, on_text=on_text)
            except ProviderError as error:
                if not error.kind.may_pass or attempt == self._settings.max_retries:
                    raise
                wait = _wait(error, attempt)
                self._on_wait(wait, error)
                await self._sleep(wait)
            else:
                return reply
        raise ProviderError(FailureKind.TIMEOUT, "no try was made.", "Allow at least one.")


def _wait(error: ProviderError, attempt: int) -> float:
    if error.retry_after is not None:
        return min(error.retry_after, 10 * LONGEST_WAIT)
    return min(FIRST_WAIT * 2.0**attempt, LONGEST_WAIT)
