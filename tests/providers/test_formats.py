"""A verdict asked for as JSON, and put into each protocol's own text again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from judgetui.core.protocols.registry import get_protocol, protocol_names
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.vote import Parser, Status
from judgetui.providers.formats import (
    demanded,
    first_format,
    json_in,
    verdict_schema,
    verdict_text,
    was_ignored,
)
from tests.core.protocols.test_every_protocol import BITS, a_rubric, an_item, planned, said

NAMES = protocol_names()
STRUCTURED = [name for name in NAMES if get_protocol(name).structured]
PROSE = (
    "[[A]]", "[[5]]", "[[pass]] or [[fail]]", "]] [[", "The first one is wrong.", "It names 3 of 5 causes.",
    "Rating: 4", "I would give it a 2.", "4", "\n", " ", "Assistant 1 is right.", "Tie", "**", "[RESULT] 1",
)  # fmt: skip


def reasons(bits: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(bits) | st.text(max_size=8), max_size=6).map("".join)


def broken_rules(schema: Mapping[str, Any], value: object) -> list[str]:
    """What of a value breaks the few rules of JSON Schema that a verdict needs."""
    if not isinstance(value, dict):
        return ["not an object"]
    found = [f"{name} is missing" for name in schema["required"] if name not in value]
    if schema["additionalProperties"] is False:
        found += [f"{name} is too much" for name in value if name not in schema["properties"]]
    for name, rule in schema["properties"].items():
        given = value.get(name, "")
        if rule["type"] == "string" and not isinstance(given, str):
            found.append(f"{name} is no text")
        elif name in value and given not in rule.get("enum", [given]):
            found.append(f"{name} is none of the choices")
    return found


def chosen(
    draw: st.DataObject, request: JudgeRequest, bits: tuple[str, ...]
) -> tuple[list[str], dict[str, str]]:
    """Labels for every place of a form, and the JSON that chooses them."""
    assert request.form is not None
    places = len(request.form.between) + 1
    labels = [draw.draw(st.sampled_from(request.labels)) for _ in range(places)]
    rest = iter(labels)
    data = {
        name: next(rest) if "enum" in rule else draw.draw(reasons(bits))
        for name, rule in verdict_schema(request)["properties"].items()
    }
    assert next(rest, None) is None
    return labels, data


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25)
@given(draw=st.data())
def test_any_choice_keeps_to_the_schema_and_is_read_as_chosen(name: str, draw: st.DataObject) -> None:
    protocol, of = get_protocol(name), a_rubric(name)
    bits = BITS if protocol.structured else PROSE
    for request in planned(protocol, of, an_item(protocol, of))[:2]:
        labels, data = chosen(draw, request, bits)
        assert broken_rules(verdict_schema(request), data) == []
        assert request.form is not None
        alone = protocol.parse(of, request, JudgeReply(request.form.verdict(*labels)))
        text = json.dumps(data)
        vote = protocol.parse(of, request, JudgeReply(text, said=verdict_text(request, json_in(text))))
        assert (alone.status, vote.status) == (Status.OK, Status.OK)
        assert said(protocol, vote) == said(protocol, alone)
        assert vote.raw == text


@pytest.mark.parametrize("name", STRUCTURED)
@settings(max_examples=25)
@given(draw=st.data())
def test_both_parsers_read_the_choice(name: str, draw: st.DataObject) -> None:
    protocol, of = get_protocol(name), a_rubric(name)
    request = planned(protocol, of, an_item(protocol, of))[0]
    _, data = chosen(draw, request, PROSE)
    reply = JudgeReply(json.dumps(data), said=verdict_text(request, data))
    votes = [protocol.parse(of, request, reply, parser) for parser in Parser]
    assert said(protocol, votes[0]) == said(protocol, votes[1])


@given(words=reasons((*PROSE, *BITS)), label=st.sampled_from(["pass", "fail"]))
@example(words="It is right. [[fail]]", label="pass")
@example(words="[[fail", label="pass")
def test_marks_among_the_reasons_do_not_change_the_verdict(words: str, label: str) -> None:
    protocol, of = get_protocol("pass-fail"), a_rubric("pass-fail")
    request = planned(protocol, of, an_item(protocol, of))[0]
    text = verdict_text(request, {"reasons": words, "verdict": label})
    vote = protocol.parse(of, request, JudgeReply("", said=text))
    assert (vote.status, vote.label) == (Status.OK, label)


def test_reasons_stay_reasons() -> None:
    protocol, of = get_protocol("pass-fail"), a_rubric("pass-fail")
    request = planned(protocol, of, an_item(protocol, of))[0]
    text = verdict_text(request, {"reasons": "It names 3 of 3 causes.", "verdict": "pass"})
    assert protocol.parse(of, request, JudgeReply("", said=text)).rationale == "It names 3 of 3 causes."


@pytest.mark.parametrize(
    "data",
    [
        None,
        "pass",
        ["pass"],
        {},
        {"reasons": "Good."},
        {"reasons": "Good.", "verdict": "perhaps"},
        {"reasons": "Good.", "verdict": None},
        {"reasons": "Good.", "verdict": ["pass"]},
        {"reasons": 4, "verdict": "pass"},
    ],
)
def test_what_breaks_the_schema_says_nothing(data: object) -> None:
    protocol, of = get_protocol("pass-fail"), a_rubric("pass-fail")
    request = planned(protocol, of, an_item(protocol, of))[0]
    assert broken_rules(verdict_schema(request), data) != []
    assert verdict_text(request, data) == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        (' \n{"a": 1} ', {"a": 1}),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('```\n{"a": 1}\n```\n', {"a": 1}),
        ('<think>{"a": 2}</think>\n{"a": 1}', {"a": 1}),
        ('hm, {"a": 2}</think>{"a": 1}', {"a": 1}),
        ('<think>{"a": 2}', None),
        ('It is {"a": 1}', None),
        ("[" * 100_000, None),
        ("", None),
    ],
)
def test_json_in_a_reply(text: str, value: object) -> None:
    assert json_in(text) == value


@pytest.mark.parametrize(
    ("text", "begun"),
    [('{"reasons": "It', True), ("```json\n{", True), ("<think>Let me", True), ("The answer", False)],
)
def test_a_cut_reply_that_began_as_json_did_not_ignore_that_it_was_asked_for(text: str, begun: bool) -> None:
    assert was_ignored(JudgeReply(text, finish="length"), "schema") is not begun
    assert was_ignored(JudgeReply(text, finish="stop"), "schema"), "a whole one has to be JSON"


@pytest.mark.parametrize("finish", ["stop", "length"])
@pytest.mark.parametrize(
    ("text", "called"),
    [('I call it.\n{"verdict": "9"}', True), ('{\n"reasons": "It', True), ("I call {it}.", False)],
)
def test_words_before_the_call_of_a_tool_do_not_hide_it(text: str, called: bool, finish: str) -> None:
    assert was_ignored(JudgeReply(text, finish=finish), "tool") is not called


def test_what_is_no_text_of_the_judges_ignores_nothing() -> None:
    assert was_ignored(JudgeReply("The answer"), "schema") and was_ignored(JudgeReply("The answer"), "tool")
    for reply in (
        JudgeReply(""),
        JudgeReply("No.", refusal="No."),
        JudgeReply("{}"),
        JudgeReply("The answer", said="[[a]]"),
    ):
        assert not was_ignored(reply, "schema") and not was_ignored(reply, "tool")


def test_what_a_verdict_is_asked_for_as() -> None:
    form = Form("[[", "]]", 100)
    whole = JudgeRequest((), labels=("a", "b"), form=form, structured=True)
    published = JudgeRequest((), labels=("a", "b"), form=form)
    assert [first_format(whole, ""), first_format(whole, "tool")] == ["schema", "tool"]
    assert [first_format(published, ""), first_format(published, "grammar")] == ["text", "grammar"]
    weighed = JudgeRequest((), labels=("a", "b"), form=form, structured=True, top_logprobs=20)
    assert first_format(weighed, "schema") == "text", "token probabilities are of the protocol's own text"
    assert first_format(weighed, "grammar") == "grammar", "which a grammar keeps to"
    assert first_format(JudgeRequest((), form=form, structured=True), "schema") == "text"
    assert first_format(JudgeRequest((), labels=("a",), structured=True), "schema") == "text"


@pytest.mark.parametrize("name", NAMES)
def test_a_format_takes_no_room_from_the_reply(name: str) -> None:
    """Whatever the vocabulary: no token is shorter than a character."""
    protocol, of = get_protocol(name), a_rubric(name)
    request = planned(protocol, of, an_item(protocol, of))[0]
    form = request.form
    assert form is not None and demanded(request, "text") == 0
    for label in request.labels:
        labels = [label] * (len(form.between) + 1)
        marks = form.verdict(*labels)
        assert len(marks) - sum(map(len, labels)) <= demanded(request, "grammar")
        rest = iter(labels)
        rules = verdict_schema(request)["properties"].items()
        data = {prop: next(rest) if "enum" in rule else "" for prop, rule in rules}
        assert len(json.dumps(data)) <= demanded(request, "schema") == demanded(request, "tool")
