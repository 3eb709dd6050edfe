"""MT-Bench (Zheng et al. 2023, arXiv:2306.05685; lm-sys/FastChat, fastchat/llm_judge).

`mt-bench-single` is upstream's single-v1, `mt-bench-pair` its pair-v2. Wording is ours, with the same roles,
the same order of parts and the same verdict marks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from judgetui.core.item import Item
from judgetui.core.judgement import Outcome, broken
from judgetui.core.protocols.base import (
    Card,
    TaskType,
    blank_vote,
    orders_for,
    prompt,
    require_fit,
    scale_of,
    visible,
)
from judgetui.core.protocols.combining import NO_VOTE, combine_scores, usable
from judgetui.core.protocols.marks import VERDICTS, find_rating, find_verdict, reasons
from judgetui.core.rubric import Rubric, Sampling, TemplateMessage
from judgetui.core.scale import LabelScale, NumericScale, Scale
from judgetui.core.vote import Form, JudgeReply, JudgeRequest, Order, ScoreSource, Status, Verdict, Vote

SINGLE_PARSER: Final = "mt-bench-single/repaired-1"
PAIR_PARSER: Final = "mt-bench-pair/repaired-1"

PUBLISHED: Final = Sampling(n=1, temperature=0.0, max_tokens=2048, top_logprobs=0)
"""FastChat's sampling for its judges (llm_judge/common.py)."""

_FORM_PLACE: Final = "<<form>>"
"""Where the demand for a verdict mark goes.

An exported prompt goes without, since tools have forms of their own.
"""

SINGLE_SYSTEM: Final = "You are a careful and impartial judge."

SINGLE_USER: Final = """\
[Instruction]
{{ task }}
Judge the quality of the response below on {{ criterion.name }}: {{ criterion.description }}
{% for point in scale.anchored %}
{{ point.text }} = {{ point.anchor }}
{% endfor %}
First explain your judgement briefly and without favour. \
Then rate the response from {{ scale.low }} to {{ scale.high }}<<form>>.

{% for example in examples %}
[Worked Example]
{% for name, text in example.fields.items() %}
{{ name | replace("_", " ") | capitalize }}: {{ text }}
{% endfor %}
{{ example.why }} Rating: [[{{ example.expected }}]]

{% endfor %}
{% for field in fields %}
[{{ field.label }}]
{{ field.text }}

{% endfor %}
[The Start of the Response]
{{ response }}
[The End of the Response]"""

SINGLE_FORM: Final = """, strictly in this form: "[[rating]]", for example: "Rating: [[{{ scale.high }}]]\""""

PAIR_SYSTEM: Final = """\
You are an impartial judge. {{ task }}
Decide which of two responses, A or B, is better on {{ criterion.name }}: {{ criterion.description }}
Explain your comparison first. Do not let the order of the responses, their length or the names of the \
assistants influence you. Be as objective as you can.
After the explanation give your verdict<<form>>.
{%- for example in examples %}


[Worked Example]
{% for name, text in example.fields.items() %}
{{ name | replace("_", " ") | capitalize }}: {{ text }}
{% endfor %}
{{ example.why }} [[{{ example.expected }}]]
{%- endfor %}"""

PAIR_FORM: Final = (
    """ strictly in this form: "[[A]]" if A is better, "[[B]]" if B is better, "[[C]]" for a tie"""
)

PAIR_USER: Final = """\
{% for field in fields %}
[{{ field.label }}]
{{ field.text }}

{% endfor %}
[The Start of Response A]
{{ response_a }}
[The End of Response A]

[The Start of Response B]
{{ response_b }}
[The End of Response B]"""


def marked(sampling: Sampling) -> Form:
    """Reasons, then a mark in double brackets; reasons leave room for it within the longest reply.

    Two characters a token is what dense text comes to; more of them could cut the mark off.
    """
    return Form("[[", "]]", min(4000, max(40, 2 * (sampling.max_tokens or 0) - 20)))


class MTBenchSingle:
    """One response, reasons first, then `[[rating]]`."""

    card = Card(
        name="mt-bench-single",
        title="MT-Bench, single answer",
        task_type=TaskType.POINTWISE,
        summary="The judge explains, then rates one response from 1 to 10.",
        needs="A task, one or more criteria, items with a question and one response.",
        grammar="Reasons, then [[rating]].",
        biases="Five reruns at temperature 0 moved the mean score by 0.16 (FastChat issue 3018); first-turn "
        "agreement with people 60% over all votes and 85% without ties (paper, table 5).",
        citation="Zheng et al., Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena, NeurIPS 2023, "
        "arXiv:2306.05685.",
    )
    published = PUBLISHED
    default_scale: Scale | None = NumericScale(1, 10)
    uses_logprobs = False
    uses_steps = False

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """A one-line system message; the instructions are the user's, as upstream has them."""
        user = SINGLE_USER.replace(_FORM_PLACE, SINGLE_FORM)
        return (TemplateMessage("system", SINGLE_SYSTEM), TemplateMessage("user", user))

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the demand for `[[rating]]`."""
        return (
            TemplateMessage("system", SINGLE_SYSTEM),
            TemplateMessage("user", SINGLE_USER.replace(_FORM_PLACE, "")),
        )

    def plan(
        self, rubric: Rubric, item: Item, source: ScoreSource, order: str | None = None
    ) -> tuple[JudgeRequest, ...]:
        """One request for each criterion and sample."""
        require_fit(self, item)
        sampling = rubric.sampling.filled(self.published)
        return tuple(
            JudgeRequest(
                messages=prompt(self, rubric, item, criterion),
                criterion=criterion.name,
                sample=sample,
                temperature=sampling.temperature,
                max_tokens=sampling.max_tokens or 2048,
                labels=scale_of(self, rubric).texts,
                form=marked(sampling),
            )
            for criterion in rubric.criteria
            for sample in range(sampling.n or 1)
        )

    def parse(self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply) -> Vote:
        """Read the last rating; one off the scale is none."""
        vote = blank_vote(request, reply, SINGLE_PARSER)
        if vote.status is Status.REFUSED:
            return vote
        scale = scale_of(self, rubric)
        text = visible(reply.text)
        mark = find_rating(text, scale)
        if mark is None or mark.problem:
            return vote if mark is None else replace(vote, detail=mark.problem)
        label = mark.value if isinstance(scale, LabelScale) else None
        return replace(
            vote,
            status=Status.OK,
            score=float(mark.value) if label is None else scale.value(label),
            label=label,
            source=ScoreSource.SAMPLES if request.sample else ScoreSource.SINGLE,
            rationale=reasons(text, mark.start),
            detail="",
        )

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """Mean over samples for each criterion, then the weighted mean over criteria."""
        return combine_scores(rubric, votes)


class MTBenchPair:
    """Two responses, reasons first, then `[[A]]`, `[[B]]` or `[[C]]`; both orders by default."""

    card = Card(
        name="mt-bench-pair",
        title="MT-Bench, pairwise",
        task_type=TaskType.PAIRWISE,
        summary="The judge compares two responses in both orders; a side wins only when both orders agree.",
        needs="A task, one or more criteria, items with a question and two responses.",
        grammar="Reasons, then [[A]], [[B]] or [[C]] for a tie.",
        biases="Position: GPT-4 kept its verdict under a swap in 65.0% of pairs, and the longer answer won "
        "68.0% of the shipped pairs (paper, table 2; FastChat issue 3911).",
        citation="Zheng et al., Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena, NeurIPS 2023, "
        "arXiv:2306.05685.",
    )
    published = PUBLISHED
    default_scale: Scale | None = None
    uses_logprobs = False
    uses_steps = False

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """Instructions in the system message, the pair in the user's, as upstream has them."""
        system = PAIR_SYSTEM.replace(_FORM_PLACE, PAIR_FORM)
        return (TemplateMessage("system", system), TemplateMessage("user", PAIR_USER))

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the demand for a mark."""
        return (
            TemplateMessage("system", PAIR_SYSTEM.replace(_FORM_PLACE, "")),
            TemplateMessage("user", PAIR_USER),
        )

    def plan(
        self, rubric: Rubric, item: Item, source: ScoreSource, order: str | None = None
    ) -> tuple[JudgeRequest, ...]:
        """One request for each criterion, order and sample."""
        require_fit(self, item)
        sampling = rubric.sampling.filled(self.published)
        return tuple(
            JudgeRequest(
                messages=prompt(self, rubric, item, criterion, shown),
                criterion=criterion.name,
                order=shown,
                sample=sample,
                temperature=sampling.temperature,
                max_tokens=sampling.max_tokens or 2048,
                labels=("A", "B", "C"),
                form=marked(sampling),
            )
            for criterion in rubric.criteria
            for shown in orders_for(rubric, item, order)
            for sample in range(sampling.n or 1)
        )

    def parse(self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply) -> Vote:
        """Read the verdict mark and turn it back into the item's own order."""
        vote = blank_vote(request, reply, PAIR_PARSER)
        if vote.status is Status.REFUSED:
            return vote
        text = visible(reply.text)
        mark = find_verdict(text)
        if mark is None or mark.problem:
            return vote if mark is None else replace(vote, detail=mark.problem)
        verdict = VERDICTS[mark.value]
        return replace(
            vote,
            status=Status.OK,
            verdict=verdict.swapped if request.order is Order.BA else verdict,
            source=ScoreSource.SAMPLES if request.sample else ScoreSource.SINGLE,
            rationale=reasons(text, mark.start),
            detail="",
        )

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """Both orders must agree for a side to win; anything else is a tie, marked inconsistent.

        Upstream's conservative rule (FastChat, llm_judge/show_result.py): a win in one order and a tie in the
        other is a tie too. Several criteria are weighed: the side with more weight behind it wins.
        """
        verdicts: dict[str, Verdict] = {}
        agree: list[bool] = []
        kept: list[Vote] = []
        missing: list[Vote] = []
        for criterion in rubric.criteria:
            own = [vote for vote in votes if vote.criterion == criterion.name]
            by_order: dict[Order | None, Verdict] = {}
            for shown in dict.fromkeys(vote.order for vote in own):
                cast = [vote for vote in own if vote.order is shown]
                good = usable(cast)
                if good:
                    by_order[shown] = _majority([vote.verdict for vote in good if vote.verdict is not None])
                else:
                    missing += cast
                kept += good
            if not own:
                return NO_VOTE
            distinct = set(by_order.values())
            verdicts[criterion.name] = distinct.pop() if len(distinct) == 1 else Verdict.TIE
            if len(by_order) == 2:
                agree.append(len(set(by_order.values())) == 1)
        if failure := broken(missing):
            return failure
        lean = sum(
            criterion.weight * {Verdict.A: 1, Verdict.B: -1}.get(verdicts[criterion.name], 0)
            for criterion in rubric.criteria
        )
        return Outcome(
            status=Status.OK,
            verdict=Verdict.A if lean > 0 else Verdict.B if lean < 0 else Verdict.TIE,
            labels={name: verdict.value for name, verdict in verdicts.items()},
            consistent=all(agree) if agree else None,
            source=ScoreSource.SAMPLES if any(vote.sample for vote in kept) else ScoreSource.SINGLE,
            rationale=next((vote.rationale for vote in kept if vote.rationale), ""),
        )


def _majority(verdicts: Sequence[Verdict]) -> Verdict:
    """The most common verdict; a tie when two are equally common."""
    counted = Counter(verdicts).most_common(2)
    if len(counted) == 2 and counted[0][1] == counted[1][1]:
        return Verdict.TIE
    return counted[0][0]
