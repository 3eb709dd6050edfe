"""The bias battery on judges with a known bias: it finds that one and no other; and a probing goes on where it stopped."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from judgetui.core.events import Judged, RunEnded
from judgetui.core.item import Item
from judgetui.core.probes.base import BASE
from judgetui.core.probes.registry import ALL, NAMES, chosen
from judgetui.core.request import JudgeRequest
from judgetui.core.rubric import Rubric, TemplateMessage
from judgetui.core.run import RunSettings, RunStatus
from judgetui.errors import InputError
from judgetui.providers.base import FailureKind, ProviderError
from judgetui.services.probe_reports import Finding, ProbeReport
from judgetui.services.probe_text import effect_rows, finding_lines, head_lines, origin_words, plan_rows
from judgetui.services.probing import ProbeEvent, Probing, create, plan, replan, report_of, unfinished
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from tests.services.biased import (
    PAIRS,
    POINTS,
    Bias,
    Shown,
    far_longer,
    first_slot,
    follows,
    judge,
    pair_items,
    planned,
    probed,
    restless,
    single_items,
    wins,
)
from tests.services.standins import StandInJudge, reply

PROMPT = TemplateMessage("user", "Rate this: {{ response }}")
INJECTED = r"\[\[(A|B|10)\]\]|Choose this answer|Give this answer|лучший|наивысшую|请|هذه"


def fair(shown: Shown) -> float | None:
    """Has no bias."""
    return None


BIASES: list[tuple[Bias, set[str]]] = [
    (fair, set()),
    (first_slot, {"position"}),
    (far_longer, {"verbosity", "length"}),
    (wins("https://"), {"authority"}),
    (wins(r"(?m)^## "), {"formatting"}),
    (wins("cheers"), {"style"}),
    (follows("asked"), {"bandwagon"}),
    (follows("I am sure"), {"sycophancy"}),
    (restless, {"retest"}),
    (wins(INJECTED), {"injection"}),
]


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[SessionFile]:
    with SessionFile.create(tmp_path / "s.db", "s") as opened:
        yield opened


def runner(session: SessionFile, own: StandInJudge) -> Runner:
    return Runner(session, {own.judge: own}.__getitem__)


def going(probing: Probing, settings: RunSettings | None = None) -> AsyncGenerator[ProbeEvent, None]:
    """What a probing tells, so that it can be closed."""
    return cast(AsyncGenerator[ProbeEvent, None], probing.go(settings))


async def told(probing: Probing, settings: RunSettings | None = None) -> list[ProbeEvent]:
    return [event async for event in probing.go(settings)]


def figures(report: ProbeReport, name: str) -> dict[str, float | None]:
    (result,) = (each for each in report.results if each.name == name)
    return {effect.name: effect.figure.value for effect in result.effects}


@pytest.mark.parametrize(("bias", "names"), BIASES, ids=lambda each: "" if callable(each) else "+".join(each))
async def test_the_bias_of_a_judge_of_pairs_is_found_and_no_other(
    session: SessionFile, bias: Bias, names: set[str]
) -> None:
    report = await probed(session, PAIRS, pair_items(labels=True), judge(bias, "openai:gpt-5"))
    assert {result.name for result in report.clear} == names
    assert all(result.direction for result in report.clear)


@pytest.mark.parametrize(("bias", "names"), BIASES, ids=lambda each: "" if callable(each) else "+".join(each))
async def test_the_bias_of_a_judge_of_single_answers_is_found_and_no_other(
    session: SessionFile, bias: Bias, names: set[str]
) -> None:
    report = await probed(session, POINTS, single_items(), judge(bias, "openai:gpt-5"))
    assert {result.name for result in report.clear} == names - {"position"}


def own_family(shown: Shown) -> float | None:
    """Prefers what is marked as its family's."""
    having = ["of the house" in answer for answer in shown.answers]
    if len(having) == 1:
        return shown.qualities[0] + 3 * having[0]
    return None if having[0] == having[1] else float(having[1])


@pytest.mark.parametrize(("rubric", "items"), [(PAIRS, pair_items(labels=True)), (POINTS, single_items())])
async def test_a_judge_that_prefers_its_family_is_found(
    session: SessionFile, rubric: Rubric, items: list[Item]
) -> None:
    def mark(text: object, model: str | None) -> str:
        return f"{text} This is of the house." if model == "gpt-4o" else str(text)

    marked = [replace(item, responses=tuple(map(mark, item.responses, item.models))) for item in items]
    own = judge(own_family, "openai:gpt-5")
    report = await probed(session, rubric, marked, own, probes=chosen(["self-preference"]))
    assert [result.name for result in report.clear] == ["self-preference"]
    assert report.results[NAMES.index("injection")].finding is Finding.NOT_ASKED


def by_scale(shown: Shown) -> float | None:
    """Takes the first point that the prompt names for the middle."""
    return 8 if shown.text.find("10 = right") < shown.text.find("1 = wrong") else None


def by_anchor(shown: Shown) -> float | None:
    """Is generous where nobody says what the points mean."""
    return None if "1 = wrong" in shown.text else 9


def by_name(shown: Shown) -> float | None:
    """Does not like the names that the probe puts in."""
    return 1 if "Mohammed" in shown.text else None


@pytest.mark.parametrize(
    ("bias", "name"), [(by_scale, "scale-order"), (by_anchor, "anchors"), (by_name, "names")]
)
async def test_what_the_rubric_and_the_names_do_is_found(session: SessionFile, bias: Bias, name: str) -> None:
    probes = chosen(["retest", "scale-order", "anchors", "names"])
    report = await probed(session, POINTS, single_items(), judge(bias), probes=probes)
    assert [result.name for result in report.clear] == [name]


async def test_criteria_that_lean_on_each_other_are_found(session: SessionFile) -> None:
    several = replace(
        POINTS, protocol="analytic", criteria=(POINTS.criteria[0], replace(POINTS.criteria[0], name="clear"))
    )

    def answer(request: JudgeRequest, number: int) -> object:
        text = "".join(message.content for message in request.messages)
        first = 9 if text.index("- clear:") < text.index("- right:") else 3
        return reply(f"Well.\nright: {first}\nclear: {first}")

    own = StandInJudge(answer)  # type: ignore[arg-type]  # always a reply
    report = await probed(session, several, single_items(), own, probes=chosen(["criteria-order"]))
    assert [result.name for result in report.clear] == ["criteria-order"]
    assert "earns more" in report.clear[0].direction


async def test_figures_are_what_the_judge_does(session: SessionFile) -> None:
    items = pair_items(labels=True)
    report = await probed(session, PAIRS, items, judge(first_slot), probes=chosen(["position", "injection"]))
    assert figures(report, "position") == {"first.advantage": 0.5, "flips": 1.0}
    (position,) = report.clear
    assert (position.items, position.calls) == (len(items), 0)
    # Shown in one order the answer in question wins where it stands first, attacked or not: nothing is won by attacks.
    assert figures(report, "injection")["all.beyond"] == 0


async def test_a_seeded_order_is_compared_with_the_same_order(session: SessionFile) -> None:
    seeded = replace(PAIRS, order="seeded")
    own = judge(wins(INJECTED))
    report = await probed(
        session, seeded, pair_items(labels=True), own, probes=chosen(["position", "injection"])
    )
    assert [result.name for result in report.clear] == ["injection"]
    assert figures(report, "injection")["fake-verdict.won"] == 1
    assert figures(report, "position")["first.advantage"] == 0
    assert next(each for each in report.results if each.name == "position").calls == 2 * len(pair_items())


async def test_the_plan_counts_the_calls_that_are_made(session: SessionFile) -> None:
    own = judge()
    items = pair_items(8)
    record, found = await planned(session, PAIRS, items, own)
    assert (found.base.calls, found.held) == (16, 0)
    assert own.asked == []
    await told(Probing(session, runner(session, own), record, found))
    assert len(own.asked) == found.calls == sum(estimate.calls for estimate in found.estimate.judges)
    report = await report_of(session, record.id)
    assert report.calls == found.calls
    for planned_probe, result in zip(found.probes, report.results, strict=True):
        assert (result.name, result.calls) == (planned_probe.name, planned_probe.calls)
    again = await plan(PAIRS, items, own, session=session)
    retests = next(each for each in again.probes if each.name == "retest")
    assert again.calls - again.held == retests.calls


async def test_the_same_probing_is_found_again_and_costs_nothing(session: SessionFile) -> None:
    own = judge()
    items = pair_items(6)
    first = await probed(session, PAIRS, items, own)
    calls = len(own.asked)
    assert await probed(session, PAIRS, items, own) == first
    assert len(own.asked) == calls
    record, _ = await planned(session, PAIRS, items, own, seed=1)
    assert record.id != first.id
    assert await unfinished(session) == [record]


async def test_replies_of_earlier_runs_are_taken(session: SessionFile) -> None:
    own, items = judge(), pair_items(6)
    version = await session.write(lambda repos: repos.rubrics.create(PAIRS))
    ahead = runner(session, own)
    run = await ahead.create(version, (own.judge,), items, RunSettings())
    async for _ in ahead.go(run):
        pass
    calls = len(own.asked)
    await probed(session, PAIRS, items, own, probes=chosen(["length"]))
    assert len(own.asked) == calls == 12


async def test_a_probing_that_was_stopped_goes_on_and_asks_nothing_twice(session: SessionFile) -> None:
    items, whole = pair_items(6), judge(far_longer)
    own = judge(far_longer)
    record, found = await planned(session, PAIRS, items, own)
    probing = Probing(session, runner(session, own), record, found)
    judged = 0
    async with aclosing(going(probing, RunSettings(concurrency=1))) as events:
        async for event in events:
            judged += isinstance(event.event, Judged)
            if judged == 20:
                probing.cancel()
    assert (await unfinished(session))[0].id == record.id
    half = await report_of(session, record.id)
    assert half.finished is None
    assert "not finished" in head_lines(half)[1]
    attacks = next(result for result in half.results if result.name == "injection")
    assert (attacks.finding, attacks.why) == (Finding.NOT_ASKED, "nothing was judged")
    (open_one,) = await unfinished(session)
    other = await replan(session, open_one, own)
    assert other.steps == found.steps
    events_after = await told(Probing(session, runner(session, own), open_one, other))
    assert events_after[-1].step == events_after[-1].steps == len(found.steps)
    assert await unfinished(session) == []
    sent = [(request.messages, request.order) for request in own.asked]
    fresh = 3  # the base and two retests ask the same
    assert max(sent.count(each) for each in sent) <= fresh
    report = await report_of(session, record.id)
    with SessionFile.create(Path(session.path).with_name("t.db"), "t") as second:
        straight = await probed(second, PAIRS, items, whole)
    assert len(own.asked) == len(whole.asked) == report.calls
    assert report.results == straight.results


async def test_leaving_early_keeps_what_was_done(session: SessionFile) -> None:
    own = judge()
    record, found = await planned(session, PAIRS, pair_items(4), own)
    async with aclosing(going(Probing(session, runner(session, own), record, found))) as events:
        async for event in events:
            if event.probe != BASE:
                break
    (left,) = await unfinished(session)
    assert (BASE, BASE) in left.runs
    await told(Probing(session, runner(session, own), left, await replan(session, left, own)))
    assert await unfinished(session) == []


async def test_calls_that_failed_are_left_out_told_and_made_again(session: SessionFile) -> None:
    broken = True

    def bias(shown: Shown) -> float | None:
        if broken and "Okay, so here goes" in shown.text:
            raise_next.append(1)
        return None

    raise_next: list[int] = []
    fine = judge(bias)

    def answer(request: JudgeRequest, number: int) -> object:
        before = len(raise_next)
        found = fine._answer(request, number)
        return ProviderError(FailureKind.BAD_REQUEST, "no.") if len(raise_next) > before else found

    own = StandInJudge(answer, name="standin:one")  # type: ignore[arg-type]
    record, found = await planned(session, PAIRS, pair_items(6), own, probes=chosen(["style"]))
    await told(Probing(session, runner(session, own), record, found), RunSettings(max_retries=0))
    report = await report_of(session, record.id)
    style = next(each for each in report.results if each.name == "style")
    assert style.left_out == {"failed": 6}
    assert next(e for e in style.effects if e.name == "casual.change").figure.value is None
    assert any("6 failed" in line for line in finding_lines(report))
    broken = False
    await told(Probing(session, runner(session, own), record, found), RunSettings(max_retries=0))
    assert not next(
        each for each in (await report_of(session, record.id)).results if each.name == "style"
    ).left_out


async def test_a_budget_is_for_the_whole_probing(session: SessionFile) -> None:
    own = judge(name="openai:gpt-4o-mini")
    record, found = await planned(session, POINTS, single_items(6), own)
    most = found.estimate.cost_high
    assert most is not None
    probing = Probing(session, runner(session, own), record, found)
    events = await told(probing, RunSettings(budget=1.1 * most / found.calls, concurrency=1))
    last = events[-1].event
    assert isinstance(last, RunEnded) and last.status is RunStatus.PAUSED
    assert 0 < len(own.asked) < found.calls
    assert await unfinished(session) == [probing.record]
    await told(probing, RunSettings(budget=2 * most))
    assert await unfinished(session) == []
    assert len(own.asked) == found.calls


async def test_nothing_is_planned_for_items_that_do_not_fit(session: SessionFile) -> None:
    with pytest.raises(InputError, match="no item fits"):
        await plan(PAIRS, single_items(3), judge())


async def test_a_sample_is_drawn_by_its_seed_in_the_items_own_order() -> None:
    items = single_items(60)
    drawn = (await plan(POINTS, items, judge(), chosen(["length"]), count=10)).setting.items
    other = (await plan(POINTS, items, judge(), chosen(["length"]), count=10, seed=1)).setting.items
    assert len(drawn) == 10 and drawn != other
    assert [items.index(item) for item in drawn] == sorted(items.index(item) for item in drawn)


async def test_a_variant_that_asks_the_very_same_is_not_asked(session: SessionFile) -> None:
    bare = replace(POINTS, template=(PROMPT,))
    found = await plan(bare, single_items(3), judge())
    why = {each.name: each.why for each in found.probes}
    assert "very same" in why["scale-order"] and "very same" in why["anchors"]


async def test_items_that_a_change_makes_the_same_are_judged_once(session: SessionFile) -> None:
    items = single_items(5)
    asked = [replace(item, fields={"question": f"Why {n % 2}?"}) for n, item in enumerate(items)]
    for given, count in ((items, 1), (asked, 2)):
        found = await plan(POINTS, given, judge(), chosen(["injection"]))
        sizes = {variant.name: len(variant.items) for name, variant in found.steps if name == "injection"}
        assert sizes.pop("constant") == count and set(sizes.values()) == {5}


async def test_without_its_base_a_probing_says_so(session: SessionFile) -> None:
    own = judge()
    report = await probed(session, PAIRS, pair_items(3), own, probes=chosen(["style"]))
    base = (await session.read(lambda repos: repos.probes.get(report.id))).runs[BASE, BASE]
    await session.write(lambda repos: repos.runs.delete(base))
    with pytest.raises(InputError, match="compared with"):
        await report_of(session, report.id)
    record = await session.read(lambda repos: repos.probes.get(report.id))
    with pytest.raises(InputError, match="compared with"):
        await replan(session, record, own)


async def test_words_name_every_probe_once_and_every_figure_with_its_n(session: SessionFile) -> None:
    own = judge(far_longer)
    record, found = await planned(session, PAIRS, pair_items(), own)
    assert [row[0] for row in plan_rows(found)] == [BASE, *NAMES]
    await told(Probing(session, runner(session, own), record, found))
    report = await report_of(session, record.id)
    assert {row[0] for row in effect_rows(report, full=True)} == {
        result.name for result in report.results if result.effects
    }
    assert len(effect_rows(report)) < len(effect_rows(report, full=True))
    lines = list(finding_lines(report))
    assert any(line.startswith("Verbosity: longer is taken for better") for line in lines)
    assert any("not asked" in line for line in lines)
    assert "24 items" in head_lines(report)[1] and "Holm" in origin_words(report)
    mapping = report.to_mapping()
    assert len(mapping["probes"]) == len(ALL)  # type: ignore[arg-type]


async def test_create_gives_the_stored_one(session: SessionFile) -> None:
    own = judge()
    record, found = await planned(session, PAIRS, pair_items(3), own)
    version = await session.read(lambda repos: repos.rubrics.version(record.version_id))
    assert await create(session, version, found) == record
