"""Authoring: drafts and versions, the prompt as it will be sent, and the generation of evaluation steps."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from judgetui.core.item import Item
from judgetui.core.protocols.base import orders_for, prompt_outline
from judgetui.core.protocols.g_eval import parse_steps, steps_request
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.rubric import Rubric, rubric_from_mapping
from judgetui.core.session import Draft, Version
from judgetui.core.template import Outline
from judgetui.core.vote import JudgeRequest, Message
from judgetui.errors import InputError, RubricError
from judgetui.storage.database import SessionFile, utc_now

if TYPE_CHECKING:
    from judgetui.providers.base import JudgeProvider, OnText, TokenCount
from judgetui.providers.tokens import characters_over_four


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


@dataclass(frozen=True, slots=True)
class Preview:
    """The messages of one criterion of one item, as they will be sent.

    Args:
        outlines: the messages, with what comes from the item set apart.
        tokens: of the whole prompt; an estimate when there is no judge to count them.
    """

    item_id: str
    criterion: str
    outlines: tuple[Outline, ...]
    tokens: TokenCount


@dataclass(frozen=True, slots=True)
class GeneratedSteps:
    """Evaluation steps that a judge wrote.

    Args:
        raw: the reply they were read from.
    """

    steps: tuple[str, ...]
    raw: str
    model: str


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


async def preview(rubric: Rubric, item: Item, criterion_name: str, judge: JudgeProvider | None) -> Preview:
    """The exact messages for an item, with their token count by the judge that is given.

    Raises:
        ItemError: if the item has not what the rubric needs.
        TemplateError: if the template cannot be rendered.
    """
    protocol = get_protocol(rubric.protocol)
    criterion = next((c for c in rubric.criteria if c.name == criterion_name), rubric.criteria[0])
    order = orders_for(rubric, item, None)[0] if len(item.responses) == 2 else None
    # In a thread: the first template brings in its library, and a long one takes its time.
    outlines = await asyncio.to_thread(prompt_outline, protocol, rubric, item, criterion, order)
    request = JudgeRequest(tuple(Message(o.role, o.text) for o in outlines), criterion.name, order)
    tokens = await judge.count_tokens(request) if judge else characters_over_four(request.messages)
    return Preview(item.id, criterion.name, outlines, tokens)


async def generate_steps(
    rubric: Rubric,
    judge: JudgeProvider,
    *,
    timeout: float,  # noqa: ASYNC109  # handed on to the judge, whose clock it is
    on_text: OnText | None = None,
    sample: int = 0,
) -> GeneratedSteps:
    """Have a judge write evaluation steps from task and criteria.

    Args:
        timeout: seconds.
        on_text: given each piece of the reply as it is written.
        sample: 1 for a second proposal, 2 for a third.

    Raises:
        RubricError: if the protocol has no place for steps.
        ProviderError: if no reply came back.
        InputError: if the reply holds no steps.
    """
    if not get_protocol(rubric.protocol).uses_steps:
        raise RubricError(
            f"{rubric.protocol} has no evaluation steps.", "Steps belong to g-eval.", field="protocol"
        )
    request = replace(steps_request(rubric), sample=sample)
    reply = await judge.ask(request, timeout=timeout, on_text=on_text)
    steps = parse_steps(reply.text)
    if not steps:
        raise InputError("the reply holds no steps.", "Try again, or write them by hand.")
    return GeneratedSteps(steps, reply.text, reply.model)


def text_diff(before: Rubric, after: Rubric) -> list[str]:
    """Unified diff of two rubrics' YAML, without file headers; empty when they read the same."""
    import difflib

    from judgetui.rubric_files import dump_rubric

    lines = difflib.unified_diff(
        dump_rubric(before).splitlines(), dump_rubric(after).splitlines(), lineterm="", n=2
    )
    return [line for line in lines if not line.startswith(("---", "+++"))]
