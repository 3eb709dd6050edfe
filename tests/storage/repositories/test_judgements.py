from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from judgetui.core.item import Item, Label
from judgetui.core.judgement import Judgement, JudgementRow, Outcome, row_of
from judgetui.core.reply import Usage
from judgetui.core.request import Order
from judgetui.core.run import Run, RunOrigin, RunSettings
from judgetui.core.vote import ScoreSource, Status, Verdict, Vote
from judgetui.errors import StorageError
from judgetui.storage.database import SessionFile
from judgetui.storage.owners import current_owner
from judgetui.storage.repositories import Repositories
from tests.storage.builders import JUDGE, a_judgement, a_rubric, a_run, items

FULL_VOTE = Vote(
    status=Status.UNPARSED,
    criterion="coherence",
    order=Order.BA,
    sample=3,
    score=4.25,
    label="pass",
    verdict=Verdict.BOTH_BAD,
    source=ScoreSource.LOGPROBS,
    probabilities={"4": 0.75, "5": 0.25},
    outside=0.125,
    answer_scores=(8.5, 7.0),
    ranking=(1, 0),
    scores={"clarity": 3.0},
    labels={"clarity": "good"},
    rationale=" because \n",
    raw=" Score: 4\n",
    finish="length",
    parser="g-eval/repaired-1",
    model="gpt-1",
    usage=Usage(1, 2, 3),
    latency_ms=1.5,
    detail="cut off",
    call="key-0",
)
FULL_OUTCOME = Outcome(
    status=Status.OK,
    score=4.25,
    scores={"coherence": 4.25},
    label="pass",
    labels={"coherence": "pass"},
    verdict=Verdict.TIE,
    consistent=False,
    source=ScoreSource.SAMPLES,
    probabilities={"4": 0.75, "5": 0.25},
    outside=0.125,
    answer_scores=(8.5, 7.0),
    ranking=(1, 0),
    rationale=" because \n",
    detail="noticed",
)


def stored(session: SessionFile, judgement: Judgement) -> Judgement:
    session.write_now(lambda q: q.judgements.put(judgement))
    found = session.read_now(
        lambda q: q.judgements.one(judgement.run_id, judgement.judge, judgement.position)
    )
    assert found is not None
    return found


def in_session(session: SessionFile, judgement: Judgement, run: Run) -> Judgement:
    """The judgement with what the session adds: the hash of its rubric version."""
    version = session.read_now(lambda q: q.rubrics.version(run.version_id))
    return replace(judgement, rubric_hash=version.rubric_hash)


@pytest.mark.parametrize("value", [FULL_VOTE, FULL_OUTCOME])
def test_the_examples_leave_no_field_out(value: Vote | Outcome) -> None:
    plain = type(value)(Status.OK)
    same = [field.name for field in fields(value) if getattr(value, field.name) == getattr(plain, field.name)]
    assert same in ([], ["status"])


def test_a_judgement_comes_back_whole(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q))
    full = replace(
        a_judgement(run, 1),
        outcome=FULL_OUTCOME,
        votes=(FULL_VOTE, Vote(Status.OK), FULL_VOTE),
        started=datetime(2026, 2, 3, 4, 5, 6, 789, timezone(timedelta(hours=2))),
        cost_usd=0.1,
    )
    found = stored(session, full)
    assert found == in_session(session, full, run)
    assert found.started.tzinfo is UTC


@pytest.mark.parametrize("consistent", [None, True, False])
@pytest.mark.parametrize("verdict", [None, *Verdict])
def test_an_outcome_keeps_what_is_absent_absent(
    session: SessionFile, consistent: bool | None, verdict: Verdict | None
) -> None:
    run = session.write_now(lambda q: a_run(q))
    outcome = Outcome(Status.OK, consistent=consistent, verdict=verdict)
    assert stored(session, replace(a_judgement(run), outcome=outcome)).outcome == outcome


def test_another_put_replaces(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q))
    stored(session, a_judgement(run, status=Status.FAILED))
    assert stored(session, a_judgement(run, score=2)).outcome.score == 2
    assert len(session.read_now(lambda q: q.judgements.for_run(run.id))) == 1
    assert session.read_now(lambda q: q.runs.get(run.id)).counts == {"ok": 1}


def test_judgements_come_by_position_then_in_the_order_of_the_judges(session: SessionFile) -> None:
    judges = ("z:last", "a:first")
    run = session.write_now(lambda q: a_run(q, 3, judges))
    for position in (2, 0, 1):
        for judge in sorted(judges):
            stored(session, a_judgement(run, position, judge))
    expected = [(position, judge) for position in range(3) for judge in judges]
    found = session.read_now(lambda q: q.judgements.for_run(run.id))
    assert [(each.position, each.judge) for each in found] == expected
    rows = session.read_now(lambda q: q.judgements.rows(run.id))
    assert [(row.position, row.judge) for row in rows] == expected
    only = session.read_now(lambda q: q.judgements.for_run(run.id, "a:first"))
    assert [(each.position, each.judge) for each in only] == [(number, "a:first") for number in range(3)]
    assert session.read_now(lambda q: q.judgements.for_run(run.id, "nobody")) == []


def test_rows_tell_what_a_table_shows(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q))
    session.write_now(lambda q: q.judgements.put(replace(a_judgement(run), outcome=FULL_OUTCOME)))
    session.write_now(lambda q: q.judgements.put(a_judgement(run, 2, status=Status.REFUSED)))
    session.write_now(lambda q: q.items.add(items(3)))
    session.write_now(lambda q: q.items.set_label("item-0", Label("ann", 5)))
    rows = session.read_now(lambda q: q.judgements.rows(run.id))
    assert rows == [
        JudgementRow(0, JUDGE, Status.OK, 4.25, Verdict.TIE, "pass", False, (Label("ann", 5),)),
        JudgementRow(2, JUDGE, Status.REFUSED, None, None, None, None, ()),
    ]
    assert [row_of(whole) for whole in session.read_now(lambda q: q.judgements.for_run(run.id))] == rows
    assert session.read_now(lambda q: q.judgements.rows(99)) == []


def test_a_judgement_shows_the_item_as_it_was_and_the_labels_as_they_are(session: SessionFile) -> None:
    session.write_now(lambda q: q.items.add(items(3)))
    run = session.write_now(lambda q: a_run(q))
    stored(session, a_judgement(run))
    session.write_now(lambda q: q.items.add([replace(items(1)[0], responses=("Edited.",))]))
    session.write_now(lambda q: q.items.set_label("item-0", Label("ann", 5)))
    (found,) = session.read_now(lambda q: q.judgements.for_run(run.id))
    assert found.item == replace(items(1)[0], labels=(Label("ann", 5),))
    assert found.item_hash == items(1)[0].content_hash


def test_a_judgement_shows_the_name_its_rubric_has_now(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q))
    stored(session, a_judgement(run))
    session.write_now(lambda q: q.rubrics.rename(run.rubric_id, "flow"))
    (found,) = session.read_now(lambda q: q.judgements.for_run(run.id))
    assert (found.rubric, found.protocol) == ("flow", "g-eval")


def test_an_items_judgements_come_from_all_runs_newest_first(session: SessionFile) -> None:
    runs = [session.write_now(lambda q: a_run(q)) for _ in range(3)]
    for run in (runs[0], runs[2]):
        stored(session, a_judgement(run, 1))
        stored(session, a_judgement(run, 0))
    found = session.read_now(lambda q: q.judgements.for_item("item-1"))
    assert [(each.run_id, each.position) for each in found] == [(runs[2].id, 1), (runs[0].id, 1)]
    assert session.read_now(lambda q: q.judgements.for_item("nobody")) == []


def test_done_is_everything_but_what_was_cancelled(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q, 5))
    for position, status in enumerate(Status):
        stored(session, a_judgement(run, position, status=status))
    assert session.read_now(lambda q: q.judgements.done(run.id)) == {(JUDGE, number) for number in range(4)}


def test_judgements_can_be_removed_to_be_asked_again(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q, 5))
    for position, status in enumerate(Status):
        stored(session, a_judgement(run, position, status=status))
    assert session.write_now(lambda q: q.judgements.remove(run.id, [Status.FAILED, Status.REFUSED])) == 2
    assert session.write_now(lambda q: q.judgements.remove(run.id, [])) == 0
    assert session.write_now(lambda q: q.judgements.remove_one(run.id, JUDGE, 0))
    assert not session.write_now(lambda q: q.judgements.remove_one(run.id, JUDGE, 0))
    left = session.read_now(lambda q: q.judgements.rows(run.id))
    assert [row.status for row in left] == [Status.UNPARSED, Status.CANCELLED]
    assert session.read_now(lambda q: q.judgements.one(run.id, JUDGE, 0)) is None


def test_a_judgement_without_its_run_is_refused(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q, 1))
    for wrong in (replace(a_judgement(run), position=1), replace(a_judgement(run), run_id=99)):
        with pytest.raises(StorageError, match="no longer in the session"):
            stored(session, wrong)


def test_figures_have_all_results_and_what_is_known_of_the_item(session: SessionFile) -> None:
    single = replace(
        items(1)[0], models=("m1",), category="odd \ud800", group="g", labels=(Label("ann", 4, "coherence"),)
    )
    pair = Item("pair", ("Yes.", "No, never."), models=("m1", None), split="test")
    many = Item("many", ("a", "b", "c"), models=("x", "y", "z"))
    given = [single, pair, many]

    def judged(q: Repositories) -> Run:
        q.items.add(given)
        version = q.rubrics.create(a_rubric())
        run = q.runs.create(version.id, (JUDGE,), RunSettings(), RunOrigin.LIVE, given, current_owner())
        q.judgements.put_many([replace(a_judgement(run, n), outcome=FULL_OUTCOME) for n in range(3)])
        return run

    run = session.write_now(judged)
    first, second, third = session.read_now(lambda q: q.judgements.figures(run.id, JUDGE))
    assert (first.item_id, first.category, first.group, first.models) == (
        single.id,
        "odd \ud800",
        "g",
        ("m1",),
    )
    assert (first.status, first.score, first.scores) == (Status.OK, 4.25, {"coherence": 4.25})
    assert (first.label, first.labels, first.verdict) == ("pass", {"coherence": "pass"}, Verdict.TIE)
    assert (first.consistent, first.source, first.said) == (False, ScoreSource.SAMPLES, single.labels)
    assert first.item_hash == single.content_hash
    assert first.lengths == (len("Answer 0."),)
    assert (second.models, second.split, second.lengths) == (("m1", None), "test", (4, 10))
    assert third.models == ("x", "y", "z")
    assert session.read_now(lambda q: q.judgements.figures(run.id, "another")) == []


def test_the_models_that_answered_are_told_once_each(session: SessionFile) -> None:
    run = session.write_now(a_run)
    votes = [
        replace(FULL_VOTE, model="m2"),
        replace(FULL_VOTE, model="m1 \ud800"),
        replace(FULL_VOTE, model=""),
    ]
    session.write_now(lambda q: q.judgements.put(replace(a_judgement(run), votes=tuple(votes))))
    session.write_now(lambda q: q.judgements.put(replace(a_judgement(run, 1), votes=(votes[0],))))
    assert session.read_now(lambda q: q.judgements.models(run.id, JUDGE)) == ["m1 \ud800", "m2"]
    assert session.read_now(lambda q: q.judgements.models(run.id, "other")) == []
