"""What a run tells while it goes: plain data for screens and commands alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from judgetui.core.judgement import Judgement
from judgetui.core.reply import Usage
from judgetui.core.run import Run, RunStatus


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far the batches are that a run waits for.

    Args:
        done: calls that the providers say they have finished, of `total`.
        next_look: seconds until they are asked again.
    """

    done: int
    total: int
    next_look: float


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands.

    Args:
        total: judgements asked for, items × judges, over the run's life.
        counts: stored judgements by status, over the run's life.
        at_work: the judgements that are being made, by judge and the item's position.
        calls: replies that came back in this invocation; `cached` are calls answered from the session
            instead.
        retries: failed tries that were followed by another.
        usage: tokens of this invocation's calls.
        cost_usd: US dollars of this invocation; None when a price is not known.
        seconds: since this invocation began.
        seconds_left: at the pace of what was asked so far; None before there is one.
        at_once: calls that may be under way at once now, over all endpoints.
        paused: whether no further call is sent until the run is told to go on.
        batch: what the run waits for; None when it waits for no batch.
    """

    run_id: int
    total: int
    counts: Mapping[str, int]
    at_work: frozenset[tuple[str, int]]
    calls: int
    cached: int
    retries: int
    usage: Usage
    cost_usd: float | None
    seconds: float
    seconds_left: float | None
    at_once: int = 0
    paused: bool = False
    batch: BatchProgress | None = None

    @property
    def running(self) -> int:
        """How many judgements are being made."""
        return len(self.at_work)

    @property
    def done(self) -> int:
        """Judgements that have ended, whatever their status."""
        return sum(self.counts.values())

    @property
    def failed(self) -> int:
        """Judgements whose calls failed."""
        return self.counts.get("failed", 0)


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run is stored and its first calls are on their way."""

    run: Run
    progress: Progress


@dataclass(frozen=True, slots=True)
class Advanced:
    """A judgement's first call is on its way, or a reply came back; the judgement is not complete yet."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement was committed to the session."""

    judgement: Judgement
    progress: Progress


@dataclass(frozen=True, slots=True)
class Written:
    """A piece of a reply as it is written, to the item in focus.

    Args:
        criterion: of the request, and its order of answers and sample, which tell replies apart.
        attempt: how many tries to get the reply have failed, whose pieces count no longer.
    """

    judge: str
    position: int
    criterion: str
    order: str | None
    sample: int
    attempt: int
    text: str
    progress: Progress


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something the user should know: a dropped parameter, a changed model, a wait."""

    message: str
    progress: Progress


class HaltCause(StrEnum):
    """What a run was halted by.

    `judge`: none could be reached, or it refuses every call; `storage`: the session cannot be read or
    written; `input`: something that the run asks for cannot be used.
    """

    JUDGE = "judge"
    STORAGE = "storage"
    INPUT = "input"


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The run stopped; `reason` says why when it did not reach its end, `cause` where that lay if it was halted."""

    run: Run
    status: RunStatus
    reason: str
    progress: Progress
    cause: HaltCause | None = None


RunEvent = RunStarted | Advanced | Written | Judged | Noticed | RunEnded
