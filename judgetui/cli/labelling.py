"""Labelling in plain lines: an item as text on stderr, an answer as a line on stdin."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import Final

from judgetui.cli import talk
from judgetui.cli.output import put, put_json
from judgetui.core.answer import Answer, Pick, Queue
from judgetui.core.protocols.prompting import field_text
from judgetui.core.request import Order
from judgetui.errors import ExitCode, InputError
from judgetui.services import headless
from judgetui.services.context import Context
from judgetui.services.label_scales import hint_of, read_value
from judgetui.services.labelling import LabelDesk, Sheet, Stopwatch
from judgetui.services.labelling_queues import Plan
from judgetui.storage.database import SessionFile

HELP: Final = "s skip · u take back · f flag · n TEXT note · j show the judge · q end"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for; as the command's options."""

    session: str
    rater: str | None
    rubric: str | None
    queue: Queue
    pick: Pick
    split: str | None
    apart: float
    again: bool
    limit: int | None
    as_json: bool


@dataclass(slots=True)
class _Sitting:
    """One person at one queue.

    Args:
        seen: items whose judge was shown.
        done: answers that stand, the newest last.
    """

    desk: LabelDesk
    watch: Stopwatch = field(default_factory=Stopwatch)
    seen: set[str] = field(default_factory=set)
    done: list[Answer] = field(default_factory=list)

    @property
    def labels(self) -> int:
        """Labels given in this sitting and not taken back."""
        return sum(bool(answer.said) for answer in self.done)


async def label_lines(wanted: Wanted) -> int:
    """Go through a queue until it or the input ends, and return the exit code.

    Raises:
        InputError: if there is no such session or rubric, nobody is named, or the pick has nothing to go by.
    """
    context = Context.load()
    rater = wanted.rater or context.settings.rater
    if not rater:
        raise InputError("nobody is named.", "Say who labels: --rater NAME.", field="--rater")
    plan = Plan(rater, wanted.queue, wanted.pick, wanted.split, wanted.apart, wanted.again)
    with SessionFile.open(headless.known_session(context.paths, wanted.session)) as session:
        version = await headless.session_rubric(session, wanted.rubric)
        sitting = _Sitting(await LabelDesk.open(session, version, plan))
        while wanted.limit is None or sitting.labels < wanted.limit:
            sheet = await sitting.desk.sheet()
            if sheet is None or not await _answered(sitting, sheet):
                break
    _tell_end(sitting, wanted)
    return ExitCode.DONE


async def _answered(sitting: _Sitting, sheet: Sheet) -> bool:
    """Show an item and take lines until it is left; False when the person ends."""
    _show(sitting.desk, sheet)
    sitting.watch.start()
    while True:
        talk.write("> ")
        line = sys.stdin.readline()
        sitting.watch.touch()
        if not line:
            talk.write("\n")
            return False
        said = _read(sheet, line.strip())
        blind = sheet.item.id not in sitting.seen
        if said is not None:
            answer = sitting.desk.label(sheet, said, blind=blind, seconds=sitting.watch.seconds)
            sitting.done.append(await sitting.desk.store(answer))
            return True
        match line.strip().partition(" "):
            case ("q", _, ""):
                return False
            case ("s", _, ""):
                answer = sitting.desk.skip(sheet, blind=blind, seconds=sitting.watch.seconds)
                sitting.done.append(await sitting.desk.store(answer))
                return True
            case ("u", _, ""):
                if await _taken_back(sitting):
                    return True
            case ("f", _, ""):
                flagged = not sheet.entry.flagged
                await sitting.desk.store(sitting.desk.remark(sheet, flagged=flagged, blind=blind))
                talk.say("flagged." if flagged else "the flag is gone.")
            case ("n", _, note):
                await sitting.desk.store(sitting.desk.remark(sheet, note=note, blind=blind))
                talk.say("noted." if note.strip() else "the note is gone.")
            case ("j", _, ""):
                await _show_judges(sitting, sheet)
            case _:
                talk.say(f"{_hint(sheet)}\n{HELP}")


def _read(sheet: Sheet, line: str) -> dict[str, str | float] | None:
    """What a line says of all that is asked; None when it is no such line."""
    parts = [line] if len(sheet.asks) == 1 else line.replace(",", " ").split()
    if len(parts) != len(sheet.asks):
        return None
    said: dict[str, str | float] = {}
    for ask, part in zip(sheet.asks, parts, strict=True):
        value = read_value(ask, part)
        if value is None:
            return None
        said[ask.key] = value
    return said


async def _taken_back(sitting: _Sitting) -> bool:
    answer = await sitting.desk.undo()
    if answer is None:
        talk.say("there is nothing to take back.")
        return False
    sitting.done = [each for each in sitting.done if each.id != answer.id]
    talk.say(f"taken back: what was said of {answer.item_id}.")
    return True


def _show(desk: LabelDesk, sheet: Sheet) -> None:
    """The item as the person is to see it: not who answered, nor what anybody said."""
    entry, item = sheet.entry, sheet.item
    head = f"{desk.at + 1} of {len(desk.entries)}, picked {entry.picked}"
    marks = [", flagged" if entry.flagged else "", f", note: {entry.note}" if entry.note else ""]
    talk.say(f"\n{head}{''.join(marks)}")
    for spec in desk.version.rubric.inputs:
        if (value := item.fields.get(spec.name)) is not None:
            talk.say(f"\n{spec.name}:\n{field_text(value)}")
    for place, index in enumerate(Order(sheet.shown).indices if sheet.shown else (0,)):
        response = item.responses[index]
        turns = response if isinstance(response, str) else "\n\n".join(response)
        talk.say(f"\n{'answer' if not sheet.shown else ascii_uppercase[place]}:\n{turns}")
    for number, (_, said) in enumerate(sheet.others, 1):
        talk.say(f"\nrater {number}: {sheet.words(sheet.as_shown(said))}")
    talk.say(f"\n{_hint(sheet)}")


def _hint(sheet: Sheet) -> str:
    """What can be said of the item; a criterion a line."""
    lines = []
    for ask in sheet.asks:
        about = f" ({ask.about})" if ask.about else ""
        anchors = "".join(f"\n  {c.text}: {c.anchor}" for c in ask.choices if c.anchor)
        lines.append(f"{ask.name}{about}: {hint_of(ask)}{anchors}")
    if len(sheet.asks) > 1:
        lines.append(f"All on one line, in this order: {' '.join(ask.name for ask in sheet.asks)}.")
    return "\n".join(lines)


async def _show_judges(sitting: _Sitting, sheet: Sheet) -> None:
    sitting.seen.add(sheet.item.id)
    found = await sitting.desk.verdicts(sheet.item.id)
    for each in found:
        talk.say(f"{each.judge}: {sheet.judge_words(each)}")
    if not found:
        talk.say("no judge has judged this item by this rubric.")


def _tell_end(sitting: _Sitting, wanted: Wanted) -> None:
    desk = sitting.desk
    picked = Counter(answer.picked.value for answer in sitting.done if answer.said)
    skipped = sum(answer.skipped for answer in sitting.done)
    if wanted.as_json:
        put_json(
            {
                "rubric": desk.version.rubric.name,
                "rater": desk.plan.rater,
                "queue": desk.plan.queue.value,
                "labelled": sitting.labels,
                "skipped": skipped,
                "picked": dict(picked),
                "left": desk.waiting,
            }
        )
        return
    how = f" ({', '.join(f'{count} {pick}' for pick, count in picked.items())})" if picked else ""
    put(f"{sitting.labels} labelled{how}, {skipped} skipped, {desk.waiting} left in the queue")
