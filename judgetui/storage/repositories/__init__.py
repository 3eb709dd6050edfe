"""One repository a noun, bundled for the functions that a session file runs."""

from __future__ import annotations

from functools import cached_property
from sqlite3 import Connection
from typing import TYPE_CHECKING

from judgetui.storage.repositories.base import Clock

if TYPE_CHECKING:
    # Each is imported when it is first used: the first screen needs two of them.
    from judgetui.storage.repositories.answers import AnswerRepository
    from judgetui.storage.repositories.batches import BatchRepository
    from judgetui.storage.repositories.calls import CallRepository
    from judgetui.storage.repositories.drafts import DraftRepository
    from judgetui.storage.repositories.item_rows import ItemRowRepository
    from judgetui.storage.repositories.items import ItemRepository
    from judgetui.storage.repositories.judgements import JudgementRepository
    from judgetui.storage.repositories.judges import JudgeRepository
    from judgetui.storage.repositories.probes import ProbeRepository
    from judgetui.storage.repositories.rubrics import RubricRepository
    from judgetui.storage.repositories.runs import RunRepository


class Repositories:
    """Everything a session holds, by noun. Belongs to the thread of the database it was made for.

    Args:
        db: an open session.
        clock: where the moments that are stored come from.
    """

    def __init__(self, db: Connection, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    @cached_property
    def rubrics(self) -> RubricRepository:
        """Rubrics and their versions."""
        from judgetui.storage.repositories.rubrics import RubricRepository

        return RubricRepository(self._db, self._clock)

    @cached_property
    def items(self) -> ItemRepository:
        """Items and labels."""
        from judgetui.storage.repositories.items import ItemRepository

        return ItemRepository(self._db, self._clock)

    @cached_property
    def item_rows(self) -> ItemRowRepository:
        """Items as rows of a long list."""
        from judgetui.storage.repositories.item_rows import ItemRowRepository

        return ItemRowRepository(self._db, self._clock)

    @cached_property
    def answers(self) -> AnswerRepository:
        """What people said and did, in the order they did it."""
        from judgetui.storage.repositories.answers import AnswerRepository

        return AnswerRepository(self._db, self._clock)

    @cached_property
    def runs(self) -> RunRepository:
        """Runs."""
        from judgetui.storage.repositories.runs import RunRepository

        return RunRepository(self._db, self._clock)

    @cached_property
    def calls(self) -> CallRepository:
        """Requests and the replies to them."""
        from judgetui.storage.repositories.calls import CallRepository

        return CallRepository(self._db, self._clock)

    @cached_property
    def judgements(self) -> JudgementRepository:
        """Judgements with their votes."""
        from judgetui.storage.repositories.judgements import JudgementRepository

        return JudgementRepository(self._db, self._clock)

    @cached_property
    def judges(self) -> JudgeRepository:
        """What was learned of judges."""
        from judgetui.storage.repositories.judges import JudgeRepository

        return JudgeRepository(self._db, self._clock)

    @cached_property
    def batches(self) -> BatchRepository:
        """What was handed to providers' batch services."""
        from judgetui.storage.repositories.batches import BatchRepository

        return BatchRepository(self._db, self._clock)

    @cached_property
    def probes(self) -> ProbeRepository:
        """Judges probed for bias."""
        from judgetui.storage.repositories.probes import ProbeRepository

        return ProbeRepository(self._db, self._clock)

    @cached_property
    def drafts(self) -> DraftRepository:
        """Unsaved edits."""
        from judgetui.storage.repositories.drafts import DraftRepository

        return DraftRepository(self._db, self._clock)
