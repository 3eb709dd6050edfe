"""Processes that take a run to its end, quick to start: `python -m tests.services.killable` forks one for each order.

An order is a line on stdin. `run SESSION RUN URL CONCURRENCY` starts a process and answers with its number;
`wait PID` answers with its exit status when it is over: 0 for a run that is done, negative for a signal.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[2]


class Nursery:
    """The process that forks them, from the test's side."""

    def __init__(self) -> None:
        names = ("OPENAI_", "ANTHROPIC_")
        kept = {
            k: v for k, v in os.environ.items() if not (k.startswith(names) or k.lower().endswith("_proxy"))
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.services.killable"],
            cwd=ROOT,
            env={**kept, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)

    def run(self, session: Path, run_id: int, url: str, concurrency: int) -> int:
        """Start a process on a run; gives its number."""
        return self._order(f"run\t{session}\t{run_id}\t{url}\t{concurrency}")

    def wait(self, pid: int) -> int:
        """Wait for its end; gives its exit status."""
        return self._order(f"wait\t{pid}")

    def _order(self, line: str) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


async def _judge(path: str, run_id: int, url: str, concurrency: int) -> bool:
    """Take a run to its end; whether it got there."""
    from judgetui.core.events import RunEnded
    from judgetui.core.run import RunStatus
    from judgetui.providers.openai.chat import OpenAIJudge
    from judgetui.services.running import Runner
    from judgetui.storage.database import SessionFile

    judge = OpenAIJudge("openai:m", "m", base_url=f"{url}/v1", key=None)
    ended = None
    with SessionFile.open(path, busy_timeout=60) as session:
        run = await session.read(lambda repos: repos.runs.get(run_id))
        async for event in Runner(session, lambda _: judge).go(run, concurrency=concurrency):
            ended = event
        await judge.close()
    return isinstance(ended, RunEnded) and ended.status is RunStatus.DONE


def main() -> None:
    """Follow orders until there are no more."""
    import openai.resources.chat  # noqa: F401 - what takes long to load is loaded once

    import judgetui.providers.openai.chat
    import judgetui.services.running  # noqa: F401

    for line in sys.stdin:
        order, *rest = line.rstrip("\n").split("\t")
        if order == "wait":
            answer = os.waitstatus_to_exitcode(os.waitpid(int(rest[0]), 0)[1])
        elif (answer := os.fork()) == 0:
            code = 9
            try:
                path, run_id, url, concurrency = rest
                code = 0 if asyncio.run(_judge(path, int(run_id), url, int(concurrency))) else 3
            finally:
                os._exit(code)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
