"""What a run will cost, in lines of a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from judgetui.cli.estimates import estimate_lines
from judgetui.core.vote import ScoreSource
from judgetui.services.planning import Estimate, Estimates

PLAIN = Estimate(
    judge="openai:gpt-5?effort=low",
    calls=10_000,
    held=0,
    certain=True,
    input_tokens=4_096_000,
    cacheable_tokens=1_000_000,
    exact=False,
    method="openai's counter on 5 of 10,000 prompts, the rest scaled by length",
    least_output=20_000,
    most_output=10_240_000,
    cost_low=1.5,
    cost_high=107.25,
    source=ScoreSource.LOGPROBS,
    batch=False,
)


def words(*found: Estimate, columns: int = 80) -> str:
    return "\n".join(estimate_lines(Estimates(found), columns))


def test_calls_tokens_method_and_both_figures() -> None:
    assert estimate_lines(Estimates((PLAIN,))) == [
        "openai:gpt-5?effort=low: 10,000 calls",
        "  about 4,096,000 prompt tokens, at most 10,240,000 written (thinking included)",
        "  by openai's counter on 5 of 10,000 prompts, the rest scaled by length",
        "  at least $1.50: bare verdicts, the rubric from the cache",
        "  at most $107.25: the longest replies, nothing from the cache",
    ]


def test_what_is_held_and_what_a_batch_saves_is_said() -> None:
    assert ": 10,000 calls, 40 of them answered already\n" in words(replace(PLAIN, held=40))
    assert ": 10,000 calls, in a batch at half price\n" in words(replace(PLAIN, batch=True))
    unknown = words(replace(PLAIN, batch=True, cost_low=None, cost_high=None))
    assert ": 10,000 calls, in a batch\n" in unknown and unknown.endswith("\n  its price is not known")
    assert "$" not in unknown


def test_an_exact_count_is_not_about_so_much() -> None:
    assert "\n  4,096,000 prompt tokens" in words(replace(PLAIN, exact=True))


def test_no_effect_is_told_that_there_is_not() -> None:
    short = words(replace(PLAIN, cacheable_tokens=0))
    assert "at least $1.50: bare verdicts\n" in short and short.endswith(
        "at most $107.25: the longest replies"
    )
    asked = words(replace(PLAIN, cacheable_tokens=0, least_output=0, most_output=0))
    assert "written" not in asked and "at least $1.50\n" in asked
    assert words(replace(PLAIN, cost_low=0.0, cost_high=0.0)).endswith("\n  no cost")


def test_several_judges_have_a_sum_if_all_prices_are_known() -> None:
    other = replace(
        PLAIN, judge="anthropic:claude-opus-5-5", calls=5, certain=False, cost_low=0.0, cost_high=2.0
    )
    both = words(PLAIN, other)
    assert "\nanthropic:claude-opus-5-5: 0 to 5 calls\n" in both
    assert "\n  at least $0.00: no item comes so far\n" in both
    assert both.endswith("\ntogether: 10,005 calls, $1.50 to $109.25")
    some = words(PLAIN, replace(other, cost_low=None, cost_high=None))
    assert some.endswith("\ntogether: 10,005 calls, cost unknown")


@pytest.mark.parametrize("columns", [40, 80])
def test_no_line_is_as_wide_as_the_terminal(columns: int) -> None:
    everything = replace(PLAIN, held=9_000, batch=True, method=f"tiktoken o200k_base; {PLAIN.method}")
    lines = estimate_lines(Estimates((everything, everything)), columns)
    assert max(map(len, lines)) < columns
    assert " ".join(line.strip() for line in lines).count("the rest scaled by length") == 2
