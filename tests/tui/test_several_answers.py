"""What the compare screen shows of scored pairs, lists of answers, conversations, and results without a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from judgetui.core.item import Item, Response
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.protocols.registry import starter_rubric
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest, Order
from judgetui.core.rubric import Criterion, Rubric
from judgetui.core.scale import NumericScale
from judgetui.core.vote import ScoreSource, Status, Verdict, Vote
from judgetui.providers.base import ProviderError
from judgetui.storage.database import SessionFile
from judgetui.tui.app import JudgetuiApp
from judgetui.tui.modals.dialogs import Viewer
from judgetui.tui.modals.differences import AnswerDifferences
from judgetui.tui.widgets.answers import TextPane, answer_title, letter
from judgetui.tui.widgets.items import _compact
from judgetui.tui.widgets.several import ORDERS_SHOWN
from judgetui.tui.widgets.verdict import VerdictView, verdict_content
from tests.services.standins import StandInJudge, reply
from tests.tui.judged import SIZES, add_run, bare_session, open_on, sees, told
from tests.tui.spaces import HOSTILE, make_app, until

Answer = Callable[[JudgeRequest, int], JudgeReply | ProviderError]


def asked(*responses: Response, question: object = "What of it?") -> Item:
    """An item with these answers, by as many models."""
    models = tuple(f"model-{number}" for number in range(1, len(responses) + 1))
    return Item("one", responses, {"question": question, "instruction": "Do it."}, models)


FIVE = asked(*(f"the answer by number {number}" for number in range(1, 6)))


async def judged_app(tmp_path: Path, rubric: Rubric, item: Item, answer: Answer) -> JudgetuiApp:
    """An app on a session with one judged item."""
    path = await bare_session(tmp_path / "s.db", rubric, [item])
    judge = StandInJudge(answer)
    with SessionFile.open(path) as session:
        await add_run(session, 1, [item], judges=(judge.judge,), open_judge=lambda name: judge)
    return make_app(tmp_path, path)


def in_orders(first: str, second: str) -> Answer:
    """One reply for the order as given, another for the reverse."""
    return lambda request, number: reply(first if request.order in ("ab", "abcde") else second)


def pane(app: JudgetuiApp, name: str) -> TextPane:
    return app.screen.query_one(f"#{name}", TextPane)


def shown(app: JudgetuiApp) -> tuple[str, str]:
    """The answers side by side."""
    return pane(app, "left").full, pane(app, "right").full


# scores beside a verdict


@pytest.mark.parametrize("size", SIZES)
async def test_scores_stand_beside_the_verdict_in_each_order_and_together(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    rubric = replace(starter_rubric("r", "vicuna"), order="both")
    app = await judged_app(tmp_path, rubric, asked("good", "bad"), in_orders("8 7\nWhy.", "6 9\nWhy."))
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, 1)
        text = await sees(pilot, app, "A shown first → 8 : 7 → A", "B shown first → 9 : 6 → A")
        assert "= 8.5 : 6.5 → A, consistent" in text and "scores on 1 to 10" in text
        assert "share of replies: A 100%" in text


def test_a_soft_verdict_says_how_probable_each_side_is() -> None:
    votes = (Vote(Status.OK, "quality", Order.AB, verdict=Verdict.A),)
    out = Outcome(
        Status.OK, verdict=Verdict.A, probabilities={"A": 0.74, "B": 0.26}, source=ScoreSource.LOGPROBS
    )
    text = panel(asked("x", "y"), out, votes)
    assert "= A, asked in one order only" in text and "probability: A 74%, B 26%" in text
    sampled = panel(asked("x", "y"), replace(out, source=ScoreSource.SAMPLES), votes)
    assert "share of replies: A 74%, B 26%" in sampled


# lists


async def listed(tmp_path: Path, item: Item = FIVE) -> JudgetuiApp:
    answer = in_orders("So. [[B > A > C > D > E]]", "So. [[D > E > A > B > C]]")
    return await judged_app(tmp_path, starter_rubric("r", "listwise"), item, answer)


@pytest.mark.parametrize("size", SIZES)
async def test_a_ranking_shows_each_order_and_the_answers_best_first(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    app = await listed(tmp_path)
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, 1)
        text = await sees(pilot, app, "shown as A, B, C, D, E → B > A > C > D > E")
        assert "shown as E, D, C, B, A → B > A > E > D > C" in text
        assert "= B > A > C = D = E, the orders disagree ⚠" in text
        assert "B>A>C=D=E" in text, "the table has room for it without spaces"
        await pilot.press("space")
        await until(pilot, lambda: isinstance(app.screen, Viewer), "the whole text")
        await pilot.press("escape")
        words = " ".join(str(pane(app, "verdict").children[0].render()).split())
        assert "B model-2 above 4 of 4 others A model-1 above 3 of 4 others C model-3 above 1 of" in words


@pytest.mark.parametrize("size", SIZES)
async def test_any_two_answers_can_stand_side_by_side(tmp_path: Path, size: tuple[int, int]) -> None:
    app = await listed(tmp_path)
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, 1)
        await sees(pilot, app, "A · 1 of 5 (a)", "B · 2 of 5 (a)")
        seen = set()
        for _ in range(4):
            await pilot.press("a")
            left, right = shown(app)
            assert left == FIVE.responses[0]
            seen.add(right)
        assert seen == set(FIVE.responses[1:]), "the one on the left is not shown twice"
        await pilot.press("A")
        assert shown(app)[1] == FIVE.responses[4]
        pane(app, "left").focus()
        await pilot.press("a", "a")
        assert shown(app) == (FIVE.responses[2], FIVE.responses[4])
        await sees(pilot, app, "C · 3 of 5 (a)", "E · 5 of 5 (a)")
        await pilot.press("s")
        assert shown(app) == (FIVE.responses[4], FIVE.responses[2])
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, AnswerDifferences), "the difference")
        await sees(pilot, app, "what differs between C and E", "[-only in C-]", "[-3-]{+5+}")


@pytest.mark.parametrize(
    ("protocol", "said", "item"),
    [("mt-bench-pair", "[[A]]", asked("x", "y")), ("mt-bench-single", "[[5]]", asked("x"))],
)
async def test_a_pair_and_a_single_answer_have_no_more_to_show(
    tmp_path: Path, protocol: str, said: str, item: Item
) -> None:
    app = await judged_app(tmp_path, starter_rubric("r", protocol), item, lambda request, _: reply(said))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, 1)
        await sees(pilot, app, "1 of 1")
        await until(pilot, lambda: pane(app, "left").full == "x", "the answer")
        await pilot.press("a")
        await told(pilot, app, "All answers of this item are shown.")
        assert pane(app, "left").full == "x"


def test_scores_of_more_than_two_answers_are_listed_best_first_with_their_scale() -> None:
    votes = (Vote(Status.OK, "quality", Order("abc"), answer_scores=(2.0, 9.0, 5.5)),)
    out = Outcome(Status.OK, label="B > C > A", ranking=(1, 2, 0), answer_scores=(2.0, 9.0, 5.5))
    text = panel(asked("x", "y", "z"), out, votes, scale=NumericScale(1, 10))
    assert "shown as A, B, C → 2 : 9 : 5.5" in text
    rows = [line for line in text.splitlines() if "model-" in line]
    assert rows == [
        "  B  model-2  9 on 1 to 10",
        "  C  model-3  5.5 on 1 to 10",
        "  A  model-1  2 on 1 to 10",
    ]


def test_of_many_orders_the_first_are_listed() -> None:
    from itertools import permutations

    orders = [Order.of(indices) for indices in permutations(range(4))]
    votes = tuple(Vote(Status.OK, "quality", order, ranking=(0, 1, 2, 3)) for order in orders)
    out = Outcome(Status.OK, label="A > B > C > D", ranking=(0, 1, 2, 3), consistent=True)
    text = panel(asked("w", "x", "y", "z"), out, votes)
    assert text.count("shown as") == ORDERS_SHOWN
    assert f"and {24 - ORDERS_SHOWN} more orders: r shows all replies" in text
    assert "= A > B > C > D, consistent" in text


def test_answers_are_called_by_letters_as_far_as_there_are_any() -> None:
    assert [letter(number) for number in (0, 25, 26)] == ["A", "Z", "27"]
    assert answer_title(FIVE, 3) == "D · 4 of 5 (a) · model-4"
    assert answer_title(asked("x", "y"), 1) == "B · model-2"
    assert answer_title(asked("x"), 0) == "answer · model-1"


def test_a_ranking_in_the_table_goes_without_spaces_and_nothing_else_does() -> None:
    assert _compact("B > A = C") == "B>A=C"
    for other in ("A > B", "not good", "tie, flip", "4.50"):
        assert _compact(other) == other


# several criteria in one reply


@pytest.mark.parametrize("size", SIZES)
async def test_every_criterion_of_an_analytic_judgement_is_listed(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    rubric = replace(
        starter_rubric("r", "analytic"),
        criteria=(Criterion("faithful", "No invention."), Criterion("clear", "Easy to read.", 3.0)),
    )
    item = replace(asked("x"), fields={"question": "q", "reference": "r"})
    app = await judged_app(tmp_path, rubric, item, lambda request, _: reply("So.\nfaithful: 2\nclear: 5"))
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, 1)
        text = await sees(pilot, app, "score 4.25 on 1 to 5", "faithful  2.00", "clear     5.00")
        assert "from a single reply" in text


# without a call


@pytest.mark.parametrize("size", SIZES)
async def test_a_result_without_a_call_says_so(tmp_path: Path, size: tuple[int, int]) -> None:
    def never(request: JudgeRequest, number: int) -> JudgeReply:
        raise AssertionError("asked")

    app = await judged_app(tmp_path, starter_rubric("r", "alpaca-eval-1"), asked("same", "same"), never)
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, 1)
        text = await sees(pilot, app, "= tie, settled without a call", "1/1")
        assert "both answers are the same" in text and "order" not in text.partition("settled")[2]
        for key in ("r", "p", "l"):
            app.clear_notifications()
            await pilot.press(key)
            await told(pilot, app, "one is settled without a call; there is no reply.")


# conversations


@pytest.mark.parametrize("size", SIZES)
async def test_turns_of_a_conversation_stand_apart(tmp_path: Path, size: tuple[int, int]) -> None:
    item = asked(
        ("first [b]of A", "second of A"), ("first of B", "second of B"), question=["What of it?", "And then?"]
    )
    rubric = starter_rubric("r", "mt-bench-pair-multi-turn")
    app = await judged_app(tmp_path, rubric, item, lambda request, _: reply("[[A]]"))
    async with app.run_test(size=size, notifications=True) as pilot:
        await open_on(pilot, app, 1)
        text = await sees(pilot, app, "turn 2 of 2", "second of A", "second of B")
        assert "first [b]of A" in text
        assert pane(app, "question").full == "turn 1 of 2\nWhat of it?\n\nturn 2 of 2\nAnd then?"
        assert pane(app, "right").full == "turn 1 of 2\nfirst of B\n\nturn 2 of 2\nsecond of B"
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, Viewer), "the prompt")
        assert isinstance(app.screen, Viewer) and "second of B" in app.screen._text


# whatever the text


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_results_are_text(text: str) -> None:
    item = Item("one", (text, (text, text), text), {"question": [text, text]}, (text, None, text))
    votes = (Vote(Status.OK, text, Order("abc"), ranking=(0, 1, 2), detail=text),)
    out = Outcome(Status.OK, label="A > B > C", ranking=(0, 1, 2), answer_scores=(2, 1, 0), detail=text)
    shown_text = panel(item, out, votes)
    assert not any(sign in shown_text for sign in ("\x1b", "\u202e", "\x9b", "\x00"))


async def test_hostile_turns_are_shown_as_text(tmp_path: Path) -> None:
    text = " ".join(each for each in HOSTILE if "\ud800" not in each)
    item = asked((text, text), (text, text), question=[text, text])
    rubric = starter_rubric("r", "mt-bench-pair-multi-turn")
    app = await judged_app(tmp_path, rubric, item, lambda request, _: reply("[[A]]"))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await open_on(pilot, app, 1)
        seen = await sees(pilot, app, "turn 1 of 2", "input_value='x'")
        assert not any(sign in seen for sign in ("\x1b", "\u202e", "\x9b", "\x00"))


def panel(item: Item, outcome: Outcome, votes: Sequence[Vote], scale: NumericScale | None = None) -> str:
    """The text of the verdict's pane."""
    judgement = Judgement(
        run_id=1,
        position=0,
        item=item,
        item_hash="",
        rubric="r",
        rubric_hash="",
        protocol="listwise",
        judge="scripted:1",
        outcome=outcome,
        votes=tuple(votes),
        started=datetime(2026, 1, 1, tzinfo=UTC),
    )
    view = VerdictView(item, {"scripted:1": judgement}, {}, scale, (), 80)
    return verdict_content(view).plain
