"""The line on the compare screen that says what several judges of an item come to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from judgetui.core.rubric import Rubric
from judgetui.core.vote import Status
from judgetui.tui.widgets.answers import TextPane
from tests.services.panels import GRADES, PAIRS, Said, each, judged
from tests.tui.judged import SIZES, open_on, sees
from tests.tui.spaces import make_app


async def lines(
    tmp_path: Path,
    rubric: Rubric,
    rows: Sequence[Said],
    *,
    size: tuple[int, int] = (120, 40),
    judges: Sequence[str] = ("x", "y", "z"),
    cascade: float | None = None,
) -> list[str]:
    """The first line of the verdicts of each item, going through them by key."""
    session, run = await judged(tmp_path / "s.db", rubric, rows, judges, cascade)
    session.close()
    app = make_app(tmp_path, tmp_path / "s.db")
    found = []
    async with app.run_test(size=size) as pilot:
        await open_on(pilot, app, run.rubric_id)
        for number in range(len(rows)):
            await sees(pilot, app, f"{number + 1} of {len(rows)} · i{number}")
            found.append(app.screen.query_one("#verdict", TextPane).full.splitlines()[0])
            if found[-1].startswith("jury"):
                await sees(pilot, app, found[-1])
            await pilot.press("]")
    return found


@pytest.mark.parametrize("size", SIZES)
async def test_the_jury_of_an_item_stands_above_its_judges(tmp_path: Path, size: tuple[int, int]) -> None:
    found = await lines(tmp_path, PAIRS, each(["AAB", "ABT", "AT ", "AA-"]), size=size)
    assert found == [
        "jury  2 of 3: A",
        "jury  tie (A 1, B 1, tie 1)",
        "jury  no majority (A 1, tie 1)",
        "jury  2 of 2: A, 1 without a result",
    ]


async def test_scores_are_averaged(tmp_path: Path) -> None:
    rows: list[Said] = [{"x": 4.0, "y": 3.0, "z": 3.0}]
    assert await lines(tmp_path, GRADES, rows) == ["jury  mean of 3: 3.33"]


@pytest.mark.parametrize(
    ("row", "judges", "cascade"),
    [("A  ", ("x",), None), ("A  ", ("x", "y", "z"), None), ("AB ", ("x", "y", "z"), 0.8)],
    ids=["one judge", "the others are not there yet", "a cascade"],
)
async def test_there_is_no_jury_of_one_nor_of_a_cascade(
    tmp_path: Path, row: str, judges: Sequence[str], cascade: float | None
) -> None:
    (line,) = await lines(tmp_path, PAIRS, each([row]), judges=judges, cascade=cascade)
    assert line.startswith("i0 · pairs · x")


async def test_there_is_no_line_where_no_judge_has_a_result(tmp_path: Path) -> None:
    failed: Said = dict.fromkeys("xyz", Status.FAILED)
    (line,) = await lines(tmp_path, PAIRS, [failed])
    assert line.startswith("i0 · pairs · x")


@pytest.mark.parametrize("size", SIZES)
async def test_the_head_counts_the_items_of_one_judge_and_names_it(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    session, run = await judged(tmp_path / "s.db", PAIRS, each(["AAB", "ABT", "BAA"]), ("x", "y", "z"), None)
    session.close()
    app = make_app(tmp_path, tmp_path / "s.db")
    async with app.run_test(size=size) as pilot:
        await open_on(pilot, app, run.rubric_id)
        await sees(pilot, app, "x: ", "labels matched 2/3")
