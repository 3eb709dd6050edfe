"""Runs, what they judged, and the calls they made, as storage returns them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from judgetui.core.item import Item, Label
from judgetui.core.reply import JudgeReply, Usage
from judgetui.core.request import JudgeRequest


class RunStatus(StrEnum):
    """Where a run stands; `interrupted` is what a `running` one becomes when its process is gone, `paused` what it is
    when its budget leaves no room for another call, `waiting` while a provider works on its batch and nobody looks."""

    RUNNING = "running"
    PAUSED = "paused"
    WAITING = "waiting"
    DONE = "done"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    HALTED = "halted"


class RunOrigin(StrEnum):
    """Where a run's replies came from."""

    LIVE = "live"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What was asked of a run, beside rubric version, judges and items.

    Args:
        concurrency: calls under way at once, to begin with and at most; None begins with a few and takes more
            while answers come.
        timeout: seconds a call may take.
        max_retries: further tries after a failure that may pass.
        samples: votes for each criterion and order; None for the rubric's own number.
        order: pairwise order for this run; None for the rubric's own.
        budget: US dollars that the run may cost over its life; None for no limit.
        cascade: the judges are asked one after the other, each only about the items that the one before was less
            certain of than this, 0 to 1; None asks all of them about every item.
        batch: whether calls go to the providers' batch services.
        fresh: whether to ask again where the session held the reply before the run.
    """

    concurrency: int | None = None
    timeout: float = 120.0
    max_retries: int = 2
    samples: int | None = None
    order: str | None = None
    budget: float | None = None
    cascade: float | None = None
    batch: bool = False
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A rubric version × judges × items.

    Args:
        items: how many there are to judge.
        counts: stored judgements by status.
        reason: why it stopped, when it did not end by itself.
        retries: failed tries that were followed by another, over the run's life.
        probing: the probing that it belongs to; None for a run that was asked for by itself.
    """

    id: int
    version_id: int
    rubric_id: int
    rubric_name: str
    version_number: int
    protocol: str
    judges: tuple[str, ...]
    settings: RunSettings
    origin: RunOrigin
    status: RunStatus
    reason: str
    items: int
    counts: Mapping[str, int]
    usage: Usage
    cost_usd: float | None
    created: datetime
    finished: datetime | None
    retries: int = 0
    probing: int | None = None

    @property
    def total(self) -> int:
        """Judgements the run asks for: items × judges; of a cascade that goes, the most it may come to."""
        if self.settings.cascade is not None and self.status is RunStatus.DONE:
            return self.done
        return self.items * len(self.judges)

    @property
    def done(self) -> int:
        """Judgements stored with any status but cancelled."""
        return sum(count for status, count in self.counts.items() if status != "cancelled")

    @property
    def without_failed(self) -> Run:
        """The run as it is when it goes on and asks again for the judgements whose calls failed, if there are any."""
        if not self.counts.get("failed"):
            return self
        counts = {status: count for status, count in self.counts.items() if status != "failed"}
        return replace(self, counts=counts, status=RunStatus.RUNNING)


def own_first(runs: Iterable[Run]) -> list[Run]:
    """Runs in their order, those of probings last: these judge a sample, and stand for a rubric when nothing else does."""
    return sorted(runs, key=lambda run: run.probing is not None)


@dataclass(frozen=True, slots=True)
class RunItem:
    """An item as a run took it: whatever is edited later, this is what was judged."""

    position: int
    item: Item
    content_hash: str


class StoredItem(NamedTuple):
    """An item whose content the session holds already, by its id and the hash of its content."""

    item_id: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item of a run as a table shows it, without its texts.

    Args:
        labels: as they are now.
    """

    position: int
    item_id: str
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """What became of items that were added; `changed` have other content or labels than before."""

    new: int = 0
    changed: int = 0
    same: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One request and the reply to it, as stored.

    Args:
        key: hash of everything that is sent, plus the sample number.
    """

    key: str
    judge: str
    request: JudgeRequest
    reply: JudgeReply
    sent: Mapping[str, object] = field(default_factory=dict)
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallForm:
    """How calls were made, whatever they were about.

    Args:
        asked: settings of the request.
        sent: settings of what was sent, as the provider calls them.
        model: who answered, as the server said; empty when it did not.
        dropped: parts of the request that were not sent as asked, with the reason.
        calls: how many were made so.
    """

    asked: Mapping[str, object]
    sent: Mapping[str, object]
    model: str
    dropped: Mapping[str, str]
    calls: int
