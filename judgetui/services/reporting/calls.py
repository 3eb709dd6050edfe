"""What a run asked of a judge, what was sent of it, and who answered."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from judgetui.core.judgement import Judgement
from judgetui.core.text import one_line
from judgetui.services.alignment import Study
from judgetui.services.reporting.findings import Calls
from judgetui.services.reporting.scrubbing import without_folders
from judgetui.storage.database import SessionFile

_LONGEST: Final = 160
"""Characters of one setting; a schema is longer."""


async def calls_of(session: SessionFile, found: Study, judgements: Sequence[Judgement]) -> Calls:
    """Count how the calls of a study's run and judge were made.

    Args:
        judgements: those of the study.
    """
    run, judge = found.run, found.judge
    forms = await session.read(lambda repos: repos.calls.forms(run.id, judge))
    models: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    sent: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    for form in forms:
        models[without_folders(form.model) or "not said"] += form.calls
        asked[_settings(form.asked)] += form.calls
        sent[_settings(form.sent)] += form.calls
        for part, why in form.dropped.items():
            dropped[without_folders(f"{part}: {why}")] += form.calls
    votes = [vote for judgement in judgements for vote in judgement.votes]
    return Calls(
        calls=sum(form.calls for form in forms),
        lost=sum(not vote.call for vote in votes),
        models=_sorted(models),
        asked=_sorted(asked),
        sent=_sorted(sent),
        dropped=_sorted(dropped),
        parsers=_sorted(Counter(vote.parser for vote in votes if vote.parser)),
    )


def _sorted(counts: Counter[str]) -> dict[str, int]:
    """The most frequent first, equals by name."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def _settings(settings: Mapping[str, object]) -> str:
    """Settings on a line, those that are not set left out."""
    given = {
        name: value
        for name, value in settings.items()
        if value is not None and value is not False and value not in ("", [], {})
    }
    text = ", ".join(f"{name} {_plain(value)}" for name, value in sorted(given.items()))
    return without_folders(text) or "nothing beside the prompt"


def _plain(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    return one_line(text, _LONGEST)
