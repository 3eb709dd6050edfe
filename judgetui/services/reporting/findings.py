"""What a report tells of a run, as it was read and figured; no wording, no looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from judgetui.analysis.correction import Corrected
from judgetui.analysis.misses import Miss
from judgetui.analysis.ratings import Ratings
from judgetui.core.item import Item
from judgetui.core.reply import Usage
from judgetui.core.session import Version
from judgetui.core.template import Outline
from judgetui.core.vote import Status
from judgetui.services.alignment import Study
from judgetui.services.comparing import VersionComparison
from judgetui.services.duels import Table
from judgetui.services.juries import Jury
from judgetui.services.probe_reports import ProbeReport


@dataclass(frozen=True, slots=True)
class Absent:
    """A part that a report cannot have, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why judgements have no result.

    Args:
        n: how many give this reason.
    """

    status: Status
    text: str
    n: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What the judgements took.

    Args:
        cost_usd: US dollars, as far as prices are known; None when none is.
        unpriced: judgements with tokens whose price is not known.
        votes: replies and lost calls behind the judgements.
    """

    usage: Usage
    cost_usd: float | None
    unpriced: int
    votes: int


@dataclass(frozen=True, slots=True)
class Labeller:
    """What one person, or who settled disputes, labelled of the items that were judged.

    Args:
        picked: items by how they were picked; `file` for labels that came with a file.
        seen: items whose judge they had seen before they labelled.
    """

    rater: str
    items: int
    picked: Mapping[str, int]
    seen: int


@dataclass(frozen=True, slots=True)
class Corrects:
    """A rate or mean under people's labels.

    Args:
        what: what is estimated, such as `share of pass`.
        share: whether it is a share, written in percent.
    """

    what: str
    share: bool
    figures: Corrected


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An item on which judge and people differ.

    Args:
        said: what each person said, by name.
        item: as it was judged.
        rationale: the judge's reasons; empty when it gave none.
    """

    miss: Miss
    said: Mapping[str, float | str]
    item: Item
    rationale: str


@dataclass(frozen=True, slots=True)
class Step:
    """A version of the rubric and what it changed.

    Args:
        diff: lines of the change from the version before; None of the first one.
        runs: how many runs of it the session holds.
    """

    version: Version
    diff: tuple[str, ...] | None
    runs: int


@dataclass(frozen=True, slots=True)
class SentPrompt:
    """The prompt of one item.

    Args:
        outlines: the messages, with what comes from the item set apart.
        as_sent: the messages as they were sent, role and text, where they are others; None where they are these.
        stored: whether what was sent is known.
    """

    item_id: str
    criterion: str
    outlines: tuple[Outline, ...]
    as_sent: tuple[tuple[str, str], ...] | None
    stored: bool


@dataclass(frozen=True, slots=True)
class Calls:
    """What was asked of the judge in the run, what was sent, and who answered; each with how many calls it is of.

    Args:
        calls: stored calls of the run.
        lost: votes without one.
        models: names as the server gave them.
        parsers: what read the replies, with how many votes.
        dropped: parts that were not sent as asked, with the reason.
    """

    calls: int
    lost: int
    models: Mapping[str, int]
    asked: Mapping[str, int]
    sent: Mapping[str, int]
    dropped: Mapping[str, int]
    parsers: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a report tells.

    Args:
        session: the session's name.
        day: the day that stands in the report's head.
        judge: as it is shown; a file's folder is left out.
        others: the run's other judges, likewise.
        missing: items of the run that the judge has not judged, of the whole run.
        at_random: whether every labelled item was picked at random, so that labels stand for all items.
        disagreements: by criterion, the largest first; not all of them.
        battery: what the newest probing of the judge by the same version found.
        steps: versions of the rubric, the newest first; not all of them.
        versions: how many versions there are.
        comparisons: with the version's predecessors by the same judge, and with other judges by the same version.
        packages: name and version of what the figures were made with.
    """

    session: str
    day: date
    study: Study
    judge: str
    others: tuple[str, ...]
    missing: int
    reasons: tuple[Reason, ...]
    spent: Spent
    labellers: tuple[Labeller, ...]
    at_random: bool
    corrects: Corrects | Absent
    disagreements: Mapping[str, tuple[Disagreement, ...]]
    battery: ProbeReport | Absent
    steps: tuple[Step, ...]
    versions: int
    comparisons: tuple[VersionComparison, ...]
    jury: Jury | Absent
    ratings: Ratings | Absent
    win_rates: Table | Absent
    rubric_yaml: str
    prompt: SentPrompt | Absent
    calls: Calls
    packages: Mapping[str, str]
