"""Which calls are made again and when, and when a run stops for it."""

from __future__ import annotations

from typing import Final

from judgetui.errors import JudgetuiError
from judgetui.providers.base import ProviderError
from judgetui.services.desk import Desk
from judgetui.services.making import Job

FIRST_WAIT: Final = 0.5
"""Seconds before the first retry; doubled for each further one."""

LONGEST_WAIT: Final = 30.0
"""Seconds before a retry whose wait the endpoint does not say."""

LONGEST_HOLD: Final = 300.0
"""Seconds; an endpoint that asks to be left alone for longer is asked again after these."""

CROWDED_TRIES: Final = 20
"""Tries of a call that the endpoint was too busy for: to wait is no failure of the call."""

RETRY_FLOOR: Final = 20
RETRY_SHARE: Final = 0.5
"""Retries that a run may make: so many, and this share of its answered calls. Those of a call that the endpoint was
too busy for are not counted."""

OUTAGE: Final = 5
"""Calls in a row that could not reach the endpoint, or were too many for it, retries and all, before the run stops."""


class RunHaltedError(JudgetuiError):
    """Every other call of the run would fail alike; `cause` says why."""

    def __init__(self, cause: ProviderError) -> None:
        super().__init__(cause.message, cause.hint)
        self.cause = cause


class BudgetSpentError(JudgetuiError):
    """The budget leaves no room for another call."""


def may_try_again(error: ProviderError, job: Job, most: int, desk: Desk) -> bool:
    """Whether a call that failed is made again.

    Args:
        most: tries after the first, for a call that did not only come too soon.
    """
    if not error.kind.may_pass or not most or job.making.over:
        return False
    if error.kind.is_crowding:
        return job.crowded < CROWDED_TRIES
    return job.attempt - job.crowded < most and desk.tries < RETRY_FLOOR + RETRY_SHARE * desk.tally.calls


def wait_before(error: ProviderError, attempt: int) -> float:
    """Seconds until the next try: what the endpoint asked for, else twice as long each time."""
    if error.retry_after is not None:
        return min(error.retry_after, LONGEST_HOLD)
    return float(min(FIRST_WAIT * 2.0**attempt, LONGEST_WAIT))
