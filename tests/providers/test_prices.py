"""What calls cost: the table's own numbers, caches, batches, and what is not known."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from judgetui.core.reply import Usage
from judgetui.providers import prices
from judgetui.providers.prices import price, service
from judgetui.providers.prompt_caches import cached_from, most_written

OPENAI = "https://api.openai.com/v1/chat/completions"
ANTHROPIC = "https://api.anthropic.com/v1/messages"
SONNET = "anthropic:claude-sonnet-4-5"


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Prices that a test changes are not those of the next."""
    prices._rates.cache_clear()
    yield
    prices._rates.cache_clear()


def a_million(provider: str, model: str) -> dict[str, Decimal]:
    """genai-prices' own numbers for a million tokens of a short prompt."""
    genai = pytest.importorskip("genai_prices")
    found = genai.calc_price(genai.Usage(input_tokens=1), model, provider_id=provider).model_price
    numbers = {}
    for kind in ("input", "output", "cache_read", "cache_write"):
        number = getattr(found, f"{kind}_mtok")
        numbers[kind] = getattr(number, "base", number)
    return numbers


class TestPrice:
    def test_what_runs_here_is_free(self) -> None:
        for judge in ("local:smollm2", "scripted:7", "replay:file"):
            assert price(judge, Usage()) == 0.0
            assert price(judge, Usage(), batch=True) == 0.0

    def test_without_the_table_nothing_is_known(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(prices, "find_spec", lambda name: None)
        assert price("openai:gpt-4o", Usage(1000, 100)) is None
        assert price("openai:gpt-4o", Usage(100_000, 100)) is None

    def test_whom_the_table_is_asked_about(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[dict[str, Any]] = []

        def calc_price(usage: Any, model: str, **more: Any) -> Any:
            asked.append({"usage": usage, "model": model, **more})
            if model == "unheard-of":
                raise LookupError(model)
            return SimpleNamespace(total_price=0.25)

        module = ModuleType("genai_prices")
        module.__dict__.update(Usage=lambda **more: more, calc_price=calc_price)
        monkeypatch.setitem(sys.modules, "genai_prices", module)
        monkeypatch.setattr(prices, "find_spec", lambda name: object())
        usage = Usage(100_000, 100, 300, cache_write=200)
        assert price("openai:gpt", usage) == 0.25
        told = {
            "input_tokens": 100_000,
            "output_tokens": 100,
            "cache_read_tokens": 300,
            "cache_write_tokens": 200,
        }
        assert asked.pop() == {"usage": told, "model": "gpt", "provider_id": "openai"}
        assert price("lab:gpt", usage, "https://api.x.org/v1/chat/completions") == 0.25
        assert asked.pop()["provider_api_url"] == "https://api.x.org/v1/chat/completions"
        assert price("openai:gpt", usage, "https://proxy.example.org/v1") == 0.25
        assert asked.pop()["provider_api_url"] == "https://proxy.example.org/v1"
        assert price("openai:gpt", usage, "replay") == 0.25
        assert asked.pop()["provider_id"] == "openai"
        assert price("decisions:gpt", usage) == 0.25
        assert asked.pop()["provider_id"] == "openai"
        assert price("openai:gpt?effort=low&format=text", usage) == 0.25
        assert asked.pop()["model"] == "gpt"
        assert price("anthropic:unheard-of", usage) is None
        assert price("lab:gpt", usage) is None, "whoever runs it sets the price"
        assert price("openai:gpt", Usage(None, 5)) is None
        assert price("openai:gpt", Usage(5, None)) is None

    def test_who_is_paid_goes_by_the_address(self) -> None:
        pytest.importorskip("genai_prices")
        found = price("openai:gpt-4o", Usage(1_000_000, 0, 0))
        assert found is not None and 0.1 < found < 100
        assert price("openai:no-such-model-here", Usage(1, 1, 0)) is None
        assert price("openai:gpt-4o", Usage(1_000_000, 0, 0), OPENAI) == found
        assert price("lab:gpt-4o", Usage(1_000_000, 0, 0), OPENAI) == found
        for elsewhere in ("http://127.0.0.1:8080/v1", "http://[::1", "https://"):
            assert price("openai:gpt-4o", Usage(1000, 0, 0), elsewhere) is None

    @pytest.mark.parametrize("length", [9_000, 90_000])
    def test_every_token_is_paid_once(self, length: int) -> None:
        rate = a_million("anthropic", "claude-sonnet-4-5")
        assert rate["cache_read"] < rate["input"] < rate["cache_write"] < rate["output"]
        expected = (
            (length - 3_000) * rate["input"]
            + 2_000 * rate["cache_read"]
            + 1_000 * rate["cache_write"]
            + 70 * rate["output"]
        ) / 10**6
        usage = Usage(length, 70, 2_000, reasoning=50, cache_write=1_000)
        assert price(f"{SONNET}?effort=low", usage, ANTHROPIC) == pytest.approx(float(expected))

    def test_more_cached_than_there_was_is_no_price(self) -> None:
        pytest.importorskip("genai_prices")
        for length in (1_000, 90_000):
            assert price(SONNET, Usage(length, 1, length, cache_write=1)) is None
        assert price(SONNET, Usage(-1, 1)) is None

    def test_short_calls_cost_what_the_table_says(self) -> None:
        """Short calls are multiplied out here; the table is asked about each model for comparison."""
        genai = pytest.importorskip("genai_prices")
        from genai_prices.data import providers

        compared = 0
        for provider in providers:
            if provider.id not in {"openai", "anthropic"}:
                continue
            for model in provider.models:
                try:
                    asked = genai.Usage(
                        input_tokens=7_001,
                        output_tokens=333,
                        cache_read_tokens=2_002,
                        cache_write_tokens=1_003,
                    )
                    expected = float(genai.calc_price(asked, model.id, provider_id=provider.id).total_price)
                except Exception:
                    continue
                usage = Usage(7_001, 333, 2_002, cache_write=1_003)
                assert price(f"{provider.id}:{model.id}", usage) == pytest.approx(expected), model.id
                compared += 1
        assert compared > 50

    @pytest.mark.parametrize("length", [500, 10_000, 31_999])
    def test_a_fee_of_each_call_is_paid_once(self, length: int) -> None:
        genai = pytest.importorskip("genai_prices")
        url = "https://api.perplexity.ai/chat/completions"

        def table(tokens: int) -> float:
            asked = genai.Usage(input_tokens=tokens, output_tokens=100)
            return float(genai.calc_price(asked, "sonar", provider_api_url=url).total_price)

        assert 2 * table(1_000) - table(2_000) > 0.001, "a model with a fee"
        assert price("lab:sonar", Usage(length, 100), url) == pytest.approx(table(length))
        assert price("lab:sonar", Usage(length, 100, length, cache_write=1), url) is None

    def test_no_price_depends_on_the_length_of_a_short_prompt(self) -> None:
        pytest.importorskip("genai_prices")
        from genai_prices.data import providers
        from genai_prices.types import TieredPrices

        starts = set()
        for model in (model for provider in providers for model in provider.models):
            several = (
                model.prices if isinstance(model.prices, list) else [SimpleNamespace(prices=model.prices)]
            )
            for number in (number for each in several for number in vars(each.prices).values()):
                if isinstance(number, TieredPrices):
                    starts |= {tier.start for tier in number.tiers}
        assert starts and min(starts) >= prices._SHORT

    def test_a_long_prompt_has_the_price_of_its_length(self) -> None:
        rate = a_million("anthropic", "claude-sonnet-4-5")
        found = price(SONNET, Usage(300_000, 0))
        assert found is not None and found > 1.2 * float(300_000 * rate["input"] / 10**6)

    def test_a_decision_is_paid_by_its_prompt(self) -> None:
        rate = a_million("openai", "gpt-6-luna")
        found = price("decisions:gpt-6-luna", Usage(5_000, 40, 2_000, cache_write=1_000))
        assert found == pytest.approx(float(5_000 * rate["input"] / 10**6))
        assert price("decisions:no-such-model-here", Usage(5, 5)) is None


class TestBatch:
    @pytest.mark.parametrize(
        ("judge", "endpoint"),
        [("openai:gpt-4o", ""), ("lab:gpt-4o", OPENAI), (SONNET, ""), (SONNET, ANTHROPIC)],
    )
    def test_a_batch_is_half_the_price(self, judge: str, endpoint: str) -> None:
        pytest.importorskip("genai_prices")
        usage = Usage(3_000, 100, 1_000, cache_write=500)
        whole = price(judge, usage, endpoint)
        assert whole is not None and whole > 0
        assert price(judge, usage, endpoint, batch=True) == pytest.approx(whole / 2)

    def test_elsewhere_it_is_not_known(self) -> None:
        pytest.importorskip("genai_prices")
        known = "https://api.groq.com/openai/v1/chat/completions"
        assert price("lab:llama-3.3-70b-versatile", Usage(10, 10), known) is not None
        assert price("lab:llama-3.3-70b-versatile", Usage(10, 10), known, batch=True) is None
        assert price("decisions:gpt-6-luna", Usage(10, 10), batch=True) is None
        assert price("openai:no-such-model-here", Usage(10, 10), batch=True) is None


class TestService:
    def test_the_address_comes_before_the_name(self) -> None:
        assert service("openai:m") == service("decisions:m") == service("lab:m", OPENAI) == "openai"
        assert service("anthropic:m") == service("anthropic:m", ANTHROPIC) == "anthropic"
        for judge, endpoint in (
            ("openai:m", "https://proxy.example.org/v1"),
            ("openai:m", "https://api.openai.com.example.org/v1"),
            ("openai:m", "http://[::1"),
            ("lab:m", ""),
            ("local:m", ""),
        ):
            assert service(judge, endpoint) == ""


class TestPromptCaches:
    @pytest.mark.parametrize(
        ("judge", "tokens"),
        [
            # platform.claude.com/docs/en/build-with-claude/prompt-caching, "Cache limitations"
            ("anthropic:claude-haiku-4-5-20251001", 4096),
            ("anthropic:claude-opus-4-6?effort=low", 4096),
            ("anthropic:claude-opus-4-7", 2048),
            ("anthropic:claude-opus-4-8", 1024),
            ("anthropic:claude-opus-4-20250514", 1024),
            ("anthropic:claude-sonnet-4-5", 1024),
            ("anthropic:claude-sonnet-5", 1024),
            ("anthropic:claude-sonnet-5-5", 512),
            ("anthropic:claude-opus-5-5", 512),
            ("anthropic:claude-not-yet-known", 512),
            # developers.openai.com/api/docs/guides/prompt-caching
            ("openai:gpt-4o", 1024),
        ],
    )
    def test_from_how_many_tokens_on(self, judge: str, tokens: int) -> None:
        assert cached_from(judge) == tokens

    def test_where_nothing_is_known_nothing_is_cached(self) -> None:
        assert cached_from("lab:gpt-4o") is cached_from("decisions:gpt-6-luna") is None
        assert cached_from("openai:gpt-4o", "https://proxy.example.org/v1") is None
        assert most_written("lab:gpt-4o", "", 9_000, 5_000) == 0

    def test_what_is_written(self) -> None:
        assert most_written("openai:gpt-6-sol", "", 1_024, 0) == 1_024, "OpenAI caches without a mark"
        assert most_written("openai:gpt-6-sol", "", 1_023, 1_000) == 0
        assert most_written("anthropic:claude-sonnet-5", "", 9_000, 1_024) == 1_024
        assert most_written("anthropic:claude-sonnet-5", "", 9_000, 1_023) == 0
