"""Judgements of recorded replies, as a judgements file holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from judgetui.core.item import Item
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.vote import Vote
from judgetui.datasets import json_line, json_value

RECORDED: Final = "recorded"
"""The judge's name where nobody was asked."""

_MARK: Final = "\ue000"
"""Takes the place of a text in a pattern: a private character, which JSON leaves as it is."""


def line_of(
    protocol: str, identity: str, outcome: Outcome, votes: Sequence[Vote], kept: Mapping[str, object]
) -> bytes:
    """A judgement with the keys of `Judgement.to_mapping`, as one line of JSON, with its break.

    There is no rubric and no time: their keys are null. Reasons stand once, in the judgement.

    Args:
        kept: what the judgement takes over of its item.
    """
    never = datetime.min.replace(tzinfo=UTC)
    item = Item(identity, ())
    judgement = Judgement(0, 0, item, "", "", "", protocol, RECORDED, outcome, tuple(votes), never)
    data = judgement.to_mapping() | {"rubric": None, "rubric_hash": None, "started": None}
    data["votes"] = [
        {key: value for key, value in vote.to_mapping().items() if key != "rationale"} for vote in votes
    ]
    return json_line(data | dict(kept))


class Pattern:
    """What the lines of judgements share whose replies say the same: all but the id, the texts and what is kept.

    Args:
        outcome: any one of them; with its `votes` it is what is counted.
        reasons_of: the vote whose reasons are the judgement's; None where it has none.
    """

    __slots__ = ("_pattern", "_reasons_of", "outcome", "votes", "whole")

    def __init__(
        self, protocol: str, outcome: Outcome, votes: Sequence[Vote], reasons_of: int | None
    ) -> None:
        self.outcome = outcome
        self.votes = votes
        self._reasons_of = reasons_of
        blank = [replace(vote, raw=_MARK) for vote in votes]
        reasons = "" if reasons_of is None else _MARK
        line = line_of(protocol, _MARK, replace(outcome, rationale=reasons), blank, {})
        place = json_value(_MARK)
        self.whole = line.count(place) == 1 + len(votes) + len(reasons)
        """Whether there is a place for every text, and nothing else looks like one."""
        self._pattern = line.removesuffix(b"}\n").replace(b"%", b"%%").replace(place, b"%b") + b"%b"

    def line(
        self, identity: str, raws: Sequence[str], reasons: Sequence[str], kept: Mapping[str, object]
    ) -> bytes:
        """The line that `line_of` makes of replies that say this; for a pattern that is whole.

        Args:
            raws: the replies, a vote each.
            reasons: what each gives as its reasons.
        """
        texts = [identity, *raws]
        if self._reasons_of is not None:
            texts.append(reasons[self._reasons_of])
        end = b",%b\n" % json_value(kept)[1:] if kept else b"}\n"
        return self._pattern % (*map(json_value, texts), end)
