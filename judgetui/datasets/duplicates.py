"""Items that say almost the same: found by shared runs of words, weighed by rapidfuzz.

Two items are near-duplicates when their texts, in lower case and without punctuation, are alike by at least `CLOSE`: the
normalised indel similarity, `rapidfuzz.fuzz.ratio`, 0 to 100; and when they have the same numbers, since items of one
template (two sums, two dates) differ in those alone. Comparing all pairs would take the square of their number,
so only items are compared that share one of their sampled runs of words: each item keeps the `_SKETCH` smallest hashes of
its runs, a bottom-k sketch (Broder 1997, "On the resemblance and containment of documents"; Cohen & Kaplan 2007).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import combinations, pairwise
from typing import Final

from judgetui.core.item import Item, Response

CLOSE: Final = 90.0
"""From which likeness on, of 100, two items are near-duplicates."""

_SKETCH: Final = 24
"""Hashes an item keeps. Two texts of which a share J of all runs of words is common to both share one of them with a
probability of about 1 - (1 - J)^24: 99.9 % at J = 0.25."""

_SHORT: Final = 16
_CROWD: Final = 24
"""Items that share a run; of more only those that stand next to each other in alphabetical order are compared."""

_NEIGHBOURS: Final = 3
_WORDS: Final = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)
"""Words; Chinese and Japanese characters are one each."""

_NUMBERS: Final = re.compile(r"\d+")

_ASKED: Final = (
    "question",
    "conversation",
    "context",
    "source",
    "document",
    "passage",
    "input",
    "prompt",
    "instruction",
)
"""Fields that say what was asked. Items without any of them are compared by all their texts."""


@dataclass(frozen=True, slots=True)
class Near:
    """Two items that say almost the same.

    Args:
        first: position of the one that stands first.
        second: position of the other.
        score: likeness of their texts, 0 to 100; 100 is the same but for case, space and punctuation.
    """

    first: int
    second: int
    score: float


@dataclass(frozen=True, slots=True)
class Duplicates:
    """The near-duplicates among some items.

    Args:
        pairs: in order of the items. Of items that all say the same each is a pair with the first alone.
        crowded: how many items have no run of words that few others have, and were not compared with all of those.
    """

    pairs: tuple[Near, ...]
    crowded: int


def near_duplicates(
    items: Sequence[Item], *, close: float = CLOSE, questions_only: bool = False
) -> Duplicates:
    """Find items that say almost the same.

    Args:
        close: the least likeness, 0 to 100.
        questions_only: compare what was asked alone, and not the answers.
    """
    texts = [plain_text(item, questions_only=questions_only) for item in items]
    leaders: dict[str, int] = {}
    found: list[Near] = []
    for position, text in enumerate(texts):
        first = leaders.setdefault(text, position)
        if first != position and text:
            found.append(Near(first, position, 100.0))
    alone = {position: text for text, position in leaders.items() if text}
    candidates, crowded = _candidates(alone)
    found += _weighed(candidates, texts, close)
    return Duplicates(tuple(sorted(found, key=lambda near: (near.first, near.second))), crowded)


def groups_of(pairs: Iterable[Near]) -> list[list[int]]:
    """The positions that near-duplicates tie together, directly or by others, each group in order."""
    roots: dict[int, int] = {}

    def root(position: int) -> int:
        while (above := roots.setdefault(position, position)) != position:
            roots[position] = position = roots[above]
        return position

    for near in pairs:
        low, high = sorted((root(near.first), root(near.second)))
        roots[high] = low
    groups: dict[int, list[int]] = {}
    for position in sorted(roots):
        groups.setdefault(root(position), []).append(position)
    return list(groups.values())


def plain_text(item: Item, *, questions_only: bool = False) -> str:
    """What is compared of an item: what was asked and answered, its words in lower case with single spaces."""
    asked = [item.fields[name] for name in _ASKED if item.fields.get(name) is not None]
    parts = [_text(value) for value in asked or item.fields.values()]
    if not questions_only:
        parts += [_text(response) for response in item.responses]
    whole = unicodedata.normalize("NFKC", " ".join(parts)).casefold()
    return " ".join(_WORDS.findall(whole))


def _text(value: object | Response) -> str:
    match value:
        case str():
            return value
        case Mapping():
            return _text(value.get("content", list(value.values())))
        case list() | tuple():
            return " ".join(map(_text, value))
    return ""


def _candidates(texts: Mapping[int, str]) -> tuple[set[tuple[int, int]], int]:
    """Pairs of positions that share a run of words of their sketches, and how many share theirs with crowds alone."""
    numbers: dict[str, int] = {}
    sharing: dict[int, list[int]] = {}
    for position, text in texts.items():
        for run in _sketch([numbers.setdefault(word, len(numbers)) for word in text.split()]):
            sharing.setdefault(run, []).append(position)
    found: set[tuple[int, int]] = set()
    apart: set[int] = set()
    for positions in sharing.values():
        if len(positions) > _CROWD:
            row = sorted(positions, key=texts.__getitem__)
            for step in range(1, _NEIGHBOURS + 1):
                found.update(_ordered(a, b) for a, b in zip(row, row[step:], strict=False))
            continue
        apart.update(positions)
        found.update(_ordered(a, b) for a, b in combinations(positions, 2))
    return found, len(texts) - len(apart)


def _ordered(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


def _sketch(words: list[int]) -> list[int]:
    """The smallest hashes of a text's runs of words. Words are numbers: Python hashes tuples of them alike every time."""
    runs = set(map(hash, zip(words, words[1:], words[2:], strict=False)))
    if len(words) < _SHORT:
        runs.update(map(hash, pairwise(words)))
        runs.update(hash((word,)) for word in words)
    return nsmallest(_SKETCH, runs)


def _weighed(candidates: Iterable[tuple[int, int]], texts: Sequence[str], close: float) -> list[Near]:
    from rapidfuzz import fuzz

    found = []
    for first, second in candidates:
        one, other = texts[first], texts[second]
        # Texts whose lengths differ by more cannot be so alike.
        short, long = sorted((len(one), len(other)))
        if 200 * short < close * (short + long):
            continue
        score = fuzz.ratio(one, other, score_cutoff=close)
        if score >= close and _numbers(one) == _numbers(other):
            found.append(Near(first, second, float(score)))
    return found


def _numbers(text: str) -> list[str]:
    return sorted(_NUMBERS.findall(text))
