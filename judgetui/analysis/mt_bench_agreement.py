"""Agreement between voters on pairs, as MT-Bench and LIMA count it.

MT-Bench: Zheng et al. 2023, section 4.2, and lm-sys/FastChat, fastchat/llm_judge/compute_agreement.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, product
from typing import TYPE_CHECKING, Final

from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import RESAMPLES, SEED, Rate, bootstrap, wilson

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HUMAN: Final = "human"
AUTHOR: Final = "author"

_REVERSED: Final = {"model_a": "model_b", "model_b": "model_a"}


class Setup(StrEnum):
    """Which votes count: S1 all of them, S2 only those that name a winner."""

    S1 = "S1"
    S2 = "S2"

    @property
    def random(self) -> float:
        """Agreement of votes cast at random: one of three answers, or of two (Zheng et al. 2023, Table 5)."""
        return 1 / 3 if self is Setup.S1 else 1 / 2


@dataclass(frozen=True, slots=True)
class PairVote:
    """One vote on two models' answers to a question, with the fields of MT-Bench's vote files.

    Args:
        turn: 1 or 2.
        judge: a name, or a model and the name of its prompt, such as ("gpt-4", "pair-v2").
        winner: model_a, model_b, tie or `tie (inconsistent)`.
    """

    question_id: int | str
    turn: int
    model_a: str
    model_b: str
    judge: str | Sequence[str]
    winner: str

    @property
    def key(self) -> tuple[int | str, str, str]:
        """The question and the two models, those in alphabetic order."""
        first, second = sorted((self.model_a, self.model_b))
        return self.question_id, first, second

    @property
    def choice(self) -> str:
        """Who won for the models in the key's order; every kind of tie is `tie`.

        Raises:
            ValueError: if the winner is none of the four.
        """
        if "tie" in self.winner:
            return "tie"
        if self.winner not in _REVERSED:
            raise ValueError(f"{self.winner!r} is no winner")
        return self.winner if self.model_a < self.model_b else _REVERSED[self.winner]


def judge_kind(judge: str | Sequence[str]) -> str:
    """What sort of judge a name stands for.

    `expert...` is human, `author...` is author; a model with a prompt is the model's name without hyphens and the
    prompt's first word: ("gpt-4", "pair-math-v1") is gpt4-pair. Other names stay as they are.
    """
    if not isinstance(judge, str):
        model, prompt = judge
        return f"{model.replace('-', '')}-{prompt.partition('-')[0]}"
    return next(
        (kind for start, kind in (("expert", HUMAN), (AUTHOR, AUTHOR)) if judge.startswith(start)), judge
    )


def mt_bench_agreement(
    votes: Iterable[PairVote], left: str, right: str, setup: Setup, turn: int | None = None
) -> Rate | None:
    """How often two kinds of judges agree on the same question and models; None when they never met.

    Of one kind, every unordered pair of its votes on a key counts. Of two, every vote of the one meets every vote
    of the other, and a model has one vote: GPT-4's single vote meets each human one. Wilson's interval takes these
    meetings as independent, which votes on one key are not quite.

    Args:
        left: a kind as `judge_kind` names it.
        right: another, or the same.
        turn: 1 or 2; None takes both, each turn apart.

    Raises:
        ValueError: if a model voted twice on the same question, turn and models.
    """
    by_key: dict[tuple[object, ...], dict[str, list[str]]] = {}
    for vote in votes:
        if turn is None or vote.turn == turn:
            sides = by_key.setdefault((vote.turn, *vote.key), {})
            sides.setdefault(judge_kind(vote.judge), []).append(vote.choice)
    hits = n = 0
    for key, sides in by_key.items():
        for first, second in _meetings(sides, left, right, key):
            if setup is Setup.S2 and "tie" in (first, second):
                continue
            n += 1
            hits += first == second
    return wilson(hits, n)


def _meetings(
    sides: dict[str, list[str]], left: str, right: str, key: tuple[object, ...]
) -> Iterator[tuple[str, str]]:
    if left == right:
        return combinations(sides.get(left, ()), 2)
    for kind in {left, right} - {HUMAN, AUTHOR}:
        if len(sides.get(kind, ())) > 1:
            raise ValueError(f"{kind} voted {len(sides[kind])} times on {key}")
    return product(sides.get(left, ()), sides.get(right, ()))


def tie_discounted(
    left: Sequence[str], right: Sequence[str], *, resamples: int = RESAMPLES, seed: int = SEED
) -> Figure:
    """LIMA's tie-discounted accuracy between two annotators (Zhou et al. 2023): the mean over items.

    An item counts 1 where both say the same, 0.5 where exactly one says tie, else 0.

    Args:
        left: verdicts, of which any that is `tie` or `both_bad` in either case is a tie.
        right: of the same length.
    """
    import numpy as np

    pairs = [tuple(map(_plain, pair)) for pair in zip(left, right, strict=True)]
    points = np.array([1.0 if a == b else 0.5 if "tie" in (a, b) else 0.0 for a, b in pairs])
    if not pairs:
        return Figure.of_rate(None)

    def means(weights: Floats) -> Floats:
        found: Floats = weights @ points / len(points)
        return found

    (interval,) = bootstrap(means, len(points), resamples=resamples, seed=seed)
    return Figure(float(points.mean()), len(points)).within(interval)


def _plain(verdict: str) -> str:
    word = verdict.casefold()
    return "tie" if word == "both_bad" else word
