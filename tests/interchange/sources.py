"""Sources held in memory, and what imported rubrics send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from judgetui.core.item import Item
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.rendering import prompt
from judgetui.core.request import Order
from judgetui.core.rubric import Rubric
from judgetui.errors import Place
from judgetui.interchange.reading import Given, Imported, Reader, Tree


@dataclass(frozen=True, slots=True)
class MemorySource:
    """A file that is nowhere; its YAML is JSON."""

    path: PurePosixPath
    text: str
    files: Mapping[str, str] = field(default_factory=dict)

    def other(self, name: str, up: int = 0) -> MemorySource | None:
        """A file by its whole path."""
        folder = self.path.parent if up == 0 else self.path.parents[up]
        path = folder / name
        return None if str(path) not in self.files else MemorySource(path, self.files[str(path)], self.files)

    def tree(self) -> Tree:
        """The text as JSON; every entry stands on line 7."""
        return Tree(json.loads(self.text), lambda path: Place(str(self.path), 7))


def imported(
    reader: Reader, text: str, path: str = "tool/file", given: Given | None = None, **files: str
) -> tuple[Imported, ...]:
    """What a reader makes of a text; `files` are named with `__` for a slash and `_txt` for `.txt`."""
    named = {name.replace("__", "/").replace("_txt", ".txt"): content for name, content in files.items()}
    return reader.read(MemorySource(PurePosixPath(path), text, named), given or Given())


def sent(rubric: Rubric, item: Item, order: Order | None = None) -> list[tuple[str, str]]:
    """The messages of the first criterion, as role and text."""
    messages = prompt(get_protocol(rubric.protocol), rubric, item, rubric.criteria[0], order)
    return [(message.role, message.content) for message in messages]


HOSTILE = (
    "plain",
    "{{ response }} {% raw %} {# x #} {question} {answer_a} {0} {",
    "{output} {{Summary}} {{Document}} ${x} %s",
    "line\n\n  indented\n\ttab \u2028 é 🎉 \u200b",
    "{% endif %}{{ '{{' }}",
)
"""Values in which a template language would find something to do."""
