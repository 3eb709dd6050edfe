"""What surrounds the embedded model, without one: files, threads, pieces, a stand-in for the helper."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from judgetui.config.paths import Paths
from judgetui.config.settings import LocalSettings
from judgetui.core.reply import TokenLogprob, Usage
from judgetui.core.request import JudgeRequest, Message
from judgetui.errors import NoJudgeError
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.providers.local import LocalJudge, judge, process
from judgetui.providers.local.files import ThreadMemory, check_model, fingerprint, is_busy
from judgetui.providers.local.helper import Pieces, candidates, choose
from judgetui.providers.local.judge import merge_system
from judgetui.providers.models import MODELS

HI = JudgeRequest((Message("user", "Hi"),), max_tokens=5)

STANDIN = '''
"""A stand-in for the helper process: it answers what the prompt tells it to."""
import json, os, sys, time
def say(**message):
    print(json.dumps(message), flush=True)
options = json.loads(sys.stdin.readline())
if options["path"].endswith("no-llama.gguf"):
    say(event="failed", reason="xllamacpp cannot be loaded: no", missing=True); sys.exit()
if options["path"].endswith("killed.gguf"):
    os.kill(os.getpid(), 9)
if options["path"].endswith("odd.gguf"):
    print("GGML_ASSERT(odd) failed", file=sys.stderr); sys.exit(3)
say(event="loaded", threads=3, speeds={} if options["threads"] else {"1": 10.0, "3": 30.0})
for line in sys.stdin:
    message = json.loads(line)
    if message["op"] == "cancel":
        continue
    n = message["id"]
    if message["op"] == "count":
        say(id=n, tokens=7, end=True)
        continue
    told = message["body"]["messages"][0]["content"]
    say(id=n, started=True)
    if message["body"]["messages"][0]["role"] == "system":
        say(id=n, error={"code": 500, "message": "Jinja Exception: System role not supported"})
    elif told == "exit":
        sys.exit(5)
    elif told == "hang":
        continue
    elif told.startswith("{"):
        say(id=n, error=json.loads(told))
    else:
        say(id=n, text="ye", tokens=[["ye", -0.1, [["ye", -0.1], ["no", -2.5]]]])
        say(id=n, text="s", tokens=[["s", -0.2, []]], finish="length",
            usage={"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}})
    say(id=n, end=True)
'''


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that passes for a model, and a stand-in for the helper that loads it."""
    script = tmp_path / "standin.py"
    script.write_text(STANDIN)
    monkeypatch.setattr(process, "_SCRIPT", script)
    path = tmp_path / "some.gguf"
    path.write_bytes(b"GGUF" + bytes(100))
    return path


def renamed(model: Path, name: str) -> Path:
    return model.rename(model.with_name(name))


def local(model: Path, **more: Any) -> LocalJudge:
    return LocalJudge("some", model, cache=model.parent / "cache", **more)


async def failure_of(chosen: LocalJudge, text: str = "Hi", seconds: float = 10) -> ProviderError:
    try:
        with pytest.raises(ProviderError) as caught:
            await chosen.ask(JudgeRequest((Message("user", text),)), timeout=seconds)
    finally:
        await chosen.close()
    return caught.value


async def test_a_reply(model: Path) -> None:
    chosen = local(model, threads=2)
    assert not (await chosen.count_tokens(HI)).exact, "nothing is loaded to count"
    reply = await chosen.ask(HI, timeout=10)
    assert reply.text == "yes"
    assert reply.finish == "length"
    assert reply.logprobs == (
        TokenLogprob("ye", -0.1, (("ye", -0.1), ("no", -2.5))),
        TokenLogprob("s", -0.2),
    )
    assert reply.usage == Usage(input=9, output=2, cached=4)
    assert reply.model == "some"
    count = await chosen.count_tokens(HI)
    assert (count.tokens, count.exact, count.method) == (7, True, "llama.cpp")
    await chosen.close()
    assert not (await chosen.count_tokens(HI)).exact
    assert (await chosen.ask(HI, timeout=10)).text == "yes", "it can be asked again"
    await chosen.close()


async def test_measured_threads_are_kept(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "is_busy", lambda: False)
    chosen = local(model)
    await chosen.ask(HI, timeout=10)
    await chosen.close()
    assert ThreadMemory(model.parent / "cache").recall(fingerprint(model)) == 3
    chosen = local(model, threads=1)
    await chosen.ask(HI, timeout=10)
    await chosen.close()
    assert ThreadMemory(model.parent / "cache").recall(fingerprint(model)) == 3, "a setting is no measurement"


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (
            {"type": "exceed_context_size_error", "code": 400, "n_prompt_tokens": 9000, "n_ctx": 4096},
            FailureKind.TOO_LONG,
            "9000 tokens, and local:some has room for 4096",
        ),
        ({"code": 400, "message": "bad value"}, FailureKind.BAD_REQUEST, "bad value"),
        ({"code": 500, "message": "oops"}, FailureKind.SERVER, "oops"),
        ({}, FailureKind.BAD_REQUEST, "no reason given"),
    ],
)
async def test_what_llama_cpp_refuses(
    model: Path, error: dict[str, object], kind: FailureKind, words: str
) -> None:
    failure = await failure_of(local(model), json.dumps(error | {"x": 1}))
    assert failure.kind is kind
    assert words in failure.message


async def test_a_template_that_refuses_system_messages(model: Path) -> None:
    chosen = local(model)
    request = JudgeRequest((Message("system", "S"), Message("user", "U")))
    replies = [await chosen.ask(request, timeout=10) for _ in range(2)]
    plain = await chosen.ask(HI, timeout=10)
    await chosen.close()
    assert [set(reply.dropped) for reply in replies] == [{"system role"}] * 2
    assert plain.dropped == {}


async def test_a_helper_that_dies(model: Path) -> None:
    chosen = local(model)
    failure = await failure_of(chosen, "exit")
    assert failure.kind is FailureKind.SERVER and failure.kind.may_pass
    assert "ended with 5" in failure.message
    assert (await chosen.ask(HI, timeout=10)).text == "yes", "the next call has a new one"
    await chosen.close()


async def test_a_timeout(model: Path) -> None:
    assert (await failure_of(local(model), "hang", seconds=0.1)).kind is FailureKind.TIMEOUT


async def test_closing_under_a_call(model: Path) -> None:
    chosen = local(model)
    task = asyncio.create_task(failure_of(chosen, "hang", seconds=30))
    while chosen._helper is None or not chosen._helper._calls:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.01)
    await chosen.close()
    assert (await task).kind is FailureKind.SERVER


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no-llama", "xllamacpp cannot be loaded"),
        ("killed", "lack of memory"),
        ("odd", "GGML_ASSERT(odd) failed"),
    ],
)
async def test_models_that_do_not_load(model: Path, name: str, words: str) -> None:
    failure = await failure_of(local(renamed(model, f"{name}.gguf")))
    assert failure.kind is FailureKind.NO_MODEL
    assert words in failure.message


async def test_no_process_no_file(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(model.parent / "no-python"))
    assert (await failure_of(local(model))).kind is FailureKind.NO_MODEL
    failure = await failure_of(local(model.with_name("nothing.gguf")))
    assert failure.kind is FailureKind.NO_MODEL and "is gone" in failure.message


async def test_broken_characters_are_no_request(model: Path) -> None:
    assert (await failure_of(local(model), "a\udc00")).kind is FailureKind.BAD_REQUEST


def test_the_body_names_the_file_not_its_place(model: Path) -> None:
    request = JudgeRequest(HI.messages, max_tokens=5, temperature=0.0, top_logprobs=500, sample=3)
    body = local(model).body(request)
    assert body["model"] == "some.gguf"
    assert body["fingerprint"] == fingerprint(model)
    assert body["seed"] == 3
    assert body["top_logprobs"] == judge.TOP_LOGPROBS
    assert str(model.parent) not in json.dumps(body)
    moved = model.rename(model.parent.parent / "some.gguf")
    try:
        assert LocalJudge("x", moved, cache=model.parent).body(request) == body
    finally:
        moved.unlink()
    assert local(model).body(request)["fingerprint"] == ""


def test_capabilities(model: Path) -> None:
    found = local(model).capabilities
    assert (found.logprobs, found.temperature, found.parallel, found.network) == (True, True, 1, False)


def test_system_messages_join_the_users() -> None:
    system, user, reply = Message("system", "S"), Message("user", "U"), Message("assistant", "A")
    assert merge_system((user,)) == (user,)
    assert merge_system((system,)) == (Message("user", "S"),)
    assert merge_system((system, user, reply)) == (Message("user", "S\n\nU"), reply)
    assert merge_system((system, reply)) == (Message("user", "S"), reply)


def test_checking_a_model_file(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoJudgeError) as caught:
        check_model("smollm2", paths)
    assert "judgetui model pull smollm2" in caught.value.hint
    with pytest.raises(NoJudgeError) as caught:
        check_model("mistral", paths)
    assert str(paths.models) in caught.value.hint and "pull smollm2" in caught.value.hint
    paths.models.mkdir(parents=True)
    (paths.models / "mistral.gguf").write_bytes(b"GGUF....")
    assert check_model("mistral", paths) == paths.models / "mistral.gguf"
    with pytest.raises(NoJudgeError, match="There: mistral"):
        check_model("other", paths)
    (paths.models / "text.gguf").write_text("hello")
    with pytest.raises(NoJudgeError, match="not a GGUF file"):
        check_model("text", paths)
    (paths.models / Path(MODELS["smollm2"].member).name).write_bytes(b"GGUF cut short")
    with pytest.raises(NoJudgeError, match="14 bytes instead of 98,362,432"):
        check_model("smollm2", paths)
    (paths.models / "folder.gguf").mkdir()
    with pytest.raises(NoJudgeError, match="cannot be read"):
        check_model("folder", paths)


def test_opening(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    paths.models.mkdir(parents=True)
    (paths.models / "some.gguf").write_bytes(b"GGUF....")
    monkeypatch.setattr(judge, "find_spec", lambda name: None)
    with pytest.raises(NoJudgeError) as caught:
        LocalJudge.open("some", LocalSettings(), paths)
    assert "judgetui[local]" in caught.value.hint
    monkeypatch.setattr(judge, "find_spec", lambda name: object())
    assert LocalJudge.open("some", LocalSettings(), paths).judge == "local:some"


def test_thread_memory_survives_nonsense(tmp_path: Path) -> None:
    memory = ThreadMemory(tmp_path / "cache")
    assert memory.recall("abc") is None
    memory.keep("abc", 4, {"4": 100.0})
    assert memory.recall("abc") == 4
    assert memory.recall("xyz") is None
    file = next((tmp_path / "cache").iterdir())
    for nonsense in ("", "[1]", '{"a": 1}', "\x00"):
        file.write_text(nonsense)
        assert memory.recall("abc") is None
    file.unlink()
    (tmp_path / "cache").rmdir()
    (tmp_path / "cache").write_text("in the way")
    memory.keep("abc", 4, {})
    assert memory.recall("abc") is None


async def test_on_a_busy_machine_nothing_is_measured(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "is_busy", lambda: True)
    chosen = local(model)
    await chosen.ask(HI, timeout=10)
    await chosen.close()
    assert ThreadMemory(model.parent / "cache").recall(fingerprint(model)) is None


def test_whether_the_machine_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    for load, busy in ((0.5, False), (3.5, True)):
        monkeypatch.setattr("os.getloadavg", lambda load=load: (load, 0.0, 0.0))
        assert is_busy() is busy

    def unknown() -> tuple[float, float, float]:
        raise OSError

    monkeypatch.setattr("os.getloadavg", unknown)
    assert not is_busy()


def test_which_threads_are_tried_and_taken() -> None:
    assert candidates(1) == [1]
    assert candidates(2) == [1, 2]
    assert candidates(8) == [4, 8, 1]
    assert choose({4: 100.0}) == 4
    assert choose({1: 60.0, 2: 100.0}) == 2
    assert choose({4: 95.0, 8: 100.0, 1: 30.0}) == 4, "more threads for next to nothing are not worth it"
    assert choose({4: 0.0}) == 4


def test_pieces_put_split_characters_together() -> None:
    pieces = Pieces()
    smile = "😀".encode()

    def chunk(raw: bytes, text: str) -> dict[str, Any]:
        token = {"token": "", "bytes": list(raw), "logprob": -1.0, "top_logprobs": []}
        return {"choices": [{"delta": {"content": text}, "logprobs": {"content": [token]}}]}

    first, second = pieces.read(chunk(smile[:2], "")), pieces.read(chunk(smile[2:], "😀"))
    assert "text" not in first
    assert second["text"] == "😀"
    assert first["tokens"][0][0] + second["tokens"][0][0] == "😀"
    assert pieces.read({"choices": [], "prompt_progress": {"total": 5}}) == {}
    assert pieces.read({"error": {"code": 400}}) == {"error": {"code": 400}}
    assert pieces.read({"choices": [{"delta": {}, "finish_reason": "stop"}]}) == {"finish": "stop"}
