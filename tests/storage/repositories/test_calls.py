from __future__ import annotations

from dataclasses import fields, replace

from judgetui.core.reply import JudgeReply, TokenLogprob, Usage
from judgetui.core.request import Form, JudgeRequest, Message, Order, Question
from judgetui.core.run import Call
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories
from tests.storage.builders import SYSTEM, Clock, a_call, a_run, table_count


def add_many(session: SessionFile, count: int, run_id: int | None) -> None:
    def add(q: Repositories) -> None:
        for number in range(count):
            q.calls.add(a_call(f"key-{number}"), run_id)

    session.write_now(add)


FULL_REQUEST = JudgeRequest(
    messages=(Message("system", SYSTEM), Message("user", " spaces kept \n")),
    criterion="coherence",
    order=Order.BA,
    sample=2,
    temperature=0.7,
    max_tokens=9,
    top_logprobs=20,
    labels=("A", "B"),
    form=Form("[[", "]]", 40, between=(" > ",), after=10),
    top_p=0.9,
    structured=True,
    stable=15,
    question=Question("score", "How good is it?", (("1", "bad"), ("2", "")), {"response": SYSTEM}),
)
FULL_REPLY = JudgeReply(
    text=" 4\n",
    finish="length",
    logprobs=(TokenLogprob("4", -0.1, (("4", -0.1), ("5", -2.5))), TokenLogprob("\n", -0.5)),
    usage=Usage(10, 1, None),
    model="smol-1",
    latency_ms=12.5,
    request_id="req-1",
    refusal="",
    dropped={"temperature": "not taken"},
    said="\n[[4]]",
    probabilities={"4": 0.75, "5": 0.25},
)


def test_the_examples_leave_no_field_out() -> None:
    for full, plain in ((FULL_REQUEST, JudgeRequest(())), (FULL_REPLY, JudgeReply(""))):
        for field in fields(full):
            assert getattr(full, field.name) != getattr(plain, field.name), field.name


def test_a_call_comes_back_whole(session: SessionFile) -> None:
    call = Call(
        key="k",
        judge="local:smol",
        request=FULL_REQUEST,
        reply=FULL_REPLY,
        sent={"model": "smol", "system": SYSTEM, "nested": [{"text": SYSTEM}, 1, None, True, 0.5]},
        created=a_call().created,
    )
    run = session.write_now(lambda q: a_run(q))
    session.write_now(lambda q: q.calls.add(call, run.id))
    assert session.read_now(lambda q: q.calls.get("k")) == call


def test_a_call_without_a_time_gets_one(session: SessionFile, clock: Clock) -> None:
    session.write_now(lambda q: q.calls.add(replace(a_call(), created=None), None))
    stored = session.read_now(lambda q: q.calls.get("key-0"))
    assert stored == replace(a_call(), created=clock.now)


def test_a_long_text_is_stored_once_however_often_it_was_sent(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q))

    add_many(session, 50, run.id)
    assert table_count(session, "texts") == 1
    assert table_count(session, "calls") == 50
    assert session.read_now(lambda q: q.calls.get("key-7")) == a_call("key-7")


def test_a_reply_from_the_cache_only_adds_a_use(session: SessionFile) -> None:
    first, second = (session.write_now(lambda q: a_run(q)) for _ in range(2))
    session.write_now(lambda q: q.calls.add(a_call(), first.id))
    session.write_now(lambda q: q.calls.add(a_call(), first.id))
    session.write_now(lambda q: q.calls.add(a_call(), second.id))
    assert table_count(session, "calls") == 1
    assert session.read_now(lambda q: q.calls.used_by(first.id)) == [a_call()]
    assert session.read_now(lambda q: q.calls.used_by(second.id)) == [a_call()]


def test_a_use_can_be_noted_by_key(session: SessionFile) -> None:
    run = session.write_now(lambda q: a_run(q))
    session.write_now(lambda q: q.calls.add(a_call(), None))
    assert session.read_now(lambda q: q.calls.used_by(run.id)) == []
    session.write_now(lambda q: q.calls.use(["key-0", "nobody"], run.id))
    assert session.read_now(lambda q: q.calls.used_by(run.id)) == [a_call()]


def test_asked_afresh_each_run_keeps_the_reply_it_used(session: SessionFile) -> None:
    first, second = (session.write_now(lambda q: a_run(q)) for _ in range(2))
    old, new = a_call(reply="Score: 4"), a_call(reply="Score: 2")
    session.write_now(lambda q: q.calls.add(old, first.id))
    session.write_now(lambda q: q.calls.add(new, second.id))
    assert session.read_now(lambda q: q.calls.get("key-0")) == new
    assert session.read_now(lambda q: q.calls.get("key-0", first.id)) == old
    assert session.read_now(lambda q: q.calls.get_many(["key-0"], first.id)) == {"key-0": old}
    assert session.read_now(lambda q: q.calls.used_by(first.id)) == [old]
    assert session.read_now(lambda q: q.calls.used_by(second.id)) == [new]


def test_many_calls_come_at_once(session: SessionFile) -> None:
    add_many(session, 1200, None)
    keys = [f"key-{number}" for number in range(1300)]
    found = session.read_now(lambda q: q.calls.get_many([*keys, *keys]))
    assert found == {key: a_call(key) for key in keys[:1200]}
    assert session.read_now(lambda q: q.calls.get_many([])) == {}
    assert session.read_now(lambda q: q.calls.get("nobody")) is None


def test_of_many_keys_those_with_a_call_are_told(session: SessionFile) -> None:
    add_many(session, 1200, None)
    keys = [f"key-{number}" for number in range(600, 1800)]
    assert session.read_now(lambda q: q.calls.known([*keys, *keys])) == set(keys[:600])
    assert session.read_now(lambda q: q.calls.known([])) == set()
    session.write_now(lambda q: q.calls.add(a_call("key-5", reply="Score: 1"), None))
    assert session.read_now(lambda q: q.calls.known(iter(["key-5", "nobody"]))) == {"key-5"}


def test_the_forms_of_a_run_s_calls_are_counted_without_their_prompts(session: SessionFile) -> None:
    run, other = session.write_now(a_run), session.write_now(a_run)
    schema = {"type": "object", "title": "long " * 100}
    plain = replace(a_call("1"), sent={"messages": [{"role": "user", "content": "one"}], "format": schema})

    def add(q: Repositories) -> None:
        q.calls.add(plain, run.id)
        again = {"messages": [{"role": "user", "content": "two"}], "format": schema, "seed": 7}
        q.calls.add(replace(plain, key="2", sent=again), run.id)
        q.calls.add(replace(plain, key="3", reply=FULL_REPLY, request=FULL_REQUEST), run.id)
        q.calls.add(replace(plain, key="4", judge="another"), run.id)
        q.calls.add(replace(plain, key="5"), other.id)

    session.write_now(add)
    most, least = session.read_now(lambda q: q.calls.forms(run.id, plain.judge))
    assert (most.calls, least.calls) == (2, 1)
    assert most.sent == least.sent == {"format": schema}
    assert (least.model, least.dropped) == ("smol-1", {"temperature": "not taken"})
    assert least.asked == {
        "temperature": 0.7,
        "max_tokens": 9,
        "top_logprobs": 20,
        "labels": ["A", "B"],
        "top_p": 0.9,
        "structured": True,
    }
    assert session.read_now(lambda q: q.calls.forms(run.id, "nobody")) == []
