"""G-Eval (Liu et al. 2023, arXiv:2303.16634; nlpyang/geval).

One criterion at a time, evaluation steps generated once and frozen, a form that the judge completes with a
score, and a score that is the expectation over the scale's tokens. Wording is ours, in the same order of
parts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import exp
from typing import Final

from judgetui.core.item import Item
from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import (
    Card,
    TaskType,
    blank_vote,
    last_line,
    prompt,
    require_fit,
    scale_of,
    scale_view,
    visible,
)
from judgetui.core.protocols.combining import combine_scores
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
    TokenLogprob,
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

Write three to five short numbered steps that a judge follows to arrive at the score. \
Each step is one sentence that says what to do.

Evaluation Steps:
1."""

STEPS_SAMPLING: Final = Sampling(n=1, temperature=0.3, max_tokens=400, top_logprobs=0)

NEGLIGIBLE: Final = 0.001
"""Share of the scale's mass that cannot move a score by more than a hundredth of a ten-point scale."""

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
                form=Form(),
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
        match = _find(text, scale, request.criterion)
        if match is None:
            return vote
        found = _checked(match, scale)
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


def find_point(text: str, scale: Scale, criterion: str) -> tuple[str, int, int] | None:
    """Find the scale point that a reply gives.

    Returns:
        The point as the scale writes it (or a decimal within a numeric scale's range), and where it stands.
    """
    match = _find(text, scale, criterion)
    return None if match is None else _checked(match, scale)


def _find(text: str, scale: Scale, criterion: str) -> re.Match[str] | None:
    """The place where a reply gives its result; what stands there may be off the scale.

    Looked for in this order: at the start, where the form is completed; after the criterion's name or,
    failing that, a word such as score, with a colon, the last such place; in a sentence such as "I rate it
    4", if all of them agree; alone on the last line. A number anywhere else is no verdict.
    """
    body, end, strict = _value_patterns(scale)
    own = re.escape(criterion) if criterion else _NAMES
    value, opening = rf"(?P<value>{body})", r"[*_\[(\"'`\s]*"
    colon = rf"[\"'*_]*\s*(?:\([^)\n]{{0,40}}\))?[\"'*_]*\s*[:=]{opening}"

    form = re.match(rf"(?:[\s*#>_\[(\"'`{{]|-\s)*(?:{own}|{_NAMES}){colon}{value}{end}", text, re.I)
    bare = re.match(rf"(?:[\s*#>_\[(\"'`]|-\s)*{value}{strict}", text, re.I)
    start = form or bare
    if start and not _is_list(text, start) and _checked(start, scale) is not None:
        return start
    for name in (own, _NAMES):
        labelled = re.finditer(rf"(?<!\w)(?:{name}){colon}{value}{end}", text, re.I)
        found = [match for match in labelled if not _is_list(text, match)]
        if found:
            return found[-1]
    prose = [
        *re.finditer(
            rf"(?<!\w)(?:{own}|{_NAMES})\s+(?:is|of)\s+(?:an?\s+)?{opening}{value}{strict}", text, re.I
        ),
        *re.finditer(rf"{_GIVES}[^.:;\n]{{0,80}}?\s(?:an?\s+)?{opening}{value}{strict}", text, re.I),
    ]
    if len({match.group("value").casefold() for match in prose}) == 1:
        return prose[-1]
    final = re.compile(rf"[\s*_\[(\"'`]*{value}{end}[\s\])*_.\"'`]*\Z", re.I)
    last = final.match(text, last_line(text))
    return last or (start if start and not _is_list(text, start) else None)


_NAMES: Final = r"(?:overall(?:\s+score|\s+rating)?|score|rating|grade|label|verdict)"
_GIVES: Final = r"\b(?:I|I'd|I'll|would|will)\s+(?:rate|give|score|assign|award)\b"


def _value_patterns(scale: Scale) -> tuple[str, str, str]:
    """Patterns of a point, of what may follow it, and of what may follow it where nothing announces it.

    What follows must not make the number part of something else: a range, a sum, a fraction of another total,
    a decimal comma. Unannounced, "3 apples" is no score either, while "3 because ..." and "3. The answer ..."
    are.
    """
    plain_word = r"[ \t]+(?!(?:because|since|as|for|due|points?|stars?)\b)(?-i:[a-z])"
    if isinstance(scale, LabelScale):
        body = "|".join(re.escape(label) for label in sorted(scale.labels, key=len, reverse=True))
        end = rf"(?![\w-]|\s*(?:/|\||,|or\b)\s*(?:or\s+)?(?:{body})(?!\w))"
        short = all(len(label) <= 2 for label in scale.labels)  # "A good answer" does not give the label A
        return body, end, rf"{end}(?!{plain_word})" if short else end
    total = rf"\s*(?:/|out\s+of)\s*{scale.high}(?![\w%])"
    alone = r"(?![\w%]|\s*[-\u2013+*/^=x\u00d7]\s*\d|\s*(?:to|or|and|through)\s*\d|\s*out\s+of\b|[.,]\d)"
    return r"-?\d+(?:\.\d+)?", rf"(?:{total}|{alone})", rf"(?:{total}|{alone}(?!{plain_word}))"


def _is_list(text: str, match: re.Match[str]) -> bool:
    """Whether the number is the first of a numbered list, or of the scale's anchors repeated."""
    value, rest = match.group("value"), text[match.end("value") :].lstrip(" *")
    if not value.isdigit() or rest[:1] not in {".", ")", ":", "="}:
        return False
    other = r"\d+\s*=" if rest[0] == "=" else rf"{int(value) + 1}\s*[.):][\s*]"
    return re.search(rf"^[\s*]*{other}", rest, re.MULTILINE) is not None


def _checked(match: re.Match[str], scale: Scale) -> tuple[str, int, int] | None:
    raw, start, end = match.group("value"), match.start("value"), match.end("value")
    if isinstance(scale, LabelScale):
        named = {label.casefold(): label for label in scale.labels}
        return named[raw.casefold()], start, end
    number = float(raw)
    if not scale.low <= number <= scale.high:
        return None
    return (str(int(number)) if number.is_integer() else raw), start, end


def score_token(reply: JudgeReply, scale: Scale, criterion: str) -> int | None:
    """Index of the token that is the reply's score and nothing but it; None when there is no such token."""
    text = visible(reply.text)
    found = find_point(text, scale, criterion)
    if found is None:
        return None
    answer, start, end = found
    # Some servers cut white space off the text but not off the tokens.
    lead = "".join(token.token for token in reply.logprobs).find(reply.text)
    if lead < 0:
        return None
    place = token_at(reply.logprobs, lead + start + len(reply.text) - len(text), end - start)
    if place is None or reply.logprobs[place].token.strip().casefold() != answer.casefold():
        return None
    return place


def token_at(tokens: Sequence[TokenLogprob], start: int, length: int) -> int | None:
    """Index of the token that alone carries a stretch of text; None when several share it.

    Args:
        start: offset in the text that the tokens spell out.
        length: characters of the stretch.
    """
    offset = 0
    for index, token in enumerate(tokens):
        next_offset = offset + len(token.token)
        if offset <= start < next_offset:
            return index if start + length <= next_offset else None
        offset = next_offset
    return None


def weigh(token: TokenLogprob, scale: Scale) -> tuple[dict[str, float], float]:
    """Probabilities of the scale points at one token, renormalised over the scale.

    A token that is not a scale point takes no part. Where one point's text starts another's (1 and 10) and
    the longer one is not among the alternatives as a whole, the shorter token may be the start of either: if
    it weighs next to nothing it takes no part, else there are no weights.

    Returns:
        Probability by point, summing to 1, and the mass that lay outside the scale, 0 to 1.
    """
    mass: dict[str, float] = {}
    alternatives = dict(token.top)
    alternatives.setdefault(token.token, token.logprob)
    names = {text.casefold(): text for text in scale.texts}
    for text, logprob in alternatives.items():
        point = names.get(text.strip().casefold())
        if point is not None:
            mass[point] = mass.get(point, 0.0) + exp(min(logprob, 0.0))
    total = sum(mass.values())
    for point in tuple(mass):
        longer = [text for text in scale.texts if text != point and text.startswith(point)]
        if longer and not any(text in mass for text in longer):
            if mass[point] > NEGLIGIBLE * total:
                return {}, 1.0
            del mass[point]
    total = sum(mass.values())
    if total <= 0:
        return {}, 1.0
    points = {text: mass[text] / total for text in scale.texts if text in mass}
    return points, min(1.0, max(0.0, 1.0 - total))


def expectation(weights: Mapping[str, float], scale: Scale) -> float | None:
    """Sum of p(s) times s over the scale points (paper, section 2, equation 1).

    None for labels without values.
    """
    total = 0.0
    for text, probability in weights.items():
        value = scale.value(text)
        if value is None:
            return None
        total += probability * value
    return total


def steps_request(rubric: Rubric) -> JudgeRequest:
    """The request that generates evaluation steps from task and criteria (the paper's auto-CoT)."""
    scale = rubric.scale or GEval.default_scale or NumericScale(1, 5)
    values = {"task": rubric.task, "criteria": rubric.criteria, "scale": scale_view(scale)}
    messages = render([TemplateMessage("user", STEPS_TEMPLATE)], values)
    return JudgeRequest(
        messages=tuple(Message(m.role, m.content) for m in messages),
        temperature=STEPS_SAMPLING.temperature,
        max_tokens=STEPS_SAMPLING.max_tokens or 400,
    )


def parse_steps(text: str) -> tuple[str, ...]:
    """Evaluation steps from a reply: numbered lines, or bullets where nothing is numbered.

    Lines below a numbered one belong to it. A line before number 2 is the first step, since the prompt ends in
    `1.`; a line before number 1 is talk. Reading stops at a form or an example that the judge made up.
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
