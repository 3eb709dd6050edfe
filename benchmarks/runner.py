"""2,000 judgements over HTTP: how much longer than the bare SDK doing the same requests at the same concurrency?

The endpoint is the benchmark's own, in a process of its own, and answers every call after 100 ms. Runner and SDK take
turns; both send the same bodies, which is checked. The SDK's turn only gathers what it gets; the runner's plans,
parses, and commits every judgement to a session file.

    python -m benchmarks.runner [--rounds 3] [--judgements 2000]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.parts.endpoint import Endpoint, endpoint
from judgetui.cli.main import COLLECTED
from judgetui.core.item import Item
from judgetui.core.protocols.prompts import Prompter
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.rubric import Criterion, InputField, Rubric
from judgetui.core.run import Run, RunSettings
from judgetui.core.vote import ScoreSource
from judgetui.providers.openai.chat import OpenAIJudge
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile

LATENCY: Final = 0.1
GOALS: Final = {25: 1.15, 100: 1.5}
CPU_GOAL: Final = 1.5

RUBRIC: Final = Rubric(
    name="answers",
    protocol="pass-fail",
    task="Check an assistant's answer to a user's question.",
    criteria=(Criterion("correct", "Everything the answer states is true, and it answers what was asked."),),
    inputs=(InputField("question"), InputField("reference", optional=True)),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn took, in seconds of the clock and of this process's processors."""

    wall: float
    cpu: float


def items(count: int) -> Iterator[Item]:
    """Questions with answers of about a thousand characters."""
    for number in range(count):
        question = f"Which of the {number} things that were asked for comes first, and why is it so? " * 3
        answer = f"The answer to question {number} is given here in words. " * 16
        yield Item(f"item-{number}", (answer,), {"question": question})


def judge_at(url: str) -> OpenAIJudge:
    """A judge behind the endpoint."""
    return OpenAIJudge("fixed:model", "fixed", base_url=url, key=None)


def bodies(url: str, count: int) -> list[dict[str, Any]]:
    """What the runner will send, in order."""
    judge, prompter = judge_at(url), Prompter(get_protocol(RUBRIC.protocol), RUBRIC, ScoreSource.SINGLE)
    found = []
    for item in items(count):
        for request in prompter.requests(item):
            body = dict(judge.body(request))
            del body["provider"], body["endpoint"]
            found.append(body)
    return found


async def bare(server: Endpoint, requests: list[dict[str, Any]], concurrency: int) -> Turn:
    """The SDK alone, with so many workers."""
    from openai import AsyncOpenAI

    async with AsyncOpenAI(api_key="none", base_url=server.url, max_retries=0) as client:
        await client.chat.completions.create(**requests[0])  # what the first call loads is not measured
        server.seen()
        rest = iter(requests)
        answers = []

        async def worker() -> None:
            for body in rest:
                answers.append(await client.chat.completions.create(**body))

        wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(worker() for _ in range(concurrency)))
        assert len(answers) == len(requests)
        return Turn(time.perf_counter() - wall, time.process_time() - cpu)


async def ours(url: str, count: int, concurrency: int) -> Turn:
    """A run of so many judgements, from its first event to its last, with cycles collected as the command has it."""
    usual = gc.get_threshold()
    gc.set_threshold(*COLLECTED)
    try:
        return await _ours(url, count, concurrency)
    finally:
        gc.set_threshold(*usual)


async def _ours(url: str, count: int, concurrency: int) -> Turn:
    with tempfile.TemporaryDirectory() as folder, SessionFile.create(Path(folder) / "s.db", "s") as session:
        judge = judge_at(url)
        await judge._connect()
        runner = Runner(session, lambda name: judge)
        version = await session.write(lambda repos: repos.rubrics.create(RUBRIC))
        run = await runner.create(version, (judge.judge,), items(count), RunSettings(concurrency=concurrency))
        wall, cpu = time.perf_counter(), time.process_time()
        await finish(runner, run)
        turn = Turn(time.perf_counter() - wall, time.process_time() - cpu)
        ended = await session.read(lambda repos: repos.runs.get(run.id))
        assert ended.counts == {"ok": count}, ended.counts
        await judge.close()
        return turn


async def finish(runner: Runner, run: Run) -> None:
    """Take a run to its end."""
    async for _ in runner.go(run):
        pass


def main() -> None:
    """Print a ratio for each concurrency."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--judgements", type=int, default=2000)
    chosen = options.parse_args()
    with endpoint(LATENCY) as server:
        url, seen = server.url, set()
        requests = bodies(url, chosen.judgements)
        for concurrency, goal in GOALS.items():
            turns: dict[str, list[Turn]] = {"sdk": [], "judgetui": []}
            for _ in range(chosen.rounds):
                gc.collect()
                turns["sdk"].append(asyncio.run(bare(server, requests, concurrency)))
                seen.add(server.seen())
                gc.collect()
                turns["judgetui"].append(asyncio.run(ours(url, chosen.judgements, concurrency)))
                seen.add(server.seen())
            walls = {name: statistics.median(turn.wall for turn in found) for name, found in turns.items()}
            cpus = {name: statistics.median(turn.cpu for turn in found) for name, found in turns.items()}
            print(
                f"{len(requests):,} judgements, {concurrency} at once: "
                f"{walls['judgetui'] / walls['sdk']:.2f} times the bare SDK's time (goal {goal}): "
                f"{walls['judgetui']:.2f} s against {walls['sdk']:.2f} s"
            )
            same = "the same bodies" if len(seen) == 1 else f"DIFFERENT BODIES: {seen}"
            each = 1000 / len(requests)
            print(
                f"    processor: {cpus['judgetui'] / cpus['sdk']:.2f} times (goal {CPU_GOAL}): "
                f"{cpus['judgetui'] * each:.2f} ms a judgement against {cpus['sdk'] * each:.2f} ms; {same}"
            )


if __name__ == "__main__":
    main()
