"""Runs: what was asked for, who runs it, and how far it came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from judgetui.core.batch import AT_PROVIDER
from judgetui.core.item import Item
from judgetui.core.reply import Usage
from judgetui.core.run import ItemRow, Run, RunItem, RunOrigin, RunSettings, RunStatus, StoredItem
from judgetui.core.vote import Status
from judgetui.errors import InputError, SessionBusyError
from judgetui.storage.codec import item_from_body, settings_body, settings_from_body
from judgetui.storage.columns import (
    dump,
    from_column,
    load,
    maybe_from_column,
    maybe_moment,
    moment,
    stamp,
    to_column,
)
from judgetui.storage.owners import owner_is_alive
from judgetui.storage.repositories.base import marks
from judgetui.storage.repositories.batches import BatchRepository
from judgetui.storage.repositories.contents import ContentRepository
from judgetui.storage.repositories.live import refuse_live

_RUNS: Final = """
    SELECT u.id, u.version_id, v.rubric_id, r.name, v.number, v.protocol, u.judges, u.settings, u.origin,
        u.status, u.reason, u.items, u.retries, u.created, u.finished, u.paid_usd,
        (SELECT MIN(p.probe_id) FROM probe_runs p WHERE p.run_id = u.id)
    FROM runs u JOIN versions v ON v.id = u.version_id JOIN rubrics r ON r.id = v.rubric_id"""

# Tokens without a price make a run's cost unknown; a judgement that cost no tokens says nothing about it.
_TOTALS: Final = """
    SELECT run_id, status, COUNT(*), SUM(input_tokens), SUM(output_tokens), SUM(cached_tokens), SUM(cost_usd),
        SUM(cost_usd IS NULL AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL)),
        SUM(reasoning_tokens), SUM(cache_write_tokens)
    FROM judgements"""


class RunRepository(ContentRepository):
    """A run's counts and usage are what its stored judgements add up to. Its cost is what was paid for it, also for
    replies that no judgement came of."""

    def create(
        self,
        version_id: int,
        judges: Sequence[str],
        settings: RunSettings,
        origin: RunOrigin,
        items: Iterable[Item | StoredItem],
        owner: str,
    ) -> Run:
        """Store a new run in the state `running`, with the content of its items as it is now.

        Args:
            items: in the order they are to be judged; need not be among the session's items. One whose content
                is stored already may be given by that.
            owner: the process that runs it, as `owners.current_owner` names it.

        Raises:
            InputError: if there is no such version, or a judge is named twice.
            ItemError: if a field of an item cannot be stored.
        """
        if self._value("SELECT 1 FROM versions WHERE id = ?", (version_id,)) is None:
            raise InputError(f"version {version_id} is not in this session.", "It may have been deleted.")
        if len(set(judges)) < len(judges):
            raise InputError("a judge is named twice.", "Name each judge once.", field="judge")
        now = stamp(self._clock())
        run_id = self._inserted(
            """INSERT INTO runs
            (version_id, judges, settings, origin, status, reason, items, owner, heartbeat, created)
            VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?)""",
            (
                version_id,
                dump(list(judges)),
                settings_body(settings),
                origin.value,
                RunStatus.RUNNING.value,
                0,
                to_column(owner),
                now,
                now,
            ),
        )
        count = 0
        for position, item in enumerate(items):
            stored = item if isinstance(item, StoredItem) else StoredItem(item.id, self._store_content(item))
            self._change(
                "INSERT INTO run_items (run_id, position, item_id, content_hash) VALUES (?, ?, ?, ?)",
                (run_id, position, to_column(stored.item_id), stored.content_hash),
            )
            count += 1
        self._change("UPDATE runs SET items = ? WHERE id = ?", (count, run_id))
        return self.get(run_id)

    def store_contents(self, items: Iterable[Item]) -> list[StoredItem]:
        """Store the contents of items that a run is about to take, so that many need not all be held at once.

        Raises:
            ItemError: if a field of an item cannot be stored.
        """
        return [StoredItem(item.id, self._store_content(item)) for item in items]

    def get(self, run_id: int) -> Run:
        """A run by its number.

        Raises:
            InputError: if there is none.
        """
        row = self._row(f"{_RUNS} WHERE u.id = ?", (run_id,))
        if row is None:
            raise InputError(f"run {run_id} is not in this session.", "It may have been deleted.")
        return _run(row, self._rows(f"{_TOTALS} WHERE run_id = ? GROUP BY status", (run_id,)))

    def all(self) -> list[Run]:
        """Every run of the user's rubrics, newest first."""
        totals: dict[int, list[Any]] = {}
        for row in self._rows(f"{_TOTALS} GROUP BY run_id, status"):
            totals.setdefault(row[0], []).append(row)
        rows = self._rows(f"{_RUNS} WHERE r.purpose = '' ORDER BY u.id DESC")
        return [_run(row, totals.get(row[0], [])) for row in rows]

    def state(self) -> int:
        """A number that changes when another connection, of this program or another, has written something."""
        return int(self._value("PRAGMA data_version"))

    def latest_for_rubric(self, rubric_id: int) -> Run | None:
        """The newest run of any version of a rubric, None when there is none; one of a probing when there is no other."""
        found = self._value(
            """SELECT u.id FROM runs u JOIN versions v ON v.id = u.version_id WHERE v.rubric_id = ?
            ORDER BY u.id IN (SELECT run_id FROM probe_runs), u.id DESC LIMIT 1""",
            (rubric_id,),
        )
        return None if found is None else self.get(found)

    def items(self, run_id: int) -> list[RunItem]:
        """What a run judges, in order: contents as they were then, labels as they are now."""
        return self._items("i.run_id = ?", run_id)

    def items_at(self, run_id: int, positions: Sequence[int]) -> list[RunItem]:
        """Those of `items` that stand at these positions, a few hundred at most."""
        return self._items(f"i.run_id = ? AND i.position IN ({marks(positions)})", run_id, *positions)

    def item(self, run_id: int, position: int) -> RunItem | None:
        """One of a run's items, as `items` gives them; None when the run has no such position."""
        found = self._items("i.run_id = ? AND i.position = ?", run_id, position)
        return found[0] if found else None

    def item_rows(self, run_id: int) -> list[ItemRow]:
        """A run's items as a table shows them, in the order of `items`."""
        labels = self._run_labels(run_id)
        rows = self._rows(
            "SELECT position, item_id FROM run_items WHERE run_id = ? ORDER BY position", (run_id,)
        )
        return [
            ItemRow(position, from_column(identity), labels.get(identity, ())) for position, identity in rows
        ]

    def set_status(self, run_id: int, status: RunStatus, reason: str = "") -> None:
        """Say where a run stands; any status but `running` also ends its ownership.

        Raises:
            InputError: if there is no such run.
        """
        if status is RunStatus.RUNNING:
            changed = self._change(
                "UPDATE runs SET status = ?, reason = ?, finished = NULL WHERE id = ?",
                (status.value, to_column(reason), run_id),
            )
        else:
            changed = self._change(
                "UPDATE runs SET status = ?, reason = ?, finished = ?, owner = '' WHERE id = ?",
                (status.value, to_column(reason), stamp(self._clock()), run_id),
            )
        if not changed:
            self.get(run_id)

    def take(self, run_id: int, owner: str) -> Run:
        """Make a run this owner's own and set it running again.

        Raises:
            InputError: if there is no such run.
            SessionBusyError: if another process that lives is running it.
        """
        run = self.get(run_id)
        holder, heartbeat = self._row("SELECT owner, heartbeat FROM runs WHERE id = ?", (run_id,))
        now = self._clock()
        if (
            run.status is RunStatus.RUNNING
            and from_column(holder) != owner
            and owner_is_alive(from_column(holder), moment(heartbeat), now)
        ):
            raise SessionBusyError(
                f"run {run_id} is running in another process ({from_column(holder).rpartition(':')[0]}).",
                "Wait until it has finished, or stop it there.",
            )
        self._change(
            "UPDATE runs SET status = ?, reason = '', finished = NULL, owner = ?, heartbeat = ? WHERE id = ?",
            (RunStatus.RUNNING.value, to_column(owner), stamp(now), run_id),
        )
        return self.get(run_id)

    def spent(self, run_id: int) -> float:
        """US dollars that a run has cost at most, as far as is known: calls that brought nothing may have cost, too."""
        judged = self._value("SELECT TOTAL(cost_usd) FROM judgements WHERE run_id = ?", (run_id,))
        (paid, lost), *_ = self._rows("SELECT paid_usd, lost_usd FROM runs WHERE id = ?", (run_id,))
        return float(max(judged, paid) + lost)

    def pay(self, run_id: int, amount: float) -> None:
        """Count what replies have cost, in US dollars."""
        self._change("UPDATE runs SET paid_usd = paid_usd + ? WHERE id = ?", (amount, run_id))

    def lose(self, run_id: int, amount: float) -> None:
        """Count what a call may have cost that brought no reply, in US dollars."""
        self._change("UPDATE runs SET lost_usd = lost_usd + ? WHERE id = ?", (amount, run_id))

    def set_budget(self, run_id: int, budget: float) -> None:
        """Change what a run may cost, in US dollars over its life."""
        settings = replace(self.get(run_id).settings, budget=budget)
        self._change("UPDATE runs SET settings = ? WHERE id = ?", (settings_body(settings), run_id))

    def heartbeat(self, run_id: int) -> None:
        """Note that the run's owner is still at work."""
        self._change("UPDATE runs SET heartbeat = ? WHERE id = ?", (stamp(self._clock()), run_id))

    def mark_interrupted(self) -> list[Run]:
        """Turn running runs whose process is gone into interrupted ones, finished at their last heartbeat; a run whose
        batch is at the provider is waiting.

        Returns:
            Those runs, oldest first.
        """
        now = self._clock()
        rows = self._rows(
            "SELECT id, owner, heartbeat FROM runs WHERE status = ? ORDER BY id", (RunStatus.RUNNING.value,)
        )
        gone = [
            run_id
            for run_id, owner, heartbeat in rows
            if not owner_is_alive(from_column(owner), moment(heartbeat), now)
        ]
        batches = BatchRepository(self._db, self._clock)
        for run_id in gone:
            status, reason = (
                (RunStatus.WAITING, AT_PROVIDER)
                if batches.at_provider(run_id)
                else (RunStatus.INTERRUPTED, "The process that ran it is gone.")
            )
            self._change(
                "UPDATE runs SET status = ?, reason = ?, finished = heartbeat, owner = '' WHERE id = ?",
                (status.value, reason, run_id),
            )
        return [self.get(run_id) for run_id in gone]

    def add_retries(self, run_id: int, count: int) -> None:
        """Count failed tries that were followed by another."""
        self._change("UPDATE runs SET retries = retries + ? WHERE id = ?", (count, run_id))

    def add_notice(self, run_id: int, text: str) -> None:
        """Keep something the user should know about a run; the same text is kept once."""
        self._change(
            "INSERT INTO run_notices (run_id, text, created) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (run_id, to_column(text), stamp(self._clock())),
        )

    def notices(self, run_id: int) -> list[str]:
        """What was noted about a run, in order."""
        rows = self._rows("SELECT text FROM run_notices WHERE run_id = ? ORDER BY id", (run_id,))
        return [from_column(text) for (text,) in rows]

    def delete(self, run_id: int) -> None:
        """Remove a run with its judgements; the calls stay, so that asking again costs nothing.

        Raises:
            InputError: if there is no such run.
            SessionBusyError: if another process is running it.
        """
        refuse_live(self._db, self._clock(), "id = ?", run_id)
        if not self._change("DELETE FROM runs WHERE id = ?", (run_id,)):
            self.get(run_id)

    def _items(self, where: str, *parameters: object) -> list[RunItem]:
        rows = self._rows(
            f"""SELECT i.position, i.item_id, i.content_hash, c.body, n.split
            FROM run_items i JOIN item_contents c ON c.hash = i.content_hash
            LEFT JOIN items n ON n.id = i.item_id
            WHERE {where} ORDER BY i.position""",
            parameters,
        )
        labels = self._labels(f"item_id IN (SELECT i.item_id FROM run_items i WHERE {where})", *parameters)
        return [
            RunItem(
                position,
                item_from_body(
                    from_column(identity), load(body), labels.get(identity, ()), maybe_from_column(split)
                ),
                digest,
            )
            for position, identity, digest, body, split in rows
        ]


def _run(row: Any, totals: Sequence[Any]) -> Run:
    (
        identity, version_id, rubric_id, name, number, protocol, judges, settings, origin,
        status, reason, items, retries, created, finished, paid, probing,
    ) = row  # fmt: skip
    usage, costs, unknown = Usage(), [], 0
    for _, _, _, taken, written, cached, cost, unpriced, reasoned, stored in totals:
        usage += Usage(taken, written, cached, reasoned, stored)
        costs += [] if cost is None else [cost]
        unknown += unpriced
    priced = not unknown and (costs or not totals)
    return Run(
        id=identity,
        version_id=version_id,
        rubric_id=rubric_id,
        rubric_name=from_column(name),
        version_number=number,
        protocol=from_column(protocol),
        judges=tuple(load(judges)),
        settings=settings_from_body(settings),
        origin=RunOrigin(origin),
        status=RunStatus(status),
        reason=from_column(reason),
        items=items,
        counts={known.value: total[2] for known in Status for total in totals if total[1] == known.value},
        usage=usage,
        cost_usd=max(sum(costs), paid) if priced else None,
        created=moment(created),
        finished=maybe_moment(finished),
        retries=retries,
        probing=probing,
    )
