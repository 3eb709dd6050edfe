"""One judgement in the making: its requests, what has come back so far, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.protocols.base import JudgeProtocol, source_for
from judgetui.core.protocols.prompts import Prompter
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.replies import failed_vote
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.core.rubric import Rubric
from judgetui.core.run import Call, Run, RunItem
from judgetui.core.session import Version
from judgetui.core.vote import ScoreSource, Status, Vote
from judgetui.errors import ItemError, TemplateError
from judgetui.providers.base import Capabilities, JudgeProvider
from judgetui.providers.keys import call_key


@dataclass(slots=True)
class Job:
    """One call that is to be made: some of a judgement's requests, which travel together.

    Args:
        indices: which of the judgement's requests they are.
        most: US dollars that it may cost at most; 0 where there is no budget.
        attempt: how many tries have failed; `crowded` of them because the endpoint was too busy.
    """

    making: Making
    indices: tuple[int, ...]
    most: float = 0.0
    attempt: int = 0
    crowded: int = 0

    @property
    def requests(self) -> tuple[JudgeRequest, ...]:
        """The requests themselves."""
        return tuple(self.making.requests[index] for index in self.indices)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the requests' calls."""
        return tuple(self.making.keys[index] for index in self.indices)

    @property
    def tokens(self) -> int:
        """About how many tokens it takes of an allowance a minute: the prompt's, and the longest reply's."""
        requests = self.requests
        characters = sum(len(message.content) for message in requests[0].messages)
        return characters // 4 + sum(request.max_tokens for request in requests)


@dataclass(slots=True)
class Making:
    """A judgement until it is complete.

    Args:
        source: where its scores shall come from.
        keys: of its requests' calls.
        votes: of each request, None until its reply came.
        calls: replies that are not committed yet, each with its cost; `used` are the stored calls that answered requests.
        started: when its first call was sent or answered.
        failed: the vote of a call that brought nothing, which ends it.
        replaced: whether another was planned in its place.
        had_logprobs: whether a reply carried token probabilities.
    """

    provider: JudgeProvider
    run_item: RunItem
    source: ScoreSource
    requests: tuple[JudgeRequest, ...]
    keys: tuple[str, ...]
    started: datetime
    votes: list[Vote | None]
    calls: list[tuple[Call, float | None]] = field(default_factory=list)
    used: list[int] = field(default_factory=list)
    costs: list[float | None] = field(default_factory=list)
    failed: Vote | None = None
    replaced: bool = False
    under_way: int = 0
    had_logprobs: bool = False

    @property
    def place(self) -> tuple[str, int]:
        """The judge and the item's position."""
        return self.provider.judge, self.run_item.position

    @property
    def open(self) -> list[int]:
        """The requests that have no vote."""
        return [index for index, vote in enumerate(self.votes) if vote is None]

    @property
    def complete(self) -> bool:
        """Whether nothing more is to come."""
        return not self.under_way and (self.failed is not None or None not in self.votes)

    @property
    def over(self) -> bool:
        """Whether no further call of it is to be made."""
        return self.replaced or self.failed is not None

    def jobs(self, indices: Iterable[int]) -> list[Job]:
        """The calls that bring replies to these requests."""
        wanted = {id(self.requests[index]): index for index in indices}
        bundles = self.provider.bundles([self.requests[index] for index in wanted.values()])
        return [Job(self, tuple(wanted[id(request)] for request in bundle)) for bundle in bundles]

    @property
    def cast(self) -> list[Vote]:
        """The votes there are; the one that failed comes last."""
        cast = [vote for vote in self.votes if vote is not None]
        return cast if self.failed is None else [*cast, self.failed]


class Maker:
    """Plans a run's judgements and puts them together.

    Args:
        clock: the time of day.
    """

    def __init__(self, run: Run, version: Version, clock: Callable[[], datetime]) -> None:
        self.run = run
        self.protocol: JudgeProtocol = get_protocol(version.rubric.protocol)
        self.rubric = judging_rubric(version.rubric, run.settings.samples)
        self._version = version
        self._clock = clock
        self._prompters: dict[ScoreSource, Prompter] = {}
        self._without_logprobs: set[str] = set()

    def begin(self, provider: JudgeProvider, run_item: RunItem, source: ScoreSource) -> Making:
        """A judgement with all its requests planned; one that cannot be planned has failed already."""
        making = Making(provider, run_item, source, (), (), self._clock(), [])
        self._plan(making)
        return making

    def take(self, making: Making, index: int, reply: JudgeReply, cost: float | None) -> None:
        """Read the reply to one of its requests."""
        request, key = making.requests[index], making.keys[index]
        making.votes[index] = self.protocol.parse(self.rubric, request, reply, call=key)
        making.had_logprobs = making.had_logprobs or bool(reply.logprobs)
        making.costs.append(cost)

    def call(self, making: Making, index: int, reply: JudgeReply) -> Call:
        """The call that brought a reply, to be stored."""
        body = making.provider.body(making.requests[index])
        return Call(
            making.keys[index], making.provider.judge, making.requests[index], reply, body, self._clock()
        )

    def fail(self, making: Making, index: int, why: str) -> None:
        """Note that a call brought nothing."""
        making.failed = failed_vote(making.requests[index], why)

    def lacks_logprobs(self, making: Making) -> bool:
        """Whether a complete judgement was to come from token probabilities and its judge returned none."""
        return making.source is ScoreSource.LOGPROBS and not making.had_logprobs and making.failed is None

    def is_outdated(self, making: Making) -> bool:
        """Whether nothing was asked yet of a judgement whose judge turned out to have no token probabilities."""
        untouched = not making.under_way and all(vote is None for vote in making.votes)
        lost = making.source is ScoreSource.LOGPROBS and self.source(making.provider) is not making.source
        return untouched and lost

    def fall_back(self, making: Making) -> bool:
        """Do without this judge's token probabilities from here on.

        Returns:
            Whether the judgement is to be asked anew, from the next best source; single replies are there already.
        """
        self._without_logprobs.add(making.provider.judge)
        making.source = self.source(making.provider)
        if making.source is ScoreSource.SINGLE:
            return False
        self._plan(making)
        return making.failed is None

    def judgement(self, making: Making) -> Judgement:
        """What came of it: one with a call that brought nothing has failed, whatever its other votes say."""
        votes, costs = making.cast, making.costs
        outcome = self.protocol.settled(self.rubric, making.run_item.item)
        if outcome is None and making.failed is not None:
            outcome = Outcome(Status.FAILED, detail=making.failed.detail)
        return Judgement(
            run_id=self.run.id,
            position=making.run_item.position,
            item=making.run_item.item,
            item_hash=making.run_item.content_hash,
            rubric=self.run.rubric_name,
            rubric_hash=self._version.rubric_hash,
            protocol=self._version.rubric.protocol,
            judge=making.provider.judge,
            outcome=outcome or self.protocol.combine(self.rubric, votes),
            votes=tuple(votes),
            started=making.started,
            cost_usd=None if None in costs else sum(cost or 0.0 for cost in costs),
        )

    def _plan(self, making: Making) -> None:
        provider, item = making.provider, making.run_item.item
        if making.source not in self._prompters:
            self._prompters[making.source] = Prompter(
                self.protocol, self.rubric, making.source, self.run.settings.order
            )
        try:
            making.requests = self._prompters[making.source].requests(item)
        except (ItemError, TemplateError) as error:
            blank = JudgeRequest(messages=(), criterion=self.rubric.criteria[0].name)
            making.failed = failed_vote(blank, str(error))
            return
        making.keys = tuple(call_key(provider.body(each), each.sample) for each in making.requests)
        making.votes = [None] * len(making.requests)

    def source(self, provider: JudgeProvider) -> ScoreSource:
        """Where this judge's scores come from, by what is known of it."""
        can = provider.capabilities
        if provider.judge in self._without_logprobs:
            can = replace(can, logprobs=False)
        return source_of(self.protocol, self.rubric, can, self.run.settings.samples)


def source_of(protocol: JudgeProtocol, rubric: Rubric, can: Capabilities, samples: int | None) -> ScoreSource:
    """Where a judge's scores come from, given what it can do; what is not known is hoped for."""
    return source_for(protocol, rubric, can.logprobs is not False, samples, decisions=can.decisions)


def judging_rubric(rubric: Rubric, samples: int | None) -> Rubric:
    """A rubric with a run's own number of samples."""
    if samples is None:
        return rubric
    return replace(rubric, sampling=replace(rubric.sampling, n=samples))
