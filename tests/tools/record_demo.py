"""Makes sessions/demo-recorded.jsonl: the embedded model's replies to every request of the demo.

    python -m tests.tools.record_demo

Run it again when the demo's rubrics, items or a protocol's wording change; a test says when that is. Replies to
requests that are as they were are kept.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from judgetui.config.files import write_whole
from judgetui.config.paths import package_data
from judgetui.core.protocols.base import source_for
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.request import JudgeRequest
from judgetui.datasets import load_items
from judgetui.providers.keys import request_key
from judgetui.providers.replay import recorded_line
from judgetui.rubric_files import load_rubric
from judgetui.services.context import Context
from judgetui.services.demo import DEMO_JUDGE, DEMO_PARTS, RECORDED


async def requests() -> AsyncIterator[JudgeRequest]:
    """Every request of the demo, in the order a run sends them."""
    data = package_data()
    for rubric_file, items_file in DEMO_PARTS:
        rubric = load_rubric(data / "rubrics" / rubric_file)
        protocol = get_protocol(rubric.protocol)
        for item in load_items(data / "sessions" / items_file):
            for request in protocol.plan(rubric, item, source_for(protocol, rubric, logprobs=True)):
                yield request


async def main() -> None:
    """Ask and write."""
    context = Context.load()
    judge = context.judge(DEMO_JUDGE)
    target = package_data() / "sessions" / RECORDED
    kept = {json.loads(line)["key"]: line for line in _lines(target)}
    lines: list[str] = []
    async for request in requests():
        line = kept.get(request_key(request))
        if line is None:
            reply = await judge.ask(request, timeout=120)
            line = recorded_line(request, reply)
            sys.stderr.write(f"{len(lines)} {reply.text[-60:]!r}\n")
        lines.append(line)
    await context.close()
    write_whole(target, ("\n".join(lines) + "\n").encode())


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


if __name__ == "__main__":
    asyncio.run(main())
