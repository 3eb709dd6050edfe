"""AlpacaEval 1 (tatsu-lab/alpaca_eval), and what its annotators share.

One call for each pair, in an order that is drawn from its instruction, and none for answers that are equal to
the letter. Wording is ours, with the same roles, the same order of parts and the same form of reply.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Final

from judgetui.core.item import Item
from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol, Reading
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.combining import combine_verdicts
from judgetui.core.protocols.model_rankings import find_ranking, literal_best
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, Rubric, Sampling, TemplateMessage
from judgetui.core.vote import Parser, Status, Verdict, Vote

CITATION: Final = (
    "Li et al., AlpacaEval: An Automatic Evaluator of Instruction-following Models, 2023; "
    "tatsu-lab/alpaca_eval."
)

FORM_PLACE: Final = "<<form>>"
"""Where the demand for a form of answer goes; a prompt for a tool with a form of its own goes without."""

ORDER: Final = (
    "One call: the order is drawn from the instruction and the same for all models, so that position evens "
    "out over items, not within one. Equal answers are a draw without a call."
)

RANK_SYSTEM: Final = "You are a careful assistant who ranks language models by how good their answers are."

RANK_USER: Final = """\
{{ task }}
Two language models were given the same input. Help to make a leaderboard of them: rank the two by \
{{ criterion.name }}. {{ criterion.description }}
What they were given and what they answered is written as Python dictionaries.
{% for example in examples %}

A worked example:
{
{% for name, text in example.fields.items() %}
    "{{ name }}": \"""{{ text }}\""",
{% endfor %}
}
The right ranking: {{ example.expected }}{% if example.why %} ({{ example.why }}){% endif +%}
{% endfor %}

The models were given:
{
{% for field in fields %}
    "{{ "instruction" if field.name == "question" else field.name }}": \"""{{ field.text }}\""",
{% endfor %}
}

They answered:
[
    {
        "model": "model_1",
        "answer": \"""{{ response_a }}\"""
    },
    {
        "model": "model_2",
        "answer": \"""{{ response_b }}\"""
    }
]

Rank them as most people would; the better one has rank 1, the other rank 2.<<form>>"""

RANK_FORM: Final = """ \
Your reply is run as Python, so write a list of this form and nothing else:
[
    {'model': <name of a model>, 'rank': <its rank>},
    {'model': <name of a model>, 'rank': <its rank>}
]"""

RANKINGS: Final = (
    "[{'model': 'model_1', 'rank': 1}, {'model': 'model_2', 'rank': 2}]",
    "[{'model': 'model_1', 'rank': 2}, {'model': 'model_2', 'rank': 1}]",
)
"""The two replies that a ranking can be; the first prefers what was shown first."""

_STARTER: Final = Starter(
    "Compare two models' answers to an instruction.",
    (Criterion("quality", "The answer that people would prefer: it does what was asked, and does it well."),),
)


class SeededPair(JudgeProtocol):
    """What AlpacaEval's annotators share: one call in a drawn order, and none for equal answers."""

    starter = _STARTER
    order = "seeded"

    @abstractmethod
    def _messages(self, rubric: Rubric, form: bool) -> tuple[TemplateMessage, ...]:
        """The template, with or without its demand for a form of answer."""

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """Who the judge is in the system message, all else in the user's."""
        return self._messages(rubric, form=True)

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without what the reply must look like."""
        return self._messages(rubric, form=False)

    def settled(self, rubric: Rubric, item: Item) -> Outcome | None:
        """A draw for answers that are equal, preference 1.5 upstream (annotators/pairwise_evaluator.py)."""
        if len(set(item.responses)) > 1:
            return None
        return Outcome(
            status=Status.OK,
            verdict=Verdict.TIE,
            labels={criterion.name: Verdict.TIE.value for criterion in rubric.criteria},
            detail="both answers are the same; that is a draw without a call, as in the original.",
        )

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """The verdict of the one order; of both orders, if a rubric asks for them, a win in each."""
        return combine_verdicts(rubric, votes)


class AlpacaEval1(SeededPair):
    """A Python list that ranks two models."""

    card = Card(
        name="alpaca-eval-1",
        title="AlpacaEval 1",
        task_type=TaskType.PAIRWISE,
        result=Result.VERDICT,
        summary="The judge ranks two models' answers to an instruction; there are no ties.",
        needs="A task, one or more criteria, items with a question (or an `instruction`) and two responses; "
        "the published baseline is response A.",
        messages="System: who the judge is. User: the input as a dictionary, the answers as a list of two, the "
        "ranking that is wanted.",
        grammar="A Python list of two dictionaries with `model` and `rank`.",
        parsing="The original reads the whole reply as one Python literal and looks at model_1's rank alone, so "
        "that a sentence before the list, a code fence or a reply cut off have no result, and two equal ranks "
        "have one. Repaired, the list is found wherever it stands, as Python or JSON, and equal ranks are none.",
        failure="The original leaves the row out.",
        aggregation=ORDER + " Win rate: the mean of preference - 1, where 1 is the baseline, 2 the model and "
        "1.5 a draw.",
        biases="GPT-4 as the judge agrees with people in 69.2% of pairs (people with each other 65.7%), prefers "
        "the longer answer in 68% and the one with a list in 73%, the first in 50% (evaluators_configs/README.md).",
        citation=CITATION,
    )
    published = Sampling(n=1, temperature=0.0, max_tokens=100, top_logprobs=0)

    def _messages(self, rubric: Rubric, form: bool) -> tuple[TemplateMessage, ...]:
        user = RANK_USER.replace(FORM_PLACE, RANK_FORM if form else "")
        return (TemplateMessage("system", RANK_SYSTEM), TemplateMessage("user", user))

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The two lists that rank both models."""
        return RANKINGS

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """A list and nothing else."""
        return Form()

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """Which model has rank 1: upstream's literal, or the list wherever it stands."""
        if parser is Parser.FAITHFUL:
            best = literal_best(text)
            return None if best is None else Reading(verdict=(Verdict.A, Verdict.B)[best])
        ranking = find_ranking(text)
        if ranking is None or ranking.best is None:
            return None if ranking is None else ranking.problem
        return Reading(verdict=(Verdict.A, Verdict.B)[ranking.best], rationale=ranking.reasons)
