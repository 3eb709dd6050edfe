"""Token counts that need no network: by a vocabulary on this machine, or by length and said to be."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from judgetui.core.request import JudgeRequest, Message
from judgetui.providers import tokens
from judgetui.providers.tokens import characters_over_four, count_for_openai, fewest_tokens, vocabulary


def ask(text: str = "Rate this.") -> JudgeRequest:
    return JudgeRequest((Message("user", text),))


class TestTokens:
    def test_the_estimate(self) -> None:
        count = characters_over_four((Message("system", "x" * 9), Message("user", "")))
        assert (count.tokens, count.exact, count.method) == (3 + 8, False, "characters / 4")

    @pytest.mark.parametrize(
        ("model", "name"),
        [
            ("gpt-5", "o200k_base"),
            ("gpt-4o-mini", "o200k_base"),
            ("gpt-4", "cl100k_base"),
            ("gpt-4-turbo", "cl100k_base"),
            ("gpt-3.5-turbo", "cl100k_base"),
            ("gpt-4.1", "o200k_base"),
            ("who-knows", "o200k_base"),
        ],
    )
    def test_which_vocabulary(self, model: str, name: str) -> None:
        assert vocabulary(model) == name

    async def test_without_a_cached_vocabulary_tiktoken_is_not_asked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tokens, "_encode", lambda *what: pytest.fail("it was asked"))
        for folder in (str(tmp_path), ""):
            monkeypatch.setenv("TIKTOKEN_CACHE_DIR", folder)
            assert (await count_for_openai(ask().messages, "gpt-5")).method == "characters / 4"
        monkeypatch.delenv("TIKTOKEN_CACHE_DIR")
        monkeypatch.delenv("DATA_GYM_CACHE_DIR", raising=False)
        monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
        assert not tokens.is_cached("o200k_base")

    async def test_a_broken_cached_vocabulary_is_left_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
        file = tmp_path / tokens._VOCABULARIES["o200k_base"][0]
        file.write_text("broken")
        assert (await count_for_openai(ask().messages, "gpt-5")).method == "characters / 4"
        assert file.read_text() == "broken", "tiktoken would have deleted it and gone to the network"

    async def test_a_cached_vocabulary_is_used(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        content = b"a whole vocabulary"
        name = tokens._VOCABULARIES["o200k_base"][0]
        (tmp_path / name).write_bytes(content)
        monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
        known = {"o200k_base": (name, hashlib.sha256(content).hexdigest())}
        monkeypatch.setattr(tokens, "_VOCABULARIES", known)
        monkeypatch.setattr(tokens, "_loaded", set())
        module = ModuleType("tiktoken")
        encoding = SimpleNamespace(encode_ordinary=str.split)
        module.__dict__["get_encoding"] = lambda asked: encoding
        monkeypatch.setitem(sys.modules, "tiktoken", module)
        for text in ("one <|endoftext|> three", "word " * 10_000):
            count = await count_for_openai((Message("user", text),), "gpt-5")
            assert count.tokens == len(text.split()) + 4
            assert count.method == "tiktoken o200k_base" and not count.exact

    def test_a_bare_reply_has_at_least_a_token(self) -> None:
        assert [fewest_tokens(text) for text in ("", "4", "[[A]]", "x" * 9)] == [1, 1, 2, 3]
