"""Closeness to a reference answer (Bubeck et al. 2023, Sparks of Artificial General Intelligence, arXiv:2303.12712).

Which of two responses means what the reference answer means. No code was released; wording is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from judgetui.core.item import Item
from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol, Reading
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.choices import ANSWER, Options, closing_choice
from judgetui.core.protocols.combining import combine_verdicts
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.vote import Parser, ScoreSource, Verdict, Vote
from judgetui.errors import ItemError

TEMPLATE: Final = """\
{{ task }} Compare two responses with a reference answer on {{ criterion.name }}: {{ criterion.description }}
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
Response 1:
{{ response_a }}

Response 2:
{{ response_b }}

Is Response 1 or Response 2 closer to the reference answer, or neither of them, or both alike?"""

DEMAND: Final = """ \
Say why in a sentence or two, then write your choice on a last line of its own: Response 1, Response 2, Neither or \
Both."""

LABELS: Final = {
    "Response 1": Verdict.A,
    "Response 2": Verdict.B,
    "Neither": Verdict.BOTH_BAD,
    "Both": Verdict.TIE,
}
"""What each choice says; neither is bad twice, both are as good as each other."""

_KEYS: Final = {
    "1": Verdict.A,
    "first": Verdict.A,
    "2": Verdict.B,
    "second": Verdict.B,
    "neither": Verdict.BOTH_BAD,
    "both": Verdict.TIE,
}
_TO: Final = r"(?:\s+in\s+meaning)?(?:\s+(?:to|with)\s+(?:the\s+)?reference(?:\s+answer)?)?"
_OPTIONS: Final = Options(
    r"(?<![\w./+\-])(?:"
    r"(?:the\s+)?(?:response|answer|option|candidate|number)\s*#?\s*(?=[12])"
    r"|(?:the\s+)?(?=(?:first|second)(?:\s+(?:response|answer|one|candidate))?\b))?"
    r"(?P<key>[12](?!\w|[.,]\d|\s*[-+*/=^×]\s*\d)|(?:first|second|neither|both)\b)"
    r"(?:(?<=first)\s+(?:response|answer|one)|(?<=second)\s+(?:response|answer|one)"
    rf"|(?<=neither)(?:\s+(?:response|answer|of\s+them|of\s+the\s+two|one))?(?:\s+is\s+(?:closer?|similar){_TO})?"
    rf"|(?<=both)(?:\s+(?:responses|answers|of\s+them))?(?:\s+are\s+equally\s+(?:close|similar|near){_TO})?)?",
    announces=rf"{ANSWER}|close\w*",
    better=r"closer|closest|nearer|nearest|better|best",
)


class ReferenceCloseness(JudgeProtocol):
    """Two responses beside a reference: the first, the second, neither or both."""

    card = Card(
        name="reference-closeness",
        title="Closeness to a reference",
        task_type=TaskType.PAIRWISE,
        result=Result.VERDICT,
        summary="The judge says which of two responses means what a reference answer means, or neither, or both. "
        "For questions with one right answer.",
        needs="A task, one or more criteria, items with a question, a `reference` and two responses.",
        messages="One user message: the instructions, the question, the reference, both responses. Roles, "
        "sampling and order were not published; it is asked at temperature 0, in both orders.",
        grammar="A sentence or two, then Response 1, Response 2, Neither or Both on the last line.",
        parsing="No original parser exists; the faithful one takes a last line that is one of the four. Repaired, "
        "a last line that chooses one in other words is read too.",
        failure="Not published; a reply without a choice is a failure of its own.",
        aggregation="A verdict must be the same in both orders, else it is a tie, marked inconsistent. Published: "
        "the share of each choice. The original judge had no option for both, people had; compare only what both "
        "could choose.",
        biases="The original judge, GPT-4, wrote one of the candidates. It is reported to have preferred GPT-4's "
        "answers in 87.76% of cases, where people did in 47.61% and chose both in 23.29%, neither in 22.75%.",
        citation="Bubeck et al., Sparks of Artificial General Intelligence: Early Experiments with GPT-4, 2023, "
        "arXiv:2303.12712.",
    )
    starter = Starter(
        "Two assistants answered a question whose right answer is known.",
        (Criterion("closeness", "The response says what the reference answer says, in whatever words."),),
        (InputField("question"), InputField("reference")),
    )
    published = Sampling(n=1, temperature=0.0, max_tokens=512, top_logprobs=0)

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """One user message."""
        return (TemplateMessage("user", TEMPLATE + DEMAND),)

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the last line that is asked for."""
        return (TemplateMessage("user", TEMPLATE),)

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The four choices."""
        return tuple(LABELS)

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """Reasons, then the choice on a line of its own."""
        longest = rubric.sampling.filled(self.published).max_tokens or 0
        return Form("\n", reasons=min(4000, max(40, 2 * longest - 40)))

    def calls(
        self, rubric: Rubric, item: Item, source: ScoreSource, order: str | None = None
    ) -> tuple[JudgeRequest, ...]:
        """Both orders of an item that has a reference.

        Raises:
            ItemError: if there is none, or the rubric does not show it.
        """
        if not any(spec.name == "reference" for spec in rubric.inputs):
            raise ItemError(
                "the rubric has no input `reference`, without which nothing can be close to it.",
                "Add `reference` to the rubric's inputs.",
                field="inputs",
            )
        if not item.text("reference").strip():
            raise ItemError(
                f"item {item.id!r} has no reference answer.",
                "Add `reference` to the item, or judge it by a protocol without one.",
                field="reference",
            )
        return super().calls(rubric, item, source, order)

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The choice on the last line: its very text, or in other words."""
        if parser is Parser.FAITHFUL:
            before, _, last = text.strip().rpartition("\n")
            verdict = LABELS.get(last.strip())
            return None if verdict is None else Reading(verdict=verdict, rationale=before.strip())
        choice = closing_choice(text, _OPTIONS)
        if choice is None:
            return None
        return Reading(verdict=_KEYS[choice.key.lower()], rationale=text[: choice.line].strip())

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """The verdict that both orders agree on; anything else is a tie, marked inconsistent."""
        return combine_verdicts(rubric, votes)
