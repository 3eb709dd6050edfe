"""A long run: does it stay as small and as quick as it began, and what does running it again cost?

100,000 judgements over HTTP in one process: its memory when 10,000 are made and at the end, and its speed in the fifth
of the run around 10,000 and in the last. Then 10,000 at 100 ms latency and 25 at once, and the same once more, which
the session answers without a call.

    python -m benchmarks.runner_scale [--judgements 100000] [--again 10000]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.parts.endpoint import endpoint
from benchmarks.runner import LATENCY, RUBRIC, finish, items, judge_at
from judgetui.cli.main import COLLECTED
from judgetui.core.events import Judged
from judgetui.core.run import Run, RunSettings
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories

SHORT: Final = 0.01
"""Seconds of latency in the long run, whose time is the processor's."""

CONCURRENCY: Final = 25
MEMORY_GOAL: Final = 1.3
SPEED_GOAL: Final = 1.1
AGAIN_GOAL: Final = 20


def _run(number: int, repos: Repositories) -> Run:
    return repos.runs.get(number)


def resident() -> int:
    """Bytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


async def long_run(url: str, count: int) -> None:
    """Make so many judgements and print how memory and speed went."""
    early = count // 10
    window = early // 2
    sizes: dict[int, int] = {}
    marks: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as folder, SessionFile.create(Path(folder) / "s.db", "s") as session:
        judge = judge_at(url)
        runner = Runner(session, lambda name: judge)
        version = await session.write(lambda repos: repos.rubrics.create(RUBRIC))
        run = await runner.create(version, (judge.judge,), items(count), RunSettings(concurrency=CONCURRENCY))
        made = 0
        async for event in runner.go(run):
            if isinstance(event, Judged):
                made += 1
                if made in {early - window, early, count - window, count}:
                    marks[made] = time.perf_counter()
                    sizes[made] = resident()
        await judge.close()
        ended = await session.read(lambda repos: repos.runs.get(run.id))
        assert ended.counts == {"ok": count}, ended.counts
    first = window / (marks[early] - marks[early - window])
    last = window / (marks[count] - marks[count - window])
    print(
        f"memory: {sizes[count] / sizes[early]:.2f} times (goal {MEMORY_GOAL}): {sizes[count] / 1e6:.0f} MB at "
        f"{count:,} judgements against {sizes[early] / 1e6:.0f} MB at {early:,}"
    )
    print(
        f"speed: {first / last:.2f} times as long a judgement (goal {SPEED_GOAL}): {last:.0f} a second before "
        f"{count:,} against {first:.0f} before {early:,}"
    )


async def again(url: str, count: int) -> None:
    """Run so many judgements twice in one session and print how much sooner the second run is done."""
    with tempfile.TemporaryDirectory() as folder, SessionFile.create(Path(folder) / "s.db", "s") as session:
        judge = judge_at(url)
        runner = Runner(session, lambda name: judge)
        version = await session.write(lambda repos: repos.rubrics.create(RUBRIC))
        seconds = []
        for _ in range(2):
            run = await runner.create(
                version, (judge.judge,), items(count), RunSettings(concurrency=CONCURRENCY)
            )
            began = time.perf_counter()
            await finish(runner, run)
            seconds.append(time.perf_counter() - began)
            ended = await session.read(partial(_run, run.id))
            assert ended.counts == {"ok": count}, ended.counts
        await judge.close()
    print(
        f"again: {seconds[0] / seconds[1]:.1f} times faster from the session (goal {AGAIN_GOAL}): {seconds[1]:.2f} s "
        f"against {seconds[0]:.2f} s for {count:,} judgements"
    )


def main() -> None:
    """Print the three ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--judgements", type=int, default=100_000)
    options.add_argument("--again", type=int, default=10_000)
    chosen = options.parse_args()
    gc.set_threshold(*COLLECTED)
    if chosen.judgements:
        with endpoint(SHORT) as server:
            asyncio.run(long_run(server.url, chosen.judgements))
    with endpoint(LATENCY) as server:
        asyncio.run(again(server.url, chosen.again))
        assert server.seen()[0] == chosen.again


if __name__ == "__main__":
    main()
