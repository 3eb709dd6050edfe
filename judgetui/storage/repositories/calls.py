"""Calls: every request that was sent and the reply to it, which also make the cache."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from judgetui.core.reply import JudgeReply
from judgetui.core.run import Call, CallForm
from judgetui.storage.codec import reply_from, request_from
from judgetui.storage.columns import dump, from_column, load, moment, stamp, to_column
from judgetui.storage.repositories.base import Repository, batches, marks
from judgetui.storage.texts import put_back, referred, take_out

_COLUMNS: Final = "c.id, c.key, c.judge, c.request, c.reply, c.sent, c.created"

_ASKED: Final = ("messages", "question", "criterion", "order", "sample", "stable", "form")
_SENT: Final = (
    *_ASKED, "system", "prompt", "input", "instructions", "questions", "evidence", "seed", "metadata", "user",
    "custom_id", "prompt_cache_key",
)  # fmt: skip
"""Parts of a request, and of what is sent, that say what a call is about."""


class CallRepository(Repository):
    """A key may have several replies when a judge was asked afresh; each run keeps those it used."""

    def get(self, key: str, run_id: int | None = None) -> Call | None:
        """The newest call of that key, or the one that a run used; None when there is none."""
        return self.get_many((key,), run_id).get(key)

    def get_many(self, keys: Iterable[str], run_id: int | None = None) -> dict[str, Call]:
        """The newest call of each key, or those that a run used; keys without a call are left out."""
        rows: list[Any] = []
        for portion in batches(to_column(key) for key in dict.fromkeys(keys)):
            rows += self._of(_COLUMNS, portion, run_id)
        # Rows come oldest first, so that the newest of a key is the one that stays.
        newest = {row[1]: row for row in rows}
        return {call.key: call for call in self._calls(list(newest.values()))}

    def known(self, keys: Iterable[str], run_id: int | None = None) -> set[str]:
        """Those of the keys that there is a call of, or one that a run used."""
        found: set[str] = set()
        for portion in batches(to_column(key) for key in keys):
            rows = self._of("c.key", portion, run_id)
            found.update(from_column(key) for (key,) in rows)
        return found

    def replies(self, keys: Iterable[str], run_id: int | None = None) -> dict[str, tuple[int, JudgeReply]]:
        """The newest reply of each key, or the newest that a run used, with its call's number; keys without a call are
        left out."""
        newest: dict[str, tuple[int, str]] = {}
        for portion in batches(to_column(key) for key in keys):
            rows = self._of("c.key, c.id, c.reply", portion, run_id)
            newest |= {key: (call_id, reply) for key, call_id, reply in rows}
        return {
            from_column(key): (call_id, reply_from(load(reply))) for key, (call_id, reply) in newest.items()
        }

    def use_calls(self, numbers: Iterable[int], run_id: int) -> None:
        """Note that a run used the calls of these numbers."""
        for portion in batches(numbers):
            pairs = [value for call_id in portion for value in (run_id, call_id)]
            rows = ", ".join(["(?, ?)"] * len(portion))
            self._change(
                f"INSERT INTO run_calls (run_id, call_id) VALUES {rows} ON CONFLICT DO NOTHING", pairs
            )

    def add(self, call: Call, run_id: int | None) -> None:
        """Store a call, and that a run used it.

        When the newest call of its key has the same reply, only the use is stored: a reply from the cache may
        be added like any other.

        Args:
            run_id: None for a call made outside any run.
        """
        key, reply = to_column(call.key), dump(call.reply.to_mapping())
        known = self._row("SELECT id, reply FROM calls WHERE key = ? ORDER BY id DESC LIMIT 1", (key,))
        if known is not None and known[1] == reply:
            call_id = known[0]
        else:
            texts: dict[str, str] = {}
            request, sent = take_out(call.request.to_mapping(), texts), take_out(call.sent, texts)
            for name, text in texts.items():
                self._change(
                    "INSERT INTO texts (hash, body) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    (name, to_column(text)),
                )
            created = stamp(self._clock() if call.created is None else call.created)
            call_id = self._inserted(
                "INSERT INTO calls (key, judge, request, reply, sent, created) VALUES (?, ?, ?, ?, ?, ?)",
                (key, to_column(call.judge), dump(request), reply, dump(sent), created),
            )
        self._use(call_id, run_id)

    def use(self, keys: Iterable[str], run_id: int) -> None:
        """Note that a run used the newest calls of these keys; unknown keys are passed over."""
        for key in keys:
            call_id = self._value("SELECT MAX(id) FROM calls WHERE key = ?", (to_column(key),))
            if call_id is not None:
                self._use(call_id, run_id)

    def used_by(self, run_id: int) -> list[Call]:
        """Every call a run used, oldest first."""
        rows = self._rows(
            f"SELECT {_COLUMNS} FROM calls c JOIN run_calls u ON u.call_id = c.id WHERE u.run_id = ? ORDER BY c.id",
            (run_id,),
        )
        return self._calls(rows)

    def forms(self, run_id: int, judge: str) -> list[CallForm]:
        """How a run's calls of a judge were made, the most frequent form first; prompts are left out."""
        asked, sent = (", ".join(f"'$.{name}'" for name in names) for names in (_ASKED, _SENT))
        rows = self._rows(
            f"""SELECT json_remove(c.request, {asked}), json_remove(c.sent, {sent}), c.reply -> '$.model',
                c.reply -> '$.dropped', COUNT(*)
            FROM calls c JOIN run_calls u ON u.call_id = c.id WHERE u.run_id = ? AND c.judge = ?
            GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4""",
            (run_id, to_column(judge)),
        )
        texts = self._texts(row[1] for row in rows)
        return [
            CallForm(load(asked), put_back(load(sent), texts), load(model) or "", load(dropped) or {}, calls)
            for asked, sent, model, dropped, calls in rows
        ]

    def _of(self, columns: str, keys: Sequence[object], run_id: int | None) -> list[Any]:
        """The calls of some keys, or those of them that a run used, oldest first."""
        used = "" if run_id is None else "JOIN run_calls u ON u.call_id = c.id AND u.run_id = ?"
        return self._rows(
            f"SELECT {columns} FROM calls c {used} WHERE c.key IN ({marks(keys)}) ORDER BY c.id",
            keys if run_id is None else (run_id, *keys),
        )

    def _use(self, call_id: int, run_id: int | None) -> None:
        if run_id is not None:
            self.use_calls((call_id,), run_id)

    def _calls(self, rows: Sequence[Any]) -> list[Call]:
        texts = self._texts(body for row in rows for body in (row[3], row[5]))
        return [
            Call(
                key=from_column(key),
                judge=from_column(judge),
                request=request_from(put_back(load(request), texts)),
                reply=reply_from(load(reply)),
                sent=put_back(load(sent), texts),
                created=moment(created),
            )
            for _, key, judge, request, reply, sent, created in rows
        ]

    def _texts(self, bodies: Iterable[str]) -> dict[str, str]:
        """The texts that bodies refer to, by their hash."""
        names = {name for body in bodies for name in referred(body)}
        texts: dict[str, str] = {}
        for portion in batches(names):
            found = self._rows(f"SELECT hash, body FROM texts WHERE hash IN ({marks(portion)})", portion)
            texts |= {name: from_column(body) for name, body in found}
        return texts
