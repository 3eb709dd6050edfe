"""AlpacaFarm's pairwise judge (Dubois et al. 2023, arXiv:2305.14387; tatsu-lab/alpaca_eval, evaluators_configs).

Wording is ours, with the same roles, the same order of parts and the same names of the outputs.
"""

from __future__ import annotations

import re
from typing import Final

from judgetui.core.protocols.alpaca_eval import FORM_PLACE, ORDER, SeededPair
from judgetui.core.protocols.base import Reading
from judgetui.core.protocols.cards import Card, Result, TaskType
from judgetui.core.protocols.choices import ANSWER, Options, either_choice
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, Rubric, Sampling, TemplateMessage
from judgetui.core.vote import Parser, Verdict

FARM_SYSTEM: Final = """\
You follow a pattern<<form>>. {{ task }} Choose the output that is preferable, or the less wrong one, for an \
instruction, judged on {{ criterion.name }}. {{ criterion.description }}"""

FARM_FORM: Final = (
    " and answer with nothing but Output (a) or Output (b): no explanation, and never both or neither"
)

FARM_USER: Final = """\
{% for example in examples %}
### Worked Example:
{% for name, text in example.fields.items() %}
{{ name | replace("_", " ") | capitalize }}: {{ text }}
{% endfor %}
The right answer: {{ example.expected }}{% if example.why %} ({{ example.why }}){% endif +%}

{% endfor %}
{% for field in fields %}
### {{ "Instruction" if field.name == "question" else field.label }}:
{{ field.text }}

{% endfor %}
### Output (a):
{{ response_a }}

### Output (b):
{{ response_b }}

### Which is best, Output (a) or Output (b)?:"""

_FARM: Final = re.compile(r"(?:^|\n) ?Output \(([ab])\)")
_FARM_OPTIONS: Final = Options(
    r"(?<!\w)(?:output\s*\(?\s*|\(\s*)(?P<key>[ab])(?:\s*\)|(?!\w))", announces=f"{ANSWER}|output"
)


class AlpacaFarm(SeededPair):
    """`Output (a)` or `Output (b)`."""

    card = Card(
        name="alpaca-farm",
        title="AlpacaFarm",
        task_type=TaskType.PAIRWISE,
        result=Result.VERDICT,
        summary="The judge names the preferable of two outputs; there are no ties.",
        needs="A task, one or more criteria, items with a question (or an `instruction`) and two responses.",
        messages="System: the instructions. User: the instruction, both outputs, the question which is best. "
        "The original draws one of 13 annotators for each pair, of three models and with up to five pairs in a "
        "request; this is the form of its `gpt4_4`, one pair a request, without its own examples. Tokens that it "
        "favours and avoids are not sent.",
        grammar="Output (a) or Output (b).",
        parsing="The original counts `Output (a)` and `Output (b)` at the start of a line, after at most one "
        "space, and wants exactly one. Repaired, `(a)` alone and a sentence that chooses are read too.",
        failure="The original leaves the row out.",
        aggregation=ORDER,
        biases="The whole pool agrees with people in 57.8% of pairs, prefers the longer answer in 59% and the "
        "first in 51% (evaluators_configs/README.md).",
        citation="Dubois et al., AlpacaFarm: A Simulation Framework for Methods that Learn from Human Feedback, "
        "NeurIPS 2023, arXiv:2305.14387; tatsu-lab/alpaca_eval, evaluators_configs/alpaca_farm.",
    )
    published = Sampling(n=1, temperature=1.0, max_tokens=20, top_logprobs=0)

    def _messages(self, rubric: Rubric, form: bool) -> tuple[TemplateMessage, ...]:
        system = FARM_SYSTEM.replace(FORM_PLACE, FARM_FORM if form else "")
        return (TemplateMessage("system", system), TemplateMessage("user", FARM_USER))

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """Both outputs' names."""
        return ("Output (a)", "Output (b)")

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """A name and nothing else."""
        return Form()

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The output that is named: upstream's `regex_parser` for one pair, or the choice that is made."""
        if parser is Parser.FAITHFUL:
            return _farm_reading(text)
        choice = either_choice(text, _FARM_OPTIONS)
        if choice is None or isinstance(choice, str):
            return choice
        return Reading(verdict=Verdict.A if choice.key in "aA" else Verdict.B)


def _farm_reading(text: str) -> Reading | str | None:
    """One name in all; a text is cut behind each one found, so that `^` matches there again."""
    first = _FARM.search(text)
    if first is None:
        return None
    if _FARM.search(text[first.end() :]):
        return "several outputs are named, and the original wants one."
    return Reading(verdict=Verdict.A if first[1] == "a" else Verdict.B)
