"""One repository a noun, bundled for the functions that a session file runs."""

from __future__ import annotations

from dataclasses import dataclass
from sqlite3 import Connection

from judgetui.storage.repositories.base import Clock
from judgetui.storage.repositories.calls import CallRepository
from judgetui.storage.repositories.drafts import DraftRepository
from judgetui.storage.repositories.items import ItemRepository
from judgetui.storage.repositories.judgements import JudgementRepository
from judgetui.storage.repositories.rubrics import RubricRepository
from judgetui.storage.repositories.runs import RunRepository


@dataclass(frozen=True, slots=True)
class Repositories:
    """Everything a session holds, by noun. Belongs to the thread of the database it was made for."""

    rubrics: RubricRepository
    items: ItemRepository
    runs: RunRepository
    calls: CallRepository
    judgements: JudgementRepository
    drafts: DraftRepository

    @classmethod
    def over(cls, db: Connection, clock: Clock) -> Repositories:
        """The repositories of an open session."""
        return cls(
            rubrics=RubricRepository(db, clock),
            items=ItemRepository(db, clock),
            runs=RunRepository(db, clock),
            calls=CallRepository(db, clock),
            judgements=JudgementRepository(db, clock),
            drafts=DraftRepository(db, clock),
        )
