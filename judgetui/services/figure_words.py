"""Figures in words: what each is called, and how it is written with its interval, n and reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from judgetui.analysis.figures import Figure
from judgetui.analysis.kinds import Kind


@dataclass(frozen=True, slots=True)
class Name:
    """What a figure is called.

    Args:
        short: in a table's head or a narrow line.
        share: whether it is a share of something, written in percent.
    """

    title: str
    short: str
    share: bool = False


NAMES: Final[Mapping[str, Name]] = {
    "accuracy": Name("exact agreement", "exact", share=True),
    "within_one": Name("within one point", "±1", share=True),
    "kappa": Name("Cohen's kappa", "κ"),
    "weighted_kappa": Name("quadratic weighted kappa", "weighted κ"),
    "krippendorff_alpha": Name("Krippendorff's alpha", "α"),
    "krippendorff_alpha_nominal": Name("alpha, nominal", "α nominal"),
    "krippendorff_alpha_ordinal": Name("alpha, ordinal", "α ordinal"),
    "krippendorff_alpha_interval": Name("alpha, interval", "α interval"),
    "gwet_ac1": Name("Gwet's AC1", "AC1"),
    "pearson": Name("Pearson's r", "r"),
    "spearman": Name("Spearman's rho", "ρ"),
    "kendall": Name("Kendall's tau-b", "τ-b"),
    "true_positive_rate": Name("true positive rate", "TPR", share=True),
    "false_positive_rate": Name("false positive rate", "FPR", share=True),
    "macro_precision": Name("macro precision", "precision"),
    "macro_recall": Name("macro recall", "recall"),
    "macro_f1": Name("macro F1", "F1"),
}
"""Every figure of agreement, in the order they are listed."""

HEADLINE: Final[Mapping[Kind, str]] = {
    Kind.SCORE: "weighted_kappa",
    Kind.VERDICT: "kappa",
    Kind.LABEL: "kappa",
}
"""The figure that stands for agreement: corrected for chance, and on scores for how far two points are apart."""


def figure_text(figure: Figure, *, share: bool = False) -> str:
    """A figure with its interval, such as `0.71 [0.58, 0.81]` or `62% [48, 74]`; `n/a` where it has none."""
    if figure.value is None:
        return "n/a"
    interval = interval_text(figure, share=share)
    return f"{value_text(figure.value, share=share)} {interval}".rstrip()


def value_text(value: float, *, share: bool = False) -> str:
    """A value as it is written everywhere: shares in percent, all else with two decimals."""
    return f"{value * 100:.0f}%" if share else f"{value + 0.0:.2f}".replace("-0.00", "0.00")


def interval_text(figure: Figure, *, share: bool = False) -> str:
    """The interval in brackets; empty where there is none."""
    if figure.low is None or figure.high is None:
        return ""
    if share:
        return f"[{figure.low * 100:.0f}, {figure.high * 100:.0f}]"
    return f"[{value_text(figure.low)}, {value_text(figure.high)}]"
