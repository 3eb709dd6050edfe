"""A jury's results by Dawid and Skene's model, from what the judges said of each item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from judgetui.analysis.dawid_skene import Fit, fit
from judgetui.analysis.juries import Kind, Ruling, majority, result, said
from judgetui.core.judgement import Outcome
from judgetui.core.protocols.combining import ROUNDING
from judgetui.core.scale import Scale
from judgetui.core.vote import Verdict


@dataclass(frozen=True, slots=True)
class Modelled:
    """What the model makes of a jury's items.

    Args:
        rulings: of each item, the likeliest class with the probability of each; a draw where two are equally
            probable.
        classes: what was said, in the scale's order; what nobody says is no class.
        judges: those with a result, in the order of the fit's.
    """

    rulings: tuple[Ruling, ...]
    fit: Fit
    classes: tuple[str, ...]
    judges: tuple[str, ...]


def speakers(items: Iterable[Mapping[str, Outcome]], kind: Kind) -> tuple[str, ...]:
    """The judges that have a result on some item, in the order in which they are met."""
    return tuple(
        dict.fromkeys(name for each in items for name, out in each.items() if said(out, kind) is not None)
    )


def modelled(items: Sequence[Mapping[str, Outcome]], kind: Kind, scale: Scale) -> Modelled:
    """Fit the model to what the judges said; items of which nobody has a result stay as they are.

    Args:
        items: the outcomes of each item by judge.
        kind: verdicts, labels, or scores that are points of the scale.

    Raises:
        ValueError: if fewer than three judges have results.
    """
    judges = speakers(items, kind)
    texts = [{name: said(out, kind) for name, out in each.items()} for each in items]
    classes = _classes({text for each in texts for text in each.values() if text is not None}, kind, scale)
    spoken = [each for each in texts if any(text is not None for text in each.values())]
    fitted = fit(
        [[[float(each.get(judge) == one) for one in classes] for judge in judges] for each in spoken]
    )
    posterior = iter(fitted.posterior)
    rulings = []
    for outcomes in items:
        ruling = majority(list(outcomes.values()), kind, scale)
        if ruling.spoke:
            shares = dict(zip(classes, next(posterior), strict=True))
            ruling = replace(ruling, outcome=_likeliest(shares, ruling, list(outcomes.values()), kind, scale))
        rulings.append(ruling)
    return Modelled(tuple(rulings), fitted, classes, judges)


def _likeliest(
    shares: Mapping[str, float], plain: Ruling, outcomes: Sequence[Outcome], kind: Kind, scale: Scale
) -> Outcome:
    top = max(shares.values())
    leaders = [text for text, share in shares.items() if top - share <= ROUNDING]
    spoke = [out for out in outcomes if said(out, kind) is not None]
    if len(leaders) > 1:
        detail = f"equally probable: {', '.join(leaders)}."
        return replace(result(None, kind, scale, spoke), probabilities=shares, detail=detail)
    detail = plain.outcome.detail.removeprefix("no majority ")
    return replace(result(leaders[0], kind, scale, spoke), probabilities=shares, detail=detail)


def _classes(texts: set[str], kind: Kind, scale: Scale) -> tuple[str, ...]:
    order = [verdict.value for verdict in Verdict] if kind is Kind.VERDICT else list(scale.texts)
    known = [text for text in order if text in texts]
    return (*known, *sorted(texts - set(known)))
