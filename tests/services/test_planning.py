"""What a run will ask for and cost, worked out beforehand: calls, tokens, and a low and a high figure."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from judgetui.core.item import Item
from judgetui.core.protocols.prompts import Prompter
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reply import Usage
from judgetui.core.request import JudgeRequest
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling
from judgetui.core.run import Call
from judgetui.core.vote import ScoreSource
from judgetui.errors import ItemError
from judgetui.providers.base import Capabilities, TokenCount
from judgetui.providers.keys import call_key
from judgetui.providers.prices import price
from judgetui.providers.tokens import characters_over_four
from judgetui.services import planned_calls
from judgetui.services.planning import Estimates, estimate, estimate_run
from judgetui.services.token_counts import COUNT_SECONDS
from judgetui.storage.database import SessionFile
from tests.services.standins import StandInJudge, reply

OPENAI = "https://api.openai.com/v1/chat/completions"
ANTHROPIC = "https://api.anthropic.com/v1/messages"
SONNET = "anthropic:claude-sonnet-4-5"

RUBRIC = Rubric(
    name="right",
    protocol="g-eval",
    task="Rate the answer.",
    criteria=(Criterion("correctness", "Is it right?"),),
    inputs=(InputField("question"),),
    sampling=Sampling(n=1, max_tokens=50),
)
BARE = math.ceil(len("- Correctness: 4") / 4)
"""Tokens of the shortest reply in the protocol's form."""

LONG = replace(RUBRIC, task="Rate the answer with care. " * 400)
"""A rubric whose part of the prompt is long enough to be cached."""

BOTH_ORDERS = Rubric(
    name="better",
    protocol="mt-bench-pair",
    task="Compare.",
    criteria=(Criterion("clarity", "Which is clearer?"),),
    inputs=(InputField("question"),),
)


def single(count: int) -> list[Item]:
    return [
        Item(f"i{n}", (f"answer {n}" * (1 + n % 5),), {"question": f"question {n}"}) for n in range(count)
    ]


def pairs(count: int) -> list[Item]:
    return [Item(f"p{n}", (f"good {n}", f"bad {n}"), {"question": f"question {n}"}) for n in range(count)]


class Judge(StandInJudge):
    """A stand-in that counts by length, unless told otherwise, and bundles samples of a prompt."""

    def __init__(self, name: str = "standin:one", endpoint: str = "", *, bundles: int = 1) -> None:
        super().__init__(lambda request, number: reply("4"), name=name, endpoint=endpoint)
        self.counted = 0
        self._together = bundles

    def bundles(self, requests: Sequence[JudgeRequest]) -> list[tuple[JudgeRequest, ...]]:
        """So many in a call."""
        step = self._together
        return [tuple(requests[start : start + step]) for start in range(0, len(requests), step)]

    async def count_tokens(self, request: JudgeRequest) -> TokenCount:
        """By length."""
        self.counted += 1
        return characters_over_four(request.messages)


class Counting(Judge):
    """A judge whose service counts three tokens a character, once `opened` is set."""

    def __init__(
        self, name: str = SONNET, endpoint: str = ANTHROPIC, *, hangs: int = 0, fails: int = 0
    ) -> None:
        super().__init__(name, endpoint)
        self.opened = asyncio.Event()
        self.there: list[JudgeRequest] = []
        self.hangs = hangs
        self.fails = fails

    async def count_there(self, request: JudgeRequest, seconds: float) -> TokenCount | None:
        """Three a character; the first ones hang or fail."""
        self.there.append(request)
        if len(self.there) <= self.hangs:
            await self.opened.wait()
        if len(self.there) <= self.fails:
            raise RuntimeError("a broken counter")
        return TokenCount(3 * characters(request), exact=True, method="count_tokens")


def characters(request: JudgeRequest) -> int:
    return sum(len(message.content) for message in request.messages)


def requests(
    rubric: Rubric, items: Sequence[Item], source: ScoreSource = ScoreSource.SINGLE
) -> list[JudgeRequest]:
    """What is sent, as the runner plans it."""
    prompter = Prompter(get_protocol(rubric.protocol), rubric, source)
    return [request for item in items for request in prompter.requests(item)]


def by_length(asked: Sequence[JudgeRequest]) -> list[int]:
    """Tokens of each: a token for every four characters and four for every message."""
    return [math.ceil(characters(request) / 4) + 4 * len(request.messages) for request in asked]


def a_token(judge: str) -> dict[str, float]:
    """US dollars a token, from genai-prices' own numbers for a million."""
    genai = pytest.importorskip("genai_prices")
    provider, _, model = judge.partition(":")
    found = genai.calc_price(genai.Usage(input_tokens=1), model, provider_id=provider).model_price
    numbers: dict[str, float] = {}
    for kind in ("input", "output", "cache_read", "cache_write"):
        number = getattr(found, f"{kind}_mtok")
        numbers[kind] = float(getattr(number, "base", number) or numbers["input"] * 10**6) / 10**6
    return numbers


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFile]:
    with SessionFile.create(tmp_path / "s.db", "s") as opened:
        yield opened


async def hold(session: SessionFile, judge: Judge, asked: Sequence[JudgeRequest]) -> None:
    """Make the session hold replies to these."""
    for request in asked:
        body = judge.body(request)
        call = Call(call_key(body, request.sample), judge.judge, request, reply("4"), body)
        await session.write(lambda repos, call=call: repos.calls.add(call, None))  # type: ignore[misc]


class TestCalls:
    async def test_what_is_sent_is_counted(self) -> None:
        asked = requests(RUBRIC, single(7))
        found = await estimate(RUBRIC, single(7), Judge())
        assert (found.calls, found.held, found.sent, found.least_sent) == (7, 0, 7, 7)
        assert found.input_tokens == sum(by_length(asked))
        assert (found.method, found.exact) == ("characters / 4", False)
        assert found.most_output == 7 * 50 and found.least_output == 7 * BARE
        assert found.source is ScoreSource.SINGLE

    async def test_samples_and_order_are_those_of_the_run(self) -> None:
        assert (await estimate(RUBRIC, single(2), Judge(), 5)).calls == 10
        assert (await estimate(RUBRIC, single(2), Judge(), 5)).source is ScoreSource.SAMPLES
        both = await estimate(BOTH_ORDERS, pairs(3), Judge())
        assert (both.calls, both.source) == (6, None)
        assert (await estimate(BOTH_ORDERS, pairs(3), Judge(), order="as-given")).calls == 3

    async def test_samples_in_one_call_are_one_call_with_one_prompt(self) -> None:
        apart = await estimate(RUBRIC, single(3), Judge(), 8)
        together = await estimate(RUBRIC, single(3), Judge(bundles=8), 8)
        assert (apart.calls, together.calls) == (24, 3)
        assert together.input_tokens == sum(by_length(requests(RUBRIC, single(3))))
        assert apart.input_tokens == 8 * together.input_tokens
        assert together.most_output == apart.most_output == 24 * 50
        assert together.least_output == apart.least_output

    async def test_the_bare_verdict_is_the_least_that_can_be_written(self) -> None:
        found = await estimate(BOTH_ORDERS, pairs(1), Judge(), order="as-given")
        assert found.least_output == math.ceil(len("[[A]]") / 4)

    async def test_a_reply_may_be_as_long_as_the_judge_lets_it(self) -> None:
        class Roomy(Judge):
            def body(self, request: JudgeRequest) -> Mapping[str, object]:
                """More room than was asked for."""
                return {"max_completion_tokens": request.max_tokens + 7}

        assert (await estimate(RUBRIC, single(3), Roomy())).most_output == 3 * 57

    async def test_replies_that_the_session_holds_are_not_sent(self, session: SessionFile) -> None:
        judge, items = Judge(SONNET, ANTHROPIC), single(6)
        asked = requests(RUBRIC, items)
        await hold(session, judge, asked[:4])
        found = await estimate(RUBRIC, items, judge, session=session)
        assert (found.calls, found.held, found.sent) == (6, 4, 2)
        assert found.input_tokens == sum(by_length(asked[4:]))
        rest = await estimate(RUBRIC, items[4:], judge)
        assert (found.cost_low, found.cost_high) == (rest.cost_low, rest.cost_high)
        assert (await estimate(RUBRIC, items, judge)).held == 0, "asked afresh"
        await hold(session, judge, asked[4:])
        done = await estimate(RUBRIC, items, judge, session=session)
        assert (done.calls, done.held, done.input_tokens) == (6, 6, 0)
        assert done.cost_low == done.cost_high == 0

    async def test_of_a_bundle_only_what_is_missing_is_sent(self, session: SessionFile) -> None:
        judge, items = Judge(bundles=4), single(2)
        asked = requests(replace(RUBRIC, sampling=Sampling(n=4, max_tokens=50)), items, ScoreSource.SAMPLES)
        await hold(session, judge, [*asked[:4], asked[4]])
        found = await estimate(RUBRIC, items, judge, 4, session=session)
        assert (found.calls, found.held) == (2, 1)
        assert found.most_output == 3 * 50

    async def test_an_item_that_cannot_be_judged_is_told(self) -> None:
        with pytest.raises(ItemError):
            await estimate_run(RUBRIC, [*single(1), *pairs(1)], [Judge(), Judge("standin:two")])

    async def test_questions_in_one_call_share_their_evidence(self) -> None:
        judge = Judge("decisions:gpt-6-luna", bundles=2)
        judge.capabilities = Capabilities(logprobs=False, decisions=True)
        rubric = replace(RUBRIC, criteria=(Criterion("one", "Is it so?"), Criterion("two", "And is it so?")))
        asked = requests(rubric, single(1), ScoreSource.DECISION)
        found = await estimate(rubric, single(1), judge)
        assert (found.calls, found.most_output, found.source) == (1, 0, ScoreSource.DECISION)
        (first, _) = by_length(asked)
        questions = [
            len(each.question.text) + sum(len(a) + len(b) for a, b in each.question.options)
            for each in asked
            if each.question is not None
        ]
        whole = characters(asked[0]) + sum(questions)
        assert found.input_tokens == round(first * whole / (whole - questions[1]))
        assert found.cost_low == found.cost_high
        assert found.cost_high == price(judge.judge, Usage(found.input_tokens, 0))


class TestCounting:
    async def test_the_services_counter_is_asked_about_a_few(self) -> None:
        judge, items = Counting(), single(60)
        asked = requests(RUBRIC, items)
        found = await estimate(RUBRIC, items, judge)
        assert len(judge.there) == 5 and judge.counted == 0
        places = [asked.index(request) for request in judge.there]
        assert places[0] == 0 and places[-1] == 59
        assert max(b - a for a, b in pairwise(places)) <= 15, "evenly spaced"
        assert found.method == "anthropic's counter on 5 of 60 prompts, the rest scaled by length"
        assert not found.exact
        assert found.input_tokens == pytest.approx(3 * sum(map(characters, asked)), abs=60)

    async def test_few_prompts_are_all_counted_by_it(self) -> None:
        judge, items = Counting(), single(3)
        found = await estimate(RUBRIC, items, judge)
        assert (found.method, found.exact) == ("anthropic's counter", True)
        assert found.input_tokens == 3 * sum(map(characters, requests(RUBRIC, items)))

    async def test_a_counter_that_hangs_is_given_up_and_that_is_said(self) -> None:
        judge, items = Counting(hangs=99), single(60)
        started = time.monotonic()
        found = await estimate(RUBRIC, items, judge, seconds=0.05)
        assert time.monotonic() - started < COUNT_SECONDS
        assert len(judge.there) == 5
        assert found.method == "characters / 4; anthropic's counter did not answer"
        assert found.input_tokens == sum(by_length(requests(RUBRIC, items)))

    async def test_what_it_counted_in_time_is_used(self) -> None:
        judge = Counting(hangs=2)
        found = await estimate(RUBRIC, single(60), judge, seconds=0.05)
        assert found.method == "anthropic's counter on 3 of 60 prompts, the rest scaled by length"

    async def test_a_counter_that_breaks_is_no_reason_to_fail(self) -> None:
        found = await estimate(RUBRIC, single(60), Counting(fails=99))
        assert found.method == "characters / 4; anthropic's counter did not answer"

    @pytest.mark.parametrize(
        ("name", "endpoint"),
        [
            ("local:smol", ""),
            ("lab:some-model", "https://llm.example.org/v1/messages"),
            ("anthropic:claude-sonnet-4-5", "http://127.0.0.1:8080/v1/messages"),
        ],
    )
    async def test_nobody_else_is_asked(self, name: str, endpoint: str) -> None:
        judge = Counting(name, endpoint)
        found = await estimate(RUBRIC, single(6), judge)
        assert not judge.there and found.method == "characters / 4"

    async def test_a_judge_without_a_counter_of_its_service(self) -> None:
        found = await estimate(RUBRIC, single(6), Judge("openai:gpt-4o", OPENAI))
        assert found.method == "characters / 4"

    async def test_an_exact_count_is_exact_for_all_prompts_alone(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Exact(Judge):
            async def count_tokens(self, request: JudgeRequest) -> TokenCount:
                self.counted += 1
                return TokenCount(2 * characters(request), exact=True, method="llama.cpp")

        items = single(90)
        judge = Exact()
        found = await estimate(RUBRIC, items, judge)
        assert (found.exact, found.method, judge.counted) == (True, "llama.cpp", 90)
        monkeypatch.setattr(planned_calls, "_SAMPLE", 10)
        judge = Exact()
        scaled = await estimate(RUBRIC, items, judge)
        assert 10 <= judge.counted <= 20
        assert scaled.method == f"llama.cpp on {judge.counted} of 90 prompts, the rest scaled by length"
        assert not scaled.exact
        assert scaled.input_tokens == pytest.approx(found.input_tokens, abs=90)

    async def test_counting_many_prompts_leaves_the_event_loop_to_others(self) -> None:
        class Slow(Judge):
            async def count_tokens(self, request: JudgeRequest) -> TokenCount:
                until = time.perf_counter() + 0.001
                while time.perf_counter() < until:
                    pass
                return await super().count_tokens(request)

        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        task = asyncio.create_task(others())
        await asyncio.sleep(0)
        await estimate(RUBRIC, single(200), Slow())
        task.cancel()
        assert turns >= 10


class TestCosts:
    async def test_the_least_and_the_most(self) -> None:
        """All but the first call read the rubric's part from the cache, and write a bare verdict; or all write it."""
        rate, items = a_token(SONNET), single(5)
        asked = requests(LONG, items)
        tokens = by_length(asked)
        parts = [round(n * each.stable / characters(each)) for n, each in zip(tokens, asked, strict=True)]
        assert min(parts) > 1024 and len({each.stable for each in asked}) == 1
        found = await estimate(LONG, items, Judge(SONNET, ANTHROPIC))
        rest = sum(tokens) - sum(parts)
        low = rest * rate["input"] + 5 * BARE * rate["output"]
        low += parts[0] * rate["cache_write"] + sum(parts[1:]) * rate["cache_read"]
        high = rest * rate["input"] + sum(parts) * rate["cache_write"] + 5 * 50 * rate["output"]
        assert found.cost_low == pytest.approx(low)
        assert found.cost_high == pytest.approx(high)
        assert found.cacheable_tokens == sum(parts[1:])
        assert found.low_assumes == "bare verdicts, the rubric from the cache"
        assert found.high_assumes == "the longest replies, nothing from the cache"

    async def test_a_rubric_that_is_too_short_is_not_cached(self) -> None:
        rate, items = a_token(SONNET), single(5)
        found = await estimate(RUBRIC, items, Judge(SONNET, ANTHROPIC))
        assert found.cacheable_tokens == 0
        assert found.cost_low == pytest.approx(found.input_tokens * rate["input"] + 5 * BARE * rate["output"])
        assert found.cost_high == pytest.approx(found.input_tokens * rate["input"] + 250 * rate["output"])
        assert (found.low_assumes, found.high_assumes) == ("bare verdicts", "the longest replies")

    async def test_each_criterions_first_call_begins_its_own_cache(self) -> None:
        criteria = (Criterion("one", "First. " * 900), Criterion("two", "Second. " * 900))
        rubric = replace(RUBRIC, criteria=criteria)
        asked = requests(rubric, single(3))
        tokens = by_length(asked)
        parts = [round(n * each.stable / characters(each)) for n, each in zip(tokens, asked, strict=True)]
        found = await estimate(rubric, single(3), Judge(SONNET, ANTHROPIC))
        assert found.cacheable_tokens == sum(parts[2:])

    async def test_openai_writes_the_rubrics_part_where_it_charges_for_that(self) -> None:
        judge = "openai:gpt-6-sol"
        rate, items = a_token(judge), single(4)
        assert rate["cache_write"] > rate["input"]
        found = await estimate(LONG, items, Judge(judge, OPENAI))
        stable = sum(request.stable for request in requests(LONG, items)) / 4
        assert found.input_tokens * 0.9 < stable < found.input_tokens, "most of it, and not all"
        plain = found.input_tokens * rate["input"] + 4 * 50 * rate["output"]
        whole = found.input_tokens * rate["cache_write"] + 4 * 50 * rate["output"]
        assert found.cost_high == pytest.approx(
            plain + stable * (rate["cache_write"] - rate["input"]), rel=0.01
        )
        assert found.cost_high is not None and plain < found.cost_high < whole

    async def test_elsewhere_no_cache_is_counted_on(self) -> None:
        endpoint = "https://api.groq.com/openai/v1/chat/completions"
        found = await estimate(LONG, single(3), Judge("lab:llama-3.3-70b-versatile", endpoint))
        assert found.cacheable_tokens == 0
        one = price("lab:llama-3.3-70b-versatile", Usage(found.input_tokens, 3 * BARE), endpoint)
        assert one is not None and found.cost_low == pytest.approx(one)

    async def test_many_short_prompts_have_no_long_prompts_price(self) -> None:
        rate = a_token(SONNET)
        found = await estimate(LONG, single(200), Judge(SONNET, ANTHROPIC))
        assert found.input_tokens > 200_000, "where the price of one prompt rises"
        assert found.cost_high is not None
        assert found.cost_high <= found.input_tokens * rate["cache_write"] + 200 * 50 * rate["output"]

    async def test_a_batch_is_half_of_both(self) -> None:
        judge = Judge(SONNET, ANTHROPIC)
        plain = await estimate(LONG, single(5), judge)
        batch = await estimate(LONG, single(5), judge, batch=True)
        assert plain.cost_low and plain.cost_high
        assert batch.cost_low == pytest.approx(plain.cost_low / 2)
        assert batch.cost_high == pytest.approx(plain.cost_high / 2)
        assert batch.batch and not plain.batch

    @pytest.mark.parametrize("name", ["openai:no-such-model-here", "standin:one"])
    async def test_an_unknown_price_is_unknown(self, name: str) -> None:
        found = await estimate(RUBRIC, single(3), Judge(name))
        assert found.cost_low is None and found.cost_high is None

    async def test_what_runs_here_costs_nothing(self) -> None:
        found = await estimate(RUBRIC, single(3), Judge("local:smol"))
        assert found.cost_low == found.cost_high == 0.0


class TestSeveralJudges:
    async def test_a_jury_costs_what_its_judges_cost(self) -> None:
        judges = [Judge(SONNET, ANTHROPIC), Judge("openai:gpt-4o", OPENAI)]
        found = await estimate_run(RUBRIC, single(4), judges)
        assert [each.judge for each in found.judges] == [SONNET, "openai:gpt-4o"]
        alone = [await estimate(RUBRIC, single(4), judge) for judge in judges]
        assert found.judges == tuple(alone)
        assert (found.calls, found.held) == (8, 0)
        assert found.cost_low == pytest.approx(sum(each.cost_low or 0 for each in alone))
        assert found.cost_high == pytest.approx(sum(each.cost_high or 0 for each in alone))

    async def test_one_unknown_price_makes_the_sum_unknown(self) -> None:
        found = await estimate_run(RUBRIC, single(4), [Judge(SONNET, ANTHROPIC), Judge("standin:one")])
        assert found.judges[0].cost_high is not None
        assert found.cost_low is None and found.cost_high is None
        assert Estimates(()).cost_high == 0

    async def test_the_later_judges_of_a_cascade_may_be_asked_nothing(self) -> None:
        judges = [Judge("openai:gpt-4o-mini", OPENAI), Judge(SONNET, ANTHROPIC), Judge("standin:one")]
        first, second, third = (
            await estimate_run(RUBRIC, single(4), judges[:2] + judges[2:], cascade=True)
        ).judges
        alone = await estimate(RUBRIC, single(4), judges[1])
        assert (first.certain, first.least_sent, first.sent) == (True, 4, 4)
        assert (second.certain, second.least_sent, second.sent) == (False, 0, 4)
        assert (second.cost_low, second.cost_high) == (0.0, alone.cost_high)
        assert second.low_assumes == "no item comes so far"
        assert third.cost_low is None and third.cost_high is None
        both = await estimate_run(RUBRIC, single(4), judges[:2], cascade=True)
        assert both.cost_low == first.cost_low

    async def test_all_services_are_asked_at_once(self) -> None:
        judges = [Counting(), Counting("openai:gpt-4o", OPENAI)]
        barrier: Any = asyncio.Barrier(10)

        async def meet(request: JudgeRequest, seconds: float) -> TokenCount | None:
            await barrier.wait()
            return TokenCount(10, exact=True, method="x")

        for judge in judges:
            judge.count_there = meet  # type: ignore[method-assign]
        found = await estimate_run(RUBRIC, single(60), judges)
        assert all("counter on 5 of 60" in each.method for each in found.judges)
