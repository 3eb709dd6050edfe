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

    __slots__ = ("_parts", "_reasons_of", "outcome", "votes")

    def __init__(
        self, protocol: str, outcome: Outcome, votes: Sequence[Vote], reasons_of: int | None
    ) -> None:
        self.outcome = outcome
        self.votes = votes
        self._reasons_of = reasons_of
        blank = [replace(vote, raw=_MARK) for vote in votes]
        reasons = "" if reasons_of is None else _MARK
        line = line_of(protocol, _MARK, replace(outcome, rationale=reasons), blank, {})
        pieces = line.removesuffix(b"}\n").split(json_value(_MARK))
        self._parts = [part for piece in pieces for part in (piece, b"")]

    @property
    def whole(self) -> bool:
        """Whether there is a place for every text, and for nothing else that looks like one."""
        return len(self._parts) // 2 == 2 + len(self.votes) + (self._reasons_of is not None)

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
        parts = self._parts.copy()
        parts[1:-1:2] = map(json_value, texts)
        parts[-1] = b",%b\n" % json_value(kept)[1:] if kept else b"}\n"
        return b"".join(parts)
