"""Chiang and Lee's two papers (2023a, arXiv:2305.01937; 2023b, arXiv:2310.05657).

The first puts the questions of a human study to a judge and leaves the reply free. The follow-up compares four
forms of answer on G-Eval's data (d223302/A-Closer-Look-To-LLM-Evaluation). Wording is ours, in the same order of
parts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar, Final

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol, Reading
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.combining import combine_scores
from judgetui.core.protocols.forms import marked
from judgetui.core.protocols.g_eval import FORM as SCORES_ONLY
from judgetui.core.protocols.points import point_at
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.protocols.settling import Found, own
from judgetui.core.protocols.spoken import find_spoken
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import Failures, Parser, Vote

_EXAMPLES: Final = """\
{% for example in examples %}
Worked Example:
{% for name, text in example.fields.items() %}
{{ name | replace("_", " ") | capitalize }}: {{ text }}
{% endfor %}
<<worked>>

{% endfor %}
"""

STUDY_TEMPLATE: Final = (
    """\
{{ task }}

"""
    + _EXAMPLES
    + """\
{% for field in fields if field.name != "prompt" or criterion.name | lower == "relevance" %}
{{ field.label }}:
{{ field.text }}

{% endfor %}
Text to rate:
{{ response }}

Question: {{ criterion.description or criterion.name }} (on a scale of {{ scale.span }}\
{% for point in scale.anchored %}, {{ point.text }} is {{ point.anchor }}{% endfor %})"""
)
"""Only the question on relevance shows what the text was written to, the input `prompt`."""

CLOSER_TEMPLATE: Final = (
    """\
{{ task }}

Evaluation Criteria:
{{ criterion.name | capitalize }} ({{ scale.span }}): {{ criterion.description }}
{% for point in scale.anchored %}
- {{ point.text }} is {{ point.anchor }}
{% endfor %}

"""
    + _EXAMPLES
    + """\
Example:
{% for field in fields %}
{{ field.label }}: {{ field.text }}
{% endfor %}
Response: {{ response }}"""
)

FREE_TEXT: Final = """

Question:
How good is the response on {{ criterion.name }}? (on a scale of {{ scale.span }}, {{ scale.low }} is the lowest and \
{{ scale.high }} the highest)"""

RATE_EXPLAIN: Final = """

Evaluation Form (first "Rating:" and the rating alone, then on a line of its own "Rationale:" and the reason for it):
- {{ criterion.name | capitalize }}:"""

ANALYZE_RATE: Final = """

Evaluation Form (first "Analysis:" and a short analysis by the criteria, then on a line of its own "Rating:" and the \
rating):
- {{ criterion.name | capitalize }}:"""

_STUDY: Final = (
    "Chiang and Lee, Can Large Language Models Be an Alternative to Human Evaluations?, ACL 2023, "
    "arXiv:2305.01937; no code was released."
)
_CLOSER: Final = (
    "Chiang and Lee, A Closer Look into Using Large Language Models for Automatic Evaluation, Findings of EMNLP "
    "2023, arXiv:2310.05657; d223302/A-Closer-Look-To-LLM-Evaluation."
)
_PARSING: Final = (
    "The original lowers the case, drops every `1-3`, goes to what follows the last `rating:`, and takes its first "
    "digit: 3.5 is 3, and 10 is 1. Repaired, the announced score is found, and one off the scale is none."
)
_FAILURE: Final = "The original counts a reply without a digit as 0, which stays in the mean; `--failures zero` does so too."
_SUM: Final = (
    "The mean of 20 samples. Against people: Pearson over all items pooled, or Kendall in each document, averaged "
    "over documents."
)
_NEEDS: Final = (
    "A task, one or more criteria, a scale, items with one response. Evaluation steps are not shown, as in the "
    "paper's rows without auto-CoT."
)
_MESSAGES: Final = "One system message: task, criterion, the text to judge, and {}."
_FORMS: Final = (
    "Of the four forms score only agreed least with people, and a reason beside the rating raised agreement; "
    "generated steps gave no consistent gain."
)

_DIGIT: Final = re.compile(r"[0-9]")


class _Ratings(JudgeProtocol):
    """One response, one question at a time, a rating from each reply.

    Attributes:
        ending: the form or question at the end of the prompt.
        worked: how a worked example answers it.
    """

    default_scale = NumericScale(1, 5, {1: "the lowest", 5: "the highest"})
    published = Sampling(n=20, temperature=1.0, max_tokens=128, top_logprobs=0)
    counts_failures_as = Failures.ZERO
    ending: ClassVar[str]
    worked: ClassVar[str]
    starter = Starter(
        task="You will be given a news article and one summary of it. Rate the summary on one criterion.",
        criteria=(
            Criterion("coherence", "How well the summary is built: its sentences make one orderly whole."),
            Criterion("consistency", "How well the facts of the summary agree with those of the article."),
            Criterion(
                "fluency", "How good the sentences of the summary are: grammar, spelling, choice of words."
            ),
            Criterion(
                "relevance", "How well the summary picks what matters in the article, and nothing else."
            ),
        ),
        inputs=(InputField("article"),),
    )

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The whole prompt is one system message, as upstream sends it."""
        return (TemplateMessage("system", self._text() + self.ending),)

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The prompt without the form or the question at its end."""
        return (TemplateMessage("system", self._text()),)

    def _text(self) -> str:
        return CLOSER_TEMPLATE.replace("<<worked>>", self.worked)

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The scale's points."""
        return scale_of(self, rubric).texts

    def room(self, rubric: Rubric) -> int:
        """Characters that the rating leaves within the longest reply."""
        return marked(rubric.sampling.filled(self.published)).reasons

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The follow-up's first digit, or the announced score."""
        if parser is Parser.FAITHFUL:
            return _first_digit(text)
        return _announced(self, rubric, request, text)

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """Mean over samples for each criterion, then the weighted mean over criteria."""
        return combine_scores(rubric, votes)


class Study(_Ratings):
    """The questions of a human study, one for each attribute, answered in free text."""

    card = Card(
        name="chiang-lee",
        title="Chiang and Lee, LLM evaluation",
        task_type=TaskType.POINTWISE,
        result=Result.POINT,
        summary="Puts the instruction, the text and one question for each attribute to the judge as they are put to "
        "people, with a five-point answer in free text.",
        needs="A task, one criterion for each question, items with a response. Where there is an input `prompt`, "
        "only a criterion named relevance is asked with it.",
        messages="One user message: the instruction, the text, the question with its scale.",
        grammar="Free text that gives a point of the scale.",
        parsing="The paper has the rating read by a rule or by hand and released no code, so that both parsers are "
        "the same: the announced score is found, and one off the scale is none.",
        failure="Not said; here a reply without a rating is a state.",
        aggregation="The mean of three ratings (reported, like the sampling: temperature 1, top_p 0.9; no code tells) "
        "for each attribute and item, then of the items for each system.",
        biases="The order of texts by quality is reported to hold when instructions or sampling change (abstract). "
        "No figure here was checked.",
        citation=_STUDY,
    )
    starter = Starter(
        task="Read the story fragment below with care, and answer the question on its quality.",
        criteria=(
            Criterion("grammaticality", "How free of mistakes in grammar is the text of the fragment?"),
            Criterion("cohesiveness", "How well do the sentences of the fragment belong together?"),
            Criterion("likability", "How much is the fragment a pleasure to read?"),
            Criterion("relevance", "How well does the fragment answer its prompt?"),
        ),
        inputs=(InputField("prompt"),),
    )
    published = Sampling(n=3, temperature=1.0, max_tokens=256, top_logprobs=0, top_p=0.9)
    counts_failures_as = Failures.STATE
    ending = ""
    worked = "Answer: {{ example.expected }}. {{ example.why }}"

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The whole prompt is one user message."""
        return (TemplateMessage("user", STUDY_TEMPLATE.replace("<<worked>>", self.worked)),)

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same; it asks for no form."""
        return self.template(rubric)

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """The point first, then free text, for judges that need a form."""
        return Form("", "\n", after=self.room(rubric))

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The announced score; there is no original code to follow."""
        return _announced(self, rubric, request, text)


class ScoreOnly(_Ratings):
    """The follow-up's first form: a number and nothing else."""

    card = Card(
        name="chiang-lee-score-only",
        title="Chiang and Lee's follow-up, score only",
        task_type=TaskType.POINTWISE,
        result=Result.POINT,
        summary="Rates one response on one criterion at a time by a form that takes a number alone: G-Eval without "
        "token probabilities.",
        needs=_NEEDS,
        messages=_MESSAGES.format("a form that the judge completes"),
        grammar="The form's last line, completed with a point of the scale.",
        parsing=_PARSING,
        failure=_FAILURE,
        aggregation=_SUM,
        biases=_FORMS
        + " gpt-3.5-turbo-0613 on Topical-Chat with steps, Pearson pooled and Kendall: naturalness .393 "
        "and .358, coherence .468 and .391, engagingness .549 and .513, groundedness .311 and .566.",
        citation=_CLOSER,
    )
    ending = SCORES_ONLY
    worked = "- {{ criterion.name | capitalize }}: {{ example.expected }}"

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """The form with the criterion's name, completed."""
        return Form(f"- {criterion.name.capitalize()}: ")


class FreeText(_Ratings):
    """The follow-up's second form: a question, answered as the judge likes."""

    card = Card(
        name="chiang-lee-free-text",
        title="Chiang and Lee's follow-up, free text",
        task_type=TaskType.POINTWISE,
        result=Result.POINT,
        summary="Asks how good one response is on one criterion, and leaves the form of the answer to the judge.",
        needs=_NEEDS,
        messages=_MESSAGES.format("a question with its scale"),
        grammar="Free text that gives a point of the scale.",
        parsing=_PARSING
        + " In free text the first digit may belong to anything, such as the scale's lowest point.",
        failure=_FAILURE,
        aggregation=_SUM,
        biases=_FORMS,
        citation=_CLOSER,
    )
    ending = FREE_TEXT
    worked = "Answer: {{ example.expected }}. {{ example.why }}"

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """The point first, then free text, for judges that need a form."""
        return Form("", "\n", after=self.room(rubric))


class RateExplain(_Ratings):
    """The follow-up's third form: the rating, then the reason for it."""

    card = Card(
        name="chiang-lee-rate-explain",
        title="Chiang and Lee's follow-up, rate and explain",
        task_type=TaskType.POINTWISE,
        result=Result.POINT,
        summary="Rates one response on one criterion at a time, then says why. The reason cannot change the rating, "
        "which is written first.",
        needs=_NEEDS,
        messages=_MESSAGES.format("a form that wants rating and reason"),
        grammar='"Rating:" and a point of the scale, then "Rationale:" and the reason.',
        parsing=_PARSING,
        failure=_FAILURE,
        aggregation=_SUM,
        biases=_FORMS
        + " The released replies named analyze_rate give the paper's row Rate-explain within .004 in "
        "Pearson: files and rows are not aligned.",
        citation=_CLOSER,
    )
    ending = RATE_EXPLAIN
    worked = "Rating: {{ example.expected }}\nRationale: {{ example.why }}"

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """The rating, then the reason."""
        return Form("Rating: ", "\nRationale: ", after=self.room(rubric))


class AnalyzeRate(_Ratings):
    """The follow-up's fourth form: an analysis, then the rating."""

    card = Card(
        name="chiang-lee-analyze-rate",
        title="Chiang and Lee's follow-up, analyze and rate",
        task_type=TaskType.POINTWISE,
        result=Result.POINT,
        summary="Analyzes one response by one criterion at a time, then rates it.",
        needs=_NEEDS,
        messages=_MESSAGES.format("a form that wants analysis and rating"),
        grammar='"Analysis:" and the analysis, then "Rating:" and a point of the scale.',
        parsing=_PARSING,
        failure=_FAILURE,
        aggregation=_SUM,
        biases=RateExplain.card.biases,
        citation=_CLOSER,
    )
    ending = ANALYZE_RATE
    worked = "Analysis: {{ example.why }}\nRating: {{ example.expected }}"

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """The analysis, then the rating."""
        return Form("\nRating: ", "", self.room(rubric))


def _first_digit(text: str) -> Reading | None:
    """The follow-up's reading (all_eval.py, `parse_output`).

    Its steps come to a single digit: what matches its number pattern is taken apart again by a substitution that
    also matches between characters, so that `3.5` becomes `3 . 5` and `10` becomes `1 0`.
    """
    rest = text.lower().replace("\n", " ").replace("1-3", " ").rsplit("rating:", 1)[-1]
    digit = _DIGIT.search(rest)
    return None if digit is None else Reading(score=float(digit[0]), rationale=text.strip())


def _announced(
    protocol: JudgeProtocol, rubric: Rubric, request: JudgeRequest, text: str
) -> Reading | str | None:
    """The score that a reply announces, unless it stands in the prompt with the same words before it."""
    scale = scale_of(protocol, rubric)
    match = find_spoken(text, scale, request.criterion)
    if match is None or not own([Found(match["value"], match.start(), match.end())], text, request):
        return None
    point = point_at(match, scale)
    if point is None:
        return f"the score {match['value']} is not on the scale."
    label = point[0] if isinstance(scale, LabelScale) else None
    score = float(point[0]) if label is None else scale.value(point[0])
    return Reading(score=score, label=label, rationale=_reasons(text, match))


def _reasons(text: str, match: re.Match[str]) -> str:
    """The reply without the line that is the rating alone, and without the labels of its parts."""
    before, after = text[: match.start()].strip(), text[match.end() :].strip()
    kept = max((before, after), key=len)
    return re.sub(r"\A(?:-?\s*[\w ]{1,40}:\s*)?(?:Analysis|Rationale)\s*:\s*", "", kept, flags=re.IGNORECASE)
