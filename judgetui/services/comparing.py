"""Two versions of a rubric, or two judges, over the same items of a session."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from judgetui.analysis.kinds import Kind
from judgetui.analysis.paired_agreement import Contrast, Pair, contrast, over_criteria, sentence
from judgetui.core.item import OVERALL
from judgetui.core.judgement import JudgedItem
from judgetui.core.run import Run, own_first
from judgetui.core.session import Version
from judgetui.core.vote import Verdict
from judgetui.errors import InputError
from judgetui.services.agreement_files import LabelValue
from judgetui.services.agreement_pairs import compared_values
from judgetui.services.judged_rows import criteria_of, labelled_judgement, result_of, said_of
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared.

    Args:
        name: how sentences call it: the version, or the judge.
        run: where its judgements are from: the newest of the version that the judge was asked in.
    """

    name: str
    version: Version
    judge: str
    run: Run


@dataclass(frozen=True, slots=True)
class VersionComparison:
    """Two versions by one judge, or two judges by one version.

    Args:
        items: items that both judged, whatever came of it.
        lost: items of them on which the first side alone has a result.
        gained: items of them on which the second side alone has one.
        unmatched: items that one of the two runs alone has.
        criteria: by name, `overall` first; p-values are adjusted for their number. Each has the items on which both
            have a result of it.
        problems: by criterion, why its labels cannot be compared; what changed is then told without them.
    """

    first: Side
    second: Side
    items: int
    lost: int
    gained: int
    unmatched: int
    criteria: Mapping[str, Contrast]
    problems: Mapping[str, str]

    def sentence(self, criterion: str) -> str:
        """What came of a criterion, in a sentence."""
        return sentence(self.criteria[criterion], self.second.name)


async def compare_versions(
    session: SessionFile,
    version_a: Version,
    version_b: Version,
    judge: str,
    *,
    split: str | None = None,
    rater: str | None = None,
) -> VersionComparison:
    """What a version changed against another, over the items that the same judge judged by both.

    Args:
        split: only items of this split; None takes all.
        rater: only this person's labels; None takes everyone's.

    Raises:
        InputError: if the judge was not asked by one of the versions.
    """
    runs = [await run_of(session, version, judge) for version in (version_a, version_b)]
    one, two = (
        Side(f"v{version.number}", version, judge, run)
        for version, run in zip((version_a, version_b), runs, strict=True)
    )
    return await _compare(session, one, two, split, rater)


async def compare_judges(
    session: SessionFile,
    version: Version,
    judge_a: str,
    judge_b: str,
    *,
    split: str | None = None,
    rater: str | None = None,
) -> VersionComparison:
    """How a judge differs from another, over the items that both judged by the same version.

    Args:
        split: only items of this split; None takes all.
        rater: only this person's labels; None takes everyone's.

    Raises:
        InputError: if one of them was not asked, or both are the same.
    """
    if judge_a == judge_b:
        raise InputError(f"{judge_a} would be compared with itself.", "Name two judges.", field="--judge")
    one, two = [
        Side(judge, version, judge, await run_of(session, version, judge)) for judge in (judge_a, judge_b)
    ]
    return await _compare(session, one, two, split, rater)


async def judges_of(session: SessionFile, version: Version) -> dict[str, Run]:
    """The judges that a version's runs asked, each with the newest such run that has judgements."""
    found: dict[str, Run] = {}
    for run in own_first(await session.read(lambda repos: repos.runs.all())):
        if run.version_id == version.id and run.done:
            for judge in run.judges:
                found.setdefault(judge, run)
    return found


async def run_of(session: SessionFile, version: Version, judge: str) -> Run:
    """The newest run of a version that asked a judge.

    Raises:
        InputError: if there is none.
    """
    runs = await judges_of(session, version)
    if judge not in runs:
        name = f"{version.rubric.name} v{version.number}"
        hint = f"It has judgements of {', '.join(runs)}." if runs else "Run it first."
        raise InputError(f"{name} has not been run with {judge!r} in this session.", hint)
    return runs[judge]


async def _compare(
    session: SessionFile, first: Side, second: Side, split: str | None, rater: str | None
) -> VersionComparison:
    before, after = await session.read(lambda repos: (_judged(repos, first), _judged(repos, second)))
    if split is not None:
        before, after = ([each for each in side if each.split == split] for side in (before, after))
    return await asyncio.to_thread(compared_runs, first, second, before, after, rater)


def _judged(repos: Repositories, side: Side) -> list[JudgedItem]:
    return repos.judgements.figures(side.run.id, side.judge)


def compared_runs(
    first: Side,
    second: Side,
    before: Sequence[JudgedItem],
    after: Sequence[JudgedItem],
    rater: str | None = None,
) -> VersionComparison:
    """The comparison of judgements that were read; items are the same where their content is.

    Takes seconds where there are many: not for the event loop's thread.
    """
    matched = _matched(before, after)
    criteria: dict[str, Contrast] = {}
    problems: dict[str, str] = {}
    said = [said_of(after, rater) for _, after in matched]
    labelled = criteria_of(second.version.rubric, said)
    for criterion in _criteria(second.version, matched, labelled):
        if criterion in labelled:
            try:
                criteria[criterion] = contrast(*_labelled(criterion, matched, said))
                continue
            except InputError as error:
                problems[criterion] = str(error)
        criteria[criterion] = contrast(*_bare(criterion, matched))
    results = [tuple(_has_result(each) for each in pair) for pair in matched]
    return VersionComparison(
        first=first,
        second=second,
        items=len(matched),
        lost=results.count((True, False)),
        gained=results.count((False, True)),
        unmatched=len(before) + len(after) - 2 * len(matched),
        criteria=over_criteria(criteria),
        problems=problems,
    )


def _matched(
    before: Sequence[JudgedItem], after: Sequence[JudgedItem]
) -> list[tuple[JudgedItem, JudgedItem]]:
    """Judgements of the same content, in the second's order; equal items meet in their order."""
    seen: Counter[str] = Counter()
    older: dict[tuple[str, int], JudgedItem] = {}
    for each in before:
        older[each.item_hash, seen[each.item_hash]] = each
        seen[each.item_hash] += 1
    seen.clear()
    found: list[tuple[JudgedItem, JudgedItem]] = []
    for each in after:
        old = older.get((each.item_hash, seen[each.item_hash]))
        seen[each.item_hash] += 1
        if old is not None:
            found.append((old, each))
    return found


def _criteria(
    version: Version, matched: Sequence[tuple[JudgedItem, JudgedItem]], labelled: Sequence[str]
) -> list[str]:
    """What is compared: the whole, and, of several criteria, each that both have results of; and what has labels."""
    names = [criterion.name for criterion in version.rubric.criteria]
    own = names if len(names) > 1 else []
    given = [
        name
        for name in (OVERALL, *own)
        if any(result_of(a, name) is not None and result_of(b, name) is not None for a, b in matched)
    ]
    found = dict.fromkeys([*given, *labelled]) or {OVERALL: None}
    return sorted(
        found, key=lambda name: [OVERALL, *names].index(name) if name in (OVERALL, *names) else len(names) + 1
    )


def _labelled(
    criterion: str,
    matched: Sequence[tuple[JudgedItem, JudgedItem]],
    said: Sequence[Mapping[str, Mapping[str, LabelValue]]],
) -> tuple[list[Pair], Kind]:
    """The items of which both have a result, with labels where there are some.

    Raises:
        InputError: if labels and results do not fit.
    """
    rows = [
        (place, side, labelled_judgement(pair[side], criterion, words[criterion]))
        for place, (pair, words) in enumerate(zip(matched, said, strict=True))
        if criterion in words
        for side in (0, 1)
    ]
    kind, values = compared_values(criterion, [row for _, _, row in rows])
    found = {(place, side): value for (place, side, _), value in zip(rows, values, strict=True)}
    pairs: list[Pair] = []
    for place, (one, two) in enumerate(matched):
        if (place, 0) in found:
            (first, label), (second, _) = found[place, 0], found[place, 1]
        else:
            first, second, label = _of_kind(one, criterion, kind), _of_kind(two, criterion, kind), None
        if first is not None and second is not None:
            pairs.append(Pair(first, second, label))
    return pairs, kind


def _bare(criterion: str, matched: Sequence[tuple[JudgedItem, JudgedItem]]) -> tuple[list[Pair], Kind]:
    """The items of which both have a result, without labels; of what the first of them has."""
    results = [(result_of(one, criterion), result_of(two, criterion)) for one, two in matched]
    known = [(one, two) for one, two in results if one is not None and two is not None]
    kind = Kind.SCORE
    if known and isinstance(known[0][1], str):
        kind = Kind.VERDICT if known[0][1] in list(Verdict) else Kind.LABEL
    pairs = [Pair(one, two) for one, two in known if isinstance(one, str) == isinstance(two, str)]
    return pairs, kind


def _of_kind(judged: JudgedItem, criterion: str, kind: Kind) -> LabelValue | None:
    """The judge's result of that kind."""
    if kind is Kind.SCORE:
        return judged.score if criterion == OVERALL else judged.scores.get(criterion)
    result = result_of(judged, criterion)
    return result if isinstance(result, str) else None


def _has_result(judged: JudgedItem) -> bool:
    return result_of(judged, OVERALL) is not None
