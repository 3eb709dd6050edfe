"""Sessions that hold runs, for the screens that show them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from textual.pilot import Pilot

from judgetui.core.item import Item
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest, Order
from judgetui.core.rubric import Rubric
from judgetui.core.run import Run, RunOrigin, RunSettings
from judgetui.providers.base import JudgeProvider, ProviderError
from judgetui.providers.scripted import ScriptedJudge
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.changes import Changed
from tests.services.standins import StandInJudge, reply
from tests.tui.spaces import CORRECTNESS, EXPLANATION, make_app, make_session, screen_text, until

SIZES = [(80, 24), (120, 40)]

POINTWISE, PAIRWISE = 1, 2
"""The rubrics of `judged_session`, by their ids."""


def scripted(name: str) -> JudgeProvider:
    """The scripted judge of that name."""
    return ScriptedJudge(name.partition(":")[2])


async def add_run(
    session: SessionFile,
    rubric_id: int,
    items: Sequence[Item] | None = None,
    *,
    judges: tuple[str, ...] = ("scripted:1",),
    origin: RunOrigin = RunOrigin.LIVE,
    open_judge: Callable[[str], JudgeProvider] = scripted,
    fresh: bool = False,
) -> Run:
    """Judge items, or all that fit, under a rubric's newest version."""
    version = await session.read(lambda repos: repos.rubrics.latest(rubric_id))
    wanted = 1 if version.rubric.protocol == "g-eval" else 2
    if items is None:
        items = [i for i in await session.read(lambda repos: repos.items.all()) if len(i.responses) == wanted]
    runner = Runner(session, open_judge)
    run = await runner.create(
        version, judges, items, RunSettings(concurrency=1, max_retries=0, fresh=fresh), origin
    )
    async for _ in runner.go(run):
        pass
    return await session.read(lambda repos: repos.runs.get(run.id))


async def judged_session(
    path: Path, *, judges: tuple[str, ...] = ("scripted:1",), origin: RunOrigin = RunOrigin.LIVE
) -> Path:
    """The demo's items, each judged once under a pointwise and a pairwise rubric."""
    make_session(path, CORRECTNESS, EXPLANATION)
    with SessionFile.open(path) as session:
        for rubric_id in (POINTWISE, PAIRWISE):
            await add_run(session, rubric_id, judges=judges, origin=origin)
    return path


async def bare_session(path: Path, rubric: Rubric, items: Sequence[Item]) -> Path:
    """One rubric and these items alone; nothing judged."""
    with SessionFile.create(path, path.stem) as session:
        await session.write(lambda repos: repos.rubrics.create(rubric, "first"))
        await session.write(lambda repos: repos.items.add(items))
    return path


def app_with(home: Path, session: Path, judge: StandInJudge) -> JudgetuiApp:
    """An app whose chosen judge is a stand-in."""
    app = make_app(home, session, judge=judge.judge, concurrency=1, max_retries=0)
    app.context.add_judge(judge)
    return app


def marks(first: str, second: str) -> Callable[[JudgeRequest, int], JudgeReply | ProviderError]:
    """Answers of a pairwise judge: one verdict mark for each order."""
    return lambda request, number: reply(f"Reasons. [[{first if request.order == Order.AB else second}]]")


async def open_on(pilot: Pilot[int], app: JudgetuiApp, rubric_id: int, mode: str = "compare") -> None:
    """Wait for the session, turn to a rubric, and go to a screen."""
    await until(pilot, lambda: app.space is not None and app.space.working is not None, "opening")
    assert app.space is not None
    if app.space.rubric_id != rubric_id:
        await app.space.select_rubric(rubric_id)
        app.changed.publish(Changed(rubric=True, run=True))
    await pilot.pause()
    await app.switch_mode(mode)
    await pilot.pause()


async def sees(pilot: Pilot[int], app: JudgetuiApp, *texts: str) -> str:
    """Wait until the screen shows every one of these texts; gives all it shows."""
    for text in texts:
        await until(pilot, lambda text=text: text in screen_text(app), f"showing {text!r}")  # type: ignore[misc]
    return screen_text(app)


async def told(pilot: Pilot[int], app: JudgetuiApp, text: str) -> None:
    """Wait until a toast says this."""
    await until(pilot, lambda: any(text in note.message for note in app._notifications), f"telling {text!r}")


async def ended(pilot: Pilot[int], app: JudgetuiApp) -> None:
    """Wait until no run goes."""
    await until(pilot, lambda: app.space is not None and app.space.live is None, "ending")
    await app.workers.wait_for_complete([worker for worker in app.workers if worker.group == "run"])


async def held(judge: StandInJudge, calls: int) -> None:
    """Wait until a held judge has been asked so often."""
    for _ in range(500):
        if len(judge.asked) >= calls:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"asked {len(judge.asked)} times, not {calls}")
