"""Pass or fail: one response, one criterion at a time, reasons first. No published system, a plain check."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol, Reading
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.combining import combine_scores
from judgetui.core.protocols.forms import marked
from judgetui.core.protocols.marks import reasons
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.protocols.replies import last_line
from judgetui.core.protocols.settling import Found, own, settled
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import LabelScale, Scale
from judgetui.core.vote import Parser, Status, Vote

SYSTEM: Final = "You are a careful and impartial judge. You decide whether a response meets one criterion."

USER: Final = """\
[Task]
{{ task }}

[Criterion]
{{ criterion.name }}: {{ criterion.description }}
{% for point in scale.anchored %}
{{ point.text }} = {{ point.anchor }}
{% endfor %}

Judge this criterion alone; whatever else is good or bad about the response does not count. First give your reasons \
briefly, then your verdict<<form>>.

{% for example in examples %}
[Worked Example]
{% for name, text in example.fields.items() %}
{{ name | replace("_", " ") | capitalize }}: {{ text }}
{% endfor %}
{{ example.why }} [[{{ example.expected }}]]

{% endfor %}
{% for field in fields %}
[{{ field.label }}]
{{ field.text }}

{% endfor %}
[The Start of the Response]
{{ response }}
[The End of the Response]"""

_FORM: Final = """ on the last line: {% for point in scale.points %}"[[{{ point.text }}]]"\
{% if not loop.last %}{% if loop.revindex == 2 %} or {% else %}, {% endif %}{% endif %}{% endfor %}"""

_CHOICE: Final = re.compile(r"[\"'`”’]?\s*(?:,|/|\||,?\s*\bor\b|,?\s*\band\b)\s*[\"'`“‘]?\Z", re.IGNORECASE)
"""What stands between marks that the judge only lists."""

_ANNOUNCED: Final = (
    r"(?:(?:my|the|so|therefore)[\s,]+)*(?:final\s+|overall\s+)?"
    r"(?:verdict|result|rating|label|answer|judge?ment|decision|conclusion|grade)\W{0,6}(?:is\W{0,6})?"
)


class PassFail(JudgeProtocol):
    """One response, one criterion, a label after the reasons."""

    card = Card(
        name="pass-fail",
        title="Pass or fail",
        task_type=TaskType.POINTWISE,
        result=Result.POINT,
        summary="Checks one response against one criterion at a time: reasons first, then pass or fail, or labels "
        "of your own.",
        needs="A task, one criterion for each check, items with one response; a scale of labels if pass and fail "
        "will not do.",
        messages="System: who the judge is. User: task, criterion, the response.",
        grammar="Reasons, then [[pass]] or [[fail]].",
        parsing="There is no original, so that both parsers are the same: the last mark counts, marks that are "
        "listed or that repeat the prompt do not, and marks that contradict each other are none.",
        failure="A reply without a verdict is a state.",
        aggregation="The label that most samples give; none when two are given equally often. Probabilities are the "
        "labels' shares of the samples. Passed criteria by weight make the score, 0 to 1.",
        biases="None is published for this wording. Two labels hide how near a response came: look at the items "
        "whose samples disagree.",
        citation="None: no published system.",
    )
    starter = Starter(
        "Check an assistant's answer to a user's question.",
        (
            Criterion("correct", "Everything the answer states is true."),
            Criterion("complete", "The answer covers everything that was asked for."),
        ),
        (InputField("question"), InputField("reference", optional=True)),
    )
    structured = True
    published = Sampling(n=1, temperature=0.0, max_tokens=1024, top_logprobs=0)
    default_scale = LabelScale(
        ("pass", "fail"),
        ("pass",),
        {"pass": 1, "fail": 0},
        {"pass": "the response meets the criterion", "fail": "it does not, or only in part"},
    )

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """A one-line system message; the rest is the user's."""
        return (TemplateMessage("system", SYSTEM), TemplateMessage("user", USER.replace("<<form>>", _FORM)))

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the demand for a mark."""
        return (TemplateMessage("system", SYSTEM), TemplateMessage("user", USER.replace("<<form>>", "")))

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The scale's labels."""
        return scale_of(self, rubric).texts

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """Reasons, then the mark."""
        return marked(rubric.sampling.filled(self.published))

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The label in the last mark, or one alone on the last line."""
        scale = scale_of(self, rubric)
        found = find_label(text, scale, request)
        if found is None or isinstance(found, str):
            return found
        label = found.value if isinstance(scale, LabelScale) else None
        return Reading(score=scale.value(found.value), label=label, rationale=reasons(text, found.start))

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """The majority over samples for each criterion, with the labels' shares, then the weighted mean score."""
        outcome = combine_scores(rubric, votes)
        good = [vote.label for vote in votes if vote.status is Status.OK and vote.label is not None]
        if outcome.status is not Status.OK or len(rubric.criteria) > 1 or len(good) < 2:
            return outcome
        counts = Counter(good)
        shares = {text: counts[text] / len(good) for text in scale_of(self, rubric).texts if text in counts}
        return replace(outcome, probabilities=shares)


def find_label(text: str, scale: Scale, request: JudgeRequest) -> Found | str | None:
    """The point of the scale in the last double brackets, or else the one alone on the last line.

    Returns:
        The point as the scale writes it; or why there is none, when marks contradict each other; or None.
    """
    named = {point.casefold(): point for point in scale.texts}
    marks, bare = _patterns(scale.texts)
    found = [
        Found(named[match[1].casefold()], match.start(), match.end())
        for match in marks.finditer(text)
        if match[1].casefold() in named
    ]
    kept = own(_chosen(found, text), text, request)
    if kept:
        return settled(kept, text) or "several different verdicts in the reply."
    last = None if found else bare.match(text, last_line(text))
    if last is None or last[1].casefold() not in named:
        return None
    single = Found(named[last[1].casefold()], last.start(1), last.end(1))
    return single if own([single], text, request) else None


def _chosen(found: Sequence[Found], text: str) -> list[Found]:
    """Marks without those that are listed one after the other for a choice between different ones."""
    groups: list[list[Found]] = []
    for each in found:
        if groups and _CHOICE.match(text[groups[-1][-1].end : each.start][:20]):
            groups[-1].append(each)
        else:
            groups.append([each])
    return [each for group in groups if len({one.value for one in group}) == 1 for each in group]


@lru_cache(maxsize=64)
def _patterns(texts: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A point in double brackets, and one alone on a line, announced or not."""
    point = "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))
    return (
        re.compile(rf"\[\[\s*+({point})\s*+\]\]", re.IGNORECASE),
        re.compile(rf"\W*(?:{_ANNOUNCED})?({point})\W*\Z", re.IGNORECASE),
    )
