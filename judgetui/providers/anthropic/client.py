"""The anthropic package, where it is imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from judgetui.providers.sdk import SdkJudge

DEFAULT_URL: Final = "https://api.anthropic.com"


class AnthropicSdkJudge(SdkJudge):
    """A judge over the anthropic package; `PATH` is the endpoint behind the base URL."""

    PATH: str

    @property
    def endpoint(self) -> str:
        """The address that is asked."""
        return f"{self._url}{self.PATH}"

    def _sdk(self) -> Any:
        import anthropic

        return anthropic

    def _new_client(self, sdk: Any, key: str, headers: Mapping[str, str]) -> Any:
        return sdk.AsyncAnthropic(api_key=key, base_url=self._url, max_retries=0, default_headers=headers)
