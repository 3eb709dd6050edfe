"""G-Eval (Liu et al. 2023, arXiv:2303.16634; nlpyang/geval).

One criterion at a time, evaluation steps generated once and frozen, a form that the judge completes with a
score, and a score that is the expectation over the scale's tokens. Wording is ours, in the same order of
parts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from judgetui.core.item import Item
from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import (
    Card,
    TaskType,
    blank_vote,
    prompt,
    require_fit,
    scale_of,
    scale_view,
    visible,
)
from judgetui.core.protocols.combining import combine_scores
from judgetui.core.protocols.points import expectation, find_place, point_at, score_token, weigh
from judgetui.core.rubric import Rubric, Sampling, TemplateMessage
from judgetui.core.scale import LabelScale, NumericScale, Scale
from judgetui.core.template import render
from judgetui.core.vote import (
    Form,
    JudgeReply,
    JudgeRequest,
    Message,
    ScoreSource,
    Status,
    Vote,
)

PARSER: Final = "g-eval/repaired-1"

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

_NUMBERED: Final = re.compile(
    r"^\s*(?:\*\*)?(?:step\s*)?(\d{1,2})\s*[.):]\s*(?:\*\*)?\s*(.*\S)?", re.IGNORECASE
)
_BULLET: Final = re.compile(r"^\s*[-*•]\s+(.*\S)")


class GEval:
    """One response, one criterion at a time, a score in expectation over the scale."""

    card = Card(
        name="g-eval",
        title="G-Eval",
        task_type=TaskType.POINTWISE,
        summary="Scores one response on one criterion at a time, led by evaluation steps that were generated "
        "once and frozen; the score is the mean over the scale weighted by token probability.",
        needs="A task, one or more criteria, a scale (1 to 5 by default), and items with one response. "
        "Log-probabilities make scores finer; without them 20 samples are averaged.",
        grammar="The reply starts with a scale point.",
        biases="GPT-4 under this protocol scored GPT-3.5 summaries above human-written ones where people "
        "preferred the human ones (paper, section 4).",
        citation="Liu et al., G-Eval: NLG Evaluation using GPT-4 with Better Human Alignment, EMNLP 2023, "
        "arXiv:2303.16634.",
    )
    published = Sampling(n=20, temperature=1.0, max_tokens=5, top_logprobs=20)
    default_scale: Scale | None = NumericScale(1, 5)
    uses_logprobs = True
    uses_steps = True

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The whole prompt is one system message, as upstream sends it."""
        return (TemplateMessage("system", TEMPLATE + FORM),)

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The prompt without the form that the judge completes."""
        return (TemplateMessage("system", TEMPLATE),)

    def plan(
        self, rubric: Rubric, item: Item, source: ScoreSource, order: str | None = None
    ) -> tuple[JudgeRequest, ...]:
        """One request a criterion with log-probabilities, else one for each sample.

        With log-probabilities the default temperature is 0, as in the paper's GPT-3.5 runs (section 3):
        the distribution is read, not drawn from.
        """
        require_fit(self, item)
        sampling = rubric.sampling.filled(self.published)
        weighted = source is ScoreSource.LOGPROBS
        votes = 1 if weighted or source is ScoreSource.SINGLE else sampling.n or 1
        drawn = sampling.temperature if votes > 1 or rubric.sampling.temperature is not None else 0.0
        return tuple(
            JudgeRequest(
                messages=prompt(self, rubric, item, criterion),
                criterion=criterion.name,
                sample=sample,
                temperature=drawn,
                max_tokens=sampling.max_tokens or 5,
                top_logprobs=(sampling.top_logprobs or 0) if weighted else 0,
                labels=scale_of(self, rubric).texts,
                form=Form(opening=f"- {criterion.name.capitalize()}: "),
            )
            for criterion in rubric.criteria
            for sample in range(votes)
        )

    def parse(self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply) -> Vote:
        """Read the score that the form was completed with.

        It is weighed by token probability where there is any.
        """
        vote = blank_vote(request, reply, PARSER)
        if vote.status is Status.REFUSED:
            return vote
        scale = scale_of(self, rubric)
        text = visible(reply.text)
        match = find_place(text, scale, request.criterion)
        if match is None:
            return vote
        found = point_at(match, scale)
        if found is None:
            return replace(vote, detail=f"the score {match.group('value')} is not on the scale.")
        answer = found[0]
        source = ScoreSource.SAMPLES if request.sample else ScoreSource.SINGLE
        label = answer if isinstance(scale, LabelScale) else None
        score = scale.value(answer) if label is not None else float(answer)
        vote = replace(vote, status=Status.OK, score=score, label=label, source=source, detail="")
        if not reply.logprobs:
            return vote
        place = score_token(reply, scale, request.criterion)
        if place is None:
            return replace(vote, detail="the score is not one token; token probabilities were not used.")
        weights, outside = weigh(reply.logprobs[place], scale)
        if not weights:
            return replace(vote, detail="no scale point among the token's alternatives.")
        return replace(
            vote,
            score=expectation(weights, scale),
            label=None if label is None else max(weights, key=lambda text: weights[text]),
            source=ScoreSource.LOGPROBS,
            probabilities=weights,
            outside=outside,
        )

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """Mean over samples for each criterion, then the weighted mean over criteria."""
        return combine_scores(rubric, votes)


def steps_request(rubric: Rubric) -> JudgeRequest:
    """The request that generates evaluation steps from task and criteria (the paper's auto-CoT)."""
    scale = rubric.scale or GEval.default_scale or NumericScale(1, 5)
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
