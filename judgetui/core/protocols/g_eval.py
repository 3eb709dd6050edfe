"""G-Eval (Liu et al. 2023, arXiv:2303.16634; nlpyang/geval).

One criterion at a time, evaluation steps generated once and frozen, a form that the judge completes with a
score, and a score that is the expectation over the scale's tokens. Wording is ours, in the same order of
parts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from math import inf, isfinite
from typing import Final

from judgetui.core.item import Item
from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol, Reading
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.combining import combine_scores
from judgetui.core.protocols.points import expectation, find_place, point_at, score_token, weigh
from judgetui.core.protocols.prompting import scale_view
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.protocols.replies import visible
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest, Message
from judgetui.core.rubric import Criterion, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.template import render
from judgetui.core.vote import Failures, Parser, ScoreSource, Vote

TEMPLATE: Final = """\
{{ task }}

Evaluation Criteria:
{{ criterion.name | capitalize }} ({{ scale.span }}): {{ criterion.description }}
{% for point in scale.anchored %}
{{ point.text }} = {{ point.anchor }}
{% endfor %}

{% if steps %}
Evaluation Steps:
{% for step in steps %}
{{ loop.index }}. {{ step }}
{% endfor %}

{% endif %}
{% for example in examples %}
Worked Example:
{% for name, text in example.fields.items() %}
{{ name | replace("_", " ") | capitalize }}: {{ text }}
{% endfor %}
- {{ criterion.name | capitalize }}: {{ example.expected }}

{% endfor %}
Example:
{% for field in fields %}
{{ field.label }}: {{ field.text }}
{% endfor %}
Response: {{ response }}"""

FORM: Final = """

Evaluation Form (scores ONLY):
- {{ criterion.name | capitalize }}:"""

STEPS_TEMPLATE: Final = """\
{{ task }}

Evaluation Criteria:
{% for criterion in criteria %}
{{ criterion.name | capitalize }} ({{ scale.span }}): {{ criterion.description }}
{% endfor %}
{% for point in scale.anchored %}
{{ point.text }}: {{ point.anchor }}
{% endfor %}

Write the steps by which a careful rater applies this: 3 to 6 short steps, one on each line, numbered 1., \
2., 3. and so on. Write the steps only.

Evaluation Steps:"""

STEPS_LINES: Final = (3, 6)
"""Fewest and most steps that are asked for."""

STEPS_SAMPLING: Final = Sampling(n=1, temperature=0.3, max_tokens=400, top_logprobs=0)

_FAITHFUL: Final = re.compile(r" ?([\d.]+)", re.ASCII)
_NUMBERED: Final = re.compile(
    r"^\s*(?:\*\*)?(?:step\s*)?(\d{1,2})\s*[.):]\s*(?:\*\*)?\s*(.*\S)?", re.IGNORECASE
)
_BULLET: Final = re.compile(r"^\s*[-*•]\s+(.*\S)")


class GEval(JudgeProtocol):
    """One response, one criterion at a time, a score in expectation over the scale."""

    card = Card(
        name="g-eval",
        title="G-Eval",
        task_type=TaskType.POINTWISE,
        result=Result.POINT,
        summary="Scores one response on one criterion at a time, led by evaluation steps that were generated "
        "once and frozen; the score is the mean over the scale weighted by token probability.",
        needs="A task, one or more criteria, a scale (1 to 5 by default), and items with one response. "
        "Log-probabilities make scores finer; without them 20 samples are averaged.",
        messages="One system message: task, criterion, steps, the text to judge, and a form that the judge "
        "completes.",
        grammar="The reply starts with a scale point.",
        parsing="The original takes digits and dots at the very start, after at most one space: `Score: 4` has "
        "none, and 7 on a scale of 1 to 5 counts. Repaired, an announced score is found too, and one off the "
        "scale is none.",
        failure="The original counts a reply without a score as 0, which stays in the mean; `--failures zero` "
        "does so too.",
        aggregation="The sum of each scale point times its probability; without probabilities the mean of the "
        "samples. Against people: the correlation in each document, averaged over documents, or pooled.",
        biases="The paper reports that GPT-4 under this protocol scored GPT-3.5 summaries above human-written "
        "ones where people preferred the human ones (section 4). Rank correlation with people on SummEval .582 for "
        "coherence, .507 consistency, .455 fluency, .547 relevance.",
        citation="Liu et al., G-Eval: NLG Evaluation using GPT-4 with Better Human Alignment, EMNLP 2023, "
        "arXiv:2303.16634; nlpyang/geval.",
    )
    starter = Starter(
        task="You will be given a question and one answer to it. Rate the answer on one criterion.",
        criteria=(Criterion("quality", "Say here what a good answer has."),),
    )
    published = Sampling(n=20, temperature=1.0, max_tokens=5, top_logprobs=20)
    default_scale = NumericScale(1, 5)
    uses_logprobs = True
    uses_steps = True
    counts_failures_as = Failures.ZERO

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The whole prompt is one system message, as upstream sends it."""
        return (TemplateMessage("system", TEMPLATE + FORM),)

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The prompt without the form that the judge completes."""
        return (TemplateMessage("system", TEMPLATE),)

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The scale's points."""
        return scale_of(self, rubric).texts

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """The form with the criterion's name, completed."""
        return Form(opening=f"- {criterion.name.capitalize()}: ")

    def calls(
        self, rubric: Rubric, item: Item, source: ScoreSource, order: str | None = None
    ) -> tuple[JudgeRequest, ...]:
        """One request for each criterion, and for each sample where there are several.

        A single reply is asked for at temperature 0 unless the rubric says otherwise, as in the paper's
        GPT-3.5 runs (section 3): its distribution is read, not drawn from.
        """
        planned = super().calls(rubric, item, source, order)
        if source is ScoreSource.SAMPLES or rubric.sampling.temperature is not None:
            return planned
        return tuple(replace(request, temperature=0.0) for request in planned)

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The score that the form was completed with, weighed by token probability where there is any."""
        if parser is Parser.FAITHFUL:
            return _read_faithfully(text)
        scale = scale_of(self, rubric)
        match = find_place(text, scale, request.criterion)
        if match is None:
            return None
        found = point_at(match, scale)
        if found is None:
            return f"the score {match.group('value')} is not on the scale."
        answer = found[0]
        label = answer if isinstance(scale, LabelScale) else None
        score = scale.value(answer) if label is not None else float(answer)
        reading = Reading(score=score, label=label)
        if not reply.logprobs:
            return reading
        place = score_token(reply, scale, request.criterion)
        if place is None:
            return reading._replace(detail="the score is not one token; token probabilities were not used.")
        weights, outside = weigh(reply.logprobs[place], scale)
        if not weights:
            return reading._replace(detail="no scale point among the token's alternatives.")
        return Reading(
            score=expectation(weights, scale),
            label=None if label is None else max(weights, key=lambda text: weights[text]),
            source=ScoreSource.LOGPROBS,
            probabilities=weights,
            outside=outside,
        )

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """Mean over samples for each criterion, then the weighted mean over criteria."""
        return combine_scores(rubric, votes)


def _read_faithfully(text: str) -> Reading | None:
    """Upstream's reading (nlpyang/geval, meta_eval_summeval.py, `parse_output`): no scale, no probabilities."""
    match = _FAITHFUL.match(text)
    try:
        score = inf if match is None else float(match[1])
    except ValueError:  # dots alone, or more than one
        return None
    return Reading(score=score) if isfinite(score) else None


def steps_request(rubric: Rubric) -> JudgeRequest:
    """The request that generates evaluation steps from task and criteria (the paper's auto-CoT)."""
    scale = rubric.scale or GEval.default_scale
    values = {"task": rubric.task, "criteria": rubric.criteria, "scale": scale_view(scale)}
    messages = render([TemplateMessage("user", STEPS_TEMPLATE)], values)
    return JudgeRequest(
        messages=tuple(Message(m.role, m.content) for m in messages),
        temperature=STEPS_SAMPLING.temperature,
        max_tokens=STEPS_SAMPLING.max_tokens or 400,
        form=Form(lines=STEPS_LINES),
    )


def parse_steps(text: str) -> tuple[str, ...]:
    """Evaluation steps from a reply: numbered lines, or bullets where nothing is numbered.

    Lines below a numbered one belong to it. A line before number 2 is the first step, whose number some
    models leave out; a line before number 1 is talk. Reading stops at a form or an example that
    the judge made up.
    """
    steps: list[str] = []
    lines = _one_a_line(visible(text)).splitlines()
    numbers = [match.group(1) for line in lines if (match := _NUMBERED.match(line))]
    for line in lines:
        bare = line.strip().strip("*#").strip()
        if re.match(r"(?:evaluation form|example|score)s?\b.*:?$", bare, re.I) and steps and len(bare) < 40:
            break
        number, bullet = _NUMBERED.match(line), _BULLET.match(line)
        if number:
            steps.append((number.group(2) or "").strip())
        elif bullet and not numbers:
            steps.append(bullet.group(1).strip())
        elif bare and steps and not re.match(r"evaluation steps", bare, re.I):
            steps[-1] = f"{steps[-1]} {bare}".strip()
        elif bare and not bare.endswith(":") and numbers[:1] != ["1"]:
            steps.append(bare)
    cleaned = (step.replace("**", "").strip() for step in steps)
    return tuple(dict.fromkeys(step for step in cleaned if step))


def _one_a_line(text: str) -> str:
    """The text with a line break before each number of a list that runs on in one line."""
    if len(re.findall(r"(?m)^\s*\d{1,2}[.)]\s", text)) > 1:
        return text
    start = 0
    for number in range(2, 20):
        match = re.compile(rf"(?<=[.;!])\s+(?={number}[.)]\s)").search(text, start)
        if match is None:
            break
        text = f"{text[: match.start()]}\n{text[match.end() :]}"
        start = match.start() + 1
    return text
