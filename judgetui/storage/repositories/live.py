"""Refuses to take away what another process is working on."""

from __future__ import annotations

from datetime import datetime
from sqlite3 import Connection

from judgetui.core.run import RunStatus
from judgetui.errors import SessionBusyError
from judgetui.storage.columns import from_column, moment
from judgetui.storage.owners import current_owner, owner_is_alive


def live_elsewhere(db: Connection, now: datetime, where: str = "1", *parameters: object) -> list[int]:
    """Ids of the runs, among those that `where` selects, that another living process is running."""
    rows = db.execute(
        f"SELECT id, owner, heartbeat FROM runs WHERE status = ? AND {where}",
        (RunStatus.RUNNING.value, *parameters),
    ).fetchall()
    mine = current_owner()
    return [
        run_id
        for run_id, owner, heartbeat in rows
        if from_column(owner) != mine and owner_is_alive(from_column(owner), moment(heartbeat), now)
    ]


def refuse_live(db: Connection, now: datetime, where: str, *parameters: object) -> None:
    """Complain if one of these runs is live in another process.

    Raises:
        SessionBusyError: naming the runs.
    """
    if found := live_elsewhere(db, now, where, *parameters):
        names = ", ".join(str(run_id) for run_id in found)
        raise SessionBusyError(
            f"another process is running run {names}.", "Wait until it has finished, or stop it there."
        )
