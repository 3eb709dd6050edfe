"""MT-Bench (Zheng et al. 2023, arXiv:2306.05685; lm-sys/FastChat, fastchat/llm_judge).

`mt-bench-single` is upstream's single-v1, `mt-bench-pair` its pair-v2. Wording is ours, with the same roles,
the same order of parts and the same verdict marks.
"""

from __future__ import annotations

import re
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
    last_line,
    orders_for,
    prompt,
    require_fit,
    scale_of,
    visible,
)
from judgetui.core.protocols.combining import NO_VOTE, combine_scores, usable
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

_MARK: Final = {"A": Verdict.A, "B": Verdict.B, "C": Verdict.TIE, "TIE": Verdict.TIE}
_ECHO: Final = re.compile(
    r"[\"'`”’]?,?\s*(?:(?:if|when|means)\s+(?:the\s+)?(?:response|assistant|answer)?\s*[AB]\b"
    r"|(?:for|if|when|means)\s+(?:it(?:'s| is)\s+)?(?:a\s+)?tie\b)",
    re.IGNORECASE,
)
"""What follows a mark when the judge repeats its instructions instead of giving a verdict."""

_EITHER: Final = re.compile(
    r"\[\[\s*[ABC]\s*\]\](?:[\"'`]?\s*(?:,?\s*or|,|/)\s*[\"'`]?\[\[\s*[ABC]\s*\]\])+", re.IGNORECASE
)
"""Marks between which the judge does not choose."""

_OPTION: Final = re.compile(
    r"\s*\(?(?:a\s+tie|(?:the\s+)?(?:response\s+|assistant\s+|answer\s+)?[AB]\s+is\s+better)\b", re.IGNORECASE
)
"""What explains a mark; a list of several so explained is the list of options, a single one is a verdict."""

_EXAMPLE: Final = re.compile(r"\b(?:example|e\.g\.):?[\s\"'`“‘*]*(?:rating:?\s*)?\Z", re.IGNORECASE)
"""What stands before a rating when the judge repeats its instructions."""

_RANGE: Final = re.compile(r"\[\[\s*-?\d+\s*\]\][^\[\]\n]{0,40}\bto\s+[\"'`]?\[\[\s*-?\d+\s*\]\]")
"""Two ratings that name the ends of the scale."""

_RATING: Final = re.compile(r"\[\[\s*([^\[\]\n]{1,40}?)\s*(?:/\s*\d+\s*)?\]\]")
_BARE_RATING: Final = re.compile(
    r"\b(?:rating|score)\b[\s\"'*_]*(?::|=|is|of)[\s\"'*_]*\[?\s*([^\[\]\n*_/]{1,40}?)\s*(?:/\s*\d+)?\s*\]?[*_.\s]*$",
    re.IGNORECASE | re.MULTILINE,
)
"""A rating whose brackets were forgotten, at the end of a line."""

_VERDICT: Final = re.compile(r"\[\[\s*([ABC]|tie)\s*\]\]", re.IGNORECASE)
_BARE_VERDICT: Final = re.compile(
    r"\W*(?:(?:my\s+|the\s+)?(?:final\s+)?verdict\W{0,6}(?:is\W{0,6})?)?\[([ABC])\]\W*\Z",
    re.IGNORECASE,
)
"""A verdict whose second brackets were forgotten, alone on the last line."""


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
        """Read the last `[[rating]]`, or else one without its brackets.

        A rating off the scale is no rating.
        """
        vote = blank_vote(request, reply, SINGLE_PARSER)
        if vote.status is Status.REFUSED:
            return vote
        scale = scale_of(self, rubric)
        text = visible(reply.text)
        marks = [mark for mark in _RATING.finditer(text) if not _repeats(text, mark)]
        for mark in reversed(marks or list(_BARE_RATING.finditer(text))):
            answer = _rating(mark.group(1), scale)
            if answer is None:
                continue
            if answer == OFF_SCALE:
                return replace(vote, detail=f"the rating {mark.group(1)} is not on the scale.")
            label = answer if isinstance(scale, LabelScale) else None
            return replace(
                vote,
                status=Status.OK,
                score=float(answer) if label is None else scale.value(label),
                label=label,
                source=ScoreSource.SAMPLES if request.sample else ScoreSource.SINGLE,
                rationale=_reasons(text, mark.start()),
                detail="",
            )
        return vote

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
        """Read the verdict mark and turn it back into the item's own order.

        Marks that repeat the instructions do not count. Where several different marks remain, the last one
        counts only if nothing but closing words follow it on the last line.
        """
        vote = blank_vote(request, reply, PAIR_PARSER)
        if vote.status is Status.REFUSED:
            return vote
        text = visible(reply.text)
        marks = _verdict_marks(text)
        if not marks and (bare := _BARE_VERDICT.match(text, last_line(text))):
            marks = [bare]
        if not marks:
            return vote
        last = marks[-1]
        verdicts = {_MARK[mark.group(1).upper()] for mark in marks}
        if len(verdicts) > 1 and "\n" in text[last.end() :].strip():
            return replace(vote, detail="several different verdicts in the reply.")
        verdict = _MARK[last.group(1).upper()]
        return replace(
            vote,
            status=Status.OK,
            verdict=verdict.swapped if request.order is Order.BA else verdict,
            source=ScoreSource.SAMPLES if request.sample else ScoreSource.SINGLE,
            rationale=_reasons(text, last.start()),
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
            by_order: dict[Order, Verdict] = {}
            for shown in dict.fromkeys(vote.order for vote in own if vote.order is not None):
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


def _verdict_marks(text: str) -> list[re.Match[str]]:
    """Marks that give a verdict, without those that repeat or list what the judge may choose from."""
    spans = [(span.start(), span.end()) for span in _EITHER.finditer(text)]
    marks = [
        mark
        for mark in _VERDICT.finditer(text)
        if not _ECHO.match(text, mark.end()) and not any(start <= mark.start() < end for start, end in spans)
    ]
    options = [mark for mark in marks if _OPTION.match(text, mark.end())]
    several = len({mark.group(1) for mark in options}) > 1
    return [mark for mark in marks if not (several and mark in options)]


def _repeats(text: str, mark: re.Match[str]) -> bool:
    """Whether a rating belongs to the instructions, which the judge repeats."""
    if _EXAMPLE.search(text, max(0, mark.start() - 40), mark.start()):
        return True
    line = text.rfind("\n", 0, mark.start()) + 1
    return any(
        span.start() <= mark.start() < span.end() for span in _RANGE.finditer(text, line, mark.end() + 80)
    )


OFF_SCALE: Final = "off the scale"


def _rating(raw: str, scale: Scale) -> str | None:
    """What stands between the brackets as a point or a decimal of the scale.

    None if it is no rating at all.
    """
    if isinstance(scale, LabelScale):
        return next((label for label in scale.labels if label.casefold() == raw.casefold()), None)
    if not re.fullmatch(r"-?\d+(?:\.\d+)?", raw):
        return None
    return raw if scale.low <= float(raw) <= scale.high else OFF_SCALE


def _majority(verdicts: Sequence[Verdict]) -> Verdict:
    """The most common verdict; a tie when two are equally common."""
    counted = Counter(verdicts).most_common(2)
    if len(counted) == 2 and counted[0][1] == counted[1][1]:
        return Verdict.TIE
    return counted[0][0]


def _reasons(text: str, end: int) -> str:
    """What stands before the verdict, without the words that announce it."""
    before = re.sub(r"(?:^|\n|(?<=[.!?]))[^\n.!?]{0,40}?:?\s*[\"'*]*\Z", "", text[:end].rstrip())
    return before.strip() or text[end:].partition("]]")[2].strip()
