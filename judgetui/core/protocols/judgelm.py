"""JudgeLM (Zhu et al. 2023, arXiv:2310.17631; baaivision/JudgeLM, judgelm/llm_judge).

Vicuna's general prompt as a text to complete: two answers with or without a reference, one answer beside a
reference that counts as flawless, or several answers. Wording is ours, in the same order of parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from judgetui.core.item import Item
from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import Reading
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.combining import combine_scores
from judgetui.core.protocols.first_line import FirstLine, after_first, faithful_scores, find_first, reading
from judgetui.core.protocols.named_scores import own_words
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.protocols.vicuna import (
    CRITERION,
    FIELDS,
    GENERAL,
    RESULT_FIRST,
    SYSTEM,
    UNBIASED,
    examples,
)
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.vote import Failures, Parser, ScoreSource, Vote
from judgetui.errors import ItemError

CITATION: Final = (
    "Zhu et al., JudgeLM: Fine-tuned Large Language Models are Scalable Judges, arXiv:2310.17631; "
    "baaivision/JudgeLM."
)
PUBLISHED: Final = Sampling(n=1, temperature=0.2, max_tokens=2048, top_logprobs=0)
"""JudgeLM's sampling (gen_model_judgement.py and its variants)."""

STOP: Final = "</s>"
"""Where JudgeLM ends a reply."""

CUE: Final = "\n\n### Response:"
"""What the judge completes."""

SEVERAL: Final = """\
{% for answer in responses %}
[Assistant {{ answer.number }}'s Answer]
{{ answer.text }}
[End of Assistant {{ answer.number }}'s Answer]

{% endfor %}
"""

ONE: Final = """\
[Assistant 1's Answer]
{% for field in fields if field.name == "reference" %}
{{ field.text }}
{% endfor %}
[End of Assistant 1's Answer]

[Assistant 2's Answer]
{{ response }}
[End of Assistant 2's Answer]

"""

FIELDS_BUT_REFERENCE: Final = FIELDS.replace("in fields", 'in fields if field.name != "reference"')

FORM: Final = """\
Begin with one line that holds nothing but {{ responses | length }} scores, one for each assistant from Assistant 1 \
on, with a space between them. From the next line on, explain your scores in full.
"""

ONE_FORM: Final = """\
Assistant 1's answer is the reference and has {{ scale.high }}; its score is written already. Go on with Assistant \
2's score and nothing else on that line. From the next line on, explain your scores in full.
"""

_QUALITY: Final = Criterion("quality", "How helpful, relevant, accurate and detailed the answer is.")
_TASK: Final = "Compare the answers of AI assistants to a user's question."
_MESSAGES: Final = (
    "One user message, since JudgeLM completes a plain text: who the judge is, the question, the answers, the "
    "instructions, and the place where its reply goes on. JudgeLM's own models were trained on its own wording; "
    "to run one of them, give that as the rubric's template."
)
_SAMPLING: Final = " Its random seed for each item cannot be sent."
_FAILURE: Final = "The original stores -1 for both answers, which makes the reply a draw; `--failures minus-one` does so too."


class Pair(FirstLine):
    """Two answers with a score each, beside a reference where an item has one."""

    card = Card(
        name="judgelm",
        title="JudgeLM",
        task_type=TaskType.PAIRWISE,
        result=Result.ANSWER_SCORES,
        summary="A judge, fine-tuned or not, scores two answers from 1 to 10 on its first line, then explains. "
        "A reference answer in the item is shown to it.",
        needs="A task, one or more criteria, items with a question and two responses, and a reference if you "
        "have one. Both orders are asked.",
        messages=_MESSAGES + " A reference stands between question and answers." + _SAMPLING,
        grammar="Two scores on the first line with a space between them, then the explanation.",
        parsing="The original reads the first line: `8 9` or `8,9` and nothing else. Repaired, scores that are "
        "announced, bracketed, parted by `, `, given as `8/10` or by name are read too, if the reply begins "
        "with them, and are on the scale. Upstream's generating script cuts the last character off a reply "
        "without a stop text; a recorded reply is read as it is.",
        failure=_FAILURE,
        aggregation="The higher score wins. JudgeLM's agreement is of the given order, and the other order says "
        "how consistent it is; here the scores of both are averaged, and `order: as-given` asks for one.",
        biases="Position, knowledge (lessened by references) and format (a reference at one time only). Agreement "
        "with GPT-4 on 5,000 validation items and consistency under a swap: 7B 81.11% and 83.57%, 13B 84.33% and "
        "85.01%, 33B 89.03% and 91.36%; with references 84.08% and 84.46%, 85.47% and 87.23%, 89.32% and 92.37% "
        "(repository). What they agree with is GPT-4, not people.",
        citation=CITATION,
    )
    starter = Starter(_TASK, (_QUALITY,), (InputField("question"), InputField("reference", optional=True)))
    published = PUBLISHED

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """One user message that ends where the judge goes on."""
        return (TemplateMessage("user", _text(SEVERAL, FORM) + CUE),)

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the line of scores and the place to go on from."""
        return (TemplateMessage("user", _text(SEVERAL, "")),)

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The scores of the first line of what upstream's scripts store."""
        return super().read(rubric, request, reply, _stored(text), parser)


class Multi(Pair):
    """Several answers with a score each."""

    card = Card(
        name="judgelm-multi",
        title="JudgeLM, several answers",
        task_type=TaskType.LISTWISE,
        result=Result.ANSWER_SCORES,
        summary="The judge scores several answers from 1 to 10 on its first line, then explains.",
        needs="A task, one or more criteria, items with a question and two or more responses, and a reference if "
        "you have one.",
        messages=_MESSAGES + " There is a block for each answer." + _SAMPLING,
        grammar="As many scores as there are answers on the first line, parted by spaces, then the explanation.",
        parsing=Pair.card.parsing
        + " Upstream's parser reads two scores only; the same grammar is used for more.",
        failure=_FAILURE,
        aggregation="The mean score of each answer over replies; the ranking is by score.",
        biases=Pair.card.biases,
        citation=CITATION,
    )
    order = "as-given"


class Single(Pair):
    """One answer beside a reference that has the highest score."""

    card = Card(
        name="judgelm-single",
        title="JudgeLM, single answer",
        task_type=TaskType.POINTWISE,
        result=Result.POINT,
        summary="The judge scores one answer against a reference that counts as flawless: the pairwise prompt, "
        "with the reference as the first answer and its score already given.",
        needs="A task, one or more criteria, items with a question, a reference and one response.",
        messages=_MESSAGES
        + " The reference stands in the place of the first answer. Upstream begins the reply "
        "with the reference's 10; a chat cannot be begun, so the prompt ends with it." + _SAMPLING,
        grammar="The answer's score on the first line, then the explanation; a judge that writes both scores, "
        "`10 7`, is read too.",
        parsing="The original begins the reply with 10 and reads the first line of both, two numbers and nothing "
        "else. Repaired, an announced or marked-up score is read too, and a reference with any other score makes "
        "the reply void.",
        failure="The original stores -1; here the reply is unparsed.",
        aggregation="The mean over items, on the criterion's scale.",
        biases=Pair.card.biases + " The score is relative to a reference that is taken to be flawless.",
        citation=CITATION,
    )
    starter = Starter(
        "Judge an assistant's answer to a user's question.",
        (_QUALITY,),
        (InputField("question"), InputField("reference")),
    )
    counts_failures_as: ClassVar[Failures] = Failures.STATE

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """One user message that ends with the reference's score."""
        text = _text(ONE, ONE_FORM, FIELDS_BUT_REFERENCE) + CUE
        return (TemplateMessage("user", text + "{{ scale.high }}"),)

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the reference's score at the end."""
        return (TemplateMessage("user", _text(ONE, "", FIELDS_BUT_REFERENCE)),)

    def calls(
        self, rubric: Rubric, item: Item, source: ScoreSource, order: str | None = None
    ) -> tuple[JudgeRequest, ...]:
        """One request for each criterion and sample.

        Raises:
            ItemError: also if there is no reference to measure the answer by.
        """
        shown = "reference" in {spec.name for spec in rubric.inputs} and item.text("reference")
        if rubric.template is None and not shown:
            raise ItemError(
                f"item {item.id!r} has no reference, which judgelm-single measures its answer by.",
                "Add `reference` to the rubric's inputs and to every item.",
                field="reference",
            )
        return super().calls(rubric, item, source, order)

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The second score of the first line, which begins with the reference's 10 whether it is repeated or not."""
        text = _stored(text)
        if parser is Parser.FAITHFUL:
            values = faithful_scores(f"10 {text}") or faithful_scores(text)
            return None if values is None else Reading(score=values[1], rationale=after_first(text))
        scale, own = scale_of(self, rubric), own_words(text, request)
        found = find_first(own, scale, 2) or find_first(own, scale, 1)
        said = reading(found, own)
        if not isinstance(said, Reading):
            return said
        top = scale.texts[-1]
        if len(said.answer_scores) == 2 and said.answer_scores[0] != scale.value(top):
            return f"the reference has {said.answer_scores[0]:g} instead of {top}."
        return Reading(score=said.answer_scores[-1], rationale=said.rationale)

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """Mean over samples for each criterion, then the weighted mean over criteria."""
        return combine_scores(rubric, votes)


def _text(answers: str, form: str, fields: str = FIELDS) -> str:
    """Who the judge is, the question, the answers and the instructions."""
    return f"{SYSTEM}\n{examples(RESULT_FIRST)}{fields}{answers}{CRITERION}{GENERAL}{form}{UNBIASED}"


def _stored(text: str) -> str:
    """A reply as upstream's scripts store it: up to the stop text, without white space around it.

    They also lose the last character of a reply without a stop text (`output.find`); what is recorded has lost
    it already.
    """
    return text.partition(STOP)[0].strip()
