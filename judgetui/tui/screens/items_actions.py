"""What the items screen does with items: uses, runs, deletes, writes, imports and divides them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from judgetui.errors import JudgetuiError
from judgetui.services.item_index import all_items
from judgetui.tui.aside import aside
from judgetui.tui.changes import Changed
from judgetui.tui.external import typed_path
from judgetui.tui.importing import import_into
from judgetui.tui.modals.dialogs import AskText, Confirm
from judgetui.tui.text import one_line

if TYPE_CHECKING:
    from judgetui.core.item import Item
    from judgetui.core.item_summary import ItemSummary
    from judgetui.storage.database import SessionFile
    from judgetui.storage.repositories import Repositories
    from judgetui.tui.screens.items import ItemsScreen

_AT_ONCE: Final = 200
"""Items that are read at a time while they are written."""


async def use(screen: ItemsScreen, row: ItemSummary) -> None:
    """Show the rubric's prompt with an item."""
    space = screen.space
    if space is None:
        return
    if not space.all_items:
        await space.reload_items()
    place = next((place for place, item in enumerate(space.items) if item.id == row.id), None)
    if place is None:
        name = "the rubric" if space.rubric is None else one_line(space.rubric.name, 40)
        screen.judgetui.tell(
            f"{row.id} does not fit {name}: it has another number of answers, or lacks an input.",
            severity="warning",
        )
        return
    space.item_index = place
    await screen.app.switch_mode("rubric")
    screen.judgetui.changed.publish(Changed(items=True))


async def run(screen: ItemsScreen, rows: Sequence[ItemSummary]) -> None:
    """Ask whether to run the rubric on some items, and run it."""
    space = screen.space
    if space is None or not rows:
        return
    if not space.all_items:
        await space.reload_items()
    ids = {row.id for row in rows}
    items = [item for item in space.items if item.id in ids]
    if not items:
        screen.judgetui.tell("None of these items fits the rubric.", severity="warning")
        return
    if len(items) < len(ids):
        left = len(ids) - len(items)
        screen.judgetui.tell(f"{left:,} of {len(ids):,} do not fit the rubric and are left out.")
    await screen.judgetui.run_control.ask(None, offered=items)


async def take_out(screen: ItemsScreen, rows: Sequence[ItemSummary]) -> None:
    """Delete items, so that `undo` can bring them back; the cursor goes to what comes next."""
    space = screen.space
    if space is None or not rows:
        return
    try:
        gone = await screen.deletions.take_out(space, rows)
    except JudgetuiError as error:
        screen.judgetui.complain(error)
        return
    screen.shift(*screen.listing.leave_out(gone, screen.table.cursor))
    which = one_line(rows[0].id, 40) if len(gone) == 1 else f"{len(gone):,} items"
    screen.judgetui.tell(f"Deleted {which}; u brings back what was deleted, labels too.")
    await screen.noted(space)


async def undo(screen: ItemsScreen) -> None:
    """Bring back what was deleted last."""
    space = screen.space
    if space is None or not screen.deletions:
        screen.judgetui.tell("There is nothing to take back here.")
        return
    try:
        back = await screen.deletions.undo(space)
    except JudgetuiError as error:
        screen.judgetui.complain(error)
        return
    if back is None:
        screen.judgetui.tell("The splits are as they were.")
        await screen.noted(space, shown=False)
        return
    if back:
        rows = sorted([*screen.listing.rows, *back], key=lambda row: row.position)
        screen.shift(rows, None, back[0].position)
    screen.judgetui.tell(f"{len(back):,} item{' is' if len(back) == 1 else 's are'} back, with all labels.")
    await screen.noted(space)


async def import_items(screen: ItemsScreen) -> None:
    """Add items from a file or a paste."""
    space = screen.space
    if space is not None and await import_into(screen.judgetui, space) is not None:
        await screen.noted(space, shown=False)


async def divide(screen: ItemsScreen) -> None:
    """Divide the items into train, development and test."""
    from judgetui.tui.modals.splits import SplitsDialog

    space = screen.space
    if space is None:
        return
    try:
        items = await all_items(space.session)
        splits = await screen.app.push_screen_wait(SplitsDialog(items))
        if splits is None:
            return
        changed = await screen.deletions.divide(space, splits, {item.id: item.split for item in items})
    except JudgetuiError as error:
        screen.judgetui.complain(error)
        return
    screen.judgetui.tell(f"{changed:,} items have another split; u takes that back.")
    await screen.noted(space, shown=False)


async def show_duplicates(screen: ItemsScreen) -> None:
    """Show items that are nearly the same, and delete those that are not wanted."""
    from judgetui.datasets.duplicates import near_duplicates
    from judgetui.tui.modals.duplicates import DuplicatesDialog

    space = screen.space
    if space is None:
        return
    screen.busy("comparing all items …")
    try:
        items = await all_items(space.session)
        found = await aside(lambda: near_duplicates(items))
    except JudgetuiError as error:
        screen.judgetui.complain(error)
        return
    finally:
        screen.busy("")
    if not found.pairs:
        screen.judgetui.tell(f"None of the {len(items):,} items are nearly the same.")
        return
    if screen.space is not space or not screen.is_current:
        screen.judgetui.tell(
            f"{len(found.pairs):,} pairs of items are nearly the same; D on the items screen."
        )
        return
    gone = await screen.app.push_screen_wait(DuplicatesDialog(items, found))
    if gone:
        wanted = set(gone)
        await take_out(screen, [row for row in screen.listing.rows if row.id in wanted])


async def write_out(screen: ItemsScreen) -> None:
    """Ask for a file and write the marked items to it, else all that are shown."""
    from judgetui.datasets import write_items

    space, listing = screen.space, screen.listing
    if space is None:
        return
    rows = [listing.rows[place] for place in listing.view]
    if listing.marked:
        rows = [row for row in listing.rows if row.id in listing.marked]
    if not rows:
        screen.judgetui.tell("No items are shown, so there are none to write.")
        return
    which = "marked " if listing.marked else "" if len(rows) == len(listing.rows) else "found "
    proposed = f"{space.session.path.stem}-items.jsonl"
    title = f"Write {len(rows):,} {which}item{'' if len(rows) == 1 else 's'}"
    given = await screen.app.push_screen_wait(AskText(title, "Path of the file, one item a line", proposed))
    if not given:
        return
    path = typed_path(given)
    if await asyncio.to_thread(path.exists):
        question = f"{path} is there already. Put {len(rows):,} items in its place?"
        if not await screen.app.push_screen_wait(Confirm(question, "Replace it", danger=True)):
            return
    try:
        ids = [row.id for row in rows]
        written = await asyncio.to_thread(lambda: write_items(path, _items(space.session, ids)))
    except (JudgetuiError, OSError) as error:
        screen.judgetui.complain(error)
        return
    screen.judgetui.tell(f"Wrote {written:,} items to {path}.")


def _items(session: SessionFile, ids: Sequence[str]) -> Iterator[Item]:
    """Items by id, read a few hundred at a time; those that are gone are left out."""
    for start in range(0, len(ids), _AT_ONCE):
        portion = ids[start : start + _AT_ONCE]
        yield from session.read_now(lambda repos: _read(repos, portion))  # noqa: B023


def _read(repos: Repositories, ids: Sequence[str]) -> list[Item]:
    return [item for item in map(repos.items.get, ids) if item is not None]
