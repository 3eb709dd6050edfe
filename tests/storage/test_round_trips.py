"""Any text that Python can hold survives being stored, lone surrogates and NUL included."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from judgetui.core.item import Item, Label
from judgetui.core.judgement import Judgement, Outcome, row_of
from judgetui.core.protocols.registry import protocol_names, rubric_hash
from judgetui.core.reply import JudgeReply, Usage
from judgetui.core.request import JudgeRequest, Message
from judgetui.core.rubric import Criterion, Example, InputField, Rubric, TemplateMessage
from judgetui.core.run import Call, RunOrigin, RunSettings, RunStatus
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.session import Draft
from judgetui.core.vote import Status, Verdict, Vote
from judgetui.storage.columns import from_column, to_column
from judgetui.storage.database import SessionFile
from judgetui.storage.owners import current_owner
from judgetui.storage.repositories import Repositories

NOW = datetime(2026, 1, 1, tzinfo=UTC)

everything = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def joined(text: str) -> str:
    """Two halves of one character, side by side, are that character: Unicode knows no difference."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


alphabet = st.characters() | st.sampled_from("\0\x1b\ud800\udfff'\"%{}[]\\\n\u2028\ufeff😀")
texts = st.text(alphabet, max_size=12).map(joined)
words = texts.map(str.strip).filter(bool)
long_texts = texts | texts.map(lambda text: joined(text * 60))
figures = st.none() | st.floats(-1e6, 1e6) | st.integers(0, 100).map(float)
counts = st.none() | st.integers(0, 10**9)
usages = st.builds(Usage, counts, counts, counts)
shares = st.dictionaries(texts, st.floats(0, 1), max_size=3)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
responses = texts | st.lists(texts, min_size=1, max_size=3).map(tuple)
labels = st.builds(Label, words, texts | st.floats(-10, 10) | st.integers(0, 5), st.none() | words)
own_fields = texts.filter(
    lambda name: (
        name
        not in {"id", "response", "response_a", "response_b", "responses", "human", "models"}
        | {"model", "model_a", "model_b", "category", "group", "split"}
        and not name.startswith("human.")
    )
)


@st.composite
def items(draw: st.DrawFn) -> Item:
    answers = tuple(draw(st.lists(responses, min_size=1, max_size=4)))
    models = draw(st.just(()) | st.tuples(*[st.none() | texts for _ in answers]))
    category, group, split = draw(st.tuples(*[st.none() | texts] * 3))
    fields = draw(st.dictionaries(own_fields, json_values, max_size=3))
    said = draw(st.lists(labels, max_size=3, unique_by=lambda label: (label.rater, label.criterion)))
    return Item(draw(words), answers, fields, models, category, group, split, tuple(said))


votes = st.builds(
    Vote,
    status=st.sampled_from(Status),
    criterion=texts,
    sample=st.integers(0, 99),
    score=figures,
    label=st.none() | texts,
    verdict=st.none() | st.sampled_from(Verdict),
    probabilities=shares,
    outside=st.none() | st.floats(-0.1, 1.1),
    rationale=texts,
    raw=texts,
    finish=texts,
    parser=texts,
    model=texts,
    usage=usages,
    latency_ms=figures,
    detail=texts,
    call=texts,
)
outcomes = st.builds(
    Outcome,
    status=st.sampled_from(Status),
    score=figures,
    scores=st.dictionaries(texts, st.floats(-9, 9), max_size=2),
    label=st.none() | texts,
    labels=st.dictionaries(texts, texts, max_size=2),
    verdict=st.none() | st.sampled_from(Verdict),
    probabilities=shares,
    outside=st.none() | st.floats(0, 1),
    rationale=texts,
    detail=texts,
)
requests = st.builds(
    JudgeRequest,
    st.lists(st.builds(Message, st.sampled_from(["system", "user"]), long_texts), max_size=3).map(tuple),
    criterion=texts,
    temperature=figures,
    labels=st.lists(texts, max_size=3).map(tuple),
)
replies = st.builds(
    JudgeReply,
    text=long_texts,
    finish=texts,
    usage=usages,
    model=texts,
    latency_ms=figures,
    request_id=texts,
    refusal=st.none() | texts,
    dropped=st.dictionaries(texts, texts, max_size=2),
)


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    criteria = draw(
        st.lists(
            st.builds(Criterion, words, texts, st.floats(0, 100)),
            min_size=1,
            max_size=3,
            unique_by=lambda criterion: criterion.name.casefold(),
        )
    )
    names = draw(st.lists(words, min_size=2, max_size=3, unique_by=str.casefold))
    scale = draw(
        st.none()
        | st.just(NumericScale(1, 3, {2: draw(words)}))
        | st.just(
            LabelScale(tuple(names), (names[0],), {name: 0.5 for name in names}, {names[1]: draw(words)})
        )
    )
    return Rubric(
        name=draw(words),
        protocol=draw(st.sampled_from(protocol_names())),
        task=draw(texts),
        criteria=tuple(criteria),
        title=draw(texts),
        scale=scale,
        inputs=(InputField("question", draw(st.booleans())),),
        steps=tuple(draw(st.lists(words, max_size=3))),
        examples=(Example({"question": draw(texts)}, draw(texts), draw(texts)),),
        template=draw(st.none() | st.just((TemplateMessage("user", draw(texts)),))),
        notes=draw(texts),
    )


@pytest.fixture(scope="module")
def shared() -> Iterator[SessionFile]:
    with (
        tempfile.TemporaryDirectory() as folder,
        SessionFile.create(Path(folder) / "s.db", "S") as session,
    ):
        yield session


@contextmanager
def stripped(session: SessionFile) -> Iterator[None]:
    """Empties the session afterwards, so that names can be used again."""
    yield

    def empty(q: Repositories) -> None:
        for summary in q.rubrics.summaries():
            q.rubrics.delete(summary.id)
        q.items.remove([item.id for item in q.items.all()])

    session.write_now(empty)


@given(texts)
def test_a_column_holds_any_text(text: str) -> None:
    column = to_column(text)
    assert from_column(column) == text
    assert "\0" not in column
    column.encode("utf-8")


@everything
@given(data=st.data())
def test_any_rubric(shared: SessionFile, data: st.DataObject) -> None:
    rubric = data.draw(rubrics())
    with stripped(shared):
        made = shared.write_now(lambda q: q.rubrics.create(rubric, "note \0 \ud800"))
        read = shared.read_now(lambda q: q.rubrics.latest(made.rubric_id))
        assert read == made
        assert read.rubric == rubric
        assert read.rubric_hash == rubric_hash(read.rubric)
        assert shared.read_now(lambda q: q.rubrics.by_name(rubric.name)) == made.rubric_id
        (summary,) = shared.read_now(lambda q: q.rubrics.summaries())
        assert (summary.name, summary.title) == (rubric.name, rubric.title)


@everything
@given(given_items=st.lists(items(), max_size=4, unique_by=lambda item: item.id))
def test_any_items(shared: SessionFile, given_items: list[Item]) -> None:
    with stripped(shared):
        shared.write_now(lambda q: q.items.add(given_items))
        assert shared.read_now(lambda q: q.items.all()) == given_items
        again = shared.write_now(lambda q: q.items.add(given_items))
        assert again.same == len(given_items)


@everything
@given(item=items(), outcome=outcomes, cast=st.lists(votes, max_size=3), judge=words, cost=figures)
def test_any_judgement(
    shared: SessionFile, item: Item, outcome: Outcome, cast: list[Vote], judge: str, cost: float | None
) -> None:
    rubric = Rubric("r", "g-eval", "", (Criterion("c"),))
    with stripped(shared):
        version = shared.write_now(lambda q: q.rubrics.create(rubric))
        shared.write_now(lambda q: q.items.add([item]))
        run = shared.write_now(
            lambda q: q.runs.create(
                version.id, [judge], RunSettings(order=judge), RunOrigin.LIVE, [item], current_owner()
            )
        )
        judgement = Judgement(
            run_id=run.id,
            position=0,
            item=item,
            item_hash=item.content_hash,
            rubric="r",
            rubric_hash=version.rubric_hash,
            protocol="g-eval",
            judge=judge,
            outcome=outcome,
            votes=tuple(cast),
            started=NOW,
            cost_usd=cost,
        )
        shared.write_now(lambda q: q.judgements.put(judgement))
        assert shared.read_now(lambda q: q.judgements.one(run.id, judge, 0)) == judgement
        assert shared.read_now(lambda q: q.judgements.for_item(item.id)) == [judgement]
        (row,) = shared.read_now(lambda q: q.judgements.rows(run.id))
        assert row == row_of(judgement)
        (shown,) = shared.read_now(lambda q: q.runs.item_rows(run.id))
        assert (shown.item_id, shown.labels) == (item.id, judgement.item.labels)
        found = shared.read_now(lambda q: q.runs.get(run.id))
        assert (found.judges, found.settings.order) == ((judge,), judge)


@everything
@given(request=requests, reply=replies, key=words, sent=st.dictionaries(texts, json_values | long_texts))
def test_any_call(
    shared: SessionFile, request: JudgeRequest, reply: JudgeReply, key: str, sent: dict[str, object]
) -> None:
    call = Call(key, key, request, reply, sent, NOW)
    # Never asked before, or the reply of another example would be the newest.
    fresh = replace(call, key=f"{key}-{hash(repr(call))}")
    shared.write_now(lambda q: q.calls.add(fresh, None))
    assert shared.read_now(lambda q: q.calls.get(fresh.key)) == fresh


@everything
@given(text=texts, reason=texts)
def test_any_draft_reason_and_notice(shared: SessionFile, text: str, reason: str) -> None:
    with stripped(shared):
        version = shared.write_now(lambda q: q.rubrics.create(Rubric("r", "g-eval", "", (Criterion("c"),))))
        run = shared.write_now(
            lambda q: q.runs.create(version.id, [], RunSettings(), RunOrigin.LIVE, [], current_owner())
        )
        draft = Draft(version.rubric_id, 1, text, NOW)
        shared.write_now(lambda q: q.drafts.put(draft))
        shared.write_now(lambda q: q.runs.add_notice(run.id, text))
        shared.write_now(lambda q: q.runs.set_status(run.id, RunStatus.HALTED, reason))
        assert shared.read_now(lambda q: q.drafts.get(version.rubric_id)) == draft
        assert shared.read_now(lambda q: q.runs.notices(run.id)) == [text]
        assert shared.read_now(lambda q: q.runs.get(run.id)).reason == reason


@settings(everything, max_examples=20)
@given(name=words)
def test_any_session_name(name: str) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        SessionFile.create(Path(folder) / "s.db", name) as session,
    ):
        assert session.name == name
