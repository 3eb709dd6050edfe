"""What share of prompt tokens does the embedded model take from its cache over a 12-item run?

The demo's pointwise rubric on twelve items, through the runner, on the real model. Allowed by the common prefix: for
every prompt but the first, the tokens it shares with the one before it, counted by the model's own vocabulary
(the chat template's own opening left out). Goal: the share that was served from cache is at least that, less 5
points.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

from judgetui.config.paths import package_data
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.request import JudgeRequest, Message
from judgetui.core.run import RunSettings
from judgetui.core.vote import ScoreSource
from judgetui.datasets import load_items
from judgetui.providers.base import JudgeProvider
from judgetui.rubric_files import load_rubric
from judgetui.services.context import Context
from judgetui.storage.database import SessionFile

JUDGE = "local:smollm2"


async def tokens(judge: JudgeProvider, text: str) -> int:
    """Tokens of a one-message prompt, the chat template's own included."""
    count = await judge.count_tokens(JudgeRequest((Message("system", text),)))
    if not count.exact:
        raise SystemExit(f"the model did not count: {count.method}")
    return count.tokens


def common_prefix(first: str, second: str) -> str:
    """What two texts begin with alike."""
    length = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), None)
    return first[:length] if length is not None else min(first, second, key=len)


async def measure(count: int) -> tuple[int, int, int]:
    """Prompt tokens of the run, tokens served from cache, and tokens that the common prefixes allow."""
    data = package_data()
    rubric = load_rubric(data / "rubrics" / "answer-correctness.yaml")
    items = load_items(data / "sessions" / "demo-pointwise.jsonl")[:count]
    context = Context.load()
    judge = context.judge(JUDGE)
    with tempfile.TemporaryDirectory() as folder, SessionFile.create(Path(folder) / "s.db", "s") as session:
        version = await session.write(lambda repos: repos.rubrics.create(rubric))
        runner = context.runner(session)
        run = await runner.create(version, (JUDGE,), items, RunSettings())
        async for _ in runner.go(run):
            pass
        usage = (await session.read(lambda repos: repos.runs.get(run.id))).usage
    protocol = get_protocol(rubric.protocol)
    prompts = [protocol.plan(rubric, item, ScoreSource.LOGPROBS)[0].messages[0].content for item in items]
    frame = await tokens(judge, "") - 1
    allowed, frame = 0, await tokens(judge, "x") - 1
    for before, prompt in pairwise(prompts):
        shared = common_prefix(before, prompt)
        allowed += await tokens(judge, shared) - frame
    await context.close()
    return usage.input or 0, usage.cached or 0, allowed


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=12)
    total, cached, allowed = asyncio.run(measure(parser.parse_args().items))
    out = sys.stdout.write
    out(f"prompt tokens from the model's cache: {cached / total:.1%} of {total:,}; the common prefix allows ")
    out(f"{allowed / total:.1%} (goal: at least that less 5 points): ratio {cached / allowed:.2f}\n")


if __name__ == "__main__":
    main()
