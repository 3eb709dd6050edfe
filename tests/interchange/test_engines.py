"""Nunjucks: whatever is escaped comes out as it went in, and the renderer knows Nunjucks' own ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from judgetui.interchange.engines import (
    EngineError,
    nunjucks,
    nunjucks_text,
    promptfoo_value,
    render_nunjucks,
)
from judgetui.interchange.prompts import Choice, Gap, Text
from tests.interchange.rubrics import HOSTILE

TAGS = st.lists(
    st.sampled_from(
        [
            "{{",
            "}}",
            "{%",
            "%}",
            "{#",
            "#}",
            "raw",
            "endraw",
            " ",
            "-",
            "{",
            "%",
            "x",
            "\n",
            "{% raw %}",
            "{% endraw %}",
            "{%endraw%}",
            "{%- raw -%}",
            "verbatim",
            "env.HOME",
            "'",
            '"',
        ]
    )
).map("".join)
TEXTS = st.one_of(st.sampled_from(HOSTILE), TAGS, st.text())


@given(TEXTS)
def test_escaped_text_comes_out_as_it_went_in(text: str) -> None:
    assert render_nunjucks(nunjucks_text(text), {}) == text
    assert render_nunjucks(promptfoo_value(text), {}) == text


@given(TEXTS)
def test_jinja_reads_the_same(text: str) -> None:
    """Where both engines have the same rules, Jinja2 is an independent witness."""
    plain = text.replace("\r", "")  # Jinja2 turns carriage returns into line feeds
    environment = Environment(keep_trailing_newline=True, autoescape=False)
    assert environment.from_string(nunjucks_text(plain)).render() == plain
    assert environment.from_string(promptfoo_value(plain)).render() == plain


@given(TEXTS)
def test_no_opening_is_left_for_patterns_to_find(text: str) -> None:
    written = promptfoo_value(text).replace("{{ '{{' }}", "").replace("{{ '{%' }}", "")
    written = written.replace("{% raw %}", "").replace("{% endraw %}", "")
    assert "{{" not in written
    assert "{%" not in written


@given(st.lists(st.one_of(TEXTS.map(Text), st.just(Gap("a")), st.just(Gap("b")))), TEXTS, TEXTS)
def test_texts_and_gaps_in_any_order(parts: list[Text | Gap], a: str, b: str) -> None:
    names, values = {"a": "x", "b": "outputs[1]"}, {"x": a, "outputs[1]": b}
    filled = {"a": a, "b": b}
    expected = "".join(part.text if isinstance(part, Text) else filled[part.field] for part in parts)
    assert render_nunjucks(nunjucks(parts, names), values) == expected


def test_choices() -> None:
    parts = (
        Text("1 "),
        Choice("a", (Text("has {{"), Gap("a")), (Text("none"),)),
        Choice("b", (Gap("b"),), ()),
        Text(" 2"),
    )
    source = nunjucks(parts, {"a": "a", "b": "b"})
    assert source == (
        "1 {% if a is defined %}{% raw %}has {{% endraw %}{{ a }}{% else %}none{% endif %}"
        "{% if b is defined %}{{ b }}{% endif %} 2"
    ).replace("has {{%", "has {{{%")
    assert render_nunjucks(source, {"a": "A"}) == "1 has {{A 2"
    assert render_nunjucks(source, {"b": "B"}) == "1 noneB 2"


def test_an_inner_raw_opens_another_block_as_in_nunjucks() -> None:
    assert render_nunjucks("{% raw %}a{% raw %}b{% endraw %}c{% endraw %}", {}) == "a{% raw %}b{% endraw %}c"
    with pytest.raises(EngineError, match="raw without endraw"):
        render_nunjucks("{% raw %}a{% raw %}b{% endraw %}", {})


@pytest.mark.parametrize(
    "source",
    [
        "{{ a.b }}",
        "{{ a",
        "{# x #}",
        "{% for a in b %}",
        "{% if a %}x{% endif %}",
        "{% endif %}",
        "{% else %}",
        "{% if a is defined %}x",
        "{% if a is defined %}x{% else %}y",
        "{% if a is defined %}x{% else %}y{% else %}z{% endif %}",
        "{%- raw %}",
        "{{- a }}",
        "{% endraw %}",
    ],
)
def test_what_is_not_written_here_is_refused(source: str) -> None:
    with pytest.raises(EngineError):
        render_nunjucks(source, {"a": "x", "b": "y"})


def test_unknown_variables_print_nothing() -> None:
    assert render_nunjucks("[{{ a }}]", {}) == "[]"
