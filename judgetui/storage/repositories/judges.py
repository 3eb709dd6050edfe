"""What was learned of judges: what an endpoint refused for a model, and which model it last said it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from judgetui.storage.columns import from_column, stamp, to_column
from judgetui.storage.repositories.base import Repository

REFUSED_DAYS: Final = 7

_MODEL: Final = "model"
_REFUSED: Final = "refused "


@dataclass(frozen=True, slots=True)
class JudgeFacts:
    """What is known of a judge at an endpoint.

    Args:
        model: the name the server last gave its model; empty before the first answer.
        refused: parts of requests that it refused, with the reason.
    """

    model: str
    refused: Mapping[str, str]


class JudgeRepository(Repository):
    """Facts by judge and endpoint, since the same name may stand for another server tomorrow."""

    def facts(self, judge: str, endpoint: str) -> JudgeFacts:
        """What is known of a judge; a refusal counts for `REFUSED_DAYS`, since servers are changed."""
        rows = self._rows(
            """SELECT fact, value FROM judge_facts
            WHERE judge = ? AND endpoint = ? AND (fact = ? OR updated > ?)""",
            (
                to_column(judge),
                to_column(endpoint),
                _MODEL,
                stamp(self._clock() - timedelta(days=REFUSED_DAYS)),
            ),
        )
        known = {from_column(fact): from_column(value) for fact, value in rows}
        return JudgeFacts(
            known.get(_MODEL, ""),
            {fact.removeprefix(_REFUSED): why for fact, why in known.items() if fact.startswith(_REFUSED)},
        )

    def refused(self, judge: str, endpoint: str, parts: Mapping[str, str]) -> None:
        """Remember what a judge refused."""
        for part, why in parts.items():
            self._put(judge, endpoint, f"{_REFUSED}{part}", why)

    def answered_as(self, judge: str, endpoint: str, model: str) -> None:
        """Remember which model answered."""
        self._put(judge, endpoint, _MODEL, model)

    def _put(self, judge: str, endpoint: str, fact: str, value: str) -> None:
        self._change(
            """INSERT INTO judge_facts (judge, endpoint, fact, value, updated) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET value = excluded.value, updated = excluded.updated""",
            (to_column(judge), to_column(endpoint), fact, to_column(value), stamp(self._clock())),
        )
