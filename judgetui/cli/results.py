"""What came of a run: its judgements as JSONL, its totals as JSON or as a few lines."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Final

from judgetui.analysis.agreement import accuracy
from judgetui.analysis.bias import flip_rate
from judgetui.cli import talk
from judgetui.cli.meter import money, seconds_words
from judgetui.cli.options import STDOUT
from judgetui.cli.output import put, put_json, put_lines
from judgetui.core.events import Progress
from judgetui.core.judgement import Judgement
from judgetui.core.reply import Usage
from judgetui.core.run import Run
from judgetui.core.vote import Status
from judgetui.datasets import judgement_line, write_judgements
from judgetui.storage.database import SessionFile

STATUSES: Final = tuple(status.value for status in Status)


async def put_judgements(session: SessionFile, run_id: int, out: Path | None) -> None:
    """Write a run's judgements in the order of its items, to a file or to stdout; None writes nothing.

    Where there are none no file is made, and one that is there stays as it is.

    Raises:
        ItemError: if the file cannot be written.
    """
    if out is None:
        return
    judgements = await session.read(lambda repos: repos.judgements.for_run(run_id))
    if not judgements:
        tell_nothing_written(out)
        return
    if out == STDOUT:
        put_lines(map(judgement_line, judgements))
        return
    count = write_judgements(out, judgements)
    talk.say(f"{count} judgements written to {out}")


def tell_nothing_written(out: Path) -> None:
    """Say why there is no file."""
    talk.say(f"nothing was judged, so nothing is written to {'stdout' if out == Path('-') else out}")


async def judgements_of(session: SessionFile, run: Run) -> list[Judgement]:
    """A run's judgements, in the order of its items and judges."""
    return await session.read(lambda repos: repos.judgements.for_run(run.id))


def counted(run: Run) -> dict[str, int]:
    """Judgements of a run by status, every status named."""
    return {status: run.counts.get(status, 0) for status in STATUSES}


def totals(session: Path, run: Run, progress: Progress) -> dict[str, object]:
    """The object that `--json` prints: items and judgements of the whole run, the rest of this invocation."""
    return {
        "run": run.id,
        "session": str(session),
        "items": run.items,
        "judgements": counted(run),
        "calls": progress.calls,
        "cached": progress.cached,
        "retries": progress.retries,
        "seconds": round(progress.seconds, 3),
        "usage": progress.usage.to_mapping(),
        "cost_usd": progress.cost_usd,
    }


async def tell_result(
    session: SessionFile, run: Run, progress: Progress, *, as_json: bool, to_stderr: bool
) -> None:
    """Print what a run came to.

    Args:
        to_stderr: stdout is taken by the judgements.
    """
    if as_json:
        put_json(totals(session.path, run, progress))
        return
    judgements = await judgements_of(session, run)
    lines = [
        f"run {run.id} of {session.path}: {run.done} of {run.total} judged",
        counts_words(run),
        *went_on(run, judgements),
        spent_words(progress),
        *figures(judgements),
    ]
    for line in lines:
        (talk.say if to_stderr else put)(line)


def counts_words(run: Run) -> str:
    """How many judgements have which status, those with none left out."""
    words = [f"{count} {status}" for status, count in counted(run).items() if count]
    return ", ".join(words) or "no judgements"


def went_on(run: Run, judgements: list[Judgement]) -> list[str]:
    """Of a cascade, how many items each later judge was asked about; nothing for other runs."""
    if run.settings.cascade is None:
        return []
    asked = Counter(judgement.judge for judgement in judgements)
    return [
        f"{asked[judge]} of {asked[before]} items went on to {judge} (certainty below {run.settings.cascade:g})"
        for before, judge in pairwise(run.judges)
    ]


def spent_words(progress: Progress) -> str:
    """What this invocation took."""
    usage = progress.usage
    parts = [f"{progress.calls} calls", f"{progress.cached} replies from the session"]
    if progress.retries:
        parts.append(f"{progress.retries} retries")
    if usage.input is not None or usage.output is not None:
        parts.append(f"{usage.input or 0:,}{_cached(usage)} + {usage.output or 0:,}{_thought(usage)} tokens")
    parts += [seconds_words(progress.seconds), money(progress.cost_usd)]
    return ", ".join(parts)


def _cached(usage: Usage) -> str:
    """The share of the prompts that came from the judge's cache, where it told."""
    if usage.cached is None or not usage.input:
        return ""
    return f" ({usage.cached:,} of them, {usage.cached / usage.input:.0%}, from the judge's cache)"


def _thought(usage: Usage) -> str:
    return f" ({usage.reasoning:,} of them thinking)" if usage.reasoning else ""


def figures(judgements: list[Judgement]) -> list[str]:
    """Flip rate and label match, each with n and interval, of each judge; those without data are left out."""
    judges = list(dict.fromkeys(judgement.judge for judgement in judgements))
    lines = []
    for judge in judges:
        own = [judgement for judgement in judgements if judgement.judge == judge]
        whose = f" of {judge}" if len(judges) > 1 else ""
        lines += [
            f"{name}{whose} {rate}"
            for name, rate in (("flip rate", flip_rate(own)), ("label match", accuracy(own)))
            if rate is not None
        ]
    return lines


def run_mapping(run: Run) -> dict[str, object]:
    """A run as JSON shows it in a list."""
    return {
        "run": run.id,
        "rubric": run.rubric_name,
        "version": run.version_number,
        "protocol": run.protocol,
        "judges": list(run.judges),
        "status": run.status.value,
        "reason": run.reason,
        "origin": run.origin.value,
        "items": run.items,
        "judgements": counted(run),
        "retries": run.retries,
        "probing": run.probing,
        "usage": run.usage.to_mapping(),
        "cost_usd": run.cost_usd,
        "created": run.created.isoformat(),
        "finished": None if run.finished is None else run.finished.isoformat(),
    }
