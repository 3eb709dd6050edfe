"""`judgetui compare`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from judgetui.cli.loop import complete
from judgetui.cli.options import json_option, rubric_name_option, session_argument
from judgetui.errors import ExitCode, InputError

if TYPE_CHECKING:
    from judgetui.analysis.compare import Comparison
    from judgetui.analysis.figures import Figure
    from judgetui.analysis.paired_agreement import Contrast
    from judgetui.analysis.paired_tests import PairedTest
    from judgetui.services.comparing import Side, VersionComparison
    from judgetui.storage.database import SessionFile

VERSION: Final = click.IntRange(1)

_TITLES: Final = {
    "accuracy": "accuracy",
    "kappa": "Cohen's kappa",
    "weighted_kappa": "quadratic weighted kappa",
    "mean_absolute_error": "mean distance from the label",
}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is compared: two versions, or two judges of one version."""

    rubric: str | None
    v1: int
    v2: int | None
    judges: tuple[str, ...]
    split: str | None
    rater: str | None


@click.command()
@session_argument
@click.argument("v1", type=VERSION)
@click.argument("v2", type=VERSION, required=False)
@rubric_name_option
@click.option(
    "--judge",
    "judges",
    metavar="NAME",
    multiple=True,
    help="Only this judge's results, may be repeated; two of them without V2 are compared with each other.",
)
@click.option("--split", metavar="NAME", help="Only items of this split, such as test.")
@click.option("--rater", metavar="NAME", help="Only the labels of this person.")
@json_option
def compare(
    session: str,
    v1: int,
    v2: int | None,
    name: str | None,
    judges: tuple[str, ...],
    split: str | None,
    rater: str | None,
    as_json: bool,
) -> int:
    """Show what changed between two versions, or two judges, and whether for the better.

    The results are those of each version's newest run, over the items and judges that both have. Where people labelled
    items, it says of each criterion how many results moved towards the labels, by how much agreement differs, and whether
    that could be chance: an exact McNemar test for verdicts and labels, a sign-flip test for the distance of scores, a
    paired bootstrap for kappa. P-values are adjusted for the number of criteria by Holm's method. It also says how many
    labelled items would tell the two apart in four of five cases, if they differ as those so far.

    \b
    Examples:
      judgetui compare summaries 3 4
      judgetui compare summaries 4 --judge openai:MODEL --judge local:qwen
    """
    return complete(_compare(session, _Wanted(name, v1, v2, judges, split, rater), as_json))


async def _compare(text: str, wanted: _Wanted, as_json: bool) -> int:
    from judgetui.services import headless
    from judgetui.services.context import Context
    from judgetui.storage.database import SessionFile

    with SessionFile.open(headless.known_session(Context.load().paths, text)) as session:
        if wanted.v2 is None:
            await _put_judges(session, wanted, as_json)
        else:
            await _put_versions(session, wanted, wanted.v2, as_json)
    return ExitCode.DONE


async def _put_versions(session: SessionFile, wanted: _Wanted, v2: int, as_json: bool) -> None:
    from judgetui.analysis.compare import compare as compare_runs
    from judgetui.cli.output import put, put_json
    from judgetui.cli.results import judgements_of
    from judgetui.services import headless
    from judgetui.services.authoring import text_diff
    from judgetui.services.comparing import compare_versions, judges_of

    before = await headless.session_rubric(session, wanted.rubric, wanted.v1)
    after = await headless.session_rubric(session, wanted.rubric, v2)
    runs = [await headless.newest_run(session, version) for version in (before, after)]
    old, new = [
        [each for each in await judgements_of(session, run) if each.judge in (wanted.judges or run.judges)]
        for run in runs
    ]
    both = await judges_of(session, before), await judges_of(session, after)
    common = [judge for judge in both[1] if judge in both[0]]
    found = [
        await compare_versions(session, before, after, judge, split=wanted.split, rater=wanted.rater)
        for judge in wanted.judges or common
    ]
    diff = text_diff(before.rubric, after.rubric)
    changes = compare_runs(old, new)
    if as_json:
        put_json(
            {
                "rubric": after.rubric.name,
                "versions": [before.number, after.number],
                "runs": [run.id for run in runs],
                "diff": diff,
                **_changes(changes),
                "judges": {each.second.judge: _mapping(each) for each in found},
            }
        )
        return
    put(f"{after.rubric.name}: v{before.number} (run {runs[0].id}) and v{after.number} (run {runs[1].id})\n")
    put("\n".join(diff) or "the text is the same")
    _put_changes(changes, f"v{before.number}", f"v{after.number}")
    for each in found:
        put(f"\nby {each.second.judge}, run {each.first.run.id} and run {each.second.run.id}")
        _put_comparison(each)


async def _put_judges(session: SessionFile, wanted: _Wanted, as_json: bool) -> None:
    from judgetui.cli.output import put, put_json
    from judgetui.services import headless
    from judgetui.services.comparing import compare_judges

    if len(wanted.judges) != 2:
        raise InputError(
            "there is one version, and not two judges to compare.",
            "Give a second version, or two judges: --judge A --judge B.",
        )
    version = await headless.session_rubric(session, wanted.rubric, wanted.v1)
    found = await compare_judges(session, version, *wanted.judges, split=wanted.split, rater=wanted.rater)
    if as_json:
        put_json(
            {
                "rubric": version.rubric.name,
                "version": version.number,
                "judges": list(wanted.judges),
                "comparison": _mapping(found),
            }
        )
        return
    put(f"{version.rubric.name} v{version.number}: {_side(found.first)} and {_side(found.second)}")
    _put_comparison(found)


def _side(side: Side) -> str:
    return f"{side.judge} (run {side.run.id})"


def _changes(found: Comparison) -> dict[str, object]:
    return {
        "n": found.n,
        "changes": [
            {
                "id": change.item_id,
                "judge": change.judge,
                "before": change.before,
                "after": change.after,
                "label": change.label or None,
            }
            for change in found.changes
        ],
    }


def _put_changes(found: Comparison, before: str, after: str) -> None:
    from judgetui.cli.output import put, put_table

    put(f"\n{len(found.changes)} of {found.n} judgements that both have are different")
    if found.changes:
        put_table(
            ("item", "judge", before, after, "label"),
            [(c.item_id, c.judge, c.before, c.after, c.label) for c in found.changes],
        )


def _put_comparison(found: VersionComparison) -> None:
    from judgetui.cli.output import put, put_table

    one, two = found.first.name, found.second.name
    apart = f"; {one} alone has a result of {found.lost}, {two} alone of {found.gained}"
    put(f"{found.items} items judged by both{apart if found.lost or found.gained else ''}")
    for criterion, each in found.criteria.items():
        put(f"\n{criterion}: {found.sentence(criterion)}")
        if criterion in found.problems:
            put(f"its labels cannot be used: {found.problems[criterion]}")
        if each.labelled:
            put_table(
                ("figure", one, two, "difference", "95% interval", "p", "p (Holm)", "n", "note"),
                [_row(name, each, test) for name, test in each.tests.items()],
                right=(1, 2, 3, 5, 6, 7),
            )
            put(_needed(each))


def _row(name: str, found: Contrast, test: PairedTest) -> tuple[str, ...]:
    return (
        _TITLES[name],
        _number(found.first[name].value),
        _number(found.second[name].value),
        _number(test.effect, "+.3f"),
        "-" if test.low is None or test.high is None else f"[{test.low:+.3f}, {test.high:+.3f}]",
        _number(test.p),
        _number(test.adjusted),
        str(test.n),
        "; ".join(filter(None, (test.method, test.why))),
    )


def _number(value: float | None, form: str = ".3f") -> str:
    return "-" if value is None else format(value, form)


def _needed(found: Contrast) -> str:
    needed = found.needed
    if needed.items is None:
        return f"labels that would tell them apart: not known; {needed.why}"
    return (
        f"labels that would tell them apart: {needed.items:,} items ({needed.power:.0%} power at the "
        f"{needed.alpha:.0%} level), {needed.why}"
    )


def _mapping(found: VersionComparison) -> dict[str, object]:
    """What `--json` says of a comparison."""
    return {
        "first": _side_mapping(found.first),
        "second": _side_mapping(found.second),
        "items": found.items,
        "lost": found.lost,
        "gained": found.gained,
        "unmatched": found.unmatched,
        "criteria": {
            criterion: _contrast(each) | {"sentence": found.sentence(criterion)}
            for criterion, each in found.criteria.items()
        },
        "problems": dict(found.problems),
    }


def _side_mapping(side: Side) -> dict[str, object]:
    return {"version": side.version.number, "judge": side.judge, "run": side.run.id}


def _contrast(found: Contrast) -> dict[str, object]:
    needed = found.needed
    return {
        "compared": found.kind.value,
        "n": found.n,
        "changed": {"items": found.changes} | _figure(found.changed),
        "labelled": found.labelled,
        "towards": found.towards,
        "away": found.away,
        "first": _figures(found.first),
        "second": _figures(found.second),
        "tests": dict(_tests(found.tests)),
        "headline": found.headline,
        "labels_needed": {
            "items": needed.items,
            "power": needed.power,
            "alpha": needed.alpha,
            "why": needed.why,
        },
    }


def _tests(tests: Mapping[str, PairedTest]) -> Iterator[tuple[str, object]]:
    for name, test in tests.items():
        yield (
            name,
            {
                "method": test.method,
                "n": test.n,
                "effect": test.effect,
                "interval": _interval(test.low, test.high),
                "p": test.p,
                "p_holm": test.adjusted,
                "why": test.why or None,
            },
        )


def _figures(figures: Mapping[str, Figure]) -> dict[str, object]:
    return {name: _figure(figure) for name, figure in figures.items()}


def _figure(figure: Figure) -> dict[str, object]:
    return {
        "value": figure.value,
        "n": figure.n,
        "interval": _interval(figure.low, figure.high),
        "why": figure.why or None,
    }


def _interval(low: float | None, high: float | None) -> Sequence[float] | None:
    return None if low is None or high is None else [low, high]
