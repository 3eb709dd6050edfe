"""The one call that tells what a judge can do, and the fetch of a model."""

from __future__ import annotations

import asyncio
import importlib.util
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from judgetui.config.paths import Paths, find_paths
from judgetui.config.settings import Settings
from judgetui.core.reply import JudgeReply, TokenLogprob, Usage
from judgetui.errors import InputError, NoJudgeError
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.providers.models import MODELS, model_path
from judgetui.providers.registry import open_judge
from judgetui.providers.scripted import ScriptedJudge
from judgetui.services import judge_check
from judgetui.services.judge_check import (
    DIGITS,
    JudgeCheck,
    State,
    check_judge,
    check_named,
    check_request,
    fetch_model,
    missing_model,
)
from tests.services.standins import StandInJudge, reply

FOUR = TokenLogprob("4", -0.1, (("4", -0.1), ("5", -2.5), ("3", -4.0)))


def said(check: JudgeCheck) -> dict[str, tuple[State, str]]:
    return {finding.name: (finding.state, finding.text) for finding in check.findings}


async def checked(answer: JudgeReply, **known: object) -> dict[str, tuple[State, str]]:
    judge = StandInJudge(lambda request, number: answer)
    judge.capabilities = replace(judge.capabilities, **known)  # type: ignore[arg-type]
    check = await check_judge(judge, 5)
    assert len(judge.asked) == 1, "one call, no more"
    assert check.answered
    return said(check)


def test_it_asks_for_one_digit_with_log_probabilities_at_temperature_zero() -> None:
    request = check_request()
    assert request.labels == DIGITS and request.top_logprobs == 20 and request.temperature == 0
    assert "one digit" in request.messages[-1].content


async def test_a_judge_that_can_do_it_all() -> None:
    check = await check_judge(ScriptedJudge("1"), 5)
    found = said(check)
    assert found["answers"] == (State.YES, "in 0.0 s, as scripted-1")
    assert found["verdict"][0] is State.YES
    assert found["log-probs"] == (
        State.YES,
        "yes, 6 alternatives at the score, 5 of the 5 digits among them: G-Eval scores are weighted",
    )
    assert found["temperature"] == (State.YES, "accepted")
    assert found["tokens"][0] is State.YES
    assert check.hint == "" and check.judge == "scripted:1"


async def test_alternatives_are_counted_where_the_digit_stands() -> None:
    answer = reply("Rating: 4", tokens=(TokenLogprob("Rating", -0.1), TokenLogprob(":", -0.1), FOUR))
    found = await checked(answer)
    assert found["log-probs"][1].startswith("yes, 3 alternatives at the score, 3 of the 5 digits")
    assert found["verdict"] == (State.NO, "no digit first in the reply: “Rating: 4”")


async def test_without_log_probabilities_it_says_what_happens_instead() -> None:
    found = await checked(reply("4"))
    assert found["log-probs"] == (State.NO, "no, asked for and not given: G-Eval takes samples instead")
    found = await checked(replace(reply("4"), dropped={"logprobs": "the API has none"}))
    assert found["log-probs"] == (State.NO, "no (the API has none): G-Eval takes samples instead")
    found = await checked(reply("4", tokens=(TokenLogprob("4", -0.1),)))
    assert found["log-probs"][0] is State.NO and "no alternatives" in found["log-probs"][1]


async def test_a_dropped_temperature_is_told_and_colours_the_samples() -> None:
    found = await checked(replace(reply("4"), dropped={"temperature": "fixed for this model"}))
    assert found["temperature"] == (State.NO, "not sent: fixed for this model")
    assert found["samples"][1].endswith("at the model's own temperature")


@pytest.mark.parametrize(
    ("parallel", "words"),
    [(None, "several calls at once"), (1, "one call at a time"), (8, "up to 8 calls at once")],
)
async def test_samples_are_repeated_calls(parallel: int | None, words: str) -> None:
    found = await checked(reply("4"), parallel=parallel)
    assert found["samples"] == (State.YES, f"by repeated calls, {words}")


@pytest.mark.parametrize(
    ("schema", "state", "words"),
    [
        (None, State.UNKNOWN, "not asked"),
        (True, State.YES, "not tried"),
        (False, State.NO, "no JSON schemas"),
    ],
)
async def test_schemas_are_told_only_where_they_are_known(
    schema: bool | None, state: State, words: str
) -> None:
    found = await checked(reply("4"), schema=schema)
    assert found["schema"][0] is state and words in found["schema"][1]


async def test_tokens_are_told_as_far_as_they_were_reported() -> None:
    found = await checked(reply("4"))
    assert found["tokens"] == (State.YES, "reported: 10 read, 4 of them from its cache, 2 written")
    found = await checked(replace(reply("4"), usage=Usage()))
    assert found["tokens"][0] is State.NO
    found = await checked(replace(reply("4"), usage=Usage(3)))
    assert found["tokens"] == (State.YES, "reported: 3 read, ? written")


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (JudgeReply("4"), State.YES, "4, as asked"),
        (JudgeReply(" 4\n"), State.YES, "4, as asked"),
        (JudgeReply("4 - good"), State.YES, "4, with more behind it: “4 - good”"),
        (JudgeReply("<think>hm 2</think>5"), State.YES, "5, as asked"),
        (JudgeReply("44"), State.NO, "“44”"),
        (JudgeReply("9"), State.NO, "“9”"),
        (JudgeReply(""), State.NO, "the reply is empty"),
        (JudgeReply("", finish="length"), State.NO, "max_tokens"),
        (JudgeReply("<think>still", finish="length"), State.NO, "max_tokens"),
        (JudgeReply("No.", refusal="I cannot"), State.NO, "it refused: “I cannot”"),
        (JudgeReply("word " * 100), State.NO, "…”"),
    ],
)
async def test_the_verdict_is_read_as_it_came(answer: JudgeReply, state: State, words: str) -> None:
    found = await checked(answer)
    assert found["verdict"][0] is state and words in found["verdict"][1]


async def test_a_server_that_does_not_time_itself_is_timed() -> None:
    found = await checked(JudgeReply("4"))
    assert found["answers"] == (State.YES, "in 0.0 s, without naming its model")


async def test_a_failure_keeps_its_message_and_what_to_do() -> None:
    error = ProviderError(FailureKind.AUTH, "openai:x answered 401.", "Check the key in OPENAI_API_KEY.")
    check = await check_judge(StandInJudge(lambda request, number: error), 5)
    assert not check.answered
    assert said(check) == {"no answer": (State.NO, "openai:x answered 401.")}
    assert check.hint == "Check the key in OPENAI_API_KEY."


@pytest.mark.parametrize("error", [ValueError("[/x] [b"), TimeoutError(), RuntimeError("boom")])
async def test_whatever_a_library_raises_is_told(error: Exception) -> None:
    class Broken(StandInJudge):
        async def ask(self, *args: object, **kwargs: object) -> JudgeReply:
            raise error

    check = await check_judge(Broken(lambda request, number: reply("4")), 5)
    assert not check.answered
    (finding,) = check.findings
    assert finding.text.startswith(type(error).__name__) and str(error) in finding.text
    assert check.hint


async def test_cancelling_ends_the_call() -> None:
    judge = StandInJudge(lambda request, number: reply("4"), hold=asyncio.Event())
    task = asyncio.create_task(check_judge(judge, 5))
    await asyncio.sleep(0)
    assert judge.at_once == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert judge.at_once == 0


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return find_paths({"JUDGETUI_HOME": str(tmp_path)})


@pytest.mark.parametrize(
    ("name", "words"),
    [("nonsense", "is not a judge"), ("opnai:x", "There is no provider"), ("openai:", "names no model")],
)
async def test_a_name_that_stands_for_nothing_is_a_failed_check(paths: Paths, name: str, words: str) -> None:
    check = await check_named(lambda judge: open_judge(judge, Settings(), paths), name, 5)
    assert not check.answered and words in check.findings[0].text
    assert check.hint and check.hint not in check.findings[0].text


async def test_a_judge_is_opened_off_the_event_loop() -> None:
    threads: list[str] = []

    def opened(name: str) -> StandInJudge:
        threads.append(threading.current_thread().name)
        return StandInJudge(lambda request, number: reply("4"))

    assert (await check_named(opened, "standin:one", 5)).answered
    assert threads != [threading.main_thread().name]


def test_only_a_fetchable_model_is_missing(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_check, "find_spec", lambda name: importlib.util.find_spec("json"))
    assert missing_model("local:smollm2", paths) is MODELS["smollm2"]
    for judge in ("openai:smollm2", "local:other", "scripted:1", "", "local:"):
        assert missing_model(judge, paths) is None
    file = model_path("smollm2", paths)
    file.parent.mkdir(parents=True)
    file.touch()
    assert missing_model("local:smollm2", paths) is None
    file.unlink()
    monkeypatch.setattr(judge_check, "find_spec", lambda name: None)
    assert missing_model("local:smollm2", paths) is None, "without the package the model is of no use"


def pulling(monkeypatch: pytest.MonkeyPatch, work: Callable[[Callable[[str], None]], Path]) -> None:
    monkeypatch.setattr(judge_check, "pull", lambda name, paths, report: work(report))


async def test_a_fetch_tells_its_lines_on_the_loop_and_gives_the_file(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def work(report: Callable[[str], None]) -> Path:
        report("one")
        report("two")
        return tmp_path / "model.gguf"

    pulling(monkeypatch, work)
    lines: list[tuple[str, bool]] = []
    here = threading.get_ident()

    def report(line: str) -> None:
        lines.append((line, threading.get_ident() == here))

    path = await fetch_model("smollm2", paths, report)
    assert path == tmp_path / "model.gguf"
    assert lines == [("one", True), ("two", True)]


@pytest.mark.parametrize("error", [NoJudgeError("no network", "Check it."), InputError("read-only")])
async def test_a_fetch_that_fails_raises_what_it_raised(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def work(report: Callable[[str], None]) -> Path:
        raise error

    pulling(monkeypatch, work)
    with pytest.raises(type(error)):
        await fetch_model("smollm2", paths, lambda line: None)


async def test_a_cancelled_fetch_ends_at_its_next_line(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    began, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def work(report: Callable[[str], None]) -> Path:
        try:
            began.set()
            go_on.wait(5)
            report("another 10 MB")
            raise AssertionError("the fetch went on")
        except Exception as error:
            if not isinstance(error, AssertionError):
                ended.set()
            raise

    pulling(monkeypatch, work)
    task = asyncio.create_task(fetch_model("smollm2", paths, lambda line: None))
    await asyncio.to_thread(began.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    assert await asyncio.to_thread(ended.wait, 5)
