"""Which items a judge is least sure of, so that people can look at those first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import isclose, isfinite, log

from judgetui.core.vote import Verdict


def label_shares(verdicts: Iterable[Verdict | None]) -> tuple[float, float, float] | None:
    """Shares of wins for A, ties, and wins for B among an item's votes, in the item's own order.

    A verdict that both are bad is a tie. Votes without a verdict are left out, as FairEval drops samples that
    it cannot read; None when no vote is left.
    """
    counts = Counter(verdict for verdict in verdicts if verdict is not None)
    n = counts.total()
    if n == 0:
        return None
    ties = counts[Verdict.TIE] + counts[Verdict.BOTH_BAD]
    return counts[Verdict.A] / n, ties / n, counts[Verdict.B] / n


def bpde(shares: Sequence[float]) -> float:
    """Balanced position diversity entropy: minus the sum of p ln p over an item's label shares.

    FairEval (Wang et al. 2023, arXiv 2305.17926) takes the shares over k votes in each of the two
    orders. The logarithm is natural.

    Args:
        shares: of each label, 0 to 1, with the sum 1.

    Returns:
        0 when all votes agree, ln 3 when three labels are even.

    Raises:
        ValueError: when the shares are no shares.
    """
    if not all(isfinite(share) and 0 <= share <= 1 for share in shares) or not isclose(
        sum(shares), 1, abs_tol=1e-9
    ):
        raise ValueError(f"{tuple(shares)} are no shares of 1")
    return -sum(share * log(share) for share in shares if share) or 0.0


def for_people(entropies: Sequence[float], share: float = 0.2) -> tuple[int, ...]:
    """The items to send to people: those of the highest entropy (FairEval's human-in-the-loop calibration).

    Args:
        entropies: one an item.
        share: of the items, 0 to 1; the paper's is a fifth. Their number is rounded, halves up.

    Returns:
        Indices, the least certain item first; among equals the earlier item first.

    Raises:
        ValueError: for a share outside 0 to 1, or an entropy that is negative or no number.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is no share of the items")
    if not all(isfinite(entropy) and entropy >= 0 for entropy in entropies):
        raise ValueError("an entropy is a number from 0 on")
    count = int(share * len(entropies) + 0.5)
    return tuple(sorted(range(len(entropies)), key=lambda index: -entropies[index])[:count])
