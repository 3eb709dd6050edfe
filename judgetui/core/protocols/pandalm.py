"""PandaLM (Wang et al. 2023, arXiv:2306.05087; WeOpenML/PandaLM).

A prompt to be completed with `1`, `2` or `Tie`, a reason and a reference answer of the judge's own. Wording is
ours, with the same headings in the same order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol, Reading
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.choices import Options, opening_choice
from judgetui.core.protocols.combining import combine_verdicts, first_order
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.vote import Failures, Parser, Verdict, Vote

TEMPLATE: Final = """\
{{ task }} Two responses to it stand below; compare them on {{ criterion.name }}. {{ criterion.description }}\
<<form>>
{% for example in examples %}

### Worked Example:
{% for name, text in example.fields.items() %}
{{ name | replace("_", " ") | capitalize }}: {{ text }}
{% endfor %}
The better one: {{ example.expected }}{% if example.why %} ({{ example.why }}){% endif +%}
{% endfor %}

{% for field in fields if field.text %}
### {{ "Instruction" if field.name == "question" else field.label }}:
{{ field.text }}

{% endfor %}
### Response 1:
{{ response_a }}

### Response 2:
{{ response_b }}"""

DEMAND: Final = """ \
Below the heading Evaluation name the better one, 1 or 2, or Tie, on a line of its own; then, under headings of \
their own, give the reason, and a reference answer of yours."""

EVALUATION: Final = """

### Evaluation:
"""

_VERDICTS: Final = {"1": Verdict.A, "2": Verdict.B, "tie": Verdict.TIE}
_SPECIAL: Final = re.compile(
    r"</?s>|<(?:unk|pad)>|<\|(?:endoftext|startofpiece|endofpiece)\|>|\[(?:PAD|UNK|CLS|g?MASK|sMASK)\]"
)
"""Special tokens, which the original cuts out of what the model wrote."""

_HEADING: Final = re.compile(r"\s*#{1,6}[ \t]*evaluation[ \t]*:?[ \t]*", re.IGNORECASE)
_SECTION: Final = re.compile(r"#{1,6}[ \t]*(reason|reference)[ \t]*:?", re.IGNORECASE)
_OPTIONS: Final = Options(
    r"(?<![\w./+\-])(?:(?:the\s+)?(?:response|option|answer|number)\s*#?\s*)?"
    r"(?P<key>[12]|(?<!\w)tie)(?![\w/%]|[.,]\d|\s*[-+*/=^×]\s*\d)",
    announces="result|evaluation",
)
_TIE: Final = re.compile(r"\W*(?:it[’']?\s*(?:i?s)\s+|the\s+result\s+is\s+)?a\s+tie\b", re.IGNORECASE)


class PandaLM(JudgeProtocol):
    """Two responses, the verdict first, then a reason and a reference; both orders by default."""

    card = Card(
        name="pandalm",
        title="PandaLM",
        task_type=TaskType.PAIRWISE,
        result=Result.VERDICT,
        summary="A judge, trained for it or not, names the better of two responses, then says why and writes a "
        "reference answer.",
        needs="A task, one or more criteria, items with a question (or an `instruction`), perhaps an `input` "
        "that goes with it, and two responses.",
        messages="One user message, a prompt to be completed: the introduction, Instruction, Input where there "
        "is one, both responses, Evaluation. The original model takes it as plain text and searches with 4 beams "
        "and a repetition penalty of 1.2, which are not sent.",
        grammar="1, 2 or Tie on the first line; then `### Reason:` and `### Reference:`.",
        parsing="The original takes the first line if it is exactly 1 or 2; Tie in any case and everything else "
        "are a tie. Repaired, a first line that announces one choice is read, and anything else is no verdict.",
        failure="The original counts it as a tie, as `--failures tie` does: 25 of ChatGPT's 999 published "
        "verdicts are such replies.",
        aggregation="Two ties or opposite winners are a tie; else the first order stands, so that a win in it "
        "beats a tie in the other, but not the other way round (issue 41). Against people: accuracy and macro "
        "precision, recall and F1 over the majority of three.",
        biases="On 999 pairs that people called a tie 105 times, PandaLM-7B says Tie 107 times and agrees in "
        "66.8%, gpt-3.5-turbo 38 times and 71.1%; people agree with each other at a kappa of .85 to .88 "
        "(released results).",
        citation="Wang et al., PandaLM: An Automatic Evaluation Benchmark for LLM Instruction Tuning "
        "Optimization, ICLR 2024, arXiv:2306.05087; WeOpenML/PandaLM.",
    )
    starter = Starter(
        "A model was given an instruction.",
        (
            Criterion(
                "quality",
                "How correct, concise and clear the response is, and how well it keeps to the instruction.",
            ),
        ),
        (InputField("question"), InputField("input", optional=True)),
    )
    published = Sampling(n=1, temperature=0.0, max_tokens=512, top_logprobs=0, top_p=1.0)
    counts_failures_as = Failures.TIE

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """One prompt, which ends where the evaluation begins."""
        return (TemplateMessage("user", TEMPLATE.replace("<<form>>", DEMAND) + EVALUATION),)

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the heading and what belongs below it."""
        return (TemplateMessage("user", TEMPLATE.replace("<<form>>", "")),)

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """Both numbers and the tie."""
        return ("1", "2", "Tie")

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """The verdict, then the reason."""
        longest = rubric.sampling.filled(self.published).max_tokens or 0
        return Form(closing="\n\n### Reason: ", after=min(4000, max(40, 2 * longest - 40)))

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The first line: upstream's three texts, or the choice that the line makes."""
        text = _SPECIAL.sub("", text).strip()
        if parser is Parser.FAITHFUL:
            verdict = _VERDICTS.get(text.split("\n")[0].lower())
            return None if verdict is None else Reading(verdict=verdict, rationale=_reason(text))
        if heading := _HEADING.match(text):
            text = text[heading.end() :]
        section = _SECTION.search(text)
        head = text[: section.start()] if section else text
        choice = opening_choice(head, _OPTIONS)
        if choice is not None:
            return Reading(verdict=_VERDICTS[choice.key.lower()], rationale=_reason(text))
        return Reading(verdict=Verdict.TIE, rationale=_reason(text)) if _TIE.match(head) else None

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """Opposite winners are a tie; otherwise the first order is followed."""
        return combine_verdicts(rubric, votes, first_order)


def _reason(text: str) -> str:
    """What stands under the heading Reason, or below the verdict where there is none; without the reference."""
    found = {section[1].lower(): section for section in _SECTION.finditer(text)}
    start = found["reason"].end() if "reason" in found else len(text.split("\n")[0])
    end = found["reference"].start() if "reference" in found else len(text)
    return text[start : max(start, end)].strip()
