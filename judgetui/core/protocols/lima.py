"""LIMA's preference question (Zhou et al. 2023, arXiv:2305.11206, appendix): A, B or neither significantly better.

No code was released. People and GPT-4 were asked the same; wording is ours, in the same order of parts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol, Reading
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.choices import ANSWER, Options, either_choice
from judgetui.core.protocols.combining import combine_verdicts
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, Rubric, Sampling, TemplateMessage
from judgetui.core.vote import Parser, Verdict, Vote

TEMPLATE: Final = """\
Suppose that you could turn to an assistant of superhuman intelligence, and that you needed its help with what \
stands below. Two answers have come back. {{ task }} Compare them on {{ criterion.name }}: \
{{ criterion.description }}
{% for example in examples %}

Worked example:
{% for name, text in example.fields.items() %}
{{ name | replace("_", " ") | capitalize }}: {{ text }}
{% endfor %}
{% if example.why %}
{{ example.why }}
{% endif %}
{{ example.expected }}
{% endfor %}

{% for field in fields %}
{{ field.label }}:
{{ field.text }}

{% endfor %}
Answer A:
{{ response_a }}

Answer B:
{{ response_b }}

Is Answer A significantly better, is Answer B significantly better, or is neither of them significantly better?"""

DEMAND: Final = (
    ' Reply with one of these and nothing else: "Answer A is significantly better.", "Answer B is significantly '
    'better." or "Neither is significantly better."'
)

LABELS: Final = (
    "Answer A is significantly better.",
    "Answer B is significantly better.",
    "Neither is significantly better.",
)
"""The three replies."""

_EXACT: Final = {
    **dict.fromkeys(("a", "answer a", "answer a is significantly better"), Verdict.A),
    **dict.fromkeys(("b", "answer b", "answer b is significantly better"), Verdict.B),
    **dict.fromkeys(("neither", "neither is significantly better"), Verdict.TIE),
}
_NEITHER: Final = (
    r"(?i:neither)(?:\s+(?i:(?:answer|response)s?(?:\s+A)?|of\s+(?:them|the\s+(?:(?:two\s+)?(?:answers|responses)|two))|A|one)"
    r"(?:\s+(?i:nor)\s+(?i:answer\s+|response\s+)?B)?)?"
)
_OPTIONS: Final = Options(
    r"(?<![\w'’])(?:(?i:(?:the\s+)?(?:answer|response|option|assistant))\s*:?\s*)?"
    rf"(?P<key>[AB](?!\w|['’](?!s\b))|{_NEITHER}(?!\w))"
    r"(?:\s+significantly\s+better(?=\W*\Z))?",
    announces=ANSWER,
    better="better",
    weak="slightly|marginally|somewhat|little|bit|barely|hardly|scarcely",
    flags=re.RegexFlag(0),
)


class Lima(JudgeProtocol):
    """Two responses, and one of three options."""

    card = Card(
        name="lima",
        title="LIMA",
        task_type=TaskType.PAIRWISE,
        result=Result.VERDICT,
        summary="The judge says whether one of two answers is significantly better, or neither is.",
        needs="A task, one or more criteria, items with a question and two responses.",
        messages="One user message: the situation, the question, both answers, the options. A system message, "
        "a temperature and a parser were not published; it is asked at temperature 0.",
        grammar="Answer A is significantly better. Answer B is significantly better. Neither is significantly "
        "better.",
        parsing="No original parser exists; the faithful one takes an option or its letter that is the whole "
        "reply. Repaired, a first or last line that chooses one is read too; slightly better is no choice.",
        failure="Not published; a reply without an option is a failure of its own.",
        aggregation="Shares of win, tie (neither) and lose over all pairs, each shown once in a random order, "
        "which is drawn from the question here. Agreement of two raters: tie-discounted accuracy, 1 for equal "
        "verdicts, one half where exactly one of them is a tie, else 0, averaged.",
        biases="Tie-discounted accuracy of GPT-4 with crowd workers 78%, with the authors 79%; of crowd workers "
        "with each other 82%, of the authors 78% (paper, 50 items).",
        citation="Zhou et al., LIMA: Less Is More for Alignment, NeurIPS 2023, arXiv:2305.11206.",
    )
    starter = Starter(
        "Judge which answer serves you better.",
        (
            Criterion(
                "helpfulness", "The answer helps with what was asked: it is right, fitting and complete."
            ),
        ),
    )
    published = Sampling(n=1, temperature=0.0, max_tokens=256, top_logprobs=0)
    order = "seeded"

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """One user message."""
        return (TemplateMessage("user", TEMPLATE + DEMAND),)

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the replies to choose from."""
        return (TemplateMessage("user", TEMPLATE),)

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The three options."""
        return LABELS

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """An option and nothing else."""
        return Form()

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The option that the reply is, or the one that its first or last line chooses."""
        exact = _EXACT.get(text.strip().removesuffix(".").lower())
        if exact is not None or parser is Parser.FAITHFUL:
            return None if exact is None else Reading(verdict=exact)
        choice = either_choice(text, _OPTIONS)
        if choice is None or isinstance(choice, str):
            return choice
        verdict = {"A": Verdict.A, "B": Verdict.B}.get(choice.key, Verdict.TIE)
        return Reading(verdict=verdict, rationale=text[: choice.line].strip())

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """The verdict of the one order; of both orders, if a rubric asks for them, a win in each."""
        return combine_verdicts(rubric, votes)
