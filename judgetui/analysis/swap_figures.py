"""What the order of the answers does to verdicts, as JudgeLM counts it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import RESAMPLES, SEED, bootstrap, wilson
from judgetui.core.vote import Verdict

_SIGN: Final = {Verdict.A: 1, Verdict.B: -1, Verdict.TIE: 0, Verdict.BOTH_BAD: 0}


@dataclass(frozen=True, slots=True)
class SwapFigures:
    """JudgeLM's figures on pairs that were judged in both orders; each a share of the pairs.

    Args:
        consistency: the verdict is the same in both orders.
        prefers_first: the answers did better where they stood first.
        prefers_second: they did better where they stood second.
        delta_bias: how far the one exceeds the other, without a sign.
        total_bias: both together, the complement of consistency.
    """

    consistency: Figure
    prefers_first: Figure
    prefers_second: Figure
    delta_bias: Figure
    total_bias: Figure


def swap_figures(
    pairs: Iterable[tuple[Verdict, Verdict]], *, resamples: int = RESAMPLES, seed: int = SEED
) -> SwapFigures:
    """Consistency and position bias (baaivision/JudgeLM, judgelm/llm_judge/eval_model_judgement.py).

    Zhu et al. 2023. With verdicts as 1 (A wins), 0 and -1, a pair whose verdict is higher with A first
    speaks for the first place, one that is higher with B first for the second.

    Args:
        pairs: the verdict with A shown first, and that with B shown first, both in the item's own order; a
            failure has no place here (upstream an unparsed reply is a draw).
    """
    import numpy as np

    shifts = np.array([_SIGN[first] - _SIGN[second] for first, second in pairs])
    n = len(shifts)
    first, second = int((shifts > 0).sum()), int((shifts < 0).sum())
    if not n:
        return SwapFigures(*[Figure.of_rate(None)] * 5)
    (interval,) = bootstrap(
        lambda weights: np.abs(weights @ np.sign(shifts)) / n, n, resamples=resamples, seed=seed
    )
    return SwapFigures(
        consistency=Figure.of_rate(wilson(n - first - second, n)),
        prefers_first=Figure.of_rate(wilson(first, n)),
        prefers_second=Figure.of_rate(wilson(second, n)),
        delta_bias=Figure(abs(first - second) / n, n).within(interval),
        total_bias=Figure.of_rate(wilson(first + second, n)),
    )
