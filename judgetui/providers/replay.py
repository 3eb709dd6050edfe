"""`replay:FILE`: replies recorded earlier, given again without any model.

A recording is JSONL, one line a call, as `recorded_line` writes it: `{"key": REQUEST_KEY, "reply": {...}}`.
The key stands for messages, question and sample number alone, so a request finds its reply whichever judge gave
it, and the reply is as `JudgeReply.to_mapping` makes it. Other fields of a line are ignored.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from judgetui.core.reply import JudgeReply, reply_from_mapping
from judgetui.core.request import JudgeRequest
from judgetui.errors import InputError, Place
from judgetui.providers.base import (
    Capabilities,
    FailureKind,
    JudgeProvider,
    OnText,
    ProviderError,
    TokenCount,
)
from judgetui.providers.keys import request_key
from judgetui.providers.tokens import characters_over_four


def recorded_line(request: JudgeRequest, reply: JudgeReply) -> str:
    """One line of a recording, without the line break."""
    return json.dumps({"key": request_key(request), "reply": reply.to_mapping()}, ensure_ascii=False)


class ReplayJudge(JudgeProvider):
    """A `JudgeProvider` over a recording. The file is read line by line once; after that only what is asked
    for.

    Args:
        file: the recording.
        judge: the name to go by, such as that of the judge that was recorded; empty for `replay:FILE`.

    Raises:
        InputError: a file that cannot be read, or a line that is no recorded reply.
    """

    def __init__(self, file: Path, judge: str = "") -> None:
        self._file = file.expanduser()
        self._judge = judge or f"replay:{file}"
        self._places: dict[str, int] = {}
        self._logprobs = self._decisions = False
        digest = hashlib.sha256()
        start = 0
        try:
            with self._file.open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    digest.update(line)
                    if line.strip():
                        key, reply = _parse(line, Place(str(file), number))
                        self._places[key] = start
                        self._logprobs = self._logprobs or bool(reply.logprobs)
                        self._decisions = self._decisions or bool(reply.probabilities)
                    start += len(line)
        except OSError as error:
            raise InputError(f"The recording {file} cannot be read: {error.strerror or error}.") from error
        if not self._places:
            raise InputError(f"The recording {file} holds no replies.")
        self._digest = digest.hexdigest()

    @property
    def judge(self) -> str:
        """The name it goes by."""
        return self._judge

    @property
    def capabilities(self) -> Capabilities:
        """Token probabilities, or answers to questions, if the recording has any; no network."""
        return Capabilities(
            logprobs=self._logprobs,
            decisions=self._decisions,
            temperature=True,
            schema=False,
            network=False,
        )

    def body(self, request: JudgeRequest) -> Mapping[str, object]:
        """What is looked up, and the recording by its hash."""
        return {
            "provider": "replay",
            "endpoint": "replay",
            "model": self._digest,
            "request": request_key(request),
        }

    async def ask(
        self,
        request: JudgeRequest,
        *,
        timeout: float,  # noqa: ASYNC109 - a runner has one for all judges, and each knows when its clock starts
        on_text: OnText | None = None,
    ) -> JudgeReply:
        """The recorded reply, with the latency it had then.

        Raises:
            ProviderError: BAD_REQUEST when the request was not recorded or its line has changed.
        """
        start = self._places.get(request_key(request))
        if start is None:
            raise ProviderError(
                FailureKind.BAD_REQUEST,
                f"{self._judge} has no reply to this request: it was not recorded.",
                "Replay the rubric, items and samples that were recorded.",
            )
        try:
            reply = await asyncio.to_thread(self._read, start)
        except (OSError, InputError) as error:
            raise ProviderError(FailureKind.BAD_REQUEST, f"{self._judge} cannot be read: {error}") from None
        if on_text is not None and reply.text:
            on_text(reply.text)
        return reply

    async def count_tokens(self, request: JudgeRequest) -> TokenCount:
        """Characters over four."""
        return characters_over_four(request.messages)

    async def close(self) -> None:
        """Nothing is held."""

    def _read(self, start: int) -> JudgeReply:
        with self._file.open("rb") as lines:
            lines.seek(start)
            return _parse(lines.readline(), Place(str(self._file)))[1]


def _parse(line: bytes, place: Place) -> tuple[str, JudgeReply]:
    try:
        data = json.loads(line)
    except ValueError:
        raise InputError("This line is not JSON.", place=place) from None
    key = data.get("key") if isinstance(data, dict) else None
    if not isinstance(key, str):
        raise InputError(
            "This is not a recorded reply.", 'A line is {"key": ..., "reply": {...}}.', place=place
        )
    try:
        return key, reply_from_mapping(data.get("reply"))
    except InputError as error:
        raise error.at(place) from None
