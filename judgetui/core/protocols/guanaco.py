"""Guanaco's three-class pairs (QLoRA, Dettmers et al. 2023, arXiv:2305.14314; artidoro/qlora, eval).

The Vicuna sections, the explanation first, and a last line that is 1, 2 or 3. Wording is ours, with the same
roles and the same order of parts; coding and mathematics have instructions of their own, as upstream.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol, Reading
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.choices import Options, closing_choice
from judgetui.core.protocols.combining import combine_verdicts
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, Rubric, Sampling, TemplateMessage
from judgetui.core.vote import Parser, Verdict, Vote

SYSTEM: Final = "You are a helpful assistant who checks with care how good answers are."

USER: Final = """\
{% for field in fields %}
[{{ field.label }}]
{{ field.text }}

{% endfor %}
[The Start of Assistant 1's Answer]
{{ response_a }}

[The End of Assistant 1's Answer]

[The Start of Assistant 2's Answer]
{{ response_b }}

[The End of Assistant 2's Answer]

[System]
{{ task }} Judge both answers above on {{ criterion.name }}. {{ criterion.description }}
{% if category == "math" %}
First solve the problem yourself, without looking at what the assistants wrote. Then go through each answer step \
by step, name the steps that are wrong, and count the way to the result as well as the result.
{% elif category == "coding" %}
The assistants were to write a program. Look at whether it does what was asked, how efficient and readable it is, \
how it is built and commented. First explain your judgement in full, with what could be done better.
{% else %}
First explain your judgement in full, without favour, and whichever answer stands first.
{% endif %}
{% for example in examples %}

[Worked Example]
{% for name, text in example.fields.items() %}
{{ name | replace("_", " ") | capitalize }}: {{ text }}
{% endfor %}
{% if example.why %}
{{ example.why }}
{% endif %}
{{ example.expected }}

{% endfor %}
"""

FORM: Final = """\
When you have weighed both, write on the last line a number and nothing else: 1 or 2 for the assistant whose \
answer is better, or 3 where both are equal."""

NUMBERS: Final = {"1": Verdict.A, "2": Verdict.B, "3": Verdict.TIE}
"""What each number says."""

_OPTIONS: Final = Options(
    r"(?<![\w./+\-])(?:(?:the\s+)?(?:option|number|assistant|answer|response|choice|model)\s*#?\s*)?"
    r"(?P<key>[123])(?![\w/%]|[.,]\d|\s*[-+*/=^×]\s*\d)",
    announces="equivalent|equal",
)


class Guanaco(JudgeProtocol):
    """Two responses, reasons first, then 1, 2 or 3 on the last line; both orders by default."""

    card = Card(
        name="guanaco",
        title="Guanaco, three classes",
        task_type=TaskType.PAIRWISE,
        result=Result.VERDICT,
        summary="The judge explains, then says which of two answers is better, or that they are equal.",
        needs="A task, one or more criteria, items with a question and two responses. Items whose category is "
        "coding or math have instructions of their own.",
        messages="System: who the judge is. User: the question, both answers, the instructions.",
        grammar="Reasons, then 1, 2 or 3 (equal) alone on the last line.",
        parsing="The original takes the last line as a whole number in Python's sense, so that `+2` counts, any "
        "number is stored, and `Best answer: 2` has no result. Repaired, a last line that announces or explains "
        "one choice is read, and no number but 1, 2 and 3.",
        failure="The original stores -1 and leaves the pair out of its Elo ratings. Of 40,026 published verdicts "
        "on OpenAssistant questions 1,482 were lost so, mostly sentences; what is lost is no random part.",
        aggregation="Each order is a verdict: a side wins when both agree. Upstream each is a match of its own "
        "for Elo, from 1000, a tie half a win, averaged over 10,000 random orders of the matches: the paper says "
        "K = 32, and only K = 4 reproduces its table 1.",
        biases="Position: of 4,480 published verdicts 2,512 went to the answer shown first, 1,355 to the second; "
        "860 of the 2,227 pairs with two verdicts changed theirs under a swap (QLoRA's released verdicts).",
        citation="Dettmers et al., QLoRA: Efficient Finetuning of Quantized LLMs, NeurIPS 2023, arXiv:2305.14314; "
        "artidoro/qlora, eval.",
    )
    starter = Starter(
        "Two assistants answered a user's question.",
        (Criterion("quality", "How helpful, relevant and accurate the answer is, and how detailed."),),
    )
    published = Sampling(n=1, temperature=0.2, max_tokens=1024, top_logprobs=0)

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The instructions close the user message, as upstream has them."""
        return (TemplateMessage("system", SYSTEM), TemplateMessage("user", USER + FORM))

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the demand for a number."""
        return (TemplateMessage("system", SYSTEM), TemplateMessage("user", USER.rstrip("\n")))

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The three numbers."""
        return tuple(NUMBERS)

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """Reasons, then the number on a line of its own."""
        longest = rubric.sampling.filled(self.published).max_tokens or 0
        return Form("\n", reasons=min(4000, max(40, 2 * longest - 20)))

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The last line: upstream's whole number, or the choice that the line makes."""
        if parser is Parser.FAITHFUL:
            return _read_faithfully(text)
        choice = closing_choice(text, _OPTIONS)
        if choice is None:
            return None
        return Reading(verdict=NUMBERS[choice.key], rationale=text[: choice.line].strip())

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """A side wins when both orders agree; anything else is a tie, marked inconsistent."""
        return combine_verdicts(rubric, votes)


def _read_faithfully(text: str) -> Reading | str | None:
    """Upstream's reading (artidoro/qlora, eval/eval_gpt_review.py, `parse_three_class_score`).

    What Python's `int` takes is taken: `+2`, `0_1`, digits of any script.
    """
    before, _, last = text.strip().rpartition("\n")
    try:
        verdict = NUMBERS.get(str(int(last.strip())))
    except ValueError:
        return None
    if verdict is None:
        return "the number on the last line is not 1, 2 or 3; the original stores it as it is."
    return Reading(verdict=verdict, rationale=before.strip())
