"""The openai package, where it is imported."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Final

from judgetui.core.request import JudgeRequest
from judgetui.providers.sdk import SdkJudge

DEFAULT_URL: Final = "https://api.openai.com/v1"


class OpenAISdkJudge(SdkJudge):
    """A judge over the openai package; `PATH` is the endpoint behind the base URL."""

    PATH: str

    @property
    def endpoint(self) -> str:
        """The address that is asked."""
        return f"{self._url}{self.PATH}"

    @property
    def _is_openai(self) -> bool:
        """Whether OpenAI itself is asked, and not a server that speaks the same."""
        return self._url.startswith("https://api.openai.com/")

    def _cache_key(self, request: JudgeRequest) -> str:
        """A name for the rubric's part of a prompt, by which OpenAI sends like prompts to the same cache; empty
        where there is no such part, or somebody else is asked."""
        if not request.stable or not self._is_openai:
            return ""
        text = "".join(message.content for message in request.messages)[: request.stable]
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @abstractmethod
    def _wanted(self, request: JudgeRequest) -> dict[str, Any]: ...

    def _sdk(self) -> Any:
        import openai
        import openai.resources.chat  # what a call would load otherwise

        return openai

    def _new_client(self, sdk: Any, key: str, headers: Mapping[str, str]) -> Any:
        return sdk.AsyncOpenAI(api_key=key, base_url=self._url, max_retries=0, default_headers=headers)
