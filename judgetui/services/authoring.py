"""Authoring: drafts and versions."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from judgetui.core.rubric import Rubric, rubric_from_mapping
from judgetui.core.session import Draft, Version
from judgetui.errors import InputError, RubricError
from judgetui.storage.database import SessionFile, utc_now


@dataclass(frozen=True, slots=True)
class Working:
    """A rubric being edited.

    Args:
        base: the version the edits started from.
        rubric: the rubric as edited.
        proposed: evaluation steps that are not frozen; no run uses them.
        broken: YAML that somebody is in the middle of and that does not read as a rubric yet; empty when it does.
        recovered: whether this came back from the draft journal.
    """

    base: Version
    rubric: Rubric
    proposed: tuple[str, ...] = ()
    broken: str = ""
    recovered: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything differs from the version, its name and notes included."""
        return self.rubric != self.base.rubric or bool(self.proposed) or bool(self.broken)


class Authoring:
    """Edits one session's rubrics.

    Args:
        clock: the time of day.
    """

    def __init__(self, session: SessionFile, clock: Callable[[], datetime] = utc_now) -> None:
        self._session = session
        self._clock = clock

    async def open(self, rubric_id: int) -> Working:
        """The newest version, with unsaved edits laid over it where the journal has some.

        A draft that no longer reads as a rubric is left in the journal and the version is given.
        """
        base = await self._session.read(lambda repos: repos.rubrics.latest(rubric_id))
        draft = await self._session.read(lambda repos: repos.drafts.get(rubric_id))
        if draft is None:
            return Working(base, base.rubric)
        try:
            data = json.loads(draft.text)
            rubric = rubric_from_mapping(data["rubric"])
            proposed = tuple(str(step) for step in data.get("proposed", []))
            broken = str(data.get("broken", ""))
            origin = await self._session.read(
                lambda repos: repos.rubrics.number(rubric_id, draft.base_version)
            )
        except (ValueError, KeyError, TypeError, AttributeError, RubricError):
            return Working(base, base.rubric)
        return Working(origin, rubric, proposed, broken, recovered=True)

    async def keep(self, working: Working) -> None:
        """Put unsaved edits into the journal, or clear it when there are none."""
        rubric_id = working.base.rubric_id
        if not working.changed:
            await self._session.write(lambda repos: repos.drafts.clear(rubric_id))
            return
        kept = {"proposed": list(working.proposed), "broken": working.broken}
        text = json.dumps({"rubric": working.rubric.to_mapping(), **kept})
        draft = Draft(rubric_id, working.base.number, text, self._clock())
        await self._session.write(lambda repos: repos.drafts.put(draft))

    async def discard(self, working: Working) -> Working:
        """Drop unsaved edits."""
        await self._session.write(lambda repos: repos.drafts.clear(working.base.rubric_id))
        return Working(working.base, working.base.rubric)

    async def save(self, working: Working, note: str) -> Working:
        """Make a version of the edits; steps that are not frozen stay proposed.

        Raises:
            InputError: if nothing has changed, or YAML in the making cannot be read.
        """
        if working.broken:
            raise InputError(
                "the YAML cannot be read yet, so nothing was saved.", "Mend the line it names first."
            )
        if working.rubric == working.base.rubric:
            raise InputError("nothing has changed since the last version.", "Edit something first.")
        rubric_id = working.base.rubric_id
        version = await self._session.write(
            lambda repos: repos.rubrics.add_version(rubric_id, working.rubric, note)
        )
        saved = Working(version, version.rubric, working.proposed)
        await self.keep(saved)
        return saved

    async def version_for_run(self, working: Working) -> Version:
        """The version that a run of the edits belongs to; edits not saved yet become one, noted as such."""
        if working.rubric == working.base.rubric:
            return working.base
        return (await self.save(working, "saved to run")).base

    async def restore(self, version: Version) -> Working:
        """Make a new version that equals an older one; unsaved edits are dropped."""
        restored = await self._session.write(
            lambda repos: repos.rubrics.add_version(
                version.rubric_id, version.rubric, f"restored from v{version.number}"
            )
        )
        await self._session.write(lambda repos: repos.drafts.clear(version.rubric_id))
        return Working(restored, restored.rubric)


def text_diff(before: Rubric, after: Rubric) -> list[str]:
    """Unified diff of two rubrics' YAML, without file headers; empty when they read the same."""
    import difflib

    from judgetui.rubric_files import dump_rubric

    lines = difflib.unified_diff(
        dump_rubric(before).splitlines(), dump_rubric(after).splitlines(), lineterm="", n=2
    )
    return [line for line in lines if not line.startswith(("---", "+++"))]
