"""The judge over a local model file."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from judgetui.config.paths import Paths
from judgetui.config.settings import LocalSettings
from judgetui.core.reply import JudgeReply, TokenLogprob, Usage
from judgetui.core.request import JudgeRequest, Message
from judgetui.errors import NoJudgeError
from judgetui.providers.base import (
    Capabilities,
    FailureKind,
    JudgeProvider,
    OnText,
    ProviderError,
    TokenCount,
)
from judgetui.providers.endpoints import require_unicode, timed_out
from judgetui.providers.formats import grammar
from judgetui.providers.local.files import ThreadMemory, check_model, fingerprint, is_busy
from judgetui.providers.local.helper import cores
from judgetui.providers.local.process import Call, Helper, HelperGone, LoadFailed
from judgetui.providers.tokens import characters_over_four

TOP_LOGPROBS: Final = 100
_COUNT_SECONDS: Final = 2.0
_SYSTEM_MOVED: Final = (
    "the model's chat template refused a system message; it was sent as part of the user's."
)
_TEMPLATE_WORDS: Final = ("jinja", "template", "system role", "roles must alternate", "user query")


class LocalJudge(JudgeProvider):
    """A `JudgeProvider` over a GGUF file: llama.cpp in a helper process, started by the first call.

    One request is answered at a time, in the order asked; what consecutive prompts share at their beginning
    is computed once. With a temperature, the seed is the sample number: samples differ, and a rerun repeats
    them (the same computer provided, and the last digits of probabilities aside: they depend on what was
    cached).

    Args:
        name: what stands behind `local:`.
        file: the model file.
        threads: CPU threads; None measures once and remembers it, or takes half of the processors while other
            programs keep them busy.
        context: tokens of prompt and reply together.
        cache: where the measurement is kept.
        template: a Jinja chat template instead of the file's own.
    """

    def __init__(
        self,
        name: str,
        file: Path,
        *,
        cache: Path,
        threads: int | None = None,
        context: int = 4096,
        template: str = "",
    ) -> None:
        self._name = name
        self._file = file
        self._threads = threads
        self._context = context
        self._template = template
        self._memory = ThreadMemory(cache)
        self._helper: Helper | None = None
        self._starting = threading.Lock()
        self._no_system = False
        self._print: tuple[float, str] | None = None

    @classmethod
    def open(cls, name: str, settings: LocalSettings, paths: Paths) -> LocalJudge:
        """A judge over a catalogue model, a file in the models folder, or a file by path. Nothing is loaded.

        Raises:
            NoJudgeError: no such file, or no llama.cpp; with what to do.
        """
        if find_spec("xllamacpp") is None:
            raise NoJudgeError(
                f"local:{name} needs the package xllamacpp.", 'Install it with: pip install "judgetui[local]"'
            )
        file = check_model(name, paths)
        return cls(name, file, cache=paths.cache, threads=settings.threads, context=settings.context)

    @property
    def judge(self) -> str:
        """The judge's name, `local:NAME`."""
        return f"local:{self._name}"

    @property
    def capabilities(self) -> Capabilities:
        """Token probabilities and sampling; one call at a time; nothing leaves this machine."""
        return Capabilities(
            logprobs=True, top_logprobs=TOP_LOGPROBS, schema=None, temperature=True, parallel=1, network=False
        )

    def body(self, request: JudgeRequest) -> Mapping[str, object]:
        """What llama.cpp is asked, and the model file by name and fingerprint."""
        return {
            "provider": "local",
            "endpoint": "llama.cpp",
            "model": self._file.name,
            "fingerprint": self._fingerprint(),
            **self._wanted(request, request.messages),
        }

    async def ask(
        self,
        request: JudgeRequest,
        *,
        timeout: float,  # noqa: ASYNC109 - a runner has one for all judges, and each knows when its clock starts
        on_text: OnText | None = None,
    ) -> JudgeReply:
        """Ask the model. Loading it and waiting for earlier calls do not count towards the timeout.

        Raises:
            ProviderError: NO_MODEL when the file cannot be loaded, TOO_LONG with both numbers of tokens,
                TIMEOUT, or SERVER when the helper process ended; the next call starts a new one.
        """
        require_unicode(self.judge, request)
        helper = await self._ready()
        if self._no_system:
            return await self._without_system(helper, request, timeout, on_text)
        try:
            return await self._chat(helper, request, request.messages, timeout, on_text)
        except ProviderError as error:
            if not _is_about_roles(error, request):
                raise
        reply = await self._without_system(helper, request, timeout, on_text)
        self._no_system = True
        return reply

    async def count_tokens(self, request: JudgeRequest) -> TokenCount:
        """Exact once the model is loaded, else characters over four: it is not loaded to count."""
        helper = self._helper
        if helper is None or not helper.alive or not helper.loaded.done():
            return characters_over_four(request.messages)
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        with suppress(HelperGone, TimeoutError, UnicodeError):
            async with asyncio.timeout(_COUNT_SECONDS):
                async for message in helper.count(messages):
                    if isinstance(message.get("tokens"), int):
                        return TokenCount(message["tokens"], exact=True, method="llama.cpp")
        return characters_over_four(request.messages)

    async def close(self) -> None:
        """End the helper process and free its memory."""
        helper, self._helper = self._helper, None
        if helper is not None:
            helper.end()

    async def _ready(self) -> Helper:
        """A helper that has loaded the model."""
        with self._starting:
            helper = self._helper
            if helper is None or not helper.alive:
                helper = self._helper = self._start()
        measured = self._threads is None
        try:
            loaded = await asyncio.wrap_future(helper.loaded)
        except LoadFailed as error:
            raise self._unloadable(error) from None
        if measured and loaded["speeds"]:
            self._memory.keep(self._fingerprint(), loaded["threads"], loaded["speeds"])
            self._threads = loaded["threads"]
        return helper

    def _start(self) -> Helper:
        if not self._file.is_file():
            raise ProviderError(
                FailureKind.NO_MODEL, f"The model file {self._file} is gone.", "Fetch it again."
            )
        threads = self._threads or self._memory.recall(self._fingerprint())
        if threads is None and is_busy():  # what is measured now would be wrong later
            threads = max(1, cores() // 2)
        options = {
            "path": str(self._file),
            "context": self._context,
            "threads": threads,
            "template": self._template,
        }
        try:
            return Helper(options)
        except OSError as error:
            raise ProviderError(
                FailureKind.NO_MODEL, f"No helper process for {self.judge} could be started: {error}."
            ) from None

    def _unloadable(self, error: LoadFailed) -> ProviderError:
        if error.missing:
            return ProviderError(FailureKind.NO_MODEL, f"{error}.", 'Try: pip install "judgetui[local]"')
        # The binding's one message for everything says nothing.
        reason = "" if str(error).startswith("Failed to init server") else f": {error}"
        return ProviderError(
            FailureKind.NO_MODEL,
            f"llama.cpp could not load {self._file}{reason}.",
            "The file may be cut short or of a kind it does not know: fetch it again or try another one. "
            "For a large model, close other programs or set a smaller [local] context.",
        )

    async def _without_system(
        self, helper: Helper, request: JudgeRequest, seconds: float, on_text: OnText | None
    ) -> JudgeReply:
        messages = merge_system(request.messages)
        note = {"system role": _SYSTEM_MOVED} if messages != request.messages else {}
        return await self._chat(helper, request, messages, seconds, on_text, note)

    async def _chat(
        self,
        helper: Helper,
        request: JudgeRequest,
        messages: tuple[Message, ...],
        seconds: float,
        on_text: OnText | None,
        dropped: Mapping[str, str] | None = None,
    ) -> JudgeReply:
        """One request to the helper. Streamed always: only between pieces can it be stopped."""
        body = {
            **self._wanted(request, messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            "return_progress": True,
            "reasoning_format": "none",
        }
        try:
            call = helper.ask(body)
            try:
                async with asyncio.timeout(None) as clock:
                    parts = await _collect(call, clock, seconds, on_text)
            except BaseException:
                helper.cancel(call)
                raise
        except TimeoutError:
            raise timed_out(self.judge, seconds) from None
        except HelperGone as error:
            raise ProviderError(
                FailureKind.SERVER, f"llama.cpp stopped while answering for {self.judge}: {error}."
            ) from None
        if parts.error is not None:
            raise self._refused(parts.error)
        return parts.reply(self._file.stem, dropped or {})

    def _wanted(self, request: JudgeRequest, messages: tuple[Message, ...]) -> dict[str, Any]:
        form = request.form
        # What the form alone demands takes no room away from the reply.
        demanded = len(form.opening + "".join(form.between) + form.closing) if form is not None else 0
        body: dict[str, Any] = {
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            "max_tokens": request.max_tokens + demanded,
            "seed": request.sample,
            # Samples come from the model's own distribution, trimmed only where the protocol says so.
            "top_k": 0,
            "top_p": 1.0 if request.top_p is None else request.top_p,
            "min_p": 0.0,
            "cache_prompt": True,
        }
        if request.temperature is not None:
            body["temperature"] = request.temperature
        if form is not None and (request.labels or form.lines):
            body["grammar"] = grammar(form, request.labels)
        if request.top_logprobs:
            body |= {"logprobs": True, "top_logprobs": min(request.top_logprobs, TOP_LOGPROBS)}
        return body

    def _refused(self, error: Mapping[str, Any]) -> ProviderError:
        message = str(error.get("message") or "no reason given")
        if error.get("type") == "exceed_context_size_error":
            prompt, context = error.get("n_prompt_tokens"), error.get("n_ctx")
            return ProviderError(
                FailureKind.TOO_LONG,
                f"The prompt has {prompt} tokens, and {self.judge} has room for {context}.",
                "Shorten the item or the rubric, or raise context under [local] in the settings, "
                "up to what the model was trained for.",
            )
        kind = FailureKind.SERVER if (error.get("code") or 400) >= 500 else FailureKind.BAD_REQUEST
        return ProviderError(kind, f"{self.judge} refused the request: {' '.join(message.split())[:400]}")

    def _fingerprint(self) -> str:
        try:
            modified = self._file.stat().st_mtime
        except OSError:
            return ""
        if self._print is None or self._print[0] != modified:
            self._print = (modified, fingerprint(self._file))
        return self._print[1]


class _Parts:
    """A reply as its parts come in."""

    def __init__(self) -> None:
        self.error: Mapping[str, Any] | None = None
        self.began = time.perf_counter()
        self._text: list[str] = []
        self._tokens: list[TokenLogprob] = []
        self._finish = "stop"
        self._usage = Usage()

    def add(self, message: Mapping[str, Any]) -> str:
        """Take in a message; returns the text it brought."""
        self.error = self.error or message.get("error")
        self._finish = message.get("finish", self._finish)
        for text, logprob, top in message.get("tokens", ()):
            self._tokens.append(TokenLogprob(text, logprob, tuple((other, value) for other, value in top)))
        if usage := message.get("usage"):
            cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens")
            self._usage = Usage(usage.get("prompt_tokens"), usage.get("completion_tokens"), cached)
        piece = message.get("text", "")
        self._text.append(piece)
        return str(piece)

    def reply(self, model: str, dropped: Mapping[str, str]) -> JudgeReply:
        """The whole of it."""
        return JudgeReply(
            text="".join(self._text),
            finish=self._finish,
            logprobs=tuple(self._tokens),
            usage=self._usage,
            model=model,
            latency_ms=(time.perf_counter() - self.began) * 1000,
            dropped=dict(dropped),
        )


async def _collect(call: Call, clock: asyncio.Timeout, seconds: float, on_text: OnText | None) -> _Parts:
    """Read a call to its end; the clock runs from the moment the model begins."""
    parts = _Parts()
    async for message in call:
        if message.get("started"):
            parts.began = time.perf_counter()
            clock.reschedule(asyncio.get_running_loop().time() + seconds)
        piece = parts.add(message)
        if piece and on_text is not None:
            on_text(piece)
    return parts


def merge_system(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The same words without a system message: put before the first user message, or made one."""
    system = [m.content for m in messages if m.role == "system"]
    rest = [m for m in messages if m.role != "system"]
    if not system:
        return messages
    if rest and rest[0].role == "user":
        return (Message("user", "\n\n".join([*system, rest[0].content])), *rest[1:])
    return (Message("user", "\n\n".join(system)), *rest)


def _is_about_roles(error: ProviderError, request: JudgeRequest) -> bool:
    if error.kind not in {FailureKind.BAD_REQUEST, FailureKind.SERVER}:
        return False
    told = error.message.lower()
    return any(m.role == "system" for m in request.messages) and any(word in told for word in _TEMPLATE_WORDS)
