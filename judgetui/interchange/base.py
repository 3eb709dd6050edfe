"""What an export target is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from judgetui.core.item import Item
from judgetui.core.rubric import Rubric


@dataclass(frozen=True, slots=True)
class ExportContext:
    """What an export may say beside the rubric.

    Args:
        version: the rubric's version number in its session; None for a rubric that is only a file.
        judge: `provider:model`, for targets that name one; empty for none.
        items: a few items, for targets that hold test cases.
    """

    version: int | None = None
    judge: str = ""
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file of an export.

    Args:
        path: below the target's folder.
        note: what the reader should know of it; may be empty.
    """

    path: PurePosixPath
    text: str
    note: str = ""


class Target(Protocol):
    """A tool or format that rubrics are written for. Implementations hold no state and touch no disk.

    The same rubric and context always give the same files.
    """

    @property
    def name(self) -> str:
        """The short name, as in `--to NAME`."""

    @property
    def title(self) -> str:
        """The name for people."""

    @property
    def describe(self) -> str:
        """What is written, in one or two sentences."""

    @property
    def folder(self) -> str:
        """Where its files go: its name, with `_judge` behind it if a Python package has that name."""

    def refuse(self, rubric: Rubric) -> str | None:
        """Why the target cannot carry this rubric, and what to change; None when it can."""

    def write(self, rubric: Rubric, context: ExportContext) -> list[ExportFile]:
        """The files.

        Raises:
            RubricError: if the rubric's protocol or template is broken.
        """

    def verify(self, rubric: Rubric, item: Item, files: Sequence[ExportFile]) -> list[str]:
        """Read the files back by the target's own rules, with an item's values, and compare with the screen.

        Returns:
            The differences in words; empty when what the tool sends is identical.

        Raises:
            ItemError: if the item has not what the rubric needs.
        """
