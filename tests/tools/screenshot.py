"""Draws the README's picture: the verdicts of the recorded demo run.

python -m tests.tools.screenshot docs/screenshot.svg
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from judgetui.config.paths import find_paths
from judgetui.config.settings import Settings
from judgetui.services.context import Context
from judgetui.services.demo import build_demo
from judgetui.tui.app import JudgetuiApp

SIZE = (116, 34)


async def draw(target: Path) -> None:
    """Open the demo, turn to the verdicts of the recorded pairwise run, and write what the screen shows."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        session = home / "sessions" / "demo.db"
        session.parent.mkdir()
        await build_demo(session)
        context = Context(find_paths({"JUDGETUI_HOME": str(home)}), Settings(judge="scripted:1"))
        app = JudgetuiApp(context, session=session)
        async with app.run_test(size=SIZE) as pilot:
            while app.space is None or app.space.item is None:
                await pilot.pause(0.05)
            app.space.judge = "local:smollm2"
            await pilot.press("ctrl+r")
            await pilot.pause(1)
            await pilot.press("3")
            await pilot.pause(1.5)
            await pilot.press("n")
            await pilot.pause(0.5)
            picture = app.export_screenshot(title="judgetui")
    target.write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1])))
