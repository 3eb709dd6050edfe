"""What would come of an import, in words: its columns, its first items, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.content import Content

from judgetui.core.item import Item
from judgetui.datasets.duplicates import near_duplicates
from judgetui.errors import ItemError
from judgetui.services.intake import Column, Inspection, Plan, read
from judgetui.tui.text import one_line
from judgetui.tui.widgets.item_words import item_parts

PAIRS: Final = 100
"""Pairs of items that are listed."""


def column_line(column: Column, records: int) -> Content:
    """A column: which field it becomes, what is suggested, how often it holds something, and an example."""
    name = one_line(column.name, 28)
    if not column.field:
        becomes = ("  left out", "$text-warning")
    elif column.field == column.name:
        becomes = ("", "")
    else:
        becomes = (f"  → {one_line(column.field, 28)}", "$text-success")
    parts: list[tuple[str, str]] = [(name, "bold"), becomes]
    if column.suggestion is not None:
        likely = f"  {one_line(column.suggestion.field, 28)}? ({column.suggestion.score:.0f} of 100)"
        parts.append((likely, "$text-accent"))
    if records and column.filled < records:
        parts.append((f"  in {column.filled:,} of {records:,}", "dim"))
    parts.append((f"  {one_line(column.example, 120)}", "dim"))
    return Content.assemble(*(part for part in parts if part[0]))


def summary(found: Inspection) -> Content:
    """Format, encoding, how many records make items and how many do not."""
    count = f"{found.records:,} record{'' if found.records == 1 else 's'}"
    parts: list[tuple[str, str]] = [
        (f"{one_line(found.plan.words, 80)} · ", ""),
        (count if found.complete else f"at least {count}{', counting …' if found.good else ''}", ""),
    ]
    if not found.good:
        told = "; S takes the suggested fields" if found.suggested else "; enter on a column names its field"
        parts.append((f" · none is an item yet{told}", "$text-error"))
    elif found.bad:
        parts.append((f" · {found.good:,} are items, {found.bad:,} cannot be read", "$text-error"))
    if found.plan.guessed:
        told = "\nThe encoding is a guess: look whether accents are right; e names another."
        parts.append((told, "$text-warning"))
    return Content.assemble(*parts)


def problem_words(problem: ItemError) -> str:
    """A problem by its line, without the file's name."""
    where = f"line {problem.place.line}: " if problem.place.line else ""
    field = f"{one_line(problem.field, 40)}: " if problem.field else ""
    return f"{where}{field}{one_line(f'{problem.message} {problem.hint}', 300)}"


def problems_content(found: Inspection) -> Content:
    """What is wrong, a line each; how many more there are."""
    lines = [f"{problem_words(problem)}\n" for problem in found.problems]
    if found.bad > len(lines):
        lines.append(f"and {found.bad - len(lines):,} more\n")
    return Content.assemble(*((line, "") for line in lines)).rstrip()


def first_items(found: Inspection) -> Content:
    """The first items as they would be."""
    parts: list[tuple[str, str]] = []
    for item in found.items:
        parts += [(f"{one_line(item.id, 80)}\n", "bold reverse"), *item_parts(item), ("\n", "")]
    return Content.assemble(*parts).rstrip()


def alike_content(plan: Plan, there: Sequence[Item]) -> Content:
    """Which items of a source are nearly the same as others of it, or as those that are there already. Blocks.

    An item whose id is there already would take the place of that one, and is not compared with it.

    Raises:
        ItemError: if the source cannot be read.
    """
    items = [*there, *read(plan, skip_bad=True).items]
    pairs = [
        near
        for near in near_duplicates(items).pairs
        if near.second >= len(there) and items[near.first].id != items[near.second].id
    ]
    if not pairs:
        return Content("None of the items is nearly the same as another one.")
    inside = sum(near.first < len(there) for near in pairs)
    count = f"{len(pairs):,} pair{'' if len(pairs) == 1 else 's'}"
    lines = [f"{count}, {inside:,} with an item that is in the session\n"]
    for near in sorted(pairs, key=lambda near: -near.score)[:PAIRS]:
        where = "in the session: " if near.first < len(there) else ""
        first, second = one_line(items[near.first].id, 40), one_line(items[near.second].id, 40)
        lines.append(f"{int(near.score):3}  {second}  ≈  {where}{first}\n")
    if len(pairs) > PAIRS:
        lines.append(f"and {len(pairs) - PAIRS:,} more\n")
    return Content("".join(lines)).rstrip()
