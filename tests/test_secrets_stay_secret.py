"""A key goes to the endpoint it is for, and to no file, screen, log or traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from judgetui.config.paths import package_data
from tests.providers.endpoint import Answer, Endpoint
from tests.tui.spaces import make_app, make_session, screen_text

KEY = "sk-live-Tz9qWv4nGx7RkPm2LdYc8HbJ"

REPLY = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "small-1",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "4"},
            "logprobs": None,
        }
    ],
    "usage": {"prompt_tokens": 10, "completion_tokens": 1, "total_tokens": 11},
}


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    yield server
    server.close()


def judgetui(home: Path, endpoint: Endpoint, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "JUDGETUI_HOME": str(home),
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": f"{endpoint.url}/v1",
    }
    return subprocess.run(
        [sys.executable, "-m", "judgetui", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=Path(__file__).parents[1],
    )


def holders(folder: Path) -> list[Path]:
    """Files below a folder that hold the key."""
    return [path for path in folder.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


@pytest.mark.parametrize("status", [200, 401, 500])
def test_a_run_leaves_no_key_behind(tmp_path: Path, endpoint: Endpoint, status: int) -> None:
    # A server that sends the key back in its error makes it harder.
    endpoint.will(Answer(REPLY if status == 200 else {"error": {"message": f"bad key {KEY}"}}, status=status))
    done = judgetui(
        tmp_path,
        endpoint,
        "run",
        "--rubric",
        "answer-correctness",
        "--data",
        str(package_data() / "sessions" / "demo-pointwise.jsonl"),
        "--judge",
        "openai:small",
        "--limit",
        "2",
        "--max-retries",
        "0",
        "--out",
        str(tmp_path / "out.jsonl"),
        "--yes",
    )
    assert endpoint.seen, done.stderr
    assert endpoint.seen[0].headers.get("authorization") == f"Bearer {KEY}"
    exported = judgetui(
        tmp_path, endpoint, "export", "answer-correctness", "--to", "all", "--out", str(tmp_path / "e")
    )
    listed = judgetui(tmp_path, endpoint, "models")
    assert exported.returncode == 0 and listed.returncode == 0
    for told in (done.stdout, done.stderr, exported.stdout, listed.stdout):
        assert KEY not in told
    assert any(path.suffix == ".db" for path in tmp_path.rglob("*"))
    assert holders(tmp_path) == []


def test_a_crash_of_the_app_shows_no_key(tmp_path: Path, endpoint: Endpoint) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from pathlib import Path
from tests.tui.spaces import make_app, make_session
app = make_app(Path({str(tmp_path)!r}), make_session(Path({str(tmp_path / "s.db")!r})), judge="openai:small")
def crash():
    judge = app.context.judge("openai:small")
    settings = app.context.settings
    raise RuntimeError("a bug")
app.call_later(lambda: app.set_timer(0.5, crash))
app.run(headless=True)
"""
    environment = {**os.environ, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{endpoint.url}/v1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert "a bug" in done.stdout + done.stderr
    assert KEY not in done.stdout + done.stderr


async def test_the_screen_for_bug_reports_says_set_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    app = make_app(tmp_path, make_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 60), notifications=True) as pilot:
        await pilot.pause(0.3)
        for key in ("f12", "escape", "ctrl+o"):
            await pilot.press(key)
            await pilot.pause(0.3)
            assert KEY not in screen_text(app)
