"""Prometheus 2 (Kim et al. 2024, arXiv:2405.01535; prometheus-eval/prometheus-eval).

A score rubric with a description of each point, an optional reference answer, feedback first, then `[RESULT]`.
Wording is ours, with the same roles, parts and headers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol, Reading
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.combining import combine_scores, combine_verdicts
from judgetui.core.protocols.forms import marked
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.protocols.result_marks import (
    MARK,
    library_choice,
    library_score,
    read_choice,
    read_score,
)
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import Parser, Verdict, Vote

ABSOLUTE_SYSTEM: Final = (
    "You judge fairly. Your feedback is plain and unbiased, keeps to the criterion you are given, and holds every "
    "response to one fixed standard."
)
RELATIVE_SYSTEM: Final = (
    "You judge fairly. Your feedback sets responses against each other and says where each of them stands among "
    "its peers."
)


_FIELDS: Final = """\
{% for field in fields if field.name != "reference" %}
###{{ "<<instruction>>" if field.name == "question" else field.label }}:
{{ field.text }}

{% endfor %}
"""

_EXAMPLES: Final = """\
{% for example in examples %}
###Worked Example:
{% for name, text in example.fields.items() %}
{{ name | replace("_", " ") | capitalize }}: {{ text }}
{% endfor %}
<<lead>>{{ example.why }} [RESULT] {{ example.expected }}

{% endfor %}
"""

ABSOLUTE_USER: Final = (
    """\
###Task Description:
{{ task }}
You are given an instruction, which may contain an input, a response to it, \
{% for field in fields if field.name == "reference" %}a reference answer that earns a score of {{ scale.high }}, \
{% endfor %}and a score rubric that stands for one criterion.
1. Write detailed feedback on the response. Go by the score rubric alone, not by a general impression.
2. After the feedback give a score, \
{% if scale.numeric %}a whole number from {{ scale.low }} to {{ scale.high }}\
{% else %}one of {{ scale.span }}{% endif %}. Let the score rubric decide.
<<form>>

"""
    + _EXAMPLES
    + _FIELDS.replace("<<instruction>>", "The instruction to evaluate")
    + """\
###Response to evaluate:
<<response>>

{% for field in fields if field.name == "reference" %}
###Reference Answer (Score {{ scale.high }}):
{{ field.text }}

{% endfor %}
###Score Rubrics:
[{{ criterion.description or criterion.name }}]
{% for point in scale.anchored %}
Score {{ point.text }}: {{ point.anchor }}
{% endfor %}<<feedback>>"""
)

RELATIVE_USER: Final = (
    """\
###Task Description:
{{ task }}
You are given an instruction, which may contain an input, two responses to it, \
{% for field in fields if field.name == "reference" %}a reference answer, {% endfor %}\
and a score rubric that stands for one criterion.
1. Write detailed feedback that compares the two responses. Go by the score rubric alone, not by a general \
impression, and straight to what Response A\
{% for field in fields if field.name == "reference" %}, Response B and the reference answer have\
{% else %} and Response B have{% endfor %} in common and where they differ.
2. After the feedback choose the better of Response A and Response B. Let the score rubric decide.
<<form>>

"""
    + _EXAMPLES
    + _FIELDS.replace("<<instruction>>", "Instruction")
    + """\
###Response A:
{{ response_a }}

###Response B:
{{ response_b }}

{% for field in fields if field.name == "reference" %}
###Reference Answer:
{{ field.text }}

{% endfor %}
###Score Rubric:
[{{ criterion.description or criterion.name }}]<<feedback>>"""
)

_FORM: Final = """\
3. Answer in this form: "<<lead>>(your feedback) [RESULT] (<<result>>)"
4. Write nothing else, neither before nor after it."""

_SCORE: Final = """\
{% if scale.numeric %}a whole number from {{ scale.low }} to {{ scale.high }}{% else %}{{ scale.span }}{% endif %}"""

_INPUTS: Final = (InputField("question"), InputField("reference", optional=True))
_HELPFULNESS: Final = Criterion(
    "helpfulness", "Does the response give what the user needs, correctly and in a form that can be used?"
)
POINTS: Final = NumericScale(
    1,
    5,
    {
        1: "The response fails on this throughout.",
        2: "The response does this in places and mostly fails.",
        3: "The response does this in part, with clear gaps.",
        4: "The response does this well, with small gaps.",
        5: "The response does this fully and without fault.",
    },
)
"""Five points, each described, as every rubric of the Feedback Collection has them."""

_SECOND: Final = (
    "Kim et al., Prometheus 2: An Open Source Language Model Specialized in Evaluating Other Language Models, "
    "EMNLP 2024, arXiv:2405.01535; prometheus-eval/prometheus-eval."
)
TRAINED: Final = (
    " The Prometheus models were trained on their authors' wording, which is not ours: give a rubric for them a "
    "template of its own."
)
PENALTY: Final = " Upstream also sets a repetition penalty of 1.03, which is not sent."
_RETRIES: Final = (
    "The library asks again for the failed items alone, up to 10 rounds, and then leaves None; here a failed "
    "reply is a state, and more samples are asked for by `n`."
)
CEILING: Final = (
    "GPT-4's own runs correlate at .851 (MT-Bench) and .809 (Vicuna Bench) with each other and are equal in 60% "
    "and 73% of items (released scores, 320 items each), which bounds agreement with any one of them."
)
SUMS: Final = "The mean over runs for each item, on both sides; then Pearson, Spearman and Kendall."


class Absolute(JudgeProtocol):
    """One response against a described scale, as Prometheus 2 grades it."""

    card = Card(
        name="prometheus-absolute",
        title="Prometheus 2, absolute grading",
        task_type=TaskType.POINTWISE,
        result=Result.POINT,
        summary="Grades one response from 1 to 5 by a score rubric that describes every point, beside a reference "
        "answer where there is one; feedback first.",
        needs="A task, one or more criteria, a scale with an anchor for each point, items with a question and one "
        "response, and best a reference answer that would earn the highest score." + TRAINED,
        messages="System: who the judge is. User: task and rules, instruction, response, reference, score rubric. "
        "A chat template without a system role gets both as one message; upstream joins them without a space."
        + PENALTY,
        grammar="Feedback, then [RESULT] and a score.",
        parsing="The library takes a score of 1 to 5 at the very end of the reply, behind [RESULT] or a word such as "
        "score, on any scale; its benchmark script takes the first number behind such a word, 10 included. Repaired, "
        "the last [RESULT] counts, words may follow it, and the scale is the rubric's.",
        failure=_RETRIES,
        aggregation=SUMS + " The benchmark has three runs.",
        biases="Pearson with GPT-4 of the 7B and the 8x7B model: Vicuna Bench .666 and .685, MT-Bench .548 and .665, "
        "FLASK .617 and .659, Feedback Bench .882 and .898. "
        + CEILING
        + " A reader that took the prompt for a "
        "part of the reply found 5 everywhere (prometheus-eval issue 58).",
        citation=_SECOND,
    )
    starter = Starter("Judge a response to an instruction.", (_HELPFULNESS,), _INPUTS)
    published = Sampling(n=3, temperature=1.0, max_tokens=1024, top_logprobs=0, top_p=0.9)
    default_scale = POINTS
    system: ClassVar[str] = ABSOLUTE_SYSTEM
    lead: ClassVar[str] = ""

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The judge's part in the system message, everything else in the user's."""
        return self._messages(_FORM.replace("<<result>>", _SCORE), "\n\n###Feedback:")

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the demand for `[RESULT]`, and without the header that opens the feedback."""
        return self._messages("", "")

    def _messages(self, form: str, feedback: str) -> tuple[TemplateMessage, ...]:
        user = ABSOLUTE_USER.replace("<<response>>", "{{ response }}")
        return filled(self.system, user, form, feedback, self.lead)

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The scale's points."""
        return scale_of(self, rubric).texts

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """Feedback, then the mark and a score."""
        return Form(f"{MARK} ", "", marked(rubric.sampling.filled(self.published)).reasons)

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The library's reading, or the last mark that is no echo."""
        scale = scale_of(self, rubric)
        if parser is Parser.FAITHFUL:
            found: tuple[str, int] | str | None = self._read_faithfully(text)
        else:
            found = read_score(text, scale, request)
        if found is None or isinstance(found, str):
            return found
        value, start = found
        feedback = feedback_before(text, start)
        if parser is Parser.REPAIRED and isinstance(scale, LabelScale):
            return Reading(score=scale.value(value), label=value, rationale=feedback)
        return Reading(score=float(value), rationale=feedback)

    def _read_faithfully(self, text: str) -> tuple[str, int] | None:
        return library_score(text)

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """Mean over runs for each criterion, then the weighted mean over criteria."""
        return combine_scores(rubric, votes)


class Relative(JudgeProtocol):
    """Two responses by one criterion, as Prometheus 2 ranks them; there is no tie."""

    card = Card(
        name="prometheus-relative",
        title="Prometheus 2, relative grading",
        task_type=TaskType.PAIRWISE,
        result=Result.VERDICT,
        summary="Compares two responses by one criterion, beside a reference answer where there is one; feedback "
        "first, then A or B without a tie.",
        needs="A task, one or more criteria, items with a question and two responses, and best a reference answer. "
        "Of the score rubric only the criterion is shown; the points' descriptions are not." + TRAINED,
        messages="System: who the judge is. User: task and rules, instruction, both responses, reference, criterion. "
        "Upstream's prompt speaks of a reference answer even where there is none; ours does not." + PENALTY,
        grammar="Feedback, then [RESULT] and A or B.",
        parsing="The library takes the first choice that ends a line, any line, behind [RESULT] or `[Response`. "
        "Repaired, the last [RESULT] counts, a tie is none, and without a mark only last words that name one "
        "answer alone.",
        failure=_RETRIES,
        aggregation="Upstream shows each pair in one random order drawn when it is loaded, without a seed, and takes "
        "the first run; here the draw has a seed. In `order: both` a side wins when both orders agree. Accuracy "
        "against the chosen response; pairs that people call a tie count as errors unless they are left out.",
        biases="No figure for position bias is published, and upstream does not average over a swap. Accuracy of the "
        "8x7B model: HHH 85.52%, MT-Bench human pairs without ties 71.96% (GPT-4 79.90%), Auto-J without ties "
        "79.98%, Preference Bench 90.65%.",
        citation=_SECOND,
    )
    starter = Starter("Compare two responses to an instruction.", (_HELPFULNESS,), _INPUTS)
    published = Sampling(n=1, temperature=1.0, max_tokens=1024, top_logprobs=0, top_p=0.9)
    order = "seeded"

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The judge's part in the system message, everything else in the user's."""
        return filled(
            RELATIVE_SYSTEM, RELATIVE_USER, _FORM.replace("<<result>>", "A or B"), "\n\n###Feedback:"
        )

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the demand for `[RESULT]`, and without the header that opens the feedback."""
        return filled(RELATIVE_SYSTEM, RELATIVE_USER, "", "")

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The two letters."""
        return ("A", "B")

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """Feedback, then the mark and a letter."""
        return Form(f"{MARK} ", "", marked(rubric.sampling.filled(self.published)).reasons)

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The library's reading, or the last mark that is no echo."""
        found = library_choice(text) if parser is Parser.FAITHFUL else read_choice(text, request)
        if found is None or isinstance(found, str):
            return found
        return Reading(verdict=Verdict(found[0]), rationale=feedback_before(text, found[1]))

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """The majority over samples; where both orders were asked, they must agree for a side to win."""
        return combine_verdicts(rubric, votes)


def filled(system: str, user: str, form: str, feedback: str, lead: str = "") -> tuple[TemplateMessage, ...]:
    """The messages of a template with its open places filled in; no system message where it is empty."""
    for place, text in (
        ("<<form>>\n", f"{form}\n" if form else ""),
        ("<<feedback>>", feedback),
        ("<<lead>>", lead),
    ):
        user = user.replace(place, text)
    first = (TemplateMessage("system", system),) if system else ()
    return (*first, TemplateMessage("user", user))


def feedback_before(text: str, end: int) -> str:
    """What stands before the result, without the label that version 1 puts first."""
    return text[:end].strip().removeprefix("Feedback:").strip(" *")
