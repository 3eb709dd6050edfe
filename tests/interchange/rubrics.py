"""Rubrics and items for exports, harmless and hostile."""

from __future__ import annotations

from judgetui.core.item import Item
from judgetui.core.rubric import Criterion, InputField, Rubric, TemplateMessage
from judgetui.core.scale import LabelScale, NumericScale

POINTWISE = Rubric(
    name="answer",
    title="An answer",
    protocol="g-eval",
    task="Judge {{first_name}}'s answer.",
    criteria=(Criterion("correctness", 'Mind {"status": "ok"} and $5 or 50% off.'),),
    scale=NumericScale(1, 5, {1: "wrong", 5: "right"}),
    inputs=(InputField("question"), InputField("reference", optional=True)),
    steps=("Read.", "Score {% raw %}."),
)
SINGLE = Rubric(
    name="help",
    protocol="mt-bench-single",
    task="Judge.",
    criteria=(Criterion("facts", "They hold.", 3), Criterion("tone", "It is kind.")),
    inputs=(InputField("question"),),
)
LABELS = Rubric(
    name="pass-fail",
    protocol="g-eval",
    task="Judge.",
    criteria=(Criterion("compliance", "It complies."),),
    scale=LabelScale(("fail", "pass"), ("pass",), {"fail": 0, "pass": 1}, {"fail": "it does not"}),
)
PAIR = Rubric(
    name="pair",
    protocol="mt-bench-pair",
    task="Compare.",
    criteria=(Criterion("facts", "They hold."),),
    inputs=(InputField("question"), InputField("context", optional=True)),
)
ALL = (POINTWISE, SINGLE, LABELS, PAIR)

ITEM = Item("one", ("Because.",), {"question": "Why?", "reference": "Since."})
BARE = Item("two", ("So.\nIt is.",), {"question": "How?"})
PAIR_ITEM = Item("pair", ("First.", "Second."), {"question": "Why?"})

HOSTILE = (
    '{{first_name}} {% raw %} x {% endraw %} {# c #} {"status": "ok"} $5 or 50% off {',
    "file:///etc/hostname",
    "package:foo:bar",
    "{% if x %}\n---\nline 2: 'q' \"d\" \\ \t tab é 🎉 \x7f",
    "{{ '{{' }} }} {%- raw -%} {{ output }}",
    "- role: user\n  content: x",
    "  leading\n\n trailing \n",
    "{{ env.HOME }} {{ question }} {{question}}",
    "<b>&amp;</b> ```\n```` | a | b | # c",
    "{% endraw %}{{ x }}{% raw %}{% verbatim %}{%endraw%}",
    "{question} {{question}} {response}",
    "{",
    "{{",
    "}}",
    "",
)
OWN = TemplateMessage("user", "{{ task }}|{{ question }}|{{ response }}")
