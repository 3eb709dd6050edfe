"""What each figure of a report is, where it comes from, and how its interval is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

WILSON: Final = "Wilson"
BOOTSTRAP: Final = "bootstrap"

INTERVALS: Final[Mapping[str, str]] = {
    WILSON: "Wilson's score interval of a share (Wilson 1927); of items in groups with an effective n (Korn and Graubard "
    "1998).",
    BOOTSTRAP: "percentiles of resamples (Efron 1979), drawn by item, or by whole group where items come in groups, and "
    "taken as far out as few of them ask for (Hesterberg 2015).",
}
"""How 95% intervals are made, by the word that stands for it."""


@dataclass(frozen=True, slots=True)
class Note:
    """A figure explained.

    Args:
        what: in a sentence.
        formula: in plain characters; empty where the sentence says it.
        source: who published it.
        interval: how the 95% interval is made.
    """

    what: str
    formula: str
    source: str
    interval: str


_ALPHA: Final = "1 - (observed disagreement) / (disagreement expected by chance)"

NOTES: Final[Mapping[str, Note]] = {
    "accuracy": Note(
        "Share of items on which judge and label say the same; scores are rounded to whole points, halves to "
        "the even one.",
        "",
        "",
        WILSON,
    ),
    "within_one": Note("Share of scores at most one whole point from the label.", "", "", WILSON),
    "kappa": Note(
        "Exact agreement beyond what the two sides' own frequencies would give by chance; 0 is chance, 1 is full "
        "agreement.",
        "(p_o - p_e) / (1 - p_e)",
        "Cohen 1960; computed by scikit-learn",
        BOOTSTRAP,
    ),
    "weighted_kappa": Note(
        "Cohen's kappa in which a difference counts by its square, so that 1 against 5 is sixteen times as bad as 1 "
        "against 2.",
        "1 - sum(w o) / sum(w e), w = (i - j)^2",
        "Cohen 1968; computed by scikit-learn",
        BOOTSTRAP,
    ),
    "krippendorff_alpha": Note(
        "Agreement beyond chance over both sides together; ordinal for scores, nominal for verdicts and labels.",
        _ALPHA,
        "Krippendorff 2011; computed by the krippendorff package",
        BOOTSTRAP,
    ),
    "krippendorff_alpha_nominal": Note(
        "Alpha in which any difference is as bad as another.", _ALPHA, "Krippendorff 2011", BOOTSTRAP
    ),
    "krippendorff_alpha_ordinal": Note(
        "Alpha in which a difference counts by the ranks that lie between.",
        _ALPHA,
        "Krippendorff 2011",
        BOOTSTRAP,
    ),
    "krippendorff_alpha_interval": Note(
        "Alpha in which a difference counts by its square.", _ALPHA, "Krippendorff 2011", BOOTSTRAP
    ),
    "gwet_ac1": Note(
        "Agreement beyond chance that stays steady where nearly all items get the same label.",
        "(p_o - p_e) / (1 - p_e), p_e = sum(q_k (1 - q_k)) / (K - 1)",
        "Gwet 2008",
        BOOTSTRAP,
    ),
    "pearson": Note("Linear correlation of scores and labels.", "", "Pearson 1895; scipy", BOOTSTRAP),
    "spearman": Note("Correlation of their ranks.", "", "Spearman 1904; scipy", BOOTSTRAP),
    "kendall": Note(
        "Pairs of items in the same order less pairs in the opposite one, ties accounted for (tau-b).",
        "",
        "Kendall 1945; scipy",
        f"{BOOTSTRAP}; of many different scores from each item's influence",
    ),
    "true_positive_rate": Note(
        "Of the items whose label is positive, the share that the judge calls so.",
        "",
        "Yerushalmy 1947",
        WILSON,
    ),
    "false_positive_rate": Note(
        "Of the items whose label is not positive, the share that the judge calls so.",
        "",
        "Yerushalmy 1947",
        WILSON,
    ),
    "macro_precision": Note(
        "For each class the share of the judge's calls that are right, averaged over classes; a class that is never "
        "called counts 0.",
        "",
        "scikit-learn",
        BOOTSTRAP,
    ),
    "macro_recall": Note(
        "For each class the share of its items that the judge finds, averaged over classes.",
        "",
        "scikit-learn",
        BOOTSTRAP,
    ),
    "macro_f1": Note(
        "The harmonic mean of a class's precision and recall, averaged over classes.",
        "",
        "scikit-learn",
        BOOTSTRAP,
    ),
    "constant": Note(
        "The same figure of a judge that says the commonest label of every item. A judge has to beat it to be of "
        "use.",
        "",
        "",
        "",
    ),
    "people": Note(
        "The same figure between people, as the mean over their pairs weighted by the items in common; alpha over "
        "all of them at once. Labels that settle a dispute are left out.",
        "",
        "",
        f"{BOOTSTRAP}; {WILSON} for shares of two people",
    ),
    "flips": Note(
        "Share of pairs whose verdict changed when the answers changed places, among pairs judged in both orders.",
        "",
        "one less MT-Bench's consistency (Zheng et al. 2023, section 3.3)",
        WILSON,
    ),
    "longer": Note(
        "Share of decided pairs that the answer with more characters won. The better answers may be longer, so this "
        "alone proves no bias.",
        "",
        "",
        WILSON,
    ),
    "rogan_gladen": Note(
        "The judge's rate corrected by how often it errs on labelled items.",
        "(p + sp - 1) / (se + sp - 1)",
        "Rogan and Gladen 1978",
        "Lang and Reiczigel 2014",
    ),
    "ppi": Note(
        "The mean label of all items: the labels' own mean, moved by how the judge's mean differs between items with "
        "and without a label. Tuned, the judge counts as far as it makes the interval narrower.",
        "mean(label) + t (mean(judge, rest) - mean(judge, labelled))",
        "Angelopoulos et al. 2023 (prediction-powered inference); PPI++, Angelopoulos, Duchi and Zrnic 2023",
        "normal for rates, Student's t with Welch's degrees of freedom for means",
    ),
    "bradley_terry": Note(
        "Ratings from pairs, whatever their order; 400 points are odds of 10 to 1, a tie is half a win for "
        "either.",
        "",
        "Bradley and Terry 1952",
        "percentile bootstrap over the pairs",
    ),
    "win_rate": Note("Share of pairs that a model wins against the baseline, ties half.", "", "", BOOTSTRAP),
    "length_controlled": Note(
        "The same if its answers had the baseline's length: AlpacaEval's regression without the difficulty of "
        "instructions.",
        "",
        "Dubois et al. 2024",
        "bootstrap by item, refitted with the penalty held",
    ),
    "jury": Note(
        "Share of items on which a judge says what the jury of the other judges comes to; the others may be wrong "
        "together.",
        "",
        "Verga et al. 2024",
        WILSON,
    ),
    "mcnemar": Note(
        "Whether two sides are right equally often, on the items of which both have a result and people a label.",
        "",
        "McNemar 1947, exact; p-values adjusted over criteria (Holm 1979)",
        "Bonett and Price 2012, of the paired difference",
    ),
    "sign_flip": Note(
        "Whether one side's scores are nearer to the labels on average: the signs of the differences are flipped at "
        "random.",
        "",
        "Fisher 1935; Phipson and Smyth 2010; p-values adjusted over criteria (Holm 1979)",
        BOOTSTRAP,
    ),
    "paired_kappa": Note(
        "The difference of two sides' kappas on the same items, both drawn alike in each resample.",
        "",
        "Efron and Tibshirani 1993",
        "paired percentile bootstrap",
    ),
}
"""The notes by the names of the figures, and of what they are held against."""
