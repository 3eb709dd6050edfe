"""Which pairs of a judgements file to send to people: those whose votes disagree most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from judgetui.analysis.uncertainty import bpde, for_people, label_shares
from judgetui.core.vote import Status, Verdict
from judgetui.datasets.json_text import decode_lines
from judgetui.datasets.lines import name_of, opened
from judgetui.errors import InputError, Place

_EXAMPLE: Final = '{"id": "1", "status": "ok", "votes": [{"verdict": "A"}, ...]}'


@dataclass(frozen=True, slots=True)
class Unsure:
    """A pair and how little its votes agree.

    Args:
        entropy: of the shares of its votes for A, tie and B, 0 to ln 3 (FairEval's BPDE).
        votes: that have a verdict.
    """

    id: str
    entropy: float
    votes: int


@dataclass(frozen=True, slots=True)
class Selection:
    """What people should look at.

    Args:
        chosen: the least certain pair first.
        pairs: that have votes with a verdict, all that was chosen from.
        undecided: ids of judgements without a result, which people have to judge in any case.
        most_votes: of a pair; with 2 or fewer the entropy has few values.
    """

    chosen: tuple[Unsure, ...]
    pairs: int
    undecided: tuple[str, ...]
    most_votes: int


def choose(path: Path, share: float) -> Selection:
    """The share of pairs with the highest entropy (FairEval, Wang et al. 2023, arXiv:2305.17926, section 3.3).

    Only ids and figures are held, however long the lines.

    Args:
        path: judgements, JSONL; `-` is stdin.
        share: of the pairs, 0 to 1.

    Raises:
        InputError: with file, line and field for a line that is no judgement of a pair, or for a file without
            any.
    """
    name = name_of(path)
    found: list[Unsure] = []
    undecided: list[str] = []
    with opened(path) as file:
        for number, data in decode_lines(file, name, _EXAMPLE):
            try:
                each = _read(data)
            except InputError as error:
                raise error.at(Place(name, number)) from None
            if isinstance(each, Unsure):
                found.append(each)
            else:
                undecided.append(each)
    if not found and not undecided:
        raise InputError(
            "the file holds no judgements.", "`judgetui run --out` writes one.", place=Place(name)
        )
    picked = for_people([each.entropy for each in found], share)
    most = max((each.votes for each in found), default=0)
    return Selection(tuple(found[index] for index in picked), len(found), tuple(undecided), most)


def _read(data: object) -> Unsure | str:
    """A pair with its entropy, or the id of a judgement without a result."""
    if not isinstance(data, Mapping) or not isinstance(data.get("id"), str):
        raise InputError(
            "the line is no judgement.", "Give a file that `judgetui run --out` wrote.", field="id"
        )
    identity = str(data["id"])
    if data.get("status") not in {None, Status.OK}:
        return identity
    votes = data.get("votes")
    if not isinstance(votes, list):
        raise InputError("there are none.", "Give a judgements file with its votes.", field="votes")
    given = [vote.get("verdict") for vote in votes if isinstance(vote, Mapping)]
    verdicts = [Verdict(each) for each in given if each in list(Verdict)]
    shares = label_shares(verdicts)
    if shares is None:
        if not votes and data.get("verdict") in list(Verdict):
            return Unsure(identity, 0.0, 0)
        raise InputError(
            "no vote has a verdict.",
            "Only pairs can be chosen from: their votes say A, B or tie.",
            field="votes",
        )
    return Unsure(identity, bpde(shares), len(verdicts))
