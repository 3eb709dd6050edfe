from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judgetui.core.item import Item, Response
from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.protocols.prompts import Prompter
from judgetui.core.protocols.registry import get_protocol, protocol_names, starter_rubric
from judgetui.core.rubric import Rubric, TemplateMessage
from judgetui.core.template import outline
from judgetui.core.transparency import is_transparent
from judgetui.core.vote import ScoreSource
from judgetui.errors import ItemError
from tests.core.strategies import texts


def items_for(protocol: JudgeProtocol, rubric: Rubric) -> st.SearchStrategy[Item]:
    """Items that fit, with fields that are absent, empty, or hold template syntax and guard characters."""
    text = st.one_of(
        texts(), st.sampled_from(["", "{{ task }}", "{% if x %}", "\ue0000\ue000", "\ue000", "a\n\nb"])
    )
    fewest, most = protocol.answers

    @st.composite
    def build(draw: st.DrawFn) -> Item:
        turns = draw(st.integers(1, 2))

        def answer() -> Response:
            return tuple(draw(text) for _ in range(turns)) if protocol.turns else draw(text)

        fields: dict[str, object] = {}
        for spec in rubric.inputs:
            if spec.optional and draw(st.booleans()):
                continue
            several = protocol.turns and spec.name in {"question", "reference"}
            fields[spec.name] = [draw(text) for _ in range(turns)] if several else draw(text)
        count = draw(st.integers(fewest, min(most, 3)))
        category = draw(st.sampled_from([None, "math", "coding", "writing"]))
        return Item("i", tuple(answer() for _ in range(count)), fields, category=category)

    return build()


@pytest.mark.parametrize("name", protocol_names())
@settings(max_examples=25)
@given(data=st.data())
def test_prompts_are_those_of_the_plan(name: str, data: st.DataObject) -> None:
    protocol, rubric = get_protocol(name), starter_rubric("r", name)
    prompter = Prompter(protocol, rubric, ScoreSource.SINGLE)
    for item in data.draw(st.lists(items_for(protocol, rubric), min_size=2, max_size=5)):
        try:
            planned = protocol.plan(rubric, item, ScoreSource.SINGLE)
        except ItemError:
            with pytest.raises(ItemError):
                prompter.requests(item)
            continue
        made = prompter.requests(item)
        assert [replace(request, stable=0) for request in made] == list(planned)


@pytest.mark.parametrize("name", protocol_names())
def test_the_rubrics_part_is_the_same_for_all_items_and_stands_first(name: str) -> None:
    protocol, rubric = get_protocol(name), starter_rubric("r", name)
    prompter = Prompter(protocol, rubric, ScoreSource.SINGLE)
    answers = 1 if protocol.answers[0] == 1 else 2
    parts: dict[tuple[str, object], set[str]] = {}
    for letter in "xyz":
        fields = {spec.name: letter * 7 for spec in rubric.inputs}
        item = Item(letter, tuple(f"{letter}{n}" for n in range(answers)), fields)
        for request in prompter.requests(item):
            whole = "".join(message.content for message in request.messages)
            parts.setdefault((request.criterion, request.order), set()).add(whole[: request.stable])
            assert whole[request.stable :].lstrip()[:1] == letter
    assert all(len(found) == 1 for found in parts.values())


@pytest.mark.parametrize("name", [n for n in protocol_names() if get_protocol(n).structured])
def test_where_the_words_are_ours_the_rubric_comes_before_the_item(name: str) -> None:
    protocol, rubric = get_protocol(name), starter_rubric("r", name)
    item = Item("i", ("answer",) * protocol.answers[0], {spec.name: "given" for spec in rubric.inputs})
    for request in Prompter(protocol, rubric, ScoreSource.SINGLE).requests(item):
        whole = "".join(message.content for message in request.messages)
        criterion = rubric.criterion(request.criterion) if request.criterion else rubric.criteria[0]
        assert rubric.task in whole[: request.stable]
        assert criterion.description in whole[: request.stable]


NAMES = frozenset({"question", "response"})


@pytest.mark.parametrize(
    "source",
    [
        "{{ task }} {{ response }}",
        "{% if response %}{{ response }}{% endif %}",
        "{% if not question %}none{% elif response is defined and question %}{{ question }}{% endif %}",
        "{% for f in fields %}{{ f.label }}: {{ f.text }}{% if not loop.last %}, {% endif %}{% endfor %}",
        "{% for f in fields if f.name != 'x' and f.text %}{{ f.text }}{% endfor %}",
        "{{ responses | length }} {{ responses[0].text }} {{ responses[-1].letter }}",
        "{% for t in turns %}{{ t.number }} {{ t.question }}{% endfor %}{{ task | upper }}",
        "{% macro m() %}{{ task }}{% endmacro %}{{ m() }}",
    ],
)
def test_a_template_that_only_prints_is_transparent(source: str) -> None:
    assert is_transparent([TemplateMessage("user", source)], NAMES)


@pytest.mark.parametrize(
    "source",
    [
        "{{ response | trim }}",
        "{{ response | length }}",
        "{{ response ~ question }}",
        "{{ response[0] }}",
        "{{ response.upper() }}",
        "{% if response == 'x' %}y{% endif %}",
        "{% if 'x' in response %}y{% endif %}",
        "{% if response | length > 3 %}y{% endif %}",
        "{% for c in response %}{{ c }}{% endfor %}",
        "{% set r = response %}{{ r | upper }}",
        "{% for f in fields %}{{ f.text | upper }}{% endfor %}",
        "{% for f in fields if f.text == 'x' %}y{% endfor %}",
        "{% for f in fields | reverse %}{{ f.text }}{% endfor %}",
        "{{ responses[0].text | upper }}",
        "{{ fields }}",
        "{{ fields | map(attribute='text') | join }}",
        "{% macro m(x) %}{{ x | upper }}{% endmacro %}{{ m(response) }}",
        "{{ response if response == 'x' else task }}",
        "{% with r = response %}{{ r | upper }}{% endwith %}",
        "{% filter upper %}{{ response }}{% endfilter %}",
    ],
)
def test_a_template_that_does_more_is_not(source: str) -> None:
    assert not is_transparent([TemplateMessage("user", source)], NAMES)


def test_a_template_that_does_more_is_rendered_for_each_item() -> None:
    protocol = get_protocol("pass-fail")
    template = (
        TemplateMessage("user", "{% if response == 'x' %}is x{% else %}{{ response | upper }}{% endif %}"),
    )
    rubric = replace(starter_rubric("r", "pass-fail"), template=template, inputs=())
    prompter = Prompter(protocol, rubric, ScoreSource.SINGLE)
    shown = [prompter.requests(Item(text, (text,), {}))[0].messages[0].content for text in ("x", "yes", "x")]
    assert shown == ["is x", "YES", "is x"]


def test_an_outline_says_when_it_cannot_tell() -> None:
    template = (TemplateMessage("user", "{{ a | upper }}"), TemplateMessage("user", "{{ a }}!"))
    upper, plain = outline(template, dict, {"a": "text"})
    assert not upper.told
    assert upper.text == "TEXT"
    assert plain.told and plain.text == "text!"
