"""What a protocol is: a published system's way from rubric to messages, reply to vote, votes to outcome."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import ClassVar, Final, NamedTuple

from judgetui.core.item import Item
from judgetui.core.judgement import Outcome
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.orders import orders_for, own_ranking, own_scores, own_verdict
from judgetui.core.protocols.questions import decided, question_requests
from judgetui.core.protocols.rendering import prompt, scale_of, shown_fields
from judgetui.core.protocols.replies import blank_vote, is_refusal, visible
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest, Order
from judgetui.core.rubric import Criterion, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import Scale
from judgetui.core.vote import Failures, Parser, ScoreSource, Status, Verdict, Vote
from judgetui.errors import ItemError

_NOTHING: Final[Mapping[str, float]] = MappingProxyType({})
_NO_LABELS: Final[Mapping[str, str]] = MappingProxyType({})


class Reading(NamedTuple):
    """What a reply says; several answers stand in the order that was shown.

    Args:
        verdict: `A` is the answer that was shown first.
        answer_scores: one for each place.
        ranking: places from 0, best first.
        scores: by criterion, where a reply is on all of them; `labels` likewise.
        source: None for what a reply without token probabilities has.
        detail: what was noticed while reading.
    """

    score: float | None = None
    label: str | None = None
    verdict: Verdict | None = None
    answer_scores: tuple[float, ...] = ()
    ranking: tuple[int, ...] = ()
    source: ScoreSource | None = None
    outside: float | None = None
    detail: str = ""
    scores: Mapping[str, float] = _NOTHING
    labels: Mapping[str, str] = _NO_LABELS
    probabilities: Mapping[str, float] = _NOTHING
    rationale: str = ""


MOST_ANSWERS: Final = 26
"""Answers of one item, which are told apart by letters."""


class JudgeProtocol(ABC):
    """A published system. Implementations hold no state.

    Attributes:
        published: the sampling its authors used, for whatever a rubric leaves out.
        order: the order its authors showed several answers in, one of `rubric.ORDERS`.
        default_scale: the scale used when a rubric has none; None where a verdict needs no scale.
        uses_logprobs: whether a result can be read from token probabilities.
        uses_steps: whether evaluation steps have a place in the prompt.
        at_once: whether one request asks for all criteria.
        structured: whether a verdict may be asked for as JSON, because no published wording is at stake.
        turns: whether it judges conversations, turn by turn.
        counts_failures_as: what the original counts a reply without a result as.
        tie_delta: two answer scores no further apart than this are a tie.
        revision: of the parsers, raised when one of them reads a reply differently.
    """

    card: ClassVar[Card]
    starter: ClassVar[Starter]
    published: ClassVar[Sampling]
    order: ClassVar[str] = "both"
    default_scale: ClassVar[Scale | None] = None
    uses_logprobs: ClassVar[bool] = False
    uses_steps: ClassVar[bool] = False
    at_once: ClassVar[bool] = False
    structured: ClassVar[bool] = False
    turns: ClassVar[bool] = False
    counts_failures_as: ClassVar[Failures] = Failures.STATE
    tie_delta: ClassVar[float] = 0.0
    revision: ClassVar[int] = 1

    @property
    def answers(self) -> tuple[int, int]:
        """How many answers an item must have at least and at most."""
        match self.card.task_type:
            case TaskType.POINTWISE:
                return 1, 1
            case TaskType.PAIRWISE:
                return 2, 2
            case TaskType.LISTWISE:
                return 2, MOST_ANSWERS

    @abstractmethod
    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The protocol's own template, in the words of this program."""

    @abstractmethod
    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without its demand for a form of answer, for tools that bring a form of their own."""

    @abstractmethod
    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The texts a verdict may have, for so many answers; empty where it is free text."""

    @abstractmethod
    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form | None:
        """Where the verdict stands in a reply; None leaves the judge free."""

    @abstractmethod
    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """Read a reply that is no refusal. Never raises.

        Args:
            text: what to read: for the faithful parser the reply as it came, else without its thinking; where
                the judge was held to JSON, what it says in the protocol's own text.

        Returns:
            What it says; or why that does not count, in a sentence; or None when it says nothing.
        """

    @abstractmethod
    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """Combine an item's votes."""

    def settled(self, rubric: Rubric, item: Item) -> Outcome | None:
        """The outcome of an item that needs no call; None for all others."""
        return None

    def plan(
        self, rubric: Rubric, item: Item, source: ScoreSource, order: str | None = None
    ) -> tuple[JudgeRequest, ...]:
        """Every call that one judgement needs: a request for each criterion, order and sample.

        Args:
            source: where scores shall come from, given what the judge can do; only samples are several, and for
                decisions each request is a question.
            order: overrides the rubric's.

        Raises:
            ItemError: if the item has not what the rubric needs.
            TemplateError: if the template cannot be rendered.
            InputError: if decisions are wanted of a rubric that cannot be asked as questions.
        """
        require_fit(self, item)
        if self.settled(rubric, item) is not None:
            return ()
        if source is ScoreSource.DECISION:
            calls = self.calls(rubric, item, source, order)
            shown = partial(shown_fields, self, rubric, item)
            return question_requests(self, rubric, scale_of(self, rubric), calls, shown)
        criteria = {criterion.name: criterion for criterion in rubric.criteria}
        return tuple(
            replace(
                call,
                messages=prompt(
                    self, rubric, item, criteria.get(call.criterion, rubric.criteria[0]), call.order
                ),
            )
            for call in self.calls(rubric, item, source, order)
        )

    def calls(
        self, rubric: Rubric, item: Item, source: ScoreSource, order: str | None = None
    ) -> tuple[JudgeRequest, ...]:
        """What `plan` gives, without messages. Decisions are on one criterion each, whatever is asked at once else.

        Raises:
            ItemError: as `plan`.
        """
        sampling = rubric.sampling.filled(self.published)
        single = self.card.task_type is TaskType.POINTWISE
        answers = len(item.responses)
        at_once = self.at_once and source is not ScoreSource.DECISION
        orders = (None,) if single else orders_for(item, order or rubric.order or self.order)
        return tuple(
            JudgeRequest(
                messages=(),
                criterion="" if at_once else criterion.name,
                order=shown,
                sample=sample,
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                max_tokens=sampling.max_tokens or 1024,
                top_logprobs=(sampling.top_logprobs or 0) if source is ScoreSource.LOGPROBS else 0,
                labels=self.labels(rubric, answers),
                form=self.form(rubric, criterion, answers),
                structured=self.structured,
            )
            for criterion in (rubric.criteria[:1] if at_once else rubric.criteria)
            for shown in orders
            for sample in range((sampling.n or 1) if source is ScoreSource.SAMPLES else 1)
        )

    def parse(
        self,
        rubric: Rubric,
        request: JudgeRequest,
        reply: JudgeReply,
        parser: Parser = Parser.REPAIRED,
        call: str = "",
    ) -> Vote:
        """Read one reply. Never raises: a reply without a result is an unparsed vote.

        A reply in probabilities is read alike by both parsers, since no original asks for one.

        Args:
            call: key of the stored call that the vote came from.
        """
        version = f"{self.card.name}/{parser.value}-{self.revision}"
        if is_refusal(reply):
            return blank_vote(request, reply, version, call=call)
        found: Reading | str | None
        if reply.probabilities:
            version = f"{self.card.name}/decision-1"
            found = _decision(self, rubric, reply.probabilities)
        else:
            text = reply.said or (reply.text if parser is Parser.FAITHFUL else visible(reply.text))
            found = self.read(rubric, request, reply, text, parser)
        order = request.order
        problem = _misfit(found, order) if isinstance(found, Reading) else found or ""
        if problem or not isinstance(found, Reading):
            return blank_vote(request, reply, version, problem, call)
        own = own_scores(found.answer_scores, order)
        ranking = own_ranking(found.ranking, order)
        verdict = None if found.verdict is None else own_verdict(found.verdict, order)
        probabilities = found.probabilities
        if order == Order.BA and probabilities:
            probabilities = {own_label(key): share for key, share in probabilities.items()}
        return Vote(
            status=Status.OK,
            criterion=request.criterion,
            order=order,
            sample=request.sample,
            score=found.score,
            label=found.label,
            verdict=verdict or better(own, ranking, self.tie_delta),
            source=found.source or (ScoreSource.SAMPLES if request.sample else ScoreSource.SINGLE),
            probabilities=dict(probabilities),
            outside=found.outside,
            answer_scores=own,
            ranking=ranking,
            scores=dict(found.scores),
            labels=dict(found.labels),
            rationale=found.rationale,
            raw=reply.text,
            finish=reply.finish,
            parser=version,
            model=reply.model,
            usage=reply.usage,
            latency_ms=reply.latency_ms,
            detail=found.detail,
            call=call,
        )


def _decision(protocol: JudgeProtocol, rubric: Rubric, probabilities: Mapping[str, float]) -> Reading | str:
    """What an answer in probabilities says, or why it does not count."""
    pair = protocol.card.result is Result.VERDICT
    found = decided(None if pair else scale_of(protocol, rubric), probabilities)
    return found if isinstance(found, str) else Reading(source=ScoreSource.DECISION, **found._asdict())


def _misfit(found: Reading, order: Order | None) -> str:
    """Why a reading does not fit the answers that were shown; empty when it does."""
    if order is not None:
        for what, given in (("scores", found.answer_scores), ("places", found.ranking)):
            if given and len(given) != len(order):
                return f"{len(given)} {what} for {len(order)} answers."
    return ""


def own_label(key: str) -> str:
    """A verdict's text after the answers changed places."""
    return {"A": "B", "B": "A"}.get(key, key)


def better(scores: Sequence[float], ranking: Sequence[int], delta: float = 0.0) -> Verdict | None:
    """Which answer of a pair has the higher score or stands first; None unless there are two."""
    if len(scores) == 2:
        lead = scores[0] - scores[1]
        return Verdict.TIE if abs(lead) <= delta else Verdict.A if lead > 0 else Verdict.B
    return (Verdict.A, Verdict.B)[ranking[0]] if len(ranking) == 2 else None


def fits(protocol: JudgeProtocol, item: Item) -> bool:
    """Whether the item has as many answers as the protocol judges."""
    fewest, most = protocol.answers
    return fewest <= len(item.responses) <= most


def wanted_answers(protocol: JudgeProtocol) -> str:
    """The answers that an item must have, as a hint says it."""
    return {
        TaskType.POINTWISE: "one `response`",
        TaskType.PAIRWISE: "`response_a` and `response_b`",
        TaskType.LISTWISE: f"`responses`, 2 to {MOST_ANSWERS} of them",
    }[protocol.card.task_type]


def require_fit(protocol: JudgeProtocol, item: Item) -> None:
    """Raise `ItemError` unless the item fits."""
    if fits(protocol, item):
        return
    raise ItemError(
        f"item {item.id!r} has {len(item.responses)} responses; "
        f"{protocol.card.name} judges {wanted_answers(protocol)}.",
        "Choose other items or another protocol.",
        field="response",
    )


def source_for(
    protocol: JudgeProtocol,
    rubric: Rubric,
    logprobs: bool,
    samples: int | None = None,
    decisions: bool = False,
) -> ScoreSource:
    """The best score source a judge can give: token probabilities, else samples, else the single reply.

    Args:
        logprobs: whether the judge returns token probabilities.
        samples: overrides the rubric's number of votes.
        decisions: whether the judge answers questions and writes nothing, which leaves no choice.
    """
    if decisions:
        return ScoreSource.DECISION
    sampling = rubric.sampling.filled(protocol.published)
    if protocol.uses_logprobs and logprobs and sampling.top_logprobs:
        return ScoreSource.LOGPROBS
    return ScoreSource.SAMPLES if (samples or sampling.n or 1) > 1 else ScoreSource.SINGLE
