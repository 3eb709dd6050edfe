"""Queues, picks, what can be said, time, and who has said what: labelling without a screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.answer import (
    Answer,
    Candidate,
    Pick,
    Queue,
    Standing,
    lot,
    own_value,
    shown_order,
    shown_value,
)
from judgetui.core.item import ADJUDICATED, OVERALL, Item, Label
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.rubric import Criterion, InputField, Rubric
from judgetui.core.run import RunOrigin, RunSettings
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.session import Version
from judgetui.core.vote import ScoreSource, Status, Verdict, Vote
from judgetui.errors import InputError
from judgetui.services.label_records import label_records, label_summaries, labels_picked, picked_how
from judgetui.services.label_scales import asks, check_said, read_ranking, read_value
from judgetui.services.labelling import PAUSE, LabelDesk, Sheet, Stopwatch, rater_problem
from judgetui.services.labelling_picks import spread
from judgetui.services.labelling_queues import Entry, Plan, disputed, entries
from judgetui.storage.database import SessionFile
from judgetui.storage.owners import current_owner
from judgetui.storage.repositories import Repositories

SCORED = Rubric(
    "facts",
    "g-eval",
    "Rate the answer.",
    (Criterion("right", "Is it right?"),),
    scale=NumericScale(1, 5, {1: "wrong"}),
    inputs=(InputField("question"),),
)
SEVERAL = replace(SCORED, name="several", criteria=(Criterion("right"), Criterion("clear")))
PAIRS = Rubric("pairs", "mt-bench-pair", "Compare.", (Criterion("better"),), inputs=(InputField("question"),))
LISTS = Rubric("lists", "listwise", "Rank.", (Criterion("best"),), inputs=(InputField("question"),))


def single(name: str, **more: object) -> Item:
    return replace(Item(name, (f"Answer {name}.",), {"question": "Why?"}), **more)  # type: ignore[arg-type]


def pair(name: str) -> Item:
    return Item(name, (f"First of {name}.", f"Second of {name}."), {"question": "Why?"})


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFile]:
    with SessionFile.create(tmp_path / "s.db", "S") as opened:
        yield opened


def filled(session: SessionFile, rubric: Rubric, items: Sequence[Item]) -> Version:
    session.write_now(lambda q: q.items.add(items))
    return session.write_now(lambda q: q.rubrics.create(rubric, "first"))


def judged(
    session: SessionFile,
    version: Version,
    said: Mapping[str, Sequence[tuple[Item, Outcome, tuple[Vote, ...]]]],
) -> None:
    """A run with these judgements, by judge."""

    def put(q: Repositories) -> None:
        every = [item for item, _, _ in next(iter(said.values()))]
        run = q.runs.create(version.id, list(said), RunSettings(), RunOrigin.LIVE, every, current_owner())
        for judge, found in said.items():
            for position, (item, outcome, votes) in enumerate(found):
                q.judgements.put(
                    Judgement(
                        run.id, position, item, item.content_hash, version.rubric.name, version.rubric_hash,
                        version.rubric.protocol, judge, outcome, votes, datetime(2026, 1, 1, tzinfo=UTC),
                    )
                )  # fmt: skip

    session.write_now(put)


async def at(desk: LabelDesk) -> Sheet:
    found = await desk.sheet()
    assert found is not None
    return found


async def say(desk: LabelDesk, value: str | float, **more: object) -> Answer:
    """Say the same of all that is asked, and store it."""
    sheet = await at(desk)
    said = {ask.key: value for ask in sheet.asks}
    return await desk.store(desk.label(sheet, said, **more))  # type: ignore[arg-type]


# what can be said


def test_a_single_criterion_is_the_whole_item_and_several_are_apart() -> None:
    (whole,) = asks(SCORED, 1)
    assert (whole.key, whole.name) == (OVERALL, "right")
    assert [(choice.value, choice.anchor) for choice in whole.choices][:2] == [(1, "wrong"), (2, "")]
    assert [ask.key for ask in asks(SEVERAL, 1)] == ["right", "clear"]


@pytest.mark.parametrize(
    ("rubric", "answers", "line", "value"),
    [
        (SCORED, 1, "4", 4),
        (SCORED, 1, "6", None),
        (SCORED, 1, "4.5", None),
        (replace(SCORED, protocol="pass-fail", scale=LabelScale(("pass", "fail"))), 1, " PASS ", "pass"),
        (replace(SCORED, protocol="pass-fail", scale=LabelScale(("pass", "fail"))), 1, "2", "fail"),
        (replace(SCORED, protocol="pass-fail", scale=LabelScale(("pass", "fail"))), 1, "3", None),
        (PAIRS, 2, "b", "B"),
        (PAIRS, 2, "t", "tie"),
        (PAIRS, 2, "both  bad", "both_bad"),
        (PAIRS, 2, "w", "both_bad"),
        (PAIRS, 2, "c", None),
        (LISTS, 3, "cab", "C > A > B"),
        (LISTS, 3, "b > c", "B > C > A"),
        (LISTS, 3, "b", None),
        (LISTS, 3, "b b a", None),
        (LISTS, 3, "b d a", None),
    ],
)
def test_a_line_says_what_the_rubric_lets_people_say(
    rubric: Rubric, answers: int, line: str, value: str | float | None
) -> None:
    (ask,) = asks(rubric, answers)
    assert read_value(ask, line) == value
    if value is not None:
        check_said([ask], {OVERALL: value})


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"right": 4}, "clear: nothing is said"),
        ({"right": 4, "clear": 9}, "clear: 9 cannot be said of it. Say a whole number from 1 to 5"),
        ({"right": 4, "clear": "4"}, "clear: '4' cannot"),
        ({"right": 4, "clear": 3, "short": 1}, "short: the rubric has no such criterion"),
    ],
)
def test_what_cannot_be_said_is_refused_with_its_criterion(
    said: dict[str, str | float], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        check_said(asks(SEVERAL, 1), said)


@given(st.permutations(range(5)), st.permutations(range(5)))
def test_letters_on_screen_are_the_items_own_and_back(order: list[int], ranks: list[int]) -> None:
    shown = "".join("abcde"[index] for index in order)
    ranking = " > ".join("ABCDE"[index] for index in ranks)
    own = str(own_value(ranking, shown))
    assert shown_value(own, shown) == ranking
    assert [order["ABCDE".index(letter)] for letter in ranking[::4]] == ["ABCDE".index(x) for x in own[::4]]
    assert read_ranking(ranking, 5) == ranking


@pytest.mark.parametrize("word", [Verdict.TIE.value, Verdict.BOTH_BAD.value, 4])
def test_what_names_no_answer_is_the_same_in_every_order(word: str | float) -> None:
    assert own_value(word, "ba") == shown_value(word, "ba") == word
    assert own_value("A", "ba") == "B"
    assert own_value("A", "") == "A"


def test_orders_are_fixed_for_a_person_and_an_item_and_even_over_many() -> None:
    orders = [shown_order("ana", f"item-{n}", 2) for n in range(2000)]
    assert orders == [shown_order("ana", f"item-{n}", 2) for n in range(2000)]
    # Within 4 standard deviations (22.4) of a fair coin's 1000.
    assert abs(orders.count("ba") - 1000) < 90
    others = [shown_order("ben", f"item-{n}", 2) for n in range(2000)]
    assert abs(sum(one == two for one, two in zip(orders, others, strict=True)) - 1000) < 90
    assert shown_order("ana", "x", 1) == ""


# queues


def told(plan: Plan, labels: Mapping[str, Sequence[Label]], **more: object) -> list[Entry]:
    every = [Candidate("a", "h", "test"), Candidate("b", "h"), Candidate("c", "h", "test")]
    standings: Mapping[str, Standing] = more.get("standings", {})  # type: ignore[assignment]
    return entries(plan, (OVERALL,), every, labels, standings, more.get("ranks", {}))  # type: ignore[arg-type]


ANA4, BEN2, BEN5 = Label("ana", 4), Label("ben", 2), Label("ben", 5)


def test_the_first_queue_is_what_the_rater_has_not_labelled_with_the_done_ones_before() -> None:
    labels = {"b": [ANA4], "a": [BEN2]}
    found = told(Plan("ana"), labels)
    assert [(entry.item_id, entry.waiting) for entry in found] == [("b", False), ("a", True), ("c", True)]
    assert found[0].said == {OVERALL: 4}
    assert [entry.item_id for entry in told(Plan("ana", split="test"), labels)] == ["a", "c"]


def test_skipped_items_wait_only_when_they_are_asked_for() -> None:
    standings = {"a": Standing(7, Pick.AT_RANDOM, skipped=True)}
    found = told(Plan("ana"), {}, standings=standings)
    assert [(entry.item_id, entry.waiting) for entry in found] == [("a", False), ("b", True), ("c", True)]
    assert told(Plan("ana", again=True), {}, standings=standings)[0].waiting


def test_the_second_queue_is_what_somebody_else_has_labelled() -> None:
    labels = {"a": [ANA4], "b": [ANA4, BEN2], "c": [Label(ADJUDICATED, 3)]}
    found = told(Plan("ben", Queue.SECOND), labels)
    assert [(entry.item_id, entry.waiting) for entry in found] == [("b", False), ("a", True)]


def test_adjudication_is_where_people_are_further_apart_than_they_may_be() -> None:
    labels = {"a": [ANA4, BEN2], "b": [ANA4, BEN5], "c": [ANA4, BEN2, Label(ADJUDICATED, 3)]}
    found = told(Plan("cem", Queue.ADJUDICATION), labels)
    assert [(entry.item_id, entry.waiting) for entry in found] == [("c", False), ("a", True), ("b", True)]
    assert found[0].said == {OVERALL: 3}
    assert [e.item_id for e in told(Plan("cem", Queue.ADJUDICATION, apart=1), labels)] == ["c", "a"]


def test_words_disagree_when_they_differ_and_one_rater_never_does() -> None:
    assert disputed({"ana": {"k": "A"}, "ben": {"k": "a"}}, ("k",), 0) == ()
    assert disputed({"ana": {"k": "A"}, "ben": {"k": "tie"}}, ("k",), 5) == ("k",)
    assert disputed({"ana": {"k": "A"}, ADJUDICATED: {"k": "B"}}, ("k",), 0) == ()


def test_random_picks_are_the_same_for_all_and_what_judges_do_not_know_comes_in_order() -> None:
    found = told(Plan("ana", pick=Pick.AT_RANDOM), {})
    assert [entry.item_id for entry in found] == sorted("abc", key=lot)
    assert {entry.picked for entry in found} == {Pick.AT_RANDOM}
    ranked = told(Plan("ana", pick=Pick.UNCERTAIN), {}, ranks={"c": (0.1,)})
    assert [(entry.item_id, entry.picked) for entry in ranked] == [
        ("c", Pick.UNCERTAIN),
        ("a", Pick.IN_ORDER),
        ("b", Pick.IN_ORDER),
    ]


# picks by what judges said


async def test_uncertain_items_come_flips_first_then_by_margin(session: SessionFile) -> None:
    every = [pair(name) for name in ("sure", "torn", "flip", "failed", "unjudged")]
    version = filled(session, PAIRS, every)

    def one(item: Item, share: float, **more: object) -> tuple[Item, Outcome, tuple[Vote, ...]]:
        shares = {"A": share, "B": 1 - share}
        out = Outcome(Status.OK, verdict=Verdict.A, consistent=True, probabilities=shares)
        vote = Vote(Status.OK, verdict=Verdict.A, source=ScoreSource.LOGPROBS, probabilities=shares)
        return item, replace(out, **more), (vote,)  # type: ignore[arg-type]

    nothing = (every[3], Outcome(Status.FAILED), (Vote(Status.FAILED),))
    with pytest.raises(InputError, match="no run yet"):
        await LabelDesk.open(session, version, Plan("ana", pick=Pick.UNCERTAIN))
    found = [one(every[0], 0.95), one(every[1], 0.55), one(every[2], 0.9, consistent=False), nothing]
    judged(session, version, {"scripted:1": found})
    desk = await LabelDesk.open(session, version, Plan("ana", pick=Pick.UNCERTAIN))
    assert [entry.item_id for entry in desk.entries] == ["flip", "failed", "torn", "sure", "unjudged"]
    assert [entry.picked for entry in desk.entries][-2:] == [Pick.UNCERTAIN, Pick.IN_ORDER]
    session.write_now(lambda q: q.items.add([replace(every[2], responses=("Other.", "Text."))]))
    desk = await LabelDesk.open(session, version, Plan("ana", pick=Pick.UNCERTAIN))
    assert [entry.item_id for entry in desk.entries][:2] == ["failed", "torn"]


async def test_a_judge_that_does_not_tell_how_sure_it_is_is_no_ground_to_pick_by(
    session: SessionFile,
) -> None:
    item = single("one")
    version = filled(session, SCORED, [item])
    vote = Vote(Status.OK, "right", score=4, source=ScoreSource.SINGLE)
    judged(
        session, version, {"scripted:1": [(item, Outcome(Status.OK, score=4, scores={"right": 4}), (vote,))]}
    )
    with pytest.raises(InputError, match="does not tell how sure"):
        await LabelDesk.open(session, version, Plan("ana", pick=Pick.UNCERTAIN))


def scores(*values: float | None) -> list[Outcome]:
    return [Outcome(Status.OK, score=v) if v is not None else Outcome(Status.UNPARSED) for v in values]


def test_judges_are_as_far_apart_as_their_results() -> None:
    assert spread(scores(1, 3, 2), SCORED) == 0.5
    assert spread(scores(4, None), SCORED) == 0.0
    verdicts = [Outcome(Status.OK, verdict=v) for v in (Verdict.A, Verdict.A, Verdict.B)]
    assert spread(verdicts, PAIRS) == pytest.approx(2 / 3)
    hidden = [Outcome(Status.OK, score=3, scores={"right": r, "clear": c}) for r, c in ((1, 5), (5, 1))]
    assert spread(hidden, SEVERAL) == 1.0


async def test_disputed_items_come_first_of_a_jury_or_of_two_judges_newest_runs(session: SessionFile) -> None:
    every = [single(name) for name in ("same", "apart", "far")]
    version = filled(session, SCORED, every)

    def run(*values: float) -> list[tuple[Item, Outcome, tuple[Vote, ...]]]:
        return [(i, Outcome(Status.OK, score=v), ()) for i, v in zip(every, values, strict=True)]

    plan = Plan("ana", pick=Pick.DISAGREEMENT)
    judged(session, version, {"scripted:1": run(3, 3, 1)})
    with pytest.raises(InputError, match="Fewer than two judges"):
        await LabelDesk.open(session, version, plan)
    judged(session, version, {"scripted:2": run(3, 4, 5)})
    desk = await LabelDesk.open(session, version, plan)
    assert [(e.item_id, e.picked) for e in desk.entries] == [
        ("far", Pick.DISAGREEMENT),
        ("apart", Pick.DISAGREEMENT),
        ("same", Pick.IN_ORDER),
    ]
    judged(session, version, {"scripted:1": run(1, 2, 3), "scripted:2": run(5, 2, 3)})
    desk = await LabelDesk.open(session, version, plan)
    assert [entry.item_id for entry in desk.entries] == ["same", "apart", "far"]


# the desk


async def test_a_label_goes_with_the_order_shown_and_is_stored_in_the_items_letters(
    session: SessionFile,
) -> None:
    version = filled(session, PAIRS, [pair(f"p{n}") for n in range(12)])
    desk = await LabelDesk.open(session, version, Plan("ana", pick=Pick.AT_RANDOM))
    answers = [await say(desk, "A", seconds=2.0) for _ in range(12)]
    assert {answer.shown for answer in answers} == {"ab", "ba"}
    for answer in answers:
        assert answer.said == {OVERALL: "A" if answer.shown == "ab" else "B"}
        assert (answer.picked, answer.rubric_id, answer.seconds) == (Pick.AT_RANDOM, version.rubric_id, 2.0)
        item = session.read_now(partial(_get, item_id=answer.item_id))
        assert item.labels == (Label("ana", answer.said[OVERALL]),)
        assert answer.content_hash == item.content_hash
    assert await desk.sheet() is None


def _get(repos: Repositories, item_id: str) -> Item:
    found = repos.items.get(item_id)
    assert found is not None
    return found


async def test_a_restart_keeps_labels_skips_notes_and_flags(session: SessionFile) -> None:
    version = filled(session, SCORED, [single(name) for name in "abcd"])
    desk = await LabelDesk.open(session, version, Plan("ana"))
    await say(desk, 4)
    await desk.store(desk.remark(await at(desk), note=" odd "))
    await desk.store(desk.remark(await at(desk), flagged=True))
    await desk.store(desk.skip(await at(desk)))
    assert (await at(desk)).item.id == "c"
    again = await LabelDesk.open(session, version, Plan("ana"))
    first, second, *rest = again.entries
    assert (first.item_id, first.said, first.waiting) == ("a", {OVERALL: 4}, False)
    assert (second.skipped, second.note, second.flagged, second.waiting) == (True, "odd", True, False)
    assert [entry.waiting for entry in rest] == [True, True]
    assert (again.at, again.waiting) == (2, 2)


async def test_going_back_changes_an_answer_and_returns_to_what_waits(session: SessionFile) -> None:
    version = filled(session, SCORED, [single(name) for name in "abc"])
    desk = await LabelDesk.open(session, version, Plan("ana"))
    await say(desk, 4)
    await say(desk, 3)
    assert desk.move(-1) and desk.move(-1) and not desk.move(-1)
    answer = await say(desk, 5)
    assert answer.before == {OVERALL: 4}
    assert (await at(desk)).item.id == "c"
    assert desk.move(1) and not desk.move(1)
    assert desk.entry is None


async def test_undo_and_redo_go_to_the_item(session: SessionFile) -> None:
    version = filled(session, SCORED, [single(name) for name in "abc"])
    desk = await LabelDesk.open(session, version, Plan("ana"))
    await say(desk, 4)
    await desk.store(desk.skip(await at(desk)))
    for expected in ("b", "a"):
        taken = await desk.undo()
        assert taken is not None
        sheet = await at(desk)
        assert (sheet.item.id, sheet.entry.said, sheet.entry.waiting) == (expected, {}, True)
    assert await desk.undo() is None
    assert await desk.redo() is not None
    assert desk.entries[0].said == {OVERALL: 4}


async def test_what_was_seen_once_is_blind_no_more(session: SessionFile) -> None:
    version = filled(session, SCORED, [single("a")])
    desk = await LabelDesk.open(session, version, Plan("ana"))
    await say(desk, 4, blind=False)
    await desk.undo()
    again = await LabelDesk.open(session, version, Plan("ana"))
    assert not (await say(again, 3)).blind


async def test_an_adjudicator_settles_only_what_is_disputed_under_a_name_of_its_own(
    session: SessionFile,
) -> None:
    labels = tuple(
        Label(rater, value, criterion)
        for rater, right in (("ana", 4), ("ben", 2))
        for value, criterion in ((right, "right"), (3, "clear"))
    )
    version = filled(session, SEVERAL, [single("a", labels=labels), single("b")])
    desk = await LabelDesk.open(session, version, Plan("cem", Queue.ADJUDICATION))
    sheet = await at(desk)
    assert [ask.key for ask in sheet.asks] == ["right"]
    assert sorted(sheet.others) == [("ana", {"right": 4}), ("ben", {"right": 2})]
    answer = await say(desk, 3)
    assert (answer.rater, answer.label_rater) == ("cem", ADJUDICATED)
    assert Label(ADJUDICATED, 3, "right") in session.read_now(partial(_get, item_id="a")).labels
    assert await desk.sheet() is None


async def test_items_that_are_gone_go_from_the_queue(session: SessionFile) -> None:
    version = filled(session, SCORED, [single(name) for name in "abc"])
    desk = await LabelDesk.open(session, version, Plan("ana"))
    session.write_now(lambda q: q.items.remove(["a", "b"]))
    assert (await at(desk)).item.id == "c"
    assert len(desk.entries) == 1


async def test_only_items_that_fit_the_rubric_are_labelled(session: SessionFile) -> None:
    bare = Item("bare", ("An answer.",))
    version = filled(session, SCORED, [single("a"), pair("p"), bare])
    desk = await LabelDesk.open(session, version, Plan("ana"))
    assert [entry.item_id for entry in desk.entries] == ["a"]


@pytest.mark.parametrize("name", ["", "  ", ADJUDICATED, "x" * 41, "a\nb", "\x1b[31m"])
async def test_nobody_labels_under_such_a_name(session: SessionFile, name: str) -> None:
    assert rater_problem(name)
    version = filled(session, SCORED, [single("a")])
    with pytest.raises(InputError, match="rater: "):
        await LabelDesk.open(session, version, Plan(name))
    assert not rater_problem("ana lu")


def test_pauses_do_not_count() -> None:
    now = [100.0]
    watch = Stopwatch(lambda: now[0])
    watch.touch()
    assert watch.seconds is None
    watch.start()
    for step, expected in ((5.0, 5.0), (PAUSE, 5.0 + PAUSE), (PAUSE + 0.1, 5.0 + PAUSE), (1.0, 6.0 + PAUSE)):
        now[0] += step
        watch.touch()
        assert watch.seconds == pytest.approx(expected)
    now[0] += 30.0
    watch.resume()
    assert watch.seconds == pytest.approx(6.0 + PAUSE)
    watch.start()
    now[0] += 2 * PAUSE
    watch.touch()
    assert watch.seconds is None


# records


async def test_records_name_who_when_and_how_and_summaries_count(session: SessionFile) -> None:
    items = [single("a", labels=(Label("human", 5),)), single("b"), single("c")]
    version = filled(session, SCORED, items)
    desk = await LabelDesk.open(session, version, Plan("ana", pick=Pick.AT_RANDOM))
    first = await say(desk, 4, seconds=10.0)
    await desk.store(desk.remark(await at(desk), flagged=True))
    await desk.store(desk.skip(await at(desk)))
    await say(desk, 2, seconds=30.0, blind=False)
    assert desk.move(-1)
    await say(desk, 1)
    await desk.undo()
    records = await label_records(session)
    assert {(r.item_id, r.rater) for r in records if r.answer is None} == {("a", "human")}
    assert next(r.answer for r in records if r.item_id == first.item_id and r.rater == "ana") == first
    ana, human = await label_summaries(session)
    assert (ana.rater, ana.items, ana.skipped, ana.flagged, ana.not_blind) == ("ana", 2, 1, 1, 1)
    assert (ana.seconds.value, ana.seconds.n, ana.picked) == (20.0, 2, {"at random": 2})
    assert (human.items, human.picked, human.seconds.value) == (1, {"file": 1}, None)
    changed = replace(items[0], labels=(Label("ana", 3),))
    session.write_now(lambda q: q.items.add([changed]))
    record = next(r for r in await label_records(session) if (r.item_id, r.rater) == ("a", "ana"))
    assert (record.value, record.answer) == (3, None)


def given_by(rater: str, item: str, pick: Pick, queue: Queue = Queue.FIRST) -> Answer:
    return Answer(item, "h", rater, {OVERALL: 4}, queue=queue, picked=pick)


def test_random_labels_are_those_that_a_random_order_has_reached() -> None:
    order = sorted("abcdef", key=lot)
    splits: dict[str, str | None] = dict.fromkeys(order)
    passed, picked, beyond = order[0], order[2], order[4]
    answers = [
        given_by("ana", passed, Pick.UNCERTAIN),
        given_by("ana", beyond, Pick.UNCERTAIN),
        given_by("ana", picked, Pick.AT_RANDOM),
        given_by("ben", picked, Pick.AT_RANDOM, Queue.SECOND),
        given_by("ben", beyond, Pick.AT_RANDOM, Queue.SECOND),
        given_by("cem", picked, Pick.IN_ORDER, Queue.ADJUDICATION),
        replace(given_by("ana", order[5], Pick.AT_RANDOM), undone=True),
    ]
    assert picked_how(answers, splits) == {
        passed: {"ana": Pick.AT_RANDOM},
        picked: {"ana": Pick.AT_RANDOM, "ben": Pick.AT_RANDOM, ADJUDICATED: Pick.AT_RANDOM},
        beyond: {"ana": Pick.UNCERTAIN, "ben": Pick.IN_ORDER},
    }
    # Random picks of one split say nothing of another one's items.
    apart = picked_how(answers, splits | {passed: "test"})
    assert apart[passed] == {"ana": Pick.UNCERTAIN}


async def test_picks_are_read_from_the_session(session: SessionFile) -> None:
    version = filled(session, SCORED, [single("a"), single("b", labels=(Label("human", 2),))])
    desk = await LabelDesk.open(session, version, Plan("ana"))
    await say(desk, 4)
    assert await labels_picked(session) == {"a": {"ana": Pick.IN_ORDER}}
