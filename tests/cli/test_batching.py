"""`run --batch` and `resume` of a run whose batch is under way."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from judgetui.cli.meter import progress_words
from judgetui.core.events import BatchProgress, Progress
from judgetui.core.reply import Usage
from judgetui.core.run import RunStatus
from judgetui.storage.database import SessionFile
from tests.cli.conftest import Call, command, environment
from tests.providers.batch_server import BatchServer

FACTS = ("run", "--rubric", "facts.yaml", "--data", "items.jsonl", "--judge", "openai:m", "--batch")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchServer]:
    made = BatchServer(looks=1)
    monkeypatch.setenv("OPENAI_BASE_URL", f"{made.url}/v1")
    yield made
    made.close()


def test_a_run_by_batch_prints_the_totals_of_any_run(
    judgetui: Call, files: Path, server: BatchServer
) -> None:
    said = judgetui(*FACTS, "--n", "1", "--session", "s.db", "--json", "--out", "out.jsonl")
    assert said.code == 0, said.err
    assert said.json["judgements"]["ok"] == 6
    assert said.json["cost_usd"] is None  # nobody knows what this server takes
    assert "calls are at the provider, as batch_0." in said.err
    assert (len(server.batches), len((files / "out.jsonl").read_text().splitlines())) == (1, 6)


def test_it_can_be_left_and_taken_up_again(judgetui: Call, files: Path, server: BatchServer) -> None:
    server.looks = 1000
    process = subprocess.Popen(
        command(*FACTS, "--session", "s.db"),
        cwd=files,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 60
    while "GET /v1/batches/batch_0" not in server.seen and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "stopped: Its batch is at the provider; going on takes the results." in err
    assert "`judgetui resume s.db 1`" in err.replace(str(files) + "/", "")
    with SessionFile.open(files / "s.db") as session:
        assert session.read_now(lambda repos: repos.runs.get(1)).status is RunStatus.WAITING

    singles = len(server.singles)
    server.batches["batch_0"].looks = 0
    said = judgetui("resume", "s.db", "--json")
    assert (said.code, said.json["judgements"]["ok"]) == (0, 6), said.err
    assert (len(server.batches), len(server.singles)) == (1, singles)


def test_the_line_on_a_terminal_says_how_far_the_batch_is() -> None:
    progress = Progress(
        1,
        5000,
        {},
        frozenset(),
        1,
        0,
        0,
        Usage(),
        0.0,
        60.0,
        None,
        batch=BatchProgress(1200, 4999, 150.0),
    )
    assert progress_words(progress) == (
        "0 of 5000 judged, 1,200 of 4,999 calls done at the provider, next look in 2:30 min"
    )
