"""Recorded replies scored in one process and in several: the same lines, the same figures, the same complaints."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path

import pytest

from judgetui.core.vote import Failures
from judgetui.errors import InputError, JudgetuiError
from judgetui.services import scoring_runs
from judgetui.services.scoring import Choice
from judgetui.services.scoring_runs import Run

TEXTS = (
    "Good, with a gap. [[7]]",
    'It "says" so.\nTwice. [[9]]',
    "No rating.",
    "Über alles. [[7]]",
    "\t\u2028 [[3.5]]",
)
RATED = Choice("mt-bench-single")


@pytest.fixture
def replies(tmp_path: Path) -> Path:
    path = tmp_path / "replies.jsonl"
    lines = [
        json.dumps(
            {"id": f"i{n}", "human": n % 10, "replies": [TEXTS[n % len(TEXTS)]]}, ensure_ascii=n % 2 == 0
        )
        for n in range(600)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def written(choice: Choice, path: Path, workers: int, block: int) -> tuple[str, Run]:
    out = path.parent / f"out-{workers}-{block}.jsonl"
    run = Run(choice, workers, block)
    run.write(path, out)
    return out.read_text(encoding="utf-8"), run


@pytest.mark.parametrize("block", [300, 5_000, 1 << 20])
def test_several_processes_write_what_one_writes(replies: Path, block: int) -> None:
    alone, first = written(RATED, replies, 1, block)
    together, second = written(RATED, replies, 2, block)
    assert together == alone
    assert [json.loads(line)["id"] for line in alone.split("\n")[:-1]] == [f"i{n}" for n in range(600)]
    assert second.summary() == first.summary()
    assert first.summary().judgements["ok"] == 480


def test_what_is_streamed_is_what_is_written(replies: Path) -> None:
    text, _ = written(RATED, replies, 1, 4_000)
    found: list[bytes] = []
    Run(RATED, block=4_000).stream(replies, found.append)
    assert b"".join(found).decode() == text


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"id": "i3", "replies": ["[[1]]"]}', "twice"),
        ("{", "not"),
        ('{"id": "x", "replies": 3}', "list of replies"),
    ],
)
def test_a_bad_line_in_a_later_block_has_its_own_number(
    replies: Path, workers: int, line: str, words: str
) -> None:
    text = replies.read_text(encoding="utf-8")
    replies.write_text(f"{text}\n{line}\n", encoding="utf-8")
    out = replies.parent / "judgements.jsonl"
    with pytest.raises(InputError, match=words) as caught:
        Run(RATED, workers, 2_000).write(replies, out)
    assert caught.value.place.line == 602
    assert not out.exists()


def test_a_failed_run_leaves_an_earlier_file_alone(replies: Path) -> None:
    out = replies.parent / "judgements.jsonl"
    out.write_text("earlier\n", encoding="utf-8")
    replies.write_text("{\n", encoding="utf-8")
    with pytest.raises(InputError):
        Run(RATED, 2, 2_000).write(replies, out)
    assert out.read_text(encoding="utf-8") == "earlier\n"


def test_a_process_that_is_ended_ends_the_run(replies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        os._exit(9)

    monkeypatch.setattr(scoring_runs, "block_at", die)
    monkeypatch.setattr(scoring_runs, "_context", lambda: multiprocessing.get_context("fork"))
    out = replies.parent / "judgements.jsonl"
    with pytest.raises(JudgetuiError, match="ended from outside"):
        Run(RATED, 2, 2_000).write(replies, out)
    assert [path.name for path in replies.parent.iterdir()] == [replies.name]


def test_counted_failures_are_told_by_every_process(replies: Path) -> None:
    choice = Choice("g-eval", failures=Failures.ZERO)
    replies.write_text(
        "".join(json.dumps({"id": str(n), "replies": ["4" if n % 3 else "none"]}) + "\n" for n in range(300)),
        encoding="utf-8",
    )
    text, run = written(choice, replies, 2, 1_000)
    assert run.summary().counted == 100
    assert sum('"g-eval/repaired-1+zero"' in line for line in text.split("\n")) == 100
