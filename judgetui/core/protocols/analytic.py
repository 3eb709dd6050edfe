"""Analytic scoring: all criteria in one call, reasons first, then a line for each. No published system."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol, Reading
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.combining import combine_scores
from judgetui.core.protocols.forms import marked
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.protocols.result_marks import value_pattern
from judgetui.core.protocols.settling import Found, own
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import LabelScale, NumericScale, Scale
from judgetui.core.vote import Parser, Vote

SYSTEM: Final = "You are a careful and impartial judge."

USER: Final = """\
[Task]
{{ task }}

[Criteria]
{% for each in criteria %}
- {{ each.name }}: {{ each.description }}
{% endfor %}

[Scale]
{% if scale.numeric %}
Whole numbers from {{ scale.low }} to {{ scale.high }}, for every criterion.
{% else %}
{{ scale.span }}, for every criterion.
{% endif %}
{% for point in scale.anchored %}
{{ point.text }} = {{ point.anchor }}
{% endfor %}

Judge the response below on each criterion by itself: a fault under one criterion is none under another. First give \
your reasons for each briefly<<form>>.

{% for example in examples %}
[Worked Example]
{% for name, text in example.fields.items() %}
{{ name | replace("_", " ") | capitalize }}: {{ text }}
{% endfor %}
{{ example.why }}
{{ example.expected }}

{% endfor %}
{% for field in fields %}
[{{ field.label }}]
{{ field.text }}

{% endfor %}
[The Start of the Response]
{{ response }}
[The End of the Response]"""

_FORM: Final = """. Then write the scores, one line for each of {{ criteria | map(attribute="name") | join(", ") }}, \
and nothing after them. Each line is the criterion's name, a colon and its score"""


class Analytic(JudgeProtocol):
    """One response, every criterion in a single reply."""

    card = Card(
        name="analytic",
        title="Analytic scoring",
        task_type=TaskType.POINTWISE,
        result=Result.POINTS,
        summary="Scores one response on all criteria in a single call: reasons first, then one line for each "
        "criterion. Cheaper than a call for each.",
        needs="A task, several criteria, a scale (1 to 5 by default) that holds for all of them, items with one "
        "response.",
        messages="System: who the judge is. User: task, criteria, scale, the response.",
        grammar="Reasons, then for each criterion a line with its name, a colon and a score, in any order.",
        parsing="There is no original, so that both parsers are the same. A reply that leaves out a criterion, "
        "gives one two scores or one off the scale is no result, and the judgement names the criterion.",
        failure="A reply without all scores is a state.",
        aggregation="The mean over samples for each criterion, then the weighted mean over criteria.",
        biases="None is published for this wording. A score may lean on the one written before it: compare with a "
        "protocol that asks for one criterion at a time.",
        citation="None: no published system.",
    )
    starter = Starter(
        "Judge an assistant's answer to a user's question.",
        (
            Criterion("correctness", "What the answer states is true."),
            Criterion("completeness", "The answer covers everything that was asked for."),
            Criterion("clarity", "The answer is easy to follow and no longer than it need be."),
        ),
        (InputField("question"), InputField("reference", optional=True)),
    )
    structured = True
    published = Sampling(n=1, temperature=0.0, max_tokens=1024, top_logprobs=0)
    default_scale = NumericScale(1, 5, {1: "fails on this throughout", 3: "in part", 5: "without fault"})
    at_once = True

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """A one-line system message; the rest is the user's."""
        return (TemplateMessage("system", SYSTEM), TemplateMessage("user", USER.replace("<<form>>", _FORM)))

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the demand for lines of scores."""
        form = ", then the scores"
        return (TemplateMessage("system", SYSTEM), TemplateMessage("user", USER.replace("<<form>>", form)))

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The scale's points."""
        return scale_of(self, rubric).texts

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """Reasons, then a line for each criterion in the rubric's order."""
        first, *rest = (f"\n{_name(each)}: " for each in rubric.criteria)
        reasons = marked(rubric.sampling.filled(self.published)).reasons
        return Form(first, "", max(40, reasons - len("".join(rest))), between=tuple(rest))

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The score behind each criterion's name; a criterion without one leaves none."""
        scale = scale_of(self, rubric)
        found = find_points(text, rubric, scale, request)
        if found is None or isinstance(found, str):
            return found
        points, start = found
        values = {name: _worth(point, scale) for name, point in points.items()}
        return Reading(
            scores={name: value for name, value in values.items() if value is not None},
            labels=points if isinstance(scale, LabelScale) else {},
            rationale=text[:start].strip(),
        )

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """Mean over samples for each criterion, then the weighted mean over criteria."""
        return combine_scores(rubric, votes)


def find_points(
    text: str, rubric: Rubric, scale: Scale, request: JudgeRequest
) -> tuple[Mapping[str, str], int] | str | None:
    """The point that a reply gives each criterion, in the rubric's order, and where the first of them stands.

    A line that gives a criterion another point than an earlier one counts only as part of the last lines, if
    these have every criterion once.

    Returns:
        That; or what is missing or wrong, in a sentence; or None when no criterion has a point.
    """
    names = {_name(each).casefold(): each.name for each in rubric.criteria}
    pattern = _entry(tuple(names), scale.texts, isinstance(scale, NumericScale))
    found = {
        Found(match["value"], match.start("value"), match.end("value")): names[match["name"].casefold()]
        for match in pattern.finditer(text)
        if match["name"].casefold() in names
    }
    genuine = own(list(found), text, request)
    given: dict[str, list[Found]] = {each.name: [] for each in rubric.criteria}
    for entry in genuine:
        given[found[entry]].append(entry)
    if not any(given.values()):
        return None
    if missing := [name for name, entries in given.items() if not entries]:
        return f"the reply has no score for {', '.join(missing)}."
    several = [
        name for name, entries in given.items() if len({each.value.casefold() for each in entries}) > 1
    ]
    last = genuine[-len(given) :]
    if several and not (len({found[each] for each in last}) == len(given) and _are_the_end(last, text)):
        return f"several different scores for {', '.join(several)}."
    points: dict[str, str] = {}
    for name, entries in given.items():
        point = _point(entries[-1].value, scale)
        if point is None:
            return f"the score {entries[-1].value} for {name} is not on the scale."
        points[name] = point
    start = min(entries[-1].start for entries in given.values())
    return points, text.rfind("\n", 0, start) + 1


def _are_the_end(entries: Sequence[Found], text: str) -> bool:
    """Whether entries stand line by line, with no more than a closing line after them."""
    between = (line for one, two in pairwise(entries) for line in text[one.end : two.start].split("\n")[1:-1])
    return not any(map(str.strip, between)) and "\n" not in text[entries[-1].end :].strip()


@lru_cache(maxsize=64)
def _entry(names: tuple[str, ...], texts: tuple[str, ...], numeric: bool) -> re.Pattern[str]:
    """A criterion's name, a colon and a point, at the start of a line or behind a comma."""
    name = "|".join(re.escape(each) for each in sorted(names, key=len, reverse=True))
    lead = r"(?:^|(?<=[,;]))[ \t\-*\#>\u2022|_\"'`{(]*+(?:[0-9]{1,2}[.)][ \t*_\"'`]*+)?"
    colon = r"[*_\"'`]*+(?:[ \t]*\([^)\n]{0,40}\))?[ \t*_\"'`]*+(?:[:=|]|[-\u2013\u2014](?=[ \t]))[ \t*_\"'`\[(]*+"
    after = r"(?=[)\]*_\"'`.]*[ \t]*(?:$|[,;|}(\u2013\u2014]|-[ \t]|(?:because|since|as)\b))"
    given = value_pattern(texts, numeric)
    return re.compile(rf"{lead}(?P<name>{name}){colon}{given}{after}", re.IGNORECASE | re.MULTILINE)


def _name(criterion: Criterion) -> str:
    """A criterion's name on one line, as the form has it."""
    return " ".join(criterion.name.split())


def _point(text: str, scale: Scale) -> str | None:
    """What a line says, as a point of the scale or a decimal within it."""
    if isinstance(scale, LabelScale):
        return {label.casefold(): label for label in scale.labels}.get(text.casefold())
    return text if scale.low <= float(text) <= scale.high else None


def _worth(point: str, scale: Scale) -> float | None:
    return scale.value(point) if isinstance(scale, LabelScale) else float(point)
