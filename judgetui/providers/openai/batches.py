"""OpenAI's Batch API: a file of requests, a batch of it, and two files of results.

Facts: openai/types/batch.py, batch_create_params.py and batch_error.py of the openai package, and OpenAI's guide
(developers.openai.com/api/docs/guides/batch).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.providers.batches import CLOCKS_DIFFER, BatchResult, BatchState, BatchStatus, dumped
from judgetui.providers.endpoints import clip
from judgetui.providers.openai.reading import mapping
from judgetui.providers.sdk_batches import UPLOAD_SECONDS, SdkBatches

if TYPE_CHECKING:
    from judgetui.providers.openai.writing import WritingJudge  # noqa: F401 - of an annotation

_STATES: Final = {
    "completed": BatchState.ENDED,
    "expired": BatchState.ENDED,
    "cancelled": BatchState.CANCELLED,
    "failed": BatchState.FAILED,
}
"""The API's statuses that are an end; what was done before a batch expired or was cancelled is in its files."""

_TOKEN: Final = "judgetui"
"""The key of a batch's metadata that holds our token."""


class OpenAIBatches(SdkBatches["WritingJudge"]):
    """The batch service behind chat completions and responses."""

    most_requests = 50_000
    most_bytes = 200_000_000

    def line(self, custom_id: str, bundle: Sequence[JudgeRequest]) -> bytes:
        """A line of the input file."""
        judge = self._planned()
        call = {"custom_id": custom_id, "method": "POST", "url": self._path}
        return dumped(call | {"body": judge.batch_body(bundle)})

    async def upload(self, lines: Sequence[bytes]) -> str:
        """The id of the input file."""
        content = b"".join(line + b"\n" for line in lines)
        file = ("judgetui.jsonl", content, "application/jsonl")
        made = await self._judge.over(
            lambda client: client.files.create(file=file, purpose="batch", timeout=UPLOAD_SECONDS),
            UPLOAD_SECONDS,
        )
        return self._judge.named(made)

    async def create(self, upload: str, lines: Sequence[bytes], token: str) -> str:
        """The id of the batch, which carries the token in its metadata."""
        made = await self._judge.over(
            lambda client: client.batches.create(
                input_file_id=upload,
                endpoint=self._path,
                completion_window="24h",
                metadata={_TOKEN: token},
            )
        )
        return self._judge.named(made)

    async def find(self, token: str, count: int, since: datetime, others: Collection[str] = ()) -> str | None:
        """The batch with the token in its metadata."""
        earliest = (since - CLOCKS_DIFFER).timestamp()

        async def look(client: Any) -> str | None:
            async for batch in client.batches.list(limit=100):
                if mapping(batch.metadata).get(_TOKEN) == token and batch.id not in others:
                    return self._judge.named(batch)
                if batch.created_at < earliest:  # the newest come first
                    break
            return None

        return await self._judge.over(look, UPLOAD_SECONDS)

    async def status(self, remote: str) -> BatchStatus:
        """Where the batch stands."""
        batch = await self._retrieve(remote)
        counts = batch.request_counts
        return BatchStatus(
            _STATES.get(batch.status, BatchState.WORKING),
            done=counts.completed if counts else 0,
            failed=counts.failed if counts else 0,
            total=counts.total if counts else 0,
            detail=_errors(batch),
        )

    async def results(self, remote: str) -> AsyncGenerator[BatchResult, None]:
        """The lines of the output file, then those of the error file."""
        batch = await self._retrieve(remote)
        for name in (batch.output_file_id, batch.error_file_id):
            if name:
                lines = self._file(name)
                async with aclosing(lines):
                    async for line in lines:
                        yield BatchResult(str(line.get("custom_id")), line)

    def replies(self, bundle: Sequence[JudgeRequest], result: BatchResult) -> list[JudgeReply]:
        """The replies of a line of either file.

        Raises:
            ProviderError: for a line without an answer.
        """
        judge, error = self._planned(), mapping(result.data.get("error"))
        response = mapping(result.data.get("response"))
        body = mapping(response.get("body"))
        status = response.get("status_code")
        if isinstance(status, int) and status >= 400:
            raise judge.refusal(mapping(body.get("error")) or error, status)
        if error or not body:
            told = clip(str(error.get("message") or error.get("code") or "no answer"))
            raise ProviderError(FailureKind.TIMEOUT, f"{judge.judge} left a request of a batch: {told}")
        return judge.read(bundle, body, str(response.get("request_id") or ""))

    async def cancel(self, remote: str) -> None:
        """Cancel the batch."""
        await self._judge.over(lambda client: client.batches.cancel(remote))

    @property
    def _path(self) -> str:
        return f"/v1{self._judge.PATH}"

    async def _retrieve(self, remote: str) -> Any:
        return await self._judge.over(lambda client: client.batches.retrieve(remote))

    def _file(self, name: str) -> AsyncGenerator[Mapping[str, Any], None]:
        return self._judge.lines(lambda client: client.files.with_streaming_response.content(name))


def _errors(batch: Any) -> str:
    """Why a batch was refused, in the API's words."""
    listed = batch.errors.data if batch.errors else None
    return clip("; ".join(str(each.message or each.code) for each in listed or ()))
