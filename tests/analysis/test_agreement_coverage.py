"""Intervals hold the figure of the population in 93 to 97% of samples, of items and of groups of items.

Populations are tables of how often a judge says a point where the label is another, or normal pairs, so that every
figure of the population is known exactly. All is drawn from seeds: the shares are the same in every run. With 1,000
samples a share of 95% is within 93.6 and 96.4% in 19 of 20 simulations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import asin, pi
from typing import TYPE_CHECKING, Final

import krippendorff
import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import cohen_kappa_score

from judgetui.analysis.class_rates import class_rates
from judgetui.analysis.correlations import pooled
from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import wilson
from judgetui.analysis.kinds import Kind, Level
from judgetui.analysis.point_figures import point_figures
from judgetui.analysis.raters import ceiling
from judgetui.analysis.shares import share
from judgetui.analysis.sides import Sample, to_points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SAMPLES: Final = 1000
RESAMPLES: Final = 500
N: Final = 200

GOOD: Final = np.array(
    [
        [0.10, 0.04, 0.01, 0.00, 0.00],
        [0.03, 0.12, 0.05, 0.01, 0.00],
        [0.01, 0.04, 0.14, 0.05, 0.01],
        [0.00, 0.01, 0.05, 0.13, 0.04],
        [0.00, 0.00, 0.01, 0.05, 0.10],
    ]
)
"""How often a judge (down) says each point where the label (across) is each: a judge that is one off at times."""

POOR: Final = np.array(
    [
        [0.04, 0.03, 0.02, 0.01, 0.00],
        [0.05, 0.07, 0.06, 0.03, 0.02],
        [0.03, 0.06, 0.09, 0.06, 0.03],
        [0.02, 0.03, 0.06, 0.08, 0.05],
        [0.00, 0.01, 0.03, 0.05, 0.07],
    ]
)
"""A judge that is two off at times."""


def written(table: Floats) -> tuple[Floats, Floats]:
    """Both sides of a population of 100,000 pairs, give or take what rounding does."""
    times = np.rint(table * 100_000).astype(int)
    left, right = np.indices(table.shape)
    return np.repeat(left.ravel() + 1.0, times.ravel()), np.repeat(right.ravel() + 1.0, times.ravel())


def population(table: Floats) -> dict[str, float]:
    """The figures of a table by the libraries; AC1 by its formula (Gwet 2008)."""
    left, right = written(table)
    agreed = float(np.trace(table))
    shares = (table.sum(axis=0) + table.sum(axis=1)) / 2
    chance = float((shares * (1 - shares)).sum() / (len(table) - 1))

    def alpha(level: Level) -> float:
        return float(krippendorff.alpha(np.stack([left, right]), level_of_measurement=level.value))

    return {
        "accuracy": agreed,
        "within_one": float(np.trace(table) + np.trace(table, 1) + np.trace(table, -1)),
        "kappa": float(cohen_kappa_score(left, right)),
        "weighted_kappa": float(cohen_kappa_score(left, right, weights="quadratic")),
        "krippendorff_alpha_nominal": alpha(Level.NOMINAL),
        "krippendorff_alpha_ordinal": alpha(Level.ORDINAL),
        "krippendorff_alpha_interval": alpha(Level.INTERVAL),
        "gwet_ac1": (agreed - chance) / (1 - chance),
        "true_positive_rate": float(table[3:, 3:].sum() / table[:, 3:].sum()),
        "false_positive_rate": float(table[3:, :3].sum() / table[:, :3].sum()),
        "pearson": float(np.corrcoef(left, right)[0, 1]),
        "spearman": float(spearmanr(left, right)[0]),
    }


def figures(judge: Floats, labels: Floats, clusters: list[int] | None = None) -> dict[str, Figure]:
    """What `agreement` says of scores, but for the positive rates."""
    sample = Sample(clusters, RESAMPLES, seed=0)
    found = point_figures(to_points(judge), to_points(labels), Kind.SCORE, sample)
    return found | pooled(judge, labels, clusters, resamples=RESAMPLES)


def shares(samples: Iterator[dict[str, Figure]], known: dict[str, float]) -> dict[str, float]:
    """In which share of the samples each figure's interval holds what is known."""
    held, seen = Counter[str](), Counter[str]()
    for found in samples:
        for name, value in known.items():
            figure = found[name]
            assert figure.low is not None and figure.high is not None
            held[name] += figure.low <= value <= figure.high
            seen[name] += 1
    return {name: held[name] / seen[name] for name in known}


def drawn(table: Floats, n: int, random: np.random.Generator) -> tuple[Floats, Floats]:
    """So many pairs from a table."""
    cells = random.choice(table.size, n, p=table.ravel() / table.sum())
    left, right = np.divmod(cells.astype(np.float64), len(table))
    return left + 1, right + 1


def of_items(table: Floats) -> Iterator[dict[str, Figure]]:
    random = np.random.default_rng(11)
    for _ in range(SAMPLES):
        judge, labels = drawn(table, N, random)
        yield figures(judge, labels) | class_rates(judge >= 4, labels >= 4)


def grouped(groups: int, size: int, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Groups of items: the judge is good in half of them and poor in the others, and a third of a group is alike."""
    sides = np.zeros((2, groups, size))
    for group in range(groups):
        sides[:, group] = drawn(GOOD if random.random() < 0.5 else POOR, size, random)
    alike = random.random((groups, size)) < 1 / 3
    judge, labels = np.where(alike, sides[:, :, :1], sides).reshape(2, -1)
    return judge, labels


def of_groups(groups: int, size: int) -> Iterator[dict[str, Figure]]:
    random = np.random.default_rng(12)
    clusters = [n // size for n in range(groups * size)]
    for _ in range(SAMPLES):
        yield figures(*grouped(groups, size, random), clusters)


def inside(found: dict[str, float]) -> None:
    assert {name: share for name, share in found.items() if not 0.93 <= share <= 0.97} == {}


@pytest.mark.slow
@pytest.mark.parametrize("table", [GOOD, POOR], ids=["good", "poor"])
def test_of_items(table: Floats) -> None:
    inside(shares(of_items(table), population(table)))


@pytest.mark.slow
def test_of_groups() -> None:
    known = population((GOOD + POOR) / 2)
    inside(shares(of_groups(50, 4), {name: known[name] for name in known if "positive" not in name}))


@pytest.mark.slow
@pytest.mark.parametrize(("groups", "size"), [(50, 4), (25, 8)])
def test_of_shares_in_groups(groups: int, size: int) -> None:
    """Also of the positive rates, whose denominators are chance; and as independent items they would be too narrow."""
    random, known = np.random.default_rng(16), population((GOOD + POOR) / 2)
    clusters = [n // size for n in range(groups * size)]
    held, careless = Counter[str](), 0
    for _ in range(3 * SAMPLES):
        judge, labels = grouped(groups, size, random)
        found = class_rates(judge >= 4, labels >= 4, clusters)
        found |= {"accuracy": share(judge == labels, clusters)}
        found |= {"within_one": share(np.abs(judge - labels) <= 1, clusters)}
        for name, figure in found.items():
            assert figure.low is not None and figure.high is not None
            held[name] += figure.low <= known[name] <= figure.high
        alone = share(judge == labels)
        careless += (alone.low or 0) <= known["accuracy"] <= (alone.high or 0)
    inside({name: count / (3 * SAMPLES) for name, count in held.items()})
    assert careless / (3 * SAMPLES) < 0.93


@pytest.mark.slow
@pytest.mark.parametrize("correlation", [0.4, 0.8])
def test_of_correlations_of_values_that_do_not_repeat(correlation: float) -> None:
    """Normal pairs: Spearman's is 6/pi asin(r/2), Kendall's 2/pi asin(r) (Kruskal 1958)."""
    random = np.random.default_rng(13)
    known = {
        "pearson": correlation,
        "spearman": 6 / pi * asin(correlation / 2),
        "kendall": 2 / pi * asin(correlation),
    }

    def samples() -> Iterator[dict[str, Figure]]:
        for _ in range(SAMPLES):
            left, noise = random.normal(size=(2, N))
            right = correlation * left + np.sqrt(1 - correlation**2) * noise
            yield pooled(left, right, resamples=RESAMPLES)

    inside(shares(samples(), known))


@pytest.mark.slow
def test_between_three_people() -> None:
    """Three people who each read one truth as the table says, with a fifth of the labels missing."""
    random = np.random.default_rng(14)
    truth = GOOD.sum(axis=0) / GOOD.sum()
    reads = GOOD / GOOD.sum(axis=0)  # what a person says, down, of a truth, across
    pair = reads @ np.diag(truth) @ reads.T
    known = population(pair / pair.sum())
    names = [
        "accuracy",
        "kappa",
        "weighted_kappa",
        "krippendorff_alpha_nominal",
        "krippendorff_alpha_ordinal",
        "krippendorff_alpha_interval",
        "gwet_ac1",
        "spearman",
    ]
    held = Counter[str]()
    samples = 500
    for _ in range(samples):
        true = random.choice(5, N, p=truth)
        says = (random.random((3, N, 1)) > np.cumsum(reads, axis=0).T[true]).sum(axis=2) + 1.0
        gone = random.random((3, N)) < 0.2
        said = [
            {name: float(says[n, item]) for n, name in enumerate("abc") if not gone[n, item]}
            for item in range(N)
        ]
        found = ceiling((true + 1.0).tolist(), said, Kind.SCORE, resamples=RESAMPLES)
        assert found is not None
        for name in names:
            figure = found.people[name]
            assert figure.low is not None and figure.high is not None
            held[name] += figure.low <= known[name] <= figure.high
    inside({name: held[name] / samples for name in names})


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.1, 0.5, 0.85])
def test_of_shares(share: float) -> None:
    """Exactly: the mean of Wilson's coverage over nearby shares, of which single ones swing with n."""
    near = np.linspace(share - 0.03, share + 0.03, 61)
    rates = [wilson(hits, N) for hits in range(N + 1)]
    bounds = [(rate.low, rate.high) for rate in rates if rate is not None]
    hits = np.random.default_rng(15).binomial(N, np.repeat(near, 2000))
    low, high = np.array(bounds).T
    held = (low[hits] <= np.repeat(near, 2000)) & (np.repeat(near, 2000) <= high[hits])
    assert 0.94 <= held.mean() <= 0.96
