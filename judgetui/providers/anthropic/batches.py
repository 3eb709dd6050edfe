"""Anthropic's Message Batches: requests in one call, and a file of results.

Facts: anthropic/types/messages/message_batch.py and message_batch_individual_response.py of the anthropic package, and
Anthropic's guide (platform.claude.com/docs/en/build-with-claude/batch-processing).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.providers.anthropic.reading import mapping
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.providers.batches import CLOCKS_DIFFER, BatchResult, BatchState, BatchStatus, dumped
from judgetui.providers.sdk import error_detail
from judgetui.providers.sdk_batches import UPLOAD_SECONDS, SdkBatches

if TYPE_CHECKING:
    from judgetui.providers.anthropic.messages import AnthropicJudge  # noqa: F401 - of an annotation

_PATH: Final = "/v1/messages/batches"


class AnthropicBatches(SdkBatches["AnthropicJudge"]):
    """The batch service behind messages."""

    most_requests = 100_000
    most_bytes = 256_000_000

    def line(self, custom_id: str, bundle: Sequence[JudgeRequest]) -> bytes:
        """One of the batch's requests."""
        return dumped({"custom_id": custom_id, "params": self._planned().batch_body(bundle)})

    async def upload(self, lines: Sequence[bytes]) -> str:
        """Nothing: the requests travel with the batch."""
        return ""

    async def create(self, upload: str, lines: Sequence[bytes], token: str) -> str:
        """The id of the batch. It carries the token in its requests' ids alone."""
        content = b'{"requests":[' + b",".join(lines) + b"]}"
        options = {"headers": {"Content-Type": "application/json"}, "timeout": UPLOAD_SECONDS}

        async def send(client: Any) -> Any:
            from anthropic.types.messages import MessageBatch

            # As bytes: the SDK's own way copies every request and writes it out again.
            return await client.post(_PATH, content=content, cast_to=MessageBatch, options=options)

        return self._judge.named(await self._judge.over(send, UPLOAD_SECONDS))

    async def find(self, token: str, count: int, since: datetime, others: Collection[str] = ()) -> str | None:
        """The oldest batch since then with as many requests: whose it is, its results tell."""
        earliest = since - CLOCKS_DIFFER

        async def look(client: Any) -> str | None:
            found = None
            async for batch in client.messages.batches.list(limit=100):
                if batch.created_at < earliest:  # the newest come first
                    break
                if sum(_counts(batch)) == count and batch.id not in others:
                    found = self._judge.named(batch)
            return found

        return await self._judge.over(look, UPLOAD_SECONDS)

    async def status(self, remote: str) -> BatchStatus:
        """Where the batch stands; the API counts what is done at its end alone."""
        batch = await self._judge.over(lambda client: client.messages.batches.retrieve(remote))
        succeeded, errored, canceled, expired, _ = _counts(batch)
        ended = batch.processing_status == "ended"
        stopped = ended and canceled
        return BatchStatus(
            (BatchState.CANCELLED if stopped else BatchState.ENDED) if ended else BatchState.WORKING,
            done=succeeded,
            failed=errored + canceled + expired,
            total=sum(_counts(batch)),
        )

    async def results(self, remote: str) -> AsyncGenerator[BatchResult, None]:
        """The lines of the results."""
        lines = self._judge.lines(
            lambda client: client.messages.batches.with_streaming_response.results(remote)
        )
        async with aclosing(lines):
            async for line in lines:
                yield BatchResult(str(line.get("custom_id")), line)

    def replies(self, bundle: Sequence[JudgeRequest], result: BatchResult) -> list[JudgeReply]:
        """The reply of a line.

        Raises:
            ProviderError: for a request that was errored, canceled or expired.
        """
        judge, outcome = self._planned(), mapping(result.data.get("result"))
        kind = outcome.get("type")
        if kind == "succeeded":
            return judge.read(bundle, mapping(outcome.get("message")), "")
        error = mapping(outcome.get("error"))
        if error:  # within it stands the answer of a single call, which has the error inside
            raise judge.refusal(error_detail(error), None)
        raise ProviderError(FailureKind.TIMEOUT, f"{judge.judge} left a request of a batch: {kind}")

    async def cancel(self, remote: str) -> None:
        """Cancel the batch."""
        await self._judge.over(lambda client: client.messages.batches.cancel(remote))


def _counts(batch: Any) -> tuple[int, int, int, int, int]:
    """Requests that succeeded, errored, were canceled, expired, and are under way."""
    counts = batch.request_counts
    return counts.succeeded, counts.errored, counts.canceled, counts.expired, counts.processing
