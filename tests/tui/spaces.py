"""Sessions and apps for screen tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

from textual.pilot import Pilot

from judgetui.config.paths import find_paths, package_data
from judgetui.config.settings import Settings
from judgetui.core.item import Item
from judgetui.core.rubric import Criterion, InputField, Rubric
from judgetui.core.run import Run
from judgetui.core.scale import NumericScale
from judgetui.datasets import load_items
from judgetui.services.authoring import Working
from judgetui.services.context import Context
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.workspace import Workspace

CORRECTNESS = Rubric(
    name="answer-correctness",
    protocol="g-eval",
    task="You will be given a question and an answer to it. Rate the answer.",
    criteria=(Criterion("correctness", "Is every fact right?"),),
    scale=NumericScale(1, 5, {1: "wrong", 5: "right"}),
    inputs=(InputField("question"),),
)
EXPLANATION = Rubric(
    name="better-explanation",
    protocol="mt-bench-pair",
    task="Two assistants answered a question.",
    criteria=(Criterion("explanation", "Which one explains better?"),),
    inputs=(InputField("question"),),
)

HOSTILE = (
    "[/x] [b",
    "[type=json_invalid, input_value='x']",
    "[link=https://x]y[/link]",
    "\x1b[31mred\x1b[0m",
    "\x1b]52;c;aGk=\x07",
    "safe\u202eevil",
    "a\x00b\x9bc",
    "{{ 7*7 }} {% raw %}",
    "$name ${x} %s",
    "\ud800",
)
"""Texts that break programs which take data for markup, templates or terminal commands."""


def make_session(path: Path, *rubrics: Rubric) -> Path:
    """A session with these rubrics (two by default) and the demo's items."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = package_data() / "sessions"
    with SessionFile.create(path, path.stem) as session:
        for rubric in rubrics or (CORRECTNESS, EXPLANATION):
            session.write_now(partial(_add_rubric, rubric=rubric))
        for name in ("demo-pointwise.jsonl", "demo-pairwise.jsonl"):
            session.write_now(partial(_add_items, items=load_items(data / name)))
    return path


def _add_rubric(repos: Repositories, rubric: Rubric) -> None:
    repos.rubrics.create(rubric, "first")


def _add_items(repos: Repositories, items: list[Item]) -> None:
    repos.items.add(items)


def make_app(
    home: Path, session: Path | None = None, judge: str = "scripted:1", **settings: object
) -> JudgetuiApp:
    """An app whose folders all lie under `home`."""
    paths = find_paths({"JUDGETUI_HOME": str(home)})
    return JudgetuiApp(Context(paths, Settings(judge=judge, **settings)), session=session)  # type: ignore[arg-type]


def space_of(app: JudgetuiApp) -> Workspace:
    """What the app has open."""
    assert app.space is not None
    return app.space


def working_of(app: JudgetuiApp) -> Working:
    """The rubric being edited and what it started from."""
    working = space_of(app).working
    assert working is not None
    return working


def rubric_of(app: JudgetuiApp) -> Rubric:
    """The rubric as edited."""
    return working_of(app).rubric


def run_of(app: JudgetuiApp) -> Run:
    """The run that is shown."""
    run = space_of(app).shown
    assert run is not None
    return run


def judged(app: JudgetuiApp) -> int:
    """Judgements of the run that goes or went last; 0 before there is one."""
    progress = space_of(app).progress
    return 0 if progress is None else progress.done


def screen_text(app: JudgetuiApp) -> str:
    """What the screen shows, line by line, styles left out."""
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text[:width] for strip in strips[:height])


async def until(pilot: Pilot[int], condition: Callable[[], object], what: str) -> None:
    """Let the app work until the condition holds; fails with what the screen shows."""
    for _ in range(500):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError(
        f"{what} did not happen; the screen shows:\n{screen_text(cast(JudgetuiApp, pilot.app))}"
    )
