"""What a run needs before it may begin, and whenever it is taken up again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from judgetui.core.certainty import tells_certainty
from judgetui.core.item import Item
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.reply import Usage
from judgetui.core.run import RunSettings
from judgetui.core.session import Version
from judgetui.errors import InputError
from judgetui.providers.base import JudgeProvider
from judgetui.providers.prices import price
from judgetui.services.making import judging_rubric, source_of


def require_prices(budget: float | None, judges: Iterable[JudgeProvider]) -> None:
    """Make sure that a budget can be kept.

    Raises:
        InputError: naming the judge whose price is not known.
    """
    for judge in judges:
        if budget is not None and price(judge.judge, Usage(1000, 1000, 0), judge.endpoint) is None:
            raise InputError(
                f"the price of {judge.judge} is not known, so that a budget cannot be kept.",
                "Leave --budget out, and use --limit.",
            )


def require_batches(settings: RunSettings, judges: Iterable[JudgeProvider]) -> None:
    """Make sure that a run can go by batch, if it is to.

    Raises:
        InputError: naming the judge that has no batch service.
    """
    if not settings.batch:
        return
    if settings.cascade is not None:
        raise InputError(
            "a cascade cannot go by batch: what its later judges are asked depends on the first one's replies.",
            "Leave --batch or --cascade out.",
        )
    for judge in judges:
        if judge.batches({}) is None:
            raise InputError(
                f"{judge.judge} has no batch service.",
                "Leave --batch out; judges of openai: and anthropic: have one.",
            )


def require_cascade(
    version: Version, judges: Sequence[JudgeProvider], settings: RunSettings, item: Item
) -> None:
    """Make sure that every judge of a cascade but the last can tell how sure it is.

    Args:
        item: one of the run's, which stands for all.

    Raises:
        InputError: naming the judge that cannot, or if there is none to go on to.
    """
    if settings.cascade is None:
        return
    if len(judges) < 2:
        raise InputError(
            "a cascade needs two judges or more.", "Name the cheap one first: --judge A --judge B."
        )
    protocol = get_protocol(version.rubric.protocol)
    rubric = judging_rubric(version.rubric, settings.samples)
    for judge in judges[:-1]:
        source = source_of(protocol, rubric, judge.capabilities, settings.samples)
        if not tells_certainty(protocol, rubric, item, source, settings.order):
            raise InputError(
                f"{judge.judge} would not tell how sure it is, so that a cascade cannot begin with it.",
                "Ask for several votes (--n 3), for both orders of a pair, or a judge with probabilities.",
            )
