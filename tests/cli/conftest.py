"""A home of its own for every test, and judgetui called in this process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from judgetui.cli.main import main

ROOT: Final = Path(__file__).parents[2]

POINTWISE: Final = """\
# a comment that stays
judgetui: 1
name: facts
protocol: g-eval
task: Judge whether the answer is right.
criteria:
  - name: right   # and so does this one
    description: Every fact holds.
scale: {min: 1, max: 5, anchors: {1: wrong, 5: right}}
inputs: [question]
"""

PAIRWISE: Final = """\
judgetui: 1
name: pairs
protocol: mt-bench-pair
task: Compare two answers.
criteria:
  - name: better
    description: The better one has its facts right.
inputs: [question]
"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a call of judgetui came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout as one JSON value."""
        return json.loads(self.out)


Call = Callable[..., Said]


def items(count: int, **more: object) -> str:
    """So many single answers as JSONL; every second has the label 5."""
    lines = [
        {"id": f"i{n}", "question": f"What is {n} + {n}?", "response": f"It is {2 * n}."}
        | ({} if n % 2 else {"human": 5})
        | more
        for n in range(count)
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)


def pairs(count: int) -> str:
    """So many pairs as JSONL, with labels."""
    lines = [
        {
            "id": f"p{n}",
            "question": f"What is {n} + {n}?",
            "response_a": f"It is {2 * n}.",
            "response_b": f"{2 * n + 1}",
            "human": "A",
        }
        for n in range(count)
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for everything judgetui writes; nothing of the developer's own settings or keys gets in."""
    folder = tmp_path / "home"
    monkeypatch.setenv("JUDGETUI_HOME", str(folder))
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL")):
            monkeypatch.delenv(name)
    monkeypatch.setattr("judgetui.config.secrets.find_spec", lambda name: None)  # no keyring
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a pointwise and a pairwise rubric and items for both."""
    (tmp_path / "facts.yaml").write_text(POINTWISE)
    (tmp_path / "pairs.yaml").write_text(PAIRWISE)
    (tmp_path / "items.jsonl").write_text(items(6))
    (tmp_path / "pairs.jsonl").write_text(pairs(4))
    return tmp_path


@pytest.fixture
def judgetui(capsys: pytest.CaptureFixture[str]) -> Call:
    """judgetui in this process."""

    def call(*arguments: object) -> Said:
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return call


def command(*arguments: object) -> list[str]:
    """The command line that starts judgetui in a process of its own."""
    return [sys.executable, "-m", "judgetui", *map(str, arguments)]


def environment(**more: str) -> dict[str, str]:
    """This test's environment, in which the source tree is found."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


@pytest.fixture
def spawned(tmp_path: Path) -> Call:
    """judgetui in a process of its own."""

    def call(*arguments: object, **more: str) -> Said:
        done = subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=environment(**more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    return call
