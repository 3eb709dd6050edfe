"""The dashboard, driven by keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from judgetui.core.item import Item, Label
from judgetui.core.judgement import Outcome
from judgetui.core.run import RunOrigin, RunSettings
from judgetui.core.vote import ScoreSource, Status
from judgetui.storage.owners import current_owner
from judgetui.storage.repositories import Repositories
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.screens.compare import CompareScreen
from judgetui.tui.screens.dashboard import VIEWS, DashboardScreen
from judgetui.tui.widgets.items import ItemTable
from judgetui.tui.widgets.strip import Strip
from tests.services.panels import PAIRS, each
from tests.services.panels import judged as panel
from tests.services.studies import SCORED, item, judged, put_outcomes, scored
from tests.tui.judged import PAIRWISE, SIZES, judged_session, open_on, sees
from tests.tui.spaces import EXPLANATION, HOSTILE, make_app, make_session, screen_text, until


async def opened(pilot: Pilot[int], app: JudgetuiApp, rubric_id: int = 1) -> None:
    await open_on(pilot, app, rubric_id, "dashboard")


def labelled(count: int = 40) -> list[tuple[Item, Outcome]]:
    """Two criteria with labels by two people; the judge is two points off on every fifth item's clarity."""
    found = []
    for n in range(count):
        clear, true = n % 5 + 1, n % 4 + 1
        labels = (
            Label("ana", clear, "clarity"),
            Label("ben", min(5, clear + n % 2), "clarity"),
            Label("ana", true, "truth"),
        )
        outcome = scored(clear - 2 * (clear == 5), true)
        found.append((item(f"n{n:02}", *labels), replace(outcome, rationale=f"Because of {n}.")))
    return found


@pytest.mark.parametrize("size", SIZES)
async def test_criteria_figures_and_disagreements_are_shown(tmp_path: Path, size: tuple[int, int]) -> None:
    session, _ = await judged(tmp_path / "s.db", SCORED, labelled())
    session.close()
    app = make_app(tmp_path, tmp_path / "s.db")
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(pilot, app)
        text = await sees(pilot, app, "clarity", "truth", "weighted κ", "n 40", "judge 3 · people 5")
        assert "vs ana, ben" in text
        assert "exact 80%" in text or "exact" in text
        await sees(pilot, app, "Disagreements, largest first: ")
        await pilot.press("f")
        text = await sees(pilot, app, "judge ↓  people →")
        await pilot.press("f")
        await sees(pilot, app, "judge      16  40%")
        await pilot.press("F")
        await sees(pilot, app, "judge ↓  people →")


async def test_another_criterion_shows_its_own_figures(tmp_path: Path) -> None:
    session, _ = await judged(tmp_path / "s.db", SCORED, labelled())
    session.close()
    app = make_app(tmp_path, tmp_path / "s.db")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "clarity: figures", "people: the same between")
        await pilot.press("c")
        await sees(pilot, app, "truth: figures", "largest first: 0 of 40")
        await pilot.press("c")
        await sees(pilot, app, "clarity: figures")


async def test_enter_opens_the_item_of_a_disagreement(tmp_path: Path) -> None:
    session, _ = await judged(tmp_path / "s.db", SCORED, labelled())
    session.close()
    app = make_app(tmp_path, tmp_path / "s.db")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "Because of 4.")
        app.screen.query_one("#misses").focus()
        await pilot.press("j")
        await sees(pilot, app, "Because of 9.")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen), "going to compare")
        await sees(pilot, app, "n09")
        assert app.screen.query_one(ItemTable).cursor == 9
        # Back, and to another one, with the run on the compare screen already.
        await pilot.press("5")
        await until(pilot, lambda: isinstance(app.screen, DashboardScreen), "going back")
        app.screen.query_one("#misses").focus()
        await pilot.press("j", "enter")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen), "going to compare again")
        await until(pilot, lambda: app.screen.query_one(ItemTable).cursor == 14, "the third item")


@pytest.mark.parametrize("size", SIZES)
async def test_without_labels_it_says_which_key_labels(tmp_path: Path, size: tuple[int, int]) -> None:
    session, _ = await judged(tmp_path / "s.db", SCORED, [(item("a"), scored(1, 2))])
    session.close()
    app = make_app(tmp_path, tmp_path / "s.db")
    async with app.run_test(size=size, notifications=True) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "Nobody has labelled", "4 labels them")


async def test_without_a_run_it_says_which_key_runs(tmp_path: Path) -> None:
    app = make_app(tmp_path, make_session(tmp_path / "s.db", EXPLANATION))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "no run yet", "f5 runs it")


async def test_figures_follow_labels_given_meanwhile(tmp_path: Path) -> None:
    session, _ = await judged(tmp_path / "s.db", SCORED, labelled(20))
    session.close()
    app = make_app(tmp_path, tmp_path / "s.db")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "n 20")
        assert app.space is not None
        await app.space.session.write(lambda repos: repos.items.remove_label("n00", "ana", "truth"))
        await pilot.press("3")
        await until(pilot, lambda: isinstance(app.screen, CompareScreen), "leaving")
        await pilot.press("5")
        await sees(pilot, app, "n 19")


async def test_pairs_show_flips_and_verdicts(tmp_path: Path) -> None:
    app = make_app(tmp_path, await judged_session(tmp_path / "s.db"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app, PAIRWISE)
        await sees(pilot, app, "position flips", "Cohen's kappa", "n/a: ")
        await pilot.press("f")
        await sees(pilot, app, "tie")


async def test_hostile_texts_are_shown_as_they_are(tmp_path: Path) -> None:
    given = [
        (
            Item(text, ("x",), category=text, labels=(Label(text, 1),)),
            Outcome(Status.OK, score=5, scores={"clarity": 5}, source=ScoreSource.SINGLE, rationale=text),
        )
        for text in HOSTILE
    ]
    session, _ = await judged(tmp_path / "s.db", SCORED, given)
    session.close()
    app = make_app(tmp_path, tmp_path / "s.db")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "[link=https://x]y[/link]", "judge 5 · people 1")
        for _ in range(6):
            await pilot.press("f", "j")
            await pilot.pause()
        assert "\x1b" not in screen_text(app)


async def test_the_version_before_is_compared_by_the_same_judge(tmp_path: Path) -> None:
    given = labelled()
    session, run = await judged(tmp_path / "s.db", SCORED, given)

    def worse(repos: Repositories) -> None:
        version = repos.rubrics.add_version(run.rubric_id, replace(SCORED, task="Judge it well."), "worse")
        items = [each for each, _ in given]
        again = repos.runs.create(
            version.id, run.judges, RunSettings(), RunOrigin.LIVE, items, current_owner()
        )
        put_outcomes(repos, again, [(each, scored(1, 1)) for each in items])

    with session:
        await session.write(worse)
    app = make_app(tmp_path, tmp_path / "s.db")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "v2 · run 2")
        await pilot.press(*"ffff")
        await sees(
            pilot, app, "v1 (run 1) and v2 (run 2): 40 items", "v2 changed 30 of 40 scores", "worse by more"
        )
        await sees(pilot, app, "labelled items would tell them apart")


async def test_a_single_version_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    session, _ = await judged(tmp_path / "s.db", SCORED, labelled(10))
    session.close()
    app = make_app(tmp_path, tmp_path / "s.db")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "clarity")
        await pilot.press(*"ffff")
        await sees(pilot, app, "v1 is the only version")


async def test_another_run_split_and_person_can_be_chosen(tmp_path: Path) -> None:
    given = [
        (replace(each, split="test" if n % 4 else "train"), outcome)
        for n, (each, outcome) in enumerate(labelled())
    ]
    session, run = await judged(tmp_path / "s.db", SCORED, given)

    def again(repos: Repositories) -> None:
        items = [each for each, _ in given]
        new = repos.runs.create(
            run.version_id, ("scripted:2",), RunSettings(), RunOrigin.LIVE, items, current_owner()
        )
        put_outcomes(repos, new, [(each, scored(3, 3)) for each in items])

    with session:
        await session.write(again)
    app = make_app(tmp_path, tmp_path / "s.db")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app)
        await sees(pilot, app, "run 2 · 40 items · scripted:2")
        await pilot.press("v")
        await sees(pilot, app, "Runs of answers", "40 of 40")
        await pilot.press("j", "enter")
        await sees(pilot, app, "run 1 · 40 items · scripted:1", "n 40")
        await pilot.press("p")
        await sees(pilot, app, "30 items", "split test", "n 30")
        await pilot.press("p")
        await sees(pilot, app, "10 items", "split train")
        await pilot.press("p")
        await sees(pilot, app, "40 items")
        await pilot.press("w")
        await sees(pilot, app, "labels of ana alone")
        assert "people 0" not in screen_text(app)
        await pilot.press("w", "w")
        await sees(pilot, app, "vs ana, ben")


async def test_a_jurys_judges_and_the_models_judged_have_their_views(tmp_path: Path) -> None:
    rows = each(["AAB", "ABA", "BBB", "AAA", "TAA", "BAB"])
    session, run = await panel(tmp_path / "s.db", PAIRS, rows)
    session.close()
    app = make_app(tmp_path, tmp_path / "s.db")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await opened(pilot, app, run.rubric_id)
        await sees(pilot, app, "x vs human")
        app.screen.query_one("#views", Strip).post_message(
            Strip.Chosen(app.screen.query_one("#views", Strip), list(VIEWS).index("jury"))
        )
        await sees(pilot, app, "agrees with the rest", "jury(majority): x, y, z: ")
        await pilot.press("f")
        await sees(pilot, app, "does not name two models")
        await pilot.press("f", "F")
        await sees(pilot, app, "does not name two models")
