"""Makes sessions/demo-recorded.jsonl: the embedded model's replies to every request of the demo.

    python -m tests.tools.record_demo

Run it again when the demo's rubrics, items or a protocol's wording change; a test says when that is.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

from judgetui.config.files import write_whole
from judgetui.config.paths import package_data
from judgetui.core.protocols.base import source_for
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.vote import JudgeRequest
from judgetui.datasets import load_items
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
    lines: list[str] = []
    async for request in requests():
        reply = await judge.ask(request, timeout=120)
        lines.append(recorded_line(request, reply))
        sys.stderr.write(f"{len(lines)} {reply.text[-60:]!r}\n")
    await context.close()
    write_whole(package_data() / "sessions" / RECORDED, ("\n".join(lines) + "\n").encode())


if __name__ == "__main__":
    asyncio.run(main())
