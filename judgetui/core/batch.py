"""Batches of a run: calls that a provider answers together, later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from judgetui.core.vote import ScoreSource

AT_PROVIDER: Final = "Its batch is at the provider; going on takes the results."
"""Why a run waits."""


class BatchStep(StrEnum):
    """How far a batch has come.

    `first` is no batch, but the call that is made by itself before one, to learn what the model takes. A batch is
    `planned`, its requests are `uploaded` (from where on the provider may have it), it is `submitted` under a name of
    the provider's, and `taken` once all that it brought is in the session.
    """

    FIRST = "first"
    PLANNED = "planned"
    UPLOADED = "uploaded"
    SUBMITTED = "submitted"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of one judge's calls.

    Args:
        token: names it to the provider, so that it is found again if its name there was not noted.
        source: where the scores of its judgements come from; its requests depend on it.
        learned: what the judge was known to refuse when it was planned, with the reasons.
        upload: the provider's name for its requests; empty before they are uploaded, or where there is none.
        remote: the provider's name for it; empty before it is submitted.
        requests: how many calls it has.
        detail: why it was refused before, or what it did not bring; empty where there is nothing to say.
    """

    id: int
    run_id: int
    judge: str
    step: BatchStep
    token: str
    source: ScoreSource
    learned: Mapping[str, str]
    upload: str
    remote: str
    requests: int
    detail: str
    created: datetime


@dataclass(frozen=True, slots=True)
class BatchedCall:
    """One call of a batch.

    Args:
        number: its place in the batch, from 0.
        position: the item that it is about.
        keys: of its requests' calls.
        costs: US dollars for each reply that came, None where that is not known; None before any came.
    """

    number: int
    position: int
    keys: tuple[str, ...]
    costs: tuple[float | None, ...] | None = None
