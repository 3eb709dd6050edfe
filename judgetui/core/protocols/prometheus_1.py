"""Prometheus 1 (Kim et al. 2023, arXiv:2310.08491; kaistAI/prometheus).

The score rubric of Prometheus 2 with a label before the feedback. Pairs are ranked by grading each response alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from judgetui.core.item import Item
from judgetui.core.judgement import Outcome, broken, weakest_source
from judgetui.core.protocols.base import better
from judgetui.core.protocols.cards import Card, Result, TaskType
from judgetui.core.protocols.combining import NO_VOTE, ROUNDING, usable
from judgetui.core.protocols.prometheus import (
    ABSOLUTE_USER,
    CEILING,
    PENALTY,
    SUMS,
    TRAINED,
    Absolute,
    filled,
)
from judgetui.core.protocols.result_marks import script_score
from judgetui.core.request import JudgeRequest, Order
from judgetui.core.rubric import Rubric, Sampling, TemplateMessage
from judgetui.core.vote import ScoreSource, Vote

SYSTEM: Final = "You are a model that evaluates fairly."

_CITATION: Final = (
    "Kim et al., Prometheus: Inducing Fine-grained Evaluation Capability in Language Models, ICLR 2024, "
    "arXiv:2310.08491; kaistAI/prometheus."
)


class FirstAbsolute(Absolute):
    """One response against a described scale, as Prometheus 1 grades it."""

    card = Card(
        name="prometheus-1-absolute",
        title="Prometheus 1, absolute grading",
        task_type=TaskType.POINTWISE,
        result=Result.POINT,
        summary=Absolute.card.summary,
        needs=Absolute.card.needs,
        messages="System: one short line. User: task and rules, instruction, response, reference, score rubric. "
        "Upstream fills in Llama 2's chat template itself, and leaves out prompts over 3,072 tokens."
        + PENALTY,
        grammar='"Feedback:" and the feedback, then [RESULT] and a score.',
        parsing="The original takes what stands between the first [RESULT] and the next, which must be one of 1 to "
        "5 and nothing else. Repaired, the last [RESULT] counts, words may follow it, and the scale is the rubric's.",
        failure="The original asks again without end; here a failed reply is a state.",
        aggregation=SUMS + " Each item has three runs.",
        biases="Pearson with people on 45 rubrics .897 for the 13B model, .882 for GPT-4, .392 for ChatGPT. "
        + CEILING,
        citation=_CITATION,
    )
    published = Sampling(n=3, temperature=1.0, max_tokens=256, top_logprobs=0, top_p=0.9)
    system = SYSTEM
    lead = "Feedback: "

    def _read_faithfully(self, text: str) -> tuple[str, int] | None:
        return script_score(text)


class FirstRelative(FirstAbsolute):
    """Two responses, each graded by itself and then compared, as Prometheus 1's ranking script does."""

    card = Card(
        name="prometheus-1-relative",
        title="Prometheus 1, ranking by absolute grades",
        task_type=TaskType.PAIRWISE,
        result=Result.ANSWER_SCORES,
        summary="Grades each of two responses from 1 to 5 by itself, in a call of its own; the higher grade wins. "
        "The judge never sees both.",
        needs="A task, one or more criteria, a scale with an anchor for each point, items with a question and two "
        "responses, and best a reference answer. There is no order to choose: `order` is left aside."
        + TRAINED,
        messages="One user message without a system line, as upstream's ranking script has it: task and rules, "
        "instruction, one response, reference, score rubric." + PENALTY,
        grammar=FirstAbsolute.card.grammar,
        parsing=FirstAbsolute.card.parsing,
        failure=FirstAbsolute.card.failure,
        aggregation="The grades are compared. Equal grades are a tie; upstream grades both anew until they differ, "
        "except where people call the pair a tie, where equal grades are right.",
        biases="HHH 79.19% and MT-Bench human pairs 57.72% accuracy for the 13B model. Position cannot matter, since "
        "each response is graded alone. " + CEILING,
        citation=_CITATION,
    )
    published = Sampling(n=1, temperature=1.0, max_tokens=256, top_logprobs=0, top_p=0.95)

    def _messages(self, form: str, feedback: str) -> tuple[TemplateMessage, ...]:
        user = ABSOLUTE_USER.replace("<<response>>", "{{ responses[0].text }}")
        return filled("", user, form, feedback, self.lead)

    def calls(
        self, rubric: Rubric, item: Item, source: ScoreSource, order: str | None = None
    ) -> tuple[JudgeRequest, ...]:
        """One request for each response: the one that the request's order puts first."""
        return super().calls(rubric, item, source, "both")

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """The mean grade of each response over samples, weighed over criteria; the higher one wins."""
        grades: dict[int, float] = {0: 0.0, 1: 0.0}
        kept: list[Vote] = []
        missing: list[Vote] = []
        total = sum(criterion.weight for criterion in rubric.criteria) or 1.0
        for criterion in rubric.criteria:
            for place, first in enumerate((Order.AB, Order.BA)):
                cast = [v for v in votes if v.criterion == criterion.name and v.order == first]
                if not cast:
                    return NO_VOTE
                good = usable(cast)
                scores = [vote.score for vote in good if vote.score is not None]
                kept += good
                missing += cast if not scores else []
                grades[place] += criterion.weight / total * sum(scores) / max(1, len(scores))
        if failure := broken(missing):
            return failure
        source = weakest_source(kept)
        several = len(kept) > 2 * len(rubric.criteria)
        answer_scores = tuple(grades.values())
        return Outcome(
            status=kept[0].status,
            verdict=better(answer_scores, (), ROUNDING),
            answer_scores=answer_scores,
            source=ScoreSource.SAMPLES if several and source is ScoreSource.SINGLE else source,
            rationale=next((vote.rationale for vote in kept if vote.rationale), ""),
            detail=" ".join(dict.fromkeys(vote.detail for vote in kept if vote.detail)),
        )
