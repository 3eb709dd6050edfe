"""Sessions as the app makes and keeps them: starters, a new session from one, a copy under another name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from judgetui.config.paths import Paths, make_private, package_data
from judgetui.core.item import Item
from judgetui.core.protocols.base import fits, wanted_answers
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.rubric import Rubric
from judgetui.datasets import load_items
from judgetui.errors import InputError, ItemError, JudgetuiError, Place
from judgetui.rubric_files import load_rubric
from judgetui.storage import files
from judgetui.storage.database import SessionFile
from judgetui.storage.making import fill, new_file

RUBRIC_FILES: Final = (".yaml", ".yml")

DEMO_ITEMS: Final = ("demo-pointwise.jsonl", "demo-pairwise.jsonl")
"""The demo's items, among the shipped sessions."""


@dataclass(frozen=True, slots=True)
class Starter:
    """A rubric file that a session can start from.

    Args:
        summary: what it is for, in a sentence or two.
        own: whether it lies in the user's rubrics folder.
        rubric: as read; None when the file is broken.
        problem: why it cannot be used; empty when it can.
    """

    name: str
    title: str
    protocol: str
    summary: str
    path: Path
    own: bool = False
    rubric: Rubric | None = None
    problem: str = ""


def starter_rubrics(paths: Paths) -> list[Starter]:
    """The shipped rubrics, then the user's own, by name; those that cannot be read last, with the reason.

    Reads every file: not for the event loop's thread.
    """
    shipped = package_data() / "rubrics"
    found = [_starter(path, own=False) for path in _rubric_files(shipped)]
    if paths.rubrics.resolve() != shipped.resolve():
        found += [_starter(path, own=True) for path in _rubric_files(paths.rubrics)]
    return [s for s in found if not s.problem] + [s for s in found if s.problem]


def _rubric_files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() in RUBRIC_FILES)
    except OSError:
        return []


def _starter(path: Path, *, own: bool) -> Starter:
    try:
        rubric = load_rubric(path)
    except (JudgetuiError, OSError) as error:
        return Starter(path.stem, "", "", "", path, own, problem=str(error))
    return Starter(
        rubric.name, rubric.title or rubric.name, rubric.protocol, purpose(rubric), path, own, rubric
    )


def purpose(rubric: Rubric) -> str:
    """What a rubric is for: the first paragraphs of its task and of its notes, on one line."""
    parts = (text.strip().partition("\n\n")[0] for text in (rubric.task, rubric.notes))
    return " ".join(" ".join(parts).split())


def fitting(rubric: Rubric, items: Iterable[Item]) -> list[Item]:
    """The items that a rubric can judge: as many answers as its protocol wants, and every required input."""
    protocol = get_protocol(rubric.protocol)
    required = [spec.name for spec in rubric.inputs if not spec.optional]
    return [
        item
        for item in items
        if fits(protocol, item) and all(item.fields.get(name) is not None for name in required)
    ]


def demo_items() -> list[Item]:
    """All items of the demo, of both kinds.

    Raises:
        ItemError: if the installation lacks them.
    """
    folder = package_data() / "sessions"
    return [item for name in DEMO_ITEMS for item in load_items(folder / name)]


def items_from_file(rubric: Rubric, path: Path) -> list[Item]:
    """All items of a data file, of which some at least fit the rubric.

    Raises:
        ItemError: as `load_items`, or when none fits.
    """
    items = load_items(path)
    if not fitting(rubric, items):
        protocol = get_protocol(rubric.protocol)
        needed = ", ".join(
            [wanted_answers(protocol), *(f"`{spec.name}`" for spec in rubric.inputs if not spec.optional)]
        )
        raise ItemError(
            f"none of the {len(items)} items fits {rubric.name}.",
            f"It is a {protocol.card.task_type} rubric: each item needs {needed}.",
            place=Place(str(path)),
        )
    return items


def free_path(paths: Paths, name: str) -> Path:
    """Where a new session of that name goes.

    Raises:
        InputError: if the name is empty, cannot be a file's, or is taken.
    """
    if not name.strip():
        raise InputError("the session needs a name.", "Write one.", field="name")
    path = files.session_path(paths.sessions, name)
    if path.exists() or path.is_symlink():
        raise InputError(f"{path.name} is there already.", "Choose another name.", field="name")
    return path


def free_name(paths: Paths, name: str) -> str:
    """The name, or the name with the first number behind it under which a session can be made."""
    for number in range(1, 1000):
        wanted = name if number == 1 else f"{name}-{number}"
        try:
            free_path(paths, wanted)
        except InputError:
            continue
        return wanted
    return name


async def create_session(paths: Paths, name: str, rubric_path: Path, items: Sequence[Item] = ()) -> Path:
    """Make a session that holds one rubric and perhaps items.

    The file appears whole or not at all, and never in the place of another.

    Args:
        name: what people call the session; the file's name is made from it.
        rubric_path: the rubric's file; the rubric becomes the session's own, version 1.

    Returns:
        The session file.

    Raises:
        InputError: if the name is empty, cannot be a file's, or is taken, or the folder cannot be made.
        RubricError: if the rubric file cannot be used.
        StorageError: if the file cannot be written.
    """
    return await asyncio.to_thread(_create, paths, name.strip(), rubric_path, items)


def _create(paths: Paths, name: str, rubric_path: Path, items: Sequence[Item]) -> Path:
    rubric = load_rubric(rubric_path)
    path = free_path(paths, name)
    make_private(paths.sessions)
    with new_file(path) as temporary:
        fill(temporary, name, datetime.now(UTC))
        with SessionFile.open(temporary) as session:
            session.write_now(lambda repos: repos.rubrics.create(rubric, f"from {rubric_path.name}"))
            if items:
                session.write_now(lambda repos: repos.items.add(items))
    return path


def copy_session(path: Path, name: str) -> Path:
    """Copy a session to a new file beside it, even while it is in use. Blocks.

    Returns:
        The copy.

    Raises:
        InputError: if the name is empty or cannot be a file's.
        StorageError: if the name is taken, or a file cannot be read or written.
    """
    name = name.strip()
    return files.copy(path, files.session_path(path.parent, name), name)
