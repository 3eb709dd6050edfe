"""What came of a probing, made from the judgements that the session holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from judgetui.analysis.probe_effects import Effect, settled
from judgetui.core.judgement import Judgement
from judgetui.core.probes.base import BASE, Kind, Probe
from judgetui.core.probes.records import ProbeRecord
from judgetui.core.probes.registry import ALL
from judgetui.core.run import Run
from judgetui.core.session import Version
from judgetui.errors import InputError
from judgetui.services.probe_readings import Readings
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories

_DEPENDS: Final = "results depend on it"

_UNKNOWN: Final = "it was not known when this was asked."


class Finding(StrEnum):
    """What a probe found."""

    CLEAR = "clear"
    WITHIN_NOISE = "within noise"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What one probe found.

    Args:
        why: why it was not asked, or has no figure; empty else.
        direction: what a clear effect means, in words; empty else.
        advice: what to do about it; empty where there is nothing to mend.
        calls: replies that its variants took, cached ones included.
        items: items with a result both ways, in the variant that has most.
        left_out: judgements of its variants without a result, by status; they are in no figure.
        missing: judgements that are not made yet.
    """

    name: str
    title: str
    question: str
    source: str
    finding: Finding
    why: str = ""
    direction: str = ""
    advice: str = ""
    effects: tuple[Effect, ...] = ()
    calls: int = 0
    items: int = 0
    left_out: Mapping[str, int] | None = None
    missing: int = 0

    def to_mapping(self) -> dict[str, object]:
        """Plain data, as `judgetui probe --json` prints it."""
        return {
            "probe": self.name,
            "title": self.title,
            "question": self.question,
            "source": self.source,
            "finding": self.finding.value,
            "why": self.why or None,
            "direction": self.direction or None,
            "advice": self.advice or None,
            "calls": self.calls,
            "items": self.items,
            "left_out": dict(self.left_out or {}),
            "missing": self.missing,
            "effects": [effect_mapping(effect) for effect in self.effects],
        }


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What a probing found.

    Args:
        items: items that were drawn.
        base: the base's judgements by status.
        finished: None while runs are to come.
        cost_usd: of all its runs; None where a price is not known.
    """

    id: int
    rubric: str
    version: int
    rubric_hash: str
    protocol: str
    judge: str
    items: int
    seed: int
    base: Mapping[str, int]
    results: tuple[ProbeResult, ...]
    calls: int
    cost_usd: float | None
    created: datetime
    finished: datetime | None

    @property
    def clear(self) -> tuple[ProbeResult, ...]:
        """The probes whose effect is more than noise."""
        return tuple(each for each in self.results if each.finding is Finding.CLEAR)

    def to_mapping(self) -> dict[str, object]:
        """Plain data, as `judgetui probe --json` prints it."""
        return {
            "probing": self.id,
            "rubric": self.rubric,
            "version": self.version,
            "rubric_hash": self.rubric_hash,
            "protocol": self.protocol,
            "judge": self.judge,
            "items": self.items,
            "seed": self.seed,
            "base": dict(self.base),
            "calls": self.calls,
            "cost_usd": self.cost_usd,
            "created": self.created.isoformat(),
            "finished": None if self.finished is None else self.finished.isoformat(),
            "probes": [each.to_mapping() for each in self.results],
        }


def effect_mapping(effect: Effect) -> dict[str, object]:
    """One effect as plain data."""
    figure = effect.figure
    return {
        "name": effect.name,
        "title": effect.title,
        "value": figure.value,
        "interval": None if figure.low is None else [figure.low, figure.high],
        "n": figure.n,
        "unit": effect.unit,
        "why": figure.why or None,
        "main": effect.main,
        "p": effect.p,
        "p_adjusted": effect.adjusted,
        "clear": effect.clear,
    }


async def report_of(session: SessionFile, probe_id: int) -> ProbeReport:
    """What a probing found so far; nothing is asked.

    Raises:
        InputError: if there is no such probing, or its base was deleted.
    """
    return await session.read(lambda repos: _report(repos, probe_id))


def _report(repos: Repositories, probe_id: int) -> ProbeReport:
    record = repos.probes.get(probe_id)
    version = repos.rubrics.version(record.version_id)
    if (BASE, BASE) not in record.runs:
        raise InputError(
            f"probing {probe_id} has nothing that its results could be compared with.",
            "Its base was not asked, or that run was deleted. Probe again.",
        )
    runs = {key: repos.runs.get(run_id) for key, run_id in record.runs.items()}
    judged = {key: repos.judgements.for_run(run.id, record.judge) for key, run in runs.items()}
    readings = Readings(
        version.rubric, record, [each.item for each in repos.runs.items(runs[BASE, BASE].id)], judged
    )
    asked = [probe for probe in ALL if probe.name in record.settings.probes]
    effects = dict(zip(asked, settled([readings.effects(probe) for probe in asked]), strict=True))
    results = tuple(
        _result(probe, effects[probe], runs, judged, readings)
        if probe in effects
        else _not_asked(probe, record.settings.skipped.get(probe.name, _UNKNOWN))
        for probe in ALL
    )
    return _whole(record, version, runs, judged, results)


def _whole(
    record: ProbeRecord,
    version: Version,
    runs: Mapping[tuple[str, str], Run],
    judged: Mapping[tuple[str, str], Sequence[Judgement]],
    results: tuple[ProbeResult, ...],
) -> ProbeReport:
    costs = [run.cost_usd for run in runs.values()]
    known = [cost for cost in costs if cost is not None]
    return ProbeReport(
        id=record.id,
        rubric=version.rubric.name,
        version=version.number,
        rubric_hash=version.rubric_hash,
        protocol=version.rubric.protocol,
        judge=record.judge,
        items=runs[BASE, BASE].items,
        seed=record.settings.seed,
        base=dict(runs[BASE, BASE].counts),
        results=results,
        calls=sum(_calls(own) for own in judged.values()),
        cost_usd=sum(known) if len(known) == len(costs) else None,
        created=record.created,
        finished=record.finished,
    )


def _calls(judgements: Sequence[Judgement]) -> int:
    return sum(bool(vote.call) for judgement in judgements for vote in judgement.votes)


def _not_asked(probe: Probe, why: str) -> ProbeResult:
    return ProbeResult(probe.name, probe.title, probe.question, probe.source, Finding.NOT_ASKED, why)


def _result(
    probe: Probe,
    effects: Sequence[Effect],
    runs: Mapping[tuple[str, str], Run],
    judged: Mapping[tuple[str, str], Sequence[Judgement]],
    readings: Readings,
) -> ProbeResult:
    own = {key: run for key, run in runs.items() if key[0] == probe.name}
    without = Counter(
        judgement.status.value for key in own for judgement in judged[key] if judgement.outcome.status != "ok"
    )
    main = [effect for effect in effects if effect.main]
    told = [effect for effect in main if effect.figure.value is not None]
    clear = [effect for effect in told if effect.clear]
    finding = Finding.CLEAR if clear else Finding.WITHIN_NOISE if told else Finding.NOT_ASKED
    rising = bool(clear) and any((effect.figure.value or 0) > 0 for effect in clear)
    mend = bool(clear) and (rising or not probe.less_is_fine)
    return ProbeResult(
        name=probe.name,
        title=probe.title,
        question=probe.question,
        source=probe.source,
        finding=finding,
        why="" if told else next((effect.figure.why for effect in main), "nothing was judged yet"),
        direction=_direction(probe, effects, clear, rising),
        advice=probe.advice if mend else "",
        effects=tuple(effects),
        calls=sum(_calls(judged[key]) for key in own),
        items=max((effect.figure.n for effect in told), default=0),
        left_out=dict(without),
        missing=sum(run.total - run.done for run in own.values()),
    )


def _direction(probe: Probe, effects: Sequence[Effect], clear: Sequence[Effect], rising: bool) -> str:
    """What the clear effects mean."""
    if not clear:
        return ""
    if probe.kind is not Kind.INSTABILITY:
        words = [probe.more if rising else probe.less]
        if rising and any((effect.figure.value or 0) < 0 for effect in clear):
            words.append(probe.less)
        return "; ".join(words)
    words = [_DEPENDS] if rising else ["fewer results change than when the same is asked again"]
    for effect in effects:
        low, high = effect.figure.low, effect.figure.high
        if effect.name.endswith(".change") and low is not None and high is not None and not low <= 0 <= high:
            words.append(probe.more if low > 0 else probe.less)
    return "; ".join(filter(None, words))
