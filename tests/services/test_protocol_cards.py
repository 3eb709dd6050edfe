"""Cards in words, and the page of all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from judgetui.core.protocols.registry import get_protocol, protocol_names
from judgetui.services.protocol_cards import card_sections, order_words, published_words
from tests.tools.protocol_page import page

ROOT = Path(__file__).parents[2]


def test_the_page_of_protocols_is_current() -> None:
    assert (ROOT / "docs" / "protocols.md").read_text(encoding="utf-8") == page(), "make docs"


@pytest.mark.parametrize("name", protocol_names())
def test_no_section_is_empty(name: str) -> None:
    sections = card_sections(get_protocol(name))
    assert len({heading for heading, _ in sections}) == len(sections) == 11
    assert all(text.strip() for _, text in sections)


def test_published_settings_in_words() -> None:
    assert published_words(get_protocol("vicuna")) == (
        "1 reply, temperature 0.2, at most 1024 tokens, asked in the order of the item, scale 1 to 10, "
        "a reply without a result counted as minus-one."
    )
    assert published_words(get_protocol("alpaca-eval-2")).startswith(
        "1 reply, temperature 1, at most 1 token, "
    )


def test_lists_have_no_two_orders() -> None:
    assert order_words(get_protocol("listwise"), "both") == "asked forwards and backwards"
    assert order_words(get_protocol("mt-bench-pair"), "both") == "asked in both orders"
