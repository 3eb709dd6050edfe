"""A run's jury: what its judges come to together on each item, and what is to be known of each judge."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from judgetui.analysis.dawid_skene import FEWEST, JudgeModel
from judgetui.analysis.figures import Figure
from judgetui.analysis.intervals import Rate, wilson
from judgetui.analysis.juries import (
    Agreement,
    Combine,
    Kind,
    Rule,
    Ruling,
    kind_of,
    last,
    majority,
    mean,
    points_only,
    said,
    with_the_rest,
)
from judgetui.analysis.jury_models import Modelled, modelled, speakers
from judgetui.analysis.means import mean as mean_figure
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.reply import Usage
from judgetui.core.rubric import Rubric
from judgetui.core.run import Run
from judgetui.core.scale import Scale
from judgetui.core.vote import Status
from judgetui.errors import InputError
from judgetui.storage.database import SessionFile

CHOICES: Final = (Rule.MAJORITY, Rule.MEAN, Rule.DAWID_SKENE)
"""Rules that may be asked for; a cascade's is its own."""

FEW: Final = 100
"""Items below which a plain majority is right more often than Dawid and Skene's model, by the simulation that
docs/decisions/juries.md tells of."""


@dataclass(frozen=True, slots=True)
class JuryItem:
    """What the jury makes of an item.

    Args:
        judgements: of the judges that were asked, in the run's order.
    """

    judgements: tuple[Judgement, ...]
    ruling: Ruling


@dataclass(frozen=True, slots=True)
class Juror:
    """A judge and how it fares among the others.

    Args:
        asked: items it has a judgement of; in a cascade those that came to it.
        spoke: those of them on which it has a result.
        agreement: with the jury of the others; None in a cascade, where they were asked about other items.
        model: its error rates by Dawid and Skene; None by any other rule.
    """

    judge: str
    asked: int
    spoke: int
    agreement: Agreement | None
    model: JudgeModel | None


@dataclass(frozen=True, slots=True)
class Jury:
    """A run's results by a rule.

    Args:
        items: those that some judge has judged, in the run's order.
        kind: what is put together.
        shares: how often each result was come to, among items that have one; scores by whole points.
        mean: of the jury's scores; None where there are no scores.
        model: None by any rule but Dawid and Skene's.
    """

    run: Run
    rule: Rule
    kind: Kind
    items: tuple[JuryItem, ...]
    jurors: tuple[Juror, ...]
    shares: Mapping[str, Rate]
    mean: Figure | None
    model: Modelled | None

    @property
    def name(self) -> str:
        """The jury in a judge's place, such as `jury(majority): a, b, c`."""
        return f"jury({self.rule}): {', '.join(self.run.judges)}"

    @property
    def counts(self) -> dict[str, int]:
        """Items by what became of them: `decided`, `draw`, or the state of those on which no judge has a result."""
        found = Counter(
            "decided"
            if each.ruling.decided
            else "draw"
            if each.ruling.outcome.status is Status.OK
            else each.ruling.outcome.status.value
            for each in self.items
        )
        return {"decided": found["decided"], "draw": found["draw"], **found}

    def line(self, each: JuryItem) -> dict[str, object]:
        """An item's result as a line of a judgements file, with what each judge said under `jurors`."""
        first, *_ = each.judgements
        costs = [judgement.cost_usd for judgement in each.judgements]
        known = [cost for cost in costs if cost is not None]
        whole = replace(
            first,
            judge=self.name,
            outcome=each.ruling.outcome,
            votes=(),
            started=min(judgement.started for judgement in each.judgements),
            cost_usd=sum(known) if len(known) == len(costs) else None,
        )
        usage = sum((judgement.usage for judgement in each.judgements), Usage())
        jurors = [_juror_mapping(judgement) for judgement in each.judgements]
        return whole.to_mapping() | {"usage": usage.to_mapping(), "jurors": jurors}


async def jury_of(session: SessionFile, run: Run, rule: Rule | None = None) -> Jury:
    """What the judges of a run come to.

    Args:
        rule: None for a cascade's own, for the mean of scores and rankings, and for the majority of all else.

    Raises:
        InputError: for a run without judgements or with a single judge, and for a rule that does not fit what
            the judges give.
    """
    if len(run.judges) < 2:
        raise InputError(
            f"run {run.id} has one judge, and a jury needs two or more.",
            "Run the same items with several, such as --judge A --judge B --judge C.",
        )
    if rule is not None and run.settings.cascade is not None:
        raise InputError(
            f"run {run.id} is a cascade: its judges were asked about different items, which cannot be put together.",
            "Leave --rule out; an item's result is that of the last judge asked.",
            field="--rule",
        )
    version = await session.read(lambda repos: repos.rubrics.version(run.version_id))
    judgements = await session.read(lambda repos: repos.judgements.for_run(run.id))
    return await asyncio.to_thread(deliberate, run, version.rubric, judgements, rule)


def deliberate(run: Run, rubric: Rubric, judgements: Sequence[Judgement], rule: Rule | None) -> Jury:
    """The same, of judgements in the order of items and judges.

    Raises:
        InputError: as `jury_of`.
    """
    kind = kind_of(judgement.outcome for judgement in judgements)
    if kind is None:
        raise InputError(
            f"no judge of run {run.id} has a result of a whole item.",
            "Go on with `judgetui resume`, or give the labels of several criteria values.",
        )
    if run.settings.cascade is not None:
        rule = Rule.CASCADE
    elif rule is None:
        rule = default_rule(kind)
    if rule is Rule.MEAN and kind is Kind.LABEL:  # what labels are worth is averaged
        kind = Kind.SCORE
    scale = scale_of(get_protocol(rubric.protocol), rubric)
    groups = [tuple(found) for _, found in groupby(judgements, lambda judgement: judgement.position)]
    outcomes = [{each.judge: each.outcome for each in group} for group in groups]
    _require_fit(rule, kind, outcomes, scale)
    combine = last if rule is Rule.CASCADE else combiner(rule, kind, rubric)
    model = modelled(outcomes, kind, scale) if rule is Rule.DAWID_SKENE else None
    rulings = model.rulings if model is not None else [combine(list(each.values())) for each in outcomes]
    items = tuple(JuryItem(group, ruling) for group, ruling in zip(groups, rulings, strict=True))
    models = {} if model is None else dict(zip(model.judges, model.fit.judges, strict=True))
    jurors = [
        Juror(
            judge,
            asked=sum(judge in each for each in outcomes),
            spoke=sum(judge in each and said(each[judge], kind) is not None for each in outcomes),
            agreement=None if rule is Rule.CASCADE else with_the_rest(outcomes, judge, kind, combine),
            model=models.get(judge),
        )
        for judge in run.judges
    ]
    return Jury(run, rule, kind, items, tuple(jurors), _shares(items, kind), _mean(items, kind), model)


def default_rule(kind: Kind) -> Rule:
    """The mean of scores and rankings, the majority of verdicts and labels."""
    return Rule.MEAN if kind in (Kind.SCORE, Kind.RANKING) else Rule.MAJORITY


def combiner(rule: Rule, kind: Kind, rubric: Rubric) -> Combine:
    """A rule, ready to be used on one item; for Dawid and Skene's, which needs all items, the majority."""
    protocol = get_protocol(rubric.protocol)
    if rule is Rule.MEAN:
        return lambda outcomes: mean(outcomes, protocol.tie_delta)
    scale = scale_of(protocol, rubric)
    return lambda outcomes: majority(outcomes, kind, scale)


def jury_words(judgements: Sequence[Judgement], rubric: Rubric) -> str:
    """What the judges of one item come to by the default rule, such as `2 of 3: A`; empty where nobody has a result."""
    outcomes = [judgement.outcome for judgement in judgements]
    kind = kind_of(outcomes)
    if kind is None:
        return ""
    ruling = combiner(default_rule(kind), kind, rubric)(outcomes)
    out, without = ruling.outcome, ruling.asked - ruling.spoke
    counts = ", ".join(f"{_plain(text)} {count}" for text, count in ruling.said.items())
    word = _plain(out.verdict) if out.verdict is not None else out.label
    if word is None and out.score is not None:
        word = f"{out.score:.2f}"
    if word is None:
        told = f"no majority ({counts})"
    elif not ruling.said:
        told = f"mean of {ruling.spoke}: {word}"
    elif ruling.split:
        told = f"{word} ({counts})"
    else:
        told = f"{max(ruling.said.values())} of {ruling.spoke}: {word}"
    return told + (f", {without} without a result" if without else "")


def _plain(text: str) -> str:
    """A verdict or label as people read it."""
    return text.replace("_", " ")


def _require_fit(rule: Rule, kind: Kind, items: Sequence[Mapping[str, Outcome]], scale: Scale) -> None:
    """Make sure that a rule can be used on what the judges give.

    Raises:
        InputError: with the rule that can.
    """
    outcomes = [out for each in items for out in each.values()]
    if rule is Rule.MEAN:
        if kind is Kind.VERDICT and not any(out.answer_scores for out in outcomes):
            raise InputError("verdicts have no mean.", "Use --rule majority.", field="--rule")
        if kind is Kind.SCORE and not any(out.score is not None for out in outcomes):
            raise InputError(
                "these labels have no values, and so no mean.",
                "Use --rule majority, or give the scale `values`.",
                field="--rule",
            )
    elif rule is not Rule.CASCADE:
        if kind is Kind.RANKING:
            raise InputError(
                "whole rankings hardly ever meet, so there is no majority of them.",
                "Use --rule mean.",
                field="--rule",
            )
        if kind is Kind.SCORE and not points_only(outcomes, scale):
            raise InputError(
                "these scores are not all points of the scale, so they cannot be counted.",
                "Use --rule mean.",
                field="--rule",
            )
    if rule is Rule.DAWID_SKENE and len(found := speakers(items, kind)) < FEWEST:
        raise InputError(
            f"Dawid and Skene's model needs three judges with results; here {len(found) or 'none'} "
            f"{'has' if len(found) == 1 else 'have'} any.",
            "With fewer, judges that are right cannot be told from judges that err. Use --rule majority, or run more "
            "judges.",
            field="--rule",
        )


def _shares(items: Sequence[JuryItem], kind: Kind) -> dict[str, Rate]:
    """How often the jury came to each result, the most frequent first; scores by whole points, in their order."""
    texts: Counter[str] = Counter()
    for each in items:
        out = each.ruling.outcome
        text = said(out, kind)
        if kind is Kind.SCORE and text is not None and out.score is not None:
            text = str(round(out.score))
        texts.update([] if text is None else [text])
    found = {text: wilson(count, texts.total()) for text, count in texts.most_common()}
    if kind is Kind.SCORE:
        found = dict(sorted(found.items(), key=lambda pair: int(pair[0])))
    return {text: rate for text, rate in found.items() if rate is not None}


def _mean(items: Sequence[JuryItem], kind: Kind) -> Figure | None:
    if kind is not Kind.SCORE:
        return None
    scores = [each.ruling.outcome.score for each in items if each.ruling.outcome.status is Status.OK]
    return mean_figure(Counter(score for score in scores if score is not None))


def _juror_mapping(judgement: Judgement) -> dict[str, object]:
    """What one judge said, with the keys of a judgement."""
    out = judgement.outcome
    return {
        "judge": judgement.judge,
        "status": out.status.value,
        "score": out.score,
        "label": out.label,
        "verdict": None if out.verdict is None else out.verdict.value,
        "answer_scores": list(out.answer_scores),
    }
