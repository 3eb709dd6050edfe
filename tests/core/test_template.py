"""Templates: values stay values, the sandbox holds, loops end, and outlines are what is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.rubric import TemplateMessage
from judgetui.core.template import Outline, Segment, check, fields, outline, render
from judgetui.errors import TemplateError
from tests.core.strategies import texts


def one(source: str, **values: object) -> str:
    (message,) = render([TemplateMessage("user", source)], values)
    return message.content


def refusal(source: str, **values: object) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        one(source, **values)
    assert caught.value.field == "template.0.content"
    return caught.value


@pytest.mark.parametrize(
    "hostile",
    [
        "{{ reference }}",
        "{% raw %}",
        "{% endraw %}",
        "{# x #}",
        "{{ ''.__class__ }}",
        "{%- if x -%}",
        "${x}",
        "{x}",
        "%s",
    ],
)
def test_text_of_a_value_is_never_read_as_template(hostile: str) -> None:
    assert one("A {{ response }} Z", response=hostile, reference="secret") == f"A {hostile} Z"


@given(texts(), texts())
def test_any_value_stays_as_it_is(task: str, response: str) -> None:
    assert one("{{ task }}|{{ response }}.", task=task, response=response) == f"{task}|{response}."


def test_html_is_not_escaped() -> None:
    assert one("{{ x }}", x="<b>&</b>") == "<b>&</b>"


def test_lines_with_a_tag_alone_leave_no_line() -> None:
    assert one("a\n{% if yes %}\nb\n{% endif %}\nc\n", yes=True) == "a\nb\nc"


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ task.__class__ }}",
        "{{ '{0.__class__}'.format(task) }}",
        "{{ '{0.__class__}'.format_map({'0': task}) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ self.__init__ }}",
        "{{ task | attr('__class__') }}",
        "{{ ().__class__.__bases__[0].__subclasses__() }}",
        "{{ notes.append(1) }}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{{ lipsum(1000) }}",
    ],
)
def test_the_sandbox_holds(source: str) -> None:
    refusal(source, task="t", notes=[])


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in t %}{% for b in t %}{% for c in t %}{% endfor %}{% endfor %}{% endfor %}",
        "{% set x %}{% for a in range(9999) %}{% for b in range(999) %}x{% endfor %}{% endfor %}{% endset %}",
        "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(100) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% for a in range(9999) %}{{ task * 1000 }}{% endfor %}",
        "{% for a in range(10 ** 9) %}{% endfor %}",
        "{% set ns = namespace(x='a') %}{% for a in range(64) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{% set ns = namespace(x='a') %}{% for a in range(64) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{{ 'x' * 10 ** 9 }}",
        "{{ 10 ** 9 * 'x' }}",
        "{{ [0] * 10 ** 9 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ task | center(10 ** 9) }}",
        "{{ task | indent(10 ** 9, true) }}",
    ],
)
def test_what_would_not_end_is_ended(source: str) -> None:
    refusal(source, task="t" * 100, t="t" * 100)


def test_ordinary_arithmetic_and_loops_work() -> None:
    assert (
        one("{{ 2 + 3 * 4 - 2 ** 3 }} {{ 7 % 4 }} {{ 'ab' * 2 }} {{ 'a' ~ 1 ~ x }}", x="z") == "6 3 abab a1z"
    )
    assert one("{% for c in 'ab' %}{{ loop.index }}{{ c }}{% else %}none{% endfor %}") == "1a2b"
    assert one("{{ [1] + [2] }}{{ 'x' | center(3) }}{{ 'a\nb' | indent }}") == "[1, 2] x a\n    b"
    assert one("{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m('a') }}{{ m('b') }}") == "<a><b>"


def test_unknown_fields_name_the_nearest_and_the_line() -> None:
    error = refusal("a\nb {{ respone }}", response="x")
    assert "unknown field 'respone'" in error.message
    assert error.hint == "Did you mean 'response'?"
    assert error.place.line == 2
    with pytest.raises(TemplateError, match="known fields are response"):
        check([TemplateMessage("user", "{{ zzz }}")], ["response"])


def test_check_finds_fields_that_are_not_printed_and_those_of_later_messages() -> None:
    good = TemplateMessage("system", "{{ task }}")
    with pytest.raises(TemplateError) as caught:
        check([good, TemplateMessage("user", "{% if tsk %}{% endif %}")], ["task"])
    assert caught.value.field == "template.1.content"
    check([good, TemplateMessage("user", "{% for x in task %}{{ x }}{{ loop.index }}{% endfor %}")], ["task"])


def test_attributes_that_are_not_there_are_named() -> None:
    assert "asks for 'nope', which is not there" in refusal("{{ task.nope }}", task="t").message
    assert "asks for 7, which is not there" in refusal("{{ [1][7] }}").message


@pytest.mark.parametrize(
    "fault",
    [
        "{{ task.nope }}",
        "{{ task + 1 }}",
        "{{ task.__class__ }}",
        "{{ task % 2 }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    ],
)
def test_what_fails_while_it_is_rendered_is_placed_with_what_to_do(fault: str) -> None:
    error = refusal(f"a {{{{ task }}}}\n{{% for x in 'ab' %}}\n\n{fault}\n{{% endfor %}}\nb", task="t")
    assert error.place.line == 4
    assert error.hint


def test_broken_syntax_is_placed() -> None:
    error = refusal("a\n\n{% if x %}")
    assert error.place.line == 3
    assert "not valid Jinja2" in error.message
    assert "{% raw %}" in error.hint


def test_values_of_the_wrong_kind_are_an_error() -> None:
    assert "cannot be rendered" in refusal("{{ task + 1 }}", task="t").message


def test_a_field_may_have_the_name_of_a_python_argument() -> None:
    assert one("{{ args }}{{ kwargs }}", args="a", kwargs="b") == "ab"


def test_fields_are_the_names_a_template_uses() -> None:
    assert fields(
        [TemplateMessage("user", "{{ a }}{% for b in c %}{{ b }}{% endfor %}{% set d = 1 %}{{ d }}")]
    ) == {
        "a",
        "c",
    }


# outlines

TEMPLATE = [
    TemplateMessage("system", "{{ task }} {% if reference %}Reference: {{ reference }}. {% endif %}Judge."),
    TemplateMessage("user", "{{ question }}\n{{ response }}{{ response }}"),
]


@given(texts(), texts(), texts(), texts())
def test_an_outline_is_what_is_rendered(task: str, reference: str, question: str, response: str) -> None:
    shown = {"reference": reference, "question": question, "response": response}
    found = outline(TEMPLATE, lambda values: {"task": task, **values}, shown)
    assert [message.text for message in found] == [
        message.content for message in render(TEMPLATE, {"task": task, **shown})
    ]


def test_segments_say_which_field_they_come_from() -> None:
    shown = {"question": "Q", "response": "R", "reference": "X"}
    system, user = outline(TEMPLATE, lambda values: {"task": "T", **values}, shown)
    assert system == Outline(
        "system", (Segment("T Reference: "), Segment("X", "reference"), Segment(". Judge."))
    )
    assert user.segments == (
        Segment("Q", "question"),
        Segment("\n"),
        Segment("R", "response"),
        Segment("R", "response"),
    )


@pytest.mark.parametrize(
    "source", ["{{ response | upper }}!", "{% if response == 'R' %}yes{% endif %}!", "{{ response[0] }}!"]
)
def test_a_template_that_reads_a_field_comes_back_whole(source: str) -> None:
    (found,) = outline([TemplateMessage("user", source)], lambda values: dict(values), {"response": "r r"})
    assert [segment.field for segment in found.segments] == [None]


def test_a_template_that_fails_on_other_texts_comes_back_whole() -> None:
    source = (
        "{{ 6 // (response | length - 3) }}"  # the mark that stands in for a field is three characters long
    )
    (found,) = outline([TemplateMessage("user", source)], lambda values: dict(values), {"response": "12345"})
    assert found.segments == (Segment("3"),)


def test_private_use_characters_in_texts_do_not_confuse_an_outline() -> None:
    shown = {"response": "\ue000" + "0" + "\ue000\ue001"}
    (found,) = outline(
        [TemplateMessage("user", "\ue0000\ue000{{ response }}")], lambda values: dict(values), shown
    )
    assert found.segments == (Segment("\ue0000\ue000"), Segment(shown["response"], "response"))


@given(st.text(alphabet=st.sampled_from("{}%# abifor'\"|.~*()[]=1\n-")))
def test_any_source_renders_or_says_why(source: str) -> None:
    try:
        one(source, a="x", b="y")
    except TemplateError as error:
        assert error.field == "template.0.content"
