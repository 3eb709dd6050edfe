"""Rankings of two models as AlpacaEval asks for them: a Python list of dictionaries with `model` and `rank`.

A place is 0 for `model_1`, which is shown first, and 1 for `model_2`.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

LONGEST: Final = 10_000
"""Characters of a reply that is read as Python; the published ones have at most 300 tokens."""

_ENTRY: Final = re.compile(r"\{[^{}]{1,400}\}")
_MODEL: Final = re.compile(
    r"""["']?\b(?:model(?:[_ ]?(?:name|identifier))?|name)["']?\s*[:=]\s*["'`<]?\s*"""
    r"""(?:(?i:model)[_ -]?(?P<number>[12])|(?P<letter>[mM]))(?!\w)"""
)
_RANK: Final = re.compile(r"""\brank["']?\s*[:=]\s*["']?\s*(-?\d{1,9}(?:\.\d{1,9})?)(?!\w)""", re.ASCII)
_EXPLANATION: Final = re.compile(r'"(?:\w{1,20}_)?explanation"\s*:\s*("(?:[^"\\]|\\.){1,4000}")', re.DOTALL)
_BEFORE: Final = re.compile(r"(?:```\w*)?[\s\[(]*\Z")


@dataclass(frozen=True, slots=True)
class Ranking:
    """A ranking of two models.

    Args:
        best: the place that stands first; None where the ranking does not count.
        reasons: what the judge said for it; may be empty.
        problem: why it does not count.
    """

    best: int | None
    reasons: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One model's rank, and where it stands."""

    place: int
    rank: float
    start: int
    end: int


def literal(text: str) -> object:
    """A text that is one Python literal, as `ast.literal_eval` reads it; None for any other text.

    Bounded: a text of more than `LONGEST` characters is none, nor is one that is nested too deep for Python.
    """
    if len(text) > LONGEST:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about a stray backslash, which is the judge's
            return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def literal_best(text: str, name: str = "model_1") -> int | None:
    """The place that stands first as AlpacaEval's `ranking_parser` reads it; None where it finds none.

    The whole reply is one literal. Every entry must have a `model`; the first one that is `name` counts, and
    its `rank` must equal 1 or 2. The other's rank is not looked at (completion_parsers.py).
    """
    if "rank" not in text:
        return None
    found: Any = literal(text)
    try:
        rank = next(iter([each for each in found if each["model"] == name]))["rank"]
        return 0 if rank == 1 else 1 if rank == 2 else None
    except (TypeError, KeyError, IndexError, StopIteration):
        return None


def find_ranking(text: str) -> Ranking | None:
    """The ranking that a reply gives: Python or JSON, in a code fence, a wrapper or bare; None without one.

    Models are `model_1` and `model_2`, or `m` and `M`. Rankings that are repeated must agree. An entry that
    stands alone, as in a reply that was cut off, ranks the other model too.
    """
    found = list(_rankings(text))
    if not found:
        return None
    if len({(each.best, each.problem) for _, each in found}) > 1:
        return Ranking(None, problem="several different rankings in the reply.")
    start, ranking = found[0]
    return Ranking(ranking.best, _reasons(text, start), ranking.problem)


def _rankings(text: str) -> Iterator[tuple[int, Ranking]]:
    """Each ranking and where it begins."""
    entries = list(_entries(text))
    index = 0
    while index < len(entries):
        pair = entries[index : index + 2]
        apart = len(pair) == 2 and not re.fullmatch(r"[\s,;]{0,40}", text[pair[0].end : pair[1].start])
        if len(pair) == 2 and (apart or pair[0].place == pair[1].place):
            pair = pair[:1]
        yield pair[0].start, _ranking(pair)
        index += len(pair)


def _ranking(entries: Sequence[_Entry]) -> Ranking:
    ranks = [entry.rank for entry in entries]
    if len(ranks) == 2 and ranks[0] == ranks[1]:
        return Ranking(None, problem=f"both models have the rank {ranks[0]:g}.")
    off = next((rank for rank in ranks if rank not in (1, 2)), None)
    if off is not None:
        return Ranking(None, problem=f"the rank {off:g} is neither 1 nor 2.")
    first = entries[0]
    return Ranking(first.place if first.rank == 1 else 1 - first.place)


def _entries(text: str) -> Iterator[_Entry]:
    for entry in _ENTRY.finditer(text):
        model, rank = _MODEL.search(entry[0]), _RANK.search(entry[0])
        if model is not None and rank is not None:
            second = model["number"] == "2" or model["letter"] == "M"
            yield _Entry(int(second), float(rank[1]), entry.start(), entry.end())


def _reasons(text: str, start: int) -> str:
    """An explanation in the same JSON, or the words before the list."""
    explained = _EXPLANATION.search(text, 0, LONGEST)
    if explained is not None:
        try:
            return str(json.loads(explained[1], strict=False)).strip()
        except ValueError:
            return ""
    before = _BEFORE.sub("", text[max(0, start - LONGEST) : start])
    return "" if "{" in before else before.strip()
