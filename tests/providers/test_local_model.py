"""The embedded model itself: real llama.cpp, real file."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import struct
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import judgetui
from judgetui.core.request import JudgeRequest, Message
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.providers.local import LocalJudge
from judgetui.providers.local.files import ThreadMemory, fingerprint
from judgetui.providers.local.helper import _SocketConnection

pytestmark = pytest.mark.local_model

ROOT = Path(judgetui.__file__).parent.parent
RUBRIC = "You will be given one answer. Rate it on one metric.\nCorrectness (1-5): is it right?\n" * 4
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def ask(text: str, **more: Any) -> JudgeRequest:
    return JudgeRequest((Message("user", text),), **{"max_tokens": 5, "temperature": 0.0} | more)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def judge(model_file: Path, cache: Path) -> Iterator[LocalJudge]:
    """One loaded model for the whole module; the tests leave it as they find it."""
    shared = LocalJudge("smollm2", model_file, cache=cache, threads=1)
    yield shared
    asyncio.run(shared.close())


def helper_process(judge: LocalJudge) -> int:
    helper = judge._helper
    assert helper is not None
    return helper._process.pid


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2:3]


def wait_until(condition: Any, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


async def test_an_answer_with_everything(judge: LocalJudge) -> None:
    request = ask(RUBRIC + "What is 2+2? 4\n- Correctness:", top_logprobs=20)
    reply = await judge.ask(request, timeout=60)
    assert reply.text
    assert reply.finish in {"stop", "length"}
    assert "".join(token.token for token in reply.logprobs) == reply.text
    assert len(reply.logprobs[0].top) == 20
    assert reply.logprobs[0].top[0][1] >= reply.logprobs[0].top[1][1]
    assert reply.usage.input is not None and reply.usage.input > 50
    assert reply.usage.output is not None and 1 <= reply.usage.output <= 5
    assert reply.latency_ms is not None and reply.latency_ms > 0
    assert reply.dropped == {}
    count = await judge.count_tokens(request)
    assert (count.tokens, count.exact, count.method) == (reply.usage.input, True, "llama.cpp")


async def test_the_next_item_reuses_what_the_prompts_share(judge: LocalJudge) -> None:
    await judge.ask(ask(RUBRIC + "Is the sea dry? Yes.\n- Correctness:"), timeout=60)
    second = await judge.ask(ask(RUBRIC + "Who wrote Hamlet? Goethe.\n- Correctness:"), timeout=60)
    assert second.usage.cached is not None and second.usage.input is not None
    assert second.usage.cached > 60
    assert second.usage.cached > second.usage.input / 2


async def test_criteria_that_take_turns_are_cached_too(judge: LocalJudge) -> None:
    other = "Another criterion altogether. Fluency (1-5): does it read well?\n" * 4
    for text in (RUBRIC, other):
        await judge.ask(ask(text + "One."), timeout=60)
    for text in (RUBRIC, other):
        reply = await judge.ask(ask(text + "Two."), timeout=60)
        assert reply.usage.cached is not None and reply.usage.cached > 50


async def test_streaming(judge: LocalJudge) -> None:
    pieces: list[str] = []
    reply = await judge.ask(ask("Count to five.", max_tokens=16), timeout=60, on_text=pieces.append)
    assert len(pieces) > 1
    assert "".join(pieces) == reply.text


async def test_tokens_spell_out_text_of_several_bytes_a_character(judge: LocalJudge) -> None:
    request = ask("Repeat exactly: 😀 größer 漢字 😀", max_tokens=24, top_logprobs=3)
    reply = await judge.ask(request, timeout=60)
    spelled = "".join(token.token for token in reply.logprobs)
    assert spelled == reply.text or spelled.startswith(reply.text)


async def test_samples_differ_and_reruns_repeat(judge: LocalJudge) -> None:
    texts = [
        (await judge.ask(ask("Name an animal.", temperature=1.0, sample=n), timeout=60)).text
        for n in (0, 1, 2, 3)
    ]
    again = [
        (await judge.ask(ask("Name an animal.", temperature=1.0, sample=n), timeout=60)).text
        for n in (0, 1, 2, 3)
    ]
    assert len(set(texts)) > 1
    assert texts == again


async def test_a_prompt_that_is_too_long(judge: LocalJudge) -> None:
    with pytest.raises(ProviderError) as caught:
        await judge.ask(ask("word " * 6000), timeout=60)
    assert caught.value.kind is FailureKind.TOO_LONG
    assert "4096" in caught.value.message
    numbers = [int(word) for word in caught.value.message.split() if word.isdigit()]
    assert numbers[0] > 6000


async def test_a_timeout_ends_the_call_and_the_next_one_works(judge: LocalJudge) -> None:
    with pytest.raises(ProviderError) as caught:
        await judge.ask(ask("Tell a very long story.", max_tokens=3000), timeout=0.3)
    assert caught.value.kind is FailureKind.TIMEOUT
    began = time.monotonic()
    await judge.ask(ask("Hi", max_tokens=1), timeout=60)
    assert time.monotonic() - began < 8, "the story is not told to its end first"


@pytest.mark.parametrize("streamed", [True, False])
async def test_cancelling_stops_the_model(judge: LocalJudge, streamed: bool) -> None:
    pieces: list[str] = []
    task = asyncio.create_task(
        judge.ask(
            ask("Tell a very long story.", max_tokens=3000),
            timeout=600,
            on_text=pieces.append if streamed else None,
        )
    )
    await asyncio.sleep(0.3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    told = len(pieces)
    began = time.monotonic()
    await judge.ask(ask("Hi", max_tokens=1), timeout=60)
    assert time.monotonic() - began < 8
    assert len(pieces) == told, "nothing is streamed after the end"


async def test_waiting_in_line_does_not_count_as_the_calls_time(judge: LocalJudge) -> None:
    first = asyncio.create_task(judge.ask(ask("Count to twenty.", max_tokens=48), timeout=60))
    others = [asyncio.create_task(judge.ask(ask(f"Say {n}.", max_tokens=1), timeout=5)) for n in range(3)]
    replies = await asyncio.gather(first, *others)
    assert all(reply.usage.output for reply in replies)


async def test_a_cancelled_call_in_the_line_is_never_begun(judge: LocalJudge) -> None:
    first = asyncio.create_task(judge.ask(ask("Count to twenty.", max_tokens=24), timeout=60))
    await asyncio.sleep(0)
    second = asyncio.create_task(judge.ask(ask("Tell a long story.", max_tokens=3000), timeout=60))
    await asyncio.sleep(0.05)
    second.cancel()
    await first
    await judge.ask(ask("Hi", max_tokens=1), timeout=10)
    assert second.cancelled()


async def test_the_event_loop_goes_on_while_it_loads_and_answers(model_file: Path, cache: Path) -> None:
    gaps: list[float] = []

    async def tick() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.005)
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    ticker = asyncio.create_task(tick())
    judge = LocalJudge("smollm2", model_file, cache=cache, threads=1)
    await judge.ask(ask(RUBRIC), timeout=60)
    await judge.close()
    ticker.cancel()
    assert len(gaps) > 20
    assert max(gaps) < 0.25


async def test_threads_are_measured_once_and_remembered(
    model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("judgetui.providers.local.judge.is_busy", lambda: False)
    judge = LocalJudge("smollm2", model_file, cache=tmp_path)
    await judge.ask(ask("Hi", max_tokens=1), timeout=60)
    await judge.close()
    threads = ThreadMemory(tmp_path).recall(fingerprint(model_file))
    if len(os.sched_getaffinity(0)) == 1:
        assert threads is None, "there was nothing to choose from"
        return
    assert threads is not None and 1 <= threads <= len(os.sched_getaffinity(0))
    kept = json.loads((tmp_path / "local-threads.json").read_text())
    assert all(entry["speeds"] for entry in kept.values())
    monkeypatch.setattr(ThreadMemory, "keep", lambda *what: pytest.fail("it was measured again"))
    again = LocalJudge("smollm2", model_file, cache=tmp_path)
    await again.ask(ask("Hi", max_tokens=1), timeout=60)
    await again.close()


async def test_a_template_that_wants_a_user_message(model_file: Path, cache: Path) -> None:
    template = (
        "{% if not messages | selectattr('role', 'equalto', 'user') | list %}"
        "{{ raise_exception('No user query found in messages.') }}{% endif %}"
        "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"
    )
    judge = LocalJudge("smollm2", model_file, cache=cache, threads=1, template=template)
    try:
        lone = JudgeRequest((Message("system", "Say hi."),), max_tokens=2)
        first = await judge.ask(lone, timeout=60)
        second = await judge.ask(lone, timeout=60)
        plain = await judge.ask(ask("Say hi.", max_tokens=2), timeout=60)
    finally:
        await judge.close()
    assert set(first.dropped) == set(second.dropped) == {"system role"}
    assert plain.dropped == {}
    assert first.usage.input == second.usage.input


@linux
async def test_nobody_else_can_reach_it(judge: LocalJudge) -> None:
    await judge.ask(ask("Hi", max_tokens=1), timeout=60)
    assert open_ports(helper_process(judge)) == []
    helper = judge._helper
    assert helper is not None
    assert helper._folder.stat().st_mode & 0o777 == 0o700
    assert status_without_key(helper._folder) == 401, "and whoever gets into the folder still needs a key"


def open_ports(pid: int) -> list[str]:
    """The process's TCP and UDP sockets, as lines of the kernel's tables."""
    inodes = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            target = str(handle.readlink())
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    tables = (Path(f"/proc/{pid}/net/{name}") for name in ("tcp", "tcp6", "udp", "udp6"))
    lines = (line for table in tables if table.exists() for line in table.read_text().splitlines()[1:])
    return [line for line in lines if line.split()[9] in inodes]


def status_without_key(folder: Path) -> int:
    """What the only socket in the folder says to somebody without the key."""
    (path,) = (path for path in folder.iterdir() if path.is_socket())
    connection = _SocketConnection(str(path))
    connection.request("POST", "/tokenize", '{"content": "x"}', {"Content-Type": "application/json"})
    try:
        return connection.getresponse().status
    finally:
        connection.close()


@linux
async def test_a_helper_that_is_killed_fails_its_call_and_is_replaced(model_file: Path, cache: Path) -> None:
    judge = LocalJudge("smollm2", model_file, cache=cache, threads=1)
    await judge.ask(ask("Hi", max_tokens=1), timeout=60)
    task = asyncio.create_task(judge.ask(ask("Tell a long story.", max_tokens=3000), timeout=60))
    await asyncio.sleep(0.2)
    os.kill(helper_process(judge), signal.SIGKILL)
    with pytest.raises(ProviderError) as caught:
        await task
    assert caught.value.kind is FailureKind.SERVER
    assert "lack of memory" in caught.value.message
    assert (await judge.ask(ask("Hi", max_tokens=1), timeout=60)).usage.output == 1
    await judge.close()


@linux
async def test_close_ends_the_helper_and_takes_its_folder_away(model_file: Path, cache: Path) -> None:
    judge = LocalJudge("smollm2", model_file, cache=cache, threads=1)
    await judge.ask(ask("Hi", max_tokens=1), timeout=60)
    pid, helper = helper_process(judge), judge._helper
    assert helper is not None
    await judge.close()
    assert wait_until(lambda: not is_running(pid))
    assert not helper._folder.exists()
    await judge.close()


@linux
async def test_a_forgotten_judge_ends_its_helper(model_file: Path, cache: Path) -> None:
    judge = LocalJudge("smollm2", model_file, cache=cache, threads=1)
    await judge.ask(ask("Hi", max_tokens=1), timeout=60)
    pid = helper_process(judge)
    del judge
    gc.collect()
    assert wait_until(lambda: not is_running(pid))


SILENT = """
    import asyncio, sys
    from pathlib import Path
    from judgetui.core.request import JudgeRequest, Message
    from judgetui.providers.base import ProviderError
    from judgetui.providers.local import LocalJudge

    async def main():
        for file in sys.argv[2:]:
            judge = LocalJudge("x", Path(file), cache=Path(sys.argv[1]))
            try:
                await judge.ask(JudgeRequest((Message("user", "Hi"),), max_tokens=2), timeout=60)
            except ProviderError:
                pass
            finally:
                await judge.close()

    asyncio.run(main())
"""


def test_nothing_is_ever_written_to_the_terminal(
    model_file: Path, tmp_path: Path, broken: list[Path]
) -> None:
    """Loading, judging, freeing, and files that are broken in every way."""
    script = tmp_path / "silent.py"
    script.write_text(textwrap.dedent(SILENT))
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error",
            str(script),
            str(tmp_path / "cache"),
            str(model_file),
            *map(str, broken),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@linux
def test_the_helper_does_not_outlive_a_killed_app(model_file: Path, tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text(
        textwrap.dedent(SILENT)
        .replace(
            "try:\n",
            "try:\n            await judge._ready()\n"
            "            print(judge._helper._process.pid, judge._helper._folder, flush=True)\n",
            1,
        )
        .replace("max_tokens=2", "max_tokens=3000")
    )
    app = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "cache"), str(model_file)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert app.stdout is not None
    pid, _, folder = app.stdout.readline().decode().strip().partition(" ")
    assert Path(folder).is_dir()
    app.kill()
    app.wait()
    app.stdout.close()
    assert wait_until(lambda: not is_running(int(pid)))
    assert not Path(folder).exists()


@pytest.fixture
def broken(model_file: Path, tmp_path: Path) -> list[Path]:
    """Model files that are cut short, overwritten, empty, no model at all, or make llama.cpp abort."""
    with model_file.open("rb") as file:
        head = file.read(3_000_000)
    count = b"llama.block_count"
    place = head.index(count) + len(count) + 4
    contents = {
        "short": head,
        "absurd": head[:place] + struct.pack("<I", 1_000_000) + head[place + 4 :],
        "scrambled": head[:4] + bytes(range(256)) * 200,
        "magic": head[:4],
        "empty": b"",
        "text": b"not a model",
        "huge": b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60) + bytes(100),
    }
    found = []
    for name, content in contents.items():
        path = tmp_path / f"{name}.gguf"
        path.write_bytes(content)
        if name == "absurd":  # of the right length, so that llama.cpp reads on to what is absurd
            os.truncate(path, model_file.stat().st_size)
        found.append(path)
    return found


async def test_broken_files_are_refused_and_the_app_lives(broken: list[Path], cache: Path) -> None:
    told: dict[str, str] = {}
    for path in broken:
        judge = LocalJudge(path.stem, path, cache=cache)
        with pytest.raises(ProviderError) as caught:
            await judge.ask(ask("Hi"), timeout=60)
        await judge.close()
        assert caught.value.kind is FailureKind.NO_MODEL
        assert str(path) in caught.value.message and "fetch it again" in caught.value.hint
        told[path.stem] = caught.value.message
    assert "GGML_ASSERT" in told["absurd"], "llama.cpp aborts on this one"
