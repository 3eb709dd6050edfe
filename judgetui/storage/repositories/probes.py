"""Probings: which judge was probed with what, and the run of each variant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from judgetui.core.item import Item
from judgetui.core.probes.base import BASE
from judgetui.core.probes.records import PURPOSE, ProbeRecord, ProbeSettings, settings_from_mapping
from judgetui.core.rubric import Rubric
from judgetui.core.run import Run, RunOrigin, RunSettings
from judgetui.errors import InputError
from judgetui.storage.columns import dump, from_column, load, maybe_moment, moment, stamp, to_column
from judgetui.storage.repositories.base import Repository
from judgetui.storage.repositories.rubrics import RubricRepository
from judgetui.storage.repositories.runs import RunRepository

_PROBES: Final = "SELECT id, version_id, judge, settings, created, finished FROM probes"


class ProbeRepository(Repository):
    """The base is judged by the user's own version; each variant by a rubric of its own, which is listed nowhere."""

    def create(self, version_id: int, judge: str, settings: ProbeSettings) -> ProbeRecord:
        """Store a new probing without runs, and drop the rubrics of probings that went with the rubric they probed."""
        self._change(
            """DELETE FROM rubrics WHERE purpose = ? AND id NOT IN (
                SELECT v.rubric_id FROM probe_runs p JOIN runs u ON u.id = p.run_id
                JOIN versions v ON v.id = u.version_id)""",
            (PURPOSE,),
        )
        identity = self._inserted(
            "INSERT INTO probes (version_id, judge, settings, created) VALUES (?, ?, ?, ?)",
            (version_id, to_column(judge), dump(settings.to_mapping()), stamp(self._clock())),
        )
        return self.get(identity)

    def get(self, probe_id: int) -> ProbeRecord:
        """A probing by its number.

        Raises:
            InputError: if there is none.
        """
        row = self._row(f"{_PROBES} WHERE id = ?", (probe_id,))
        if row is None:
            raise InputError(f"probing {probe_id} is not in this session.", "It may have been deleted.")
        return self._record(row)

    def all(self, version_id: int | None = None) -> list[ProbeRecord]:
        """Every probing, or those of a version, newest first."""
        where, parameters = ("1", ()) if version_id is None else ("version_id = ?", (version_id,))
        return [
            self._record(row) for row in self._rows(f"{_PROBES} WHERE {where} ORDER BY id DESC", parameters)
        ]

    def find(self, version_id: int, judge: str, settings: ProbeSettings) -> ProbeRecord | None:
        """The newest probing of a version and judge with these settings, None when there is none."""
        return next(
            (
                each
                for each in self.all(version_id)
                if each.judge == judge and each.settings.same_as(settings)
            ),
            None,
        )

    def add_run(
        self,
        probe_id: int,
        probe: str,
        variant: str,
        rubric: Rubric,
        items: Sequence[Item],
        settings: RunSettings,
        owner: str,
    ) -> Run:
        """Store the run of a variant, ready to go, with its rubric: all of it or nothing.

        Args:
            rubric: what the items are judged by; of the base, the version that is probed.
            owner: the process that runs it, as `owners.current_owner` names it.

        Raises:
            InputError: if there is no such probing.
            RubricError: if the format cannot hold the rubric.
            ItemError: if a field of an item cannot be stored.
        """
        record = self.get(probe_id)
        version_id = record.version_id if probe == BASE else self._version(record, rubric)
        runs = RunRepository(self._db, self._clock)
        run = runs.create(version_id, (record.judge,), settings, RunOrigin.LIVE, items, owner)
        self._change(
            "INSERT INTO probe_runs (probe_id, probe, variant, run_id) VALUES (?, ?, ?, ?)",
            (probe_id, to_column(probe), to_column(variant), run.id),
        )
        return runs.get(run.id)

    def finish(self, probe_id: int) -> ProbeRecord:
        """Note that all runs of a probing have ended; the first time counts."""
        now = stamp(self._clock())
        self._change("UPDATE probes SET finished = ? WHERE id = ? AND finished IS NULL", (now, probe_id))
        return self.get(probe_id)

    def _version(self, record: ProbeRecord, rubric: Rubric) -> int:
        """The version of a variant's rubric, which variants that say the same share."""
        from judgetui.core.protocols.registry import rubric_hash  # brings in every protocol

        rubrics = RubricRepository(self._db, self._clock)
        name = f"probe {record.id}: {rubric_hash(rubric)[:16]}"
        known = rubrics.by_name(name)
        if known is not None:
            return rubrics.latest(known).id
        return rubrics.create(replace(rubric, name=name), "", PURPOSE).id

    def _record(self, row: Any) -> ProbeRecord:
        identity, version_id, judge, settings, created, finished = row
        runs = self._rows("SELECT probe, variant, run_id FROM probe_runs WHERE probe_id = ?", (identity,))
        return ProbeRecord(
            id=identity,
            version_id=version_id,
            judge=from_column(judge),
            settings=settings_from_mapping(load(settings)),
            created=moment(created),
            finished=maybe_moment(finished),
            runs={(from_column(probe), from_column(variant)): run_id for probe, variant, run_id in runs},
        )
