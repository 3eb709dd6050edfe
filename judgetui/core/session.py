"""What a session holds at a glance, and its rubrics' versions and drafts, as storage returns them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from judgetui.core.rubric import Rubric


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session at a glance.

    Args:
        path: the session file.
        items: items now in the session, removed ones left out.
        judgements: stored judgements over all runs.
        unfinished: runs that were cut short and can go on.
    """

    path: str
    name: str
    rubrics: tuple[RubricSummary, ...]
    items: int
    runs: int
    judgements: int
    unfinished: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class SessionProblem:
    """A file among the sessions that cannot be read, and why."""

    path: str
    message: str
    hint: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class RubricSummary:
    """A rubric of a session at a glance; `version` is its newest number."""

    id: int
    name: str
    title: str
    protocol: str
    version: int
    note: str
    has_draft: bool


@dataclass(frozen=True, slots=True)
class Version:
    """An immutable rubric: its number counts from 1 within its rubric."""

    id: int
    rubric_id: int
    number: int
    rubric: Rubric
    rubric_hash: str
    note: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """Unsaved edits of a rubric, and evaluation steps that are not frozen yet.

    Args:
        base_version: number of the version the edits started from.
        text: the draft as JSON text; what is in it is the editor's business.
    """

    rubric_id: int
    base_version: int
    text: str
    updated: datetime
