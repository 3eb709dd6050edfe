"""The figures by their definitions, one pair after another, in plain Python: slow, and independent of any library."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, permutations, product
from math import sqrt

Side = Sequence[float]


def cohen(left: Side, right: Side) -> float:
    """Cohen 1960: chance is both sides drawing from their own shares."""
    n = len(left)
    observed = sum(a == b for a, b in zip(left, right, strict=True)) / n
    chance = sum(a == b for a, b in product(left, right)) / n**2
    return (observed - chance) / (1 - chance)


def cohen_squared(left: Side, right: Side) -> float:
    """Cohen 1968 with squared distances: observed disagreement over that of independent draws."""
    n = len(left)
    observed = sum((a - b) ** 2 for a, b in zip(left, right, strict=True)) / n
    return 1 - observed / (sum((a - b) ** 2 for a, b in product(left, right)) / n**2)


def krippendorff_nominal(left: Side, right: Side) -> float:
    """Krippendorff 2011: disagreement within pairs over that of all pairs of values."""
    values = [*left, *right]
    observed = sum(a != b for a, b in zip(left, right, strict=True)) / len(left)
    every = list(permutations(values, 2))
    return 1 - observed / (sum(a != b for a, b in every) / len(every))


def krippendorff_ordinal(left: Side, right: Side) -> float:
    """The same with the ordinal distance: ranks from one value to the other, half of both ends left out."""
    values = [*left, *right]

    def distance(a: float, b: float) -> float:
        low, high = min(a, b), max(a, b)
        return (sum(low <= v <= high for v in values) - (values.count(a) + values.count(b)) / 2) ** 2

    observed = sum(distance(a, b) for a, b in zip(left, right, strict=True)) / len(left)
    every = list(permutations(values, 2))
    return 1 - observed / (sum(distance(a, b) for a, b in every) / len(every))


def krippendorff_interval(left: Side, right: Side) -> float:
    """The same with squared differences."""
    observed = sum((a - b) ** 2 for a, b in zip(left, right, strict=True)) / len(left)
    every = list(permutations([*left, *right], 2))
    return 1 - observed / (sum((a - b) ** 2 for a, b in every) / len(every))


def within_one(left: Side, right: Side) -> float:
    """Share of pairs at most one apart."""
    return sum(abs(a - b) <= 1 for a, b in zip(left, right, strict=True)) / len(left)


def gwet(left: Side, right: Side) -> float:
    """Gwet 2008: chance is a random rating on an item that is hard to rate."""
    n = len(left)
    points = {*left, *right}
    shares = [(list(left).count(point) + list(right).count(point)) / (2 * n) for point in points]
    chance = sum(share * (1 - share) for share in shares) / (len(points) - 1)
    observed = sum(a == b for a, b in zip(left, right, strict=True)) / n
    return (observed - chance) / (1 - chance)


def pearson(left: Side, right: Side) -> float:
    """Covariance over the product of the standard deviations."""
    mean_a, mean_b = sum(left) / len(left), sum(right) / len(right)
    both = sum((a - mean_a) * (b - mean_b) for a, b in zip(left, right, strict=True))
    return both / sqrt(sum((a - mean_a) ** 2 for a in left) * sum((b - mean_b) ** 2 for b in right))


def ranks(side: Side) -> list[float]:
    """Ranks from 1, equal values sharing the mean of theirs."""
    return [sum(b < a for b in side) + (sum(b == a for b in side) + 1) / 2 for a in side]


def spearman(left: Side, right: Side) -> float:
    """Pearson's correlation of the ranks."""
    return pearson(ranks(left), ranks(right))


def kendall(left: Side, right: Side) -> float:
    """Kendall 1945, tau-b: concordant less discordant pairs over the pairs untied on each side."""
    score = untied_left = untied_right = 0
    for i, j in combinations(range(len(left)), 2):
        a = (left[i] > left[j]) - (left[i] < left[j])
        b = (right[i] > right[j]) - (right[i] < right[j])
        score += a * b
        untied_left += a != 0
        untied_right += b != 0
    return score / sqrt(untied_left * untied_right)


def macro(judge: Side, labels: Side) -> tuple[float, float, float]:
    """PandaLM's compute_metrics: precision, recall and F1 of each class, 0 for 0/0, then their means."""
    rows = []
    for point in sorted({*judge, *labels}):
        hits = sum(a == b == point for a, b in zip(judge, labels, strict=True))
        predicted, actual = list(judge).count(point), list(labels).count(point)
        precision, recall = hits / predicted if predicted else 0.0, hits / actual if actual else 0.0
        rows.append((precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0))
    first, second, third = (sum(column) / len(rows) for column in zip(*rows, strict=True))
    return first, second, third
