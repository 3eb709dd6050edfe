"""Scripted and recorded judges, call keys, and what endpoints share."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from judgetui.core.item import item_from_mapping
from judgetui.core.protocols.g_eval import parse_steps, steps_request
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reply import JudgeReply, TokenLogprob, Usage
from judgetui.core.request import Form, JudgeRequest, Message
from judgetui.core.rubric import Criterion, Rubric
from judgetui.core.vote import ScoreSource, Status
from judgetui.errors import InputError
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.providers.endpoints import clip, is_loopback, retry_after, status_failure, status_kind
from judgetui.providers.keys import call_key, request_key
from judgetui.providers.replay import ReplayJudge, recorded_line
from judgetui.providers.scripted import ScriptedJudge

DIGITS = ("1", "2", "3", "4", "5")


def ask(text: str = "Rate this.", **more: Any) -> JudgeRequest:
    return JudgeRequest((Message("user", text),), **more)


class TestScripted:
    async def test_the_same_call_has_the_same_answer(self) -> None:
        request = ask(labels=DIGITS, temperature=1.0, top_logprobs=20)
        first = await ScriptedJudge("7").ask(request, timeout=1)
        assert first == await ScriptedJudge("7").ask(request, timeout=1)
        others = [
            (await ScriptedJudge(str(seed)).ask(ask(labels=DIGITS), timeout=1)).text for seed in range(30)
        ]
        assert len(set(others)) > 2

    async def test_a_ranking_has_each_letter_once(self) -> None:
        form = Form("[[", "]]", 60, between=(" > ",) * 5)
        found = set()
        for number in range(20):
            request = ask(f"Rank {number}.", labels=tuple("ABCDEF"), form=form)
            reply = await ScriptedJudge("7").ask(request, timeout=1)
            ranking = reply.text.partition("[[")[2].removesuffix("]]").split(" > ")
            assert sorted(ranking) == list("ABCDEF")
            found.add(tuple(ranking))
        assert len(found) > 10

    async def test_digits_come_with_probabilities(self) -> None:
        reply = await ScriptedJudge("7").ask(ask(labels=DIGITS, top_logprobs=20), timeout=1)
        assert reply.text in DIGITS
        token = reply.logprobs[0]
        assert token.token == reply.text
        assert {text for text, _ in token.top} == {*DIGITS, "The"}
        assert [logprob for _, logprob in token.top] == sorted((v for _, v in token.top), reverse=True)
        plain = await ScriptedJudge("7?logprobs=0").ask(ask(labels=DIGITS, top_logprobs=20), timeout=1)
        assert plain.logprobs == ()
        assert ScriptedJudge("7?logprobs=0").capabilities.logprobs is False

    async def test_marks_where_the_form_has_marks(self) -> None:
        judge = ScriptedJudge("7")
        marks = Form("[[", "]]", 100)
        pair = await judge.ask(ask("Compare them.", labels=("A", "B", "C"), form=marks), timeout=1)
        assert pair.text.endswith(("[[A]]", "[[B]]", "[[C]]")) and len(pair.text) > 30
        single = await judge.ask(ask("Rate it.", labels=DIGITS, form=marks), timeout=1)
        assert "Rating: [[" in single.text

    async def test_several_labels_where_the_form_has_several(self) -> None:
        first = Form(closing="\n", between=(" ",), after=200)
        reply = await ScriptedJudge("7").ask(ask(labels=DIGITS, form=first), timeout=1)
        scores, _, reason = reply.text.partition("\n")
        assert [score in DIGITS for score in scores.split(" ")] == [True, True] and len(reason) > 30
        last = Form("One: ", "", 200, between=("\nTwo: ",))
        reply = await ScriptedJudge("7").ask(ask(labels=DIGITS, form=last), timeout=1)
        *_, one, two = reply.text.splitlines()
        assert one.removeprefix("One: ") in DIGITS and two.removeprefix("Two: ") in DIGITS

    async def test_steps_where_nothing_is_to_be_chosen(self) -> None:
        reply = await ScriptedJudge("7").ask(ask("Write steps."), timeout=1)
        lines = reply.text.splitlines()
        assert 3 <= len(lines) <= 5
        assert all(line.startswith(f"{number}. ") for number, line in enumerate(lines, 1))

    async def test_streaming(self) -> None:
        pieces: list[str] = []
        reply = await ScriptedJudge("7").ask(ask("Write steps."), timeout=1, on_text=pieces.append)
        assert len(pieces) > 5 and "".join(pieces) == reply.text

    async def test_failures_pass_on_the_second_try(self) -> None:
        judge = ScriptedJudge("7?fail=1")
        with pytest.raises(ProviderError) as caught:
            await judge.ask(ask(), timeout=1)
        assert caught.value.kind is FailureKind.SERVER and caught.value.kind.may_pass
        assert (await judge.ask(ask(), timeout=1)).text

    async def test_garbled_and_refused_replies(self) -> None:
        garbled = await ScriptedJudge("7?garble=1").ask(ask(labels=DIGITS), timeout=1)
        assert not any(digit in garbled.text for digit in DIGITS) and garbled.refusal is None
        refused = await ScriptedJudge("7?refuse=1").ask(ask(labels=DIGITS), timeout=1)
        assert refused.refusal and refused.finish == "refusal"

    async def test_shares_are_met(self) -> None:
        judge = ScriptedJudge("7?refuse=0.25")
        replies = [await judge.ask(ask(f"{n}", labels=DIGITS), timeout=1) for n in range(400)]
        assert 60 <= sum(reply.refusal is not None for reply in replies) <= 140

    async def test_latency(self, monkeypatch: pytest.MonkeyPatch) -> None:
        waits: list[float] = []

        async def no_sleep(seconds: float) -> None:
            waits.append(seconds)

        monkeypatch.setattr(asyncio, "sleep", no_sleep)
        reply = await ScriptedJudge("7?latency=0.05").ask(ask(), timeout=1)
        assert reply.latency_ms == 50
        with pytest.raises(ProviderError) as caught:
            await ScriptedJudge("7?latency=5").ask(ask(), timeout=1)
        assert caught.value.kind is FailureKind.TIMEOUT
        assert waits == [0.05, 1]

    async def test_it_says_what_it_is(self) -> None:
        judge = ScriptedJudge("7?fail=0.5")
        assert judge.judge == "scripted:7?fail=0.5"
        assert (await judge.count_tokens(ask("x" * 400))).tokens == 104
        assert judge.capabilities.network is False
        await judge.close()

    @pytest.mark.parametrize("spec", ["1?fail=2", "1?fail=x", "1?latency=-1", "1?latency=nan", "1?what=1"])
    def test_options_that_are_none(self, spec: str) -> None:
        with pytest.raises(InputError):
            ScriptedJudge(spec)


class TestReplay:
    REPLY = JudgeReply(
        "4",
        finish="length",
        logprobs=(TokenLogprob("4", -0.1, (("4", -0.1), ("5", -2.0))),),
        usage=Usage(10, 1, 5),
        model="some",
        latency_ms=12.5,
        dropped={"temperature": "no"},
    )

    async def test_what_was_recorded_comes_back(self, tmp_path: Path) -> None:
        file = tmp_path / "replies.jsonl"
        other = JudgeReply("ünlike", refusal="no")
        lines = [
            recorded_line(ask("one"), self.REPLY),
            "",
            recorded_line(ask("two", sample=1), other),
            recorded_line(ask("two"), JudgeReply("first")),
        ]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        judge = ReplayJudge(file)
        assert judge.judge == f"replay:{file}"
        assert judge.capabilities.logprobs is True
        pieces: list[str] = []
        assert await judge.ask(ask("one", temperature=0.5), timeout=1, on_text=pieces.append) == self.REPLY
        assert pieces == ["4"]
        assert await judge.ask(ask("two", sample=1), timeout=1) == other
        assert (await judge.ask(ask("two"), timeout=1)).text == "first"
        with pytest.raises(ProviderError) as caught:
            await judge.ask(ask("three"), timeout=1)
        assert caught.value.kind is FailureKind.BAD_REQUEST and "not recorded" in caught.value.message
        assert not (await judge.count_tokens(ask("one"))).exact
        await judge.close()

    async def test_it_can_go_by_another_name(self, tmp_path: Path) -> None:
        file = tmp_path / "replies.jsonl"
        file.write_text(recorded_line(ask("one"), JudgeReply("x")))
        judge = ReplayJudge(file, "local:smollm2")
        assert judge.judge == "local:smollm2"
        assert judge.capabilities.logprobs is False
        body = judge.body(ask("one"))
        assert body["provider"] == "replay"
        assert body["model"] == hashlib.sha256(file.read_bytes()).hexdigest()
        file.write_text("gone")
        with pytest.raises(ProviderError, match="cannot be read"):
            await judge.ask(ask("one"), timeout=1)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ("", "holds no replies"),
            ("{not json}", ":1: This line is not JSON"),
            ('\n{"reply": {}}', ":2: This is not a recorded reply"),
            ('{"key": "k", "reply": 3}', ":1"),
            ("[1]", "not a recorded reply"),
        ],
    )
    def test_recordings_that_are_none(self, tmp_path: Path, content: str, words: str) -> None:
        file = tmp_path / "replies.jsonl"
        file.write_text(content)
        with pytest.raises(InputError) as caught:
            ReplayJudge(file)
        assert words in str(caught.value)

    def test_no_such_file(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="cannot be read"):
            ReplayJudge(tmp_path / "nothing.jsonl")


class TestKeys:
    def test_a_call_is_its_body_and_sample(self) -> None:
        body = {"endpoint": "e", "messages": [{"role": "user", "content": "ä"}]}
        assert call_key(body, 0) == call_key(dict(reversed(list(body.items()))), 0)
        assert len({call_key(body, 0), call_key(body, 1), call_key({**body, "endpoint": "f"}, 0)}) == 3
        stored = "b2446de35b62d50ccfe3e4adf13cc146906878ed0a4316c2d4f52628be2a0444"
        assert call_key(body, 0) == stored, "sessions hold keys: a change would pay for every call again"

    def test_a_request_is_its_messages_and_sample(self) -> None:
        assert request_key(ask("a", max_tokens=5)) == request_key(ask("a", temperature=1.0))
        assert len({request_key(ask("a")), request_key(ask("b")), request_key(ask("a", sample=1))}) == 3


class TestEndpoints:
    def test_loopback(self) -> None:
        for url in (
            "http://127.0.0.1:8080/v1",
            "http://localhost/v1",
            "http://[::1]:1",
            "http://a.localhost",
        ):
            assert is_loopback(url)
        for url in (
            "https://example.org",
            "http://10.0.0.1",
            "http://localhost.example.org",
            "",
            "http://[::1",
        ):
            assert not is_loopback(url)

    def test_waits(self) -> None:
        now = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
        assert retry_after({"retry-after": "Mon, 23 Nov 2026 12:00:30 GMT"}, now) == 30
        assert retry_after({"retry-after": "Mon, 23 Nov 2026 11:00:00 GMT"}, now) == 0
        assert retry_after({"retry-after": "Mon, 23 Nov 2026 12:00:30"}, now) == 30
        assert retry_after({"retry-after": "-5"}, now) == 0
        assert retry_after({"retry-after": "nan"}, now) is None
        assert retry_after({"retry-after": "inf"}, now) is None
        assert retry_after({"retry-after": "99999999999"}, now) is None

    def test_kinds(self) -> None:
        assert status_kind(400, "This model's maximum context length is 5") is FailureKind.TOO_LONG
        assert status_kind(500, "context length") is FailureKind.SERVER
        assert status_kind(503, "") is status_kind(529, "") is FailureKind.OVERLOADED
        assert status_kind(403, "") is FailureKind.FORBIDDEN
        assert status_kind(418, "") is FailureKind.BAD_REQUEST
        crowding = {kind for kind in FailureKind if kind.is_crowding}
        assert crowding == {FailureKind.RATE_LIMIT, FailureKind.OVERLOADED}

    @pytest.mark.parametrize(
        ("status", "code"), [(402, ""), (429, "insufficient_quota"), (400, "billing_error")]
    )
    def test_an_account_without_credit_ends_a_run(self, status: int, code: str) -> None:
        failure = status_failure("a:b", status, "no", {}, key_env="KEY", url="http://x", code=code)
        assert failure.kind.ends_run and "no credit" in failure.hint

    def test_clipping(self) -> None:
        assert clip("a\n  b") == "a b"
        assert len(clip("x" * 1000)) < 410
        assert clip("<HTML><p>") == "a web page instead of JSON"


@pytest.mark.parametrize("protocol", ["g-eval", "mt-bench-single", "mt-bench-pair"])
async def test_scripted_replies_fit_every_protocol(protocol: str) -> None:
    found = get_protocol(protocol)
    criterion = Criterion("clarity", "Is it clear?")
    rubric = Rubric(name="r", protocol=protocol, task="Judge it.", criteria=(criterion,))
    pair = {"response_a": "One.", "response_b": "Two."}
    judge = ScriptedJudge("7")
    for number in range(20):
        answers = pair if protocol == "mt-bench-pair" else {"response": "One."}
        item = item_from_mapping({"id": str(number), "question": f"{number}?", **answers})
        for request in found.plan(rubric, item, ScoreSource.LOGPROBS):
            vote = found.parse(rubric, request, await judge.ask(request, timeout=1))
            assert vote.status is Status.OK
    steps = await judge.ask(steps_request(rubric), timeout=1)
    assert len(parse_steps(steps.text)) >= 3
