"""YAML text as plain data, with the place of every entry; refuses what a rubric never needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from judgetui.errors import Place, RubricError

if TYPE_CHECKING:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.nodes import MappingNode, Node

MAX_CHARACTERS: Final = 1_000_000
"""Far more than any prompt; what is longer is another kind of file."""

MAX_DEPTH: Final = 16
"""A rubric is nested four deep."""

MAX_NODES: Final = 10_000

_HINTS: Final = {
    "mapping values are not allowed": "Put text that holds `: ` in quotes, or below `key: |`.",
    "'\\t'": "Indent with spaces, not with tabs.",
    "cannot start any token": "Put the text in quotes, or on indented lines below `key: |`.",
    "unexpected end of stream": "Close the quotes.",
    "expected ',' or": "Add the missing comma, or close the bracket.",
    "could not find expected ':'": "Write `key: value`, and indent the lines below `key: |`.",
    "expected <block end>": "Indent the entries of one list or mapping by the same number of spaces.",
}


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML document.

    Args:
        data: mappings, lists, text, numbers, true, false and None.
        root: the node tree that `data` was read from.
    """

    data: object
    root: Node
    file: str = ""

    def place(self, path: str) -> Place:
        """Where the entry at a dotted path begins: a mapping entry at its key, a list entry at its value.

        A path that leads to nothing gives the deepest entry on the way that is there.
        """
        mark = self.root.start_mark
        for mark, _ in _walk(self.root, path.split(".") if path else []):  # noqa: B007  # the last one is wanted
            pass
        return Place(self.file, mark.line + 1, mark.column + 1)

    def place_of_line(self, path: str, line: int) -> Place:
        """Where line `line` of the text at a dotted path stands; 0 is the entry as a whole.

        Only a literal block (`|`) keeps the lines of the text; for other styles this is `place`.
        """
        if not line:
            return self.place(path)
        nodes = list(_walk(self.root, path.split(".")))
        style = getattr(nodes[-1][1], "style", None) if len(nodes) == len(path.split(".")) else None
        if style != "|":
            return self.place(path)
        return Place(self.file, nodes[-1][1].start_mark.line + 1 + line, 1)


def read_document(text: str, file: str = "", kind: str = "rubric") -> Document | None:
    """Read one YAML 1.2 document; None when there is nothing but comments.

    Args:
        kind: what the file should be, for messages.

    Raises:
        RubricError: with file, line and column: bad syntax, an entry that is there twice, an anchor, alias,
            tag or directive, a second document, or more text or nesting than a rubric has.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    if len(text) > MAX_CHARACTERS:
        raise RubricError(
            f"the file has {len(text):,} characters; a {kind} has at most {MAX_CHARACTERS:,}.",
            f"Is this a {kind} file?",
            place=Place(file),
        )
    yaml = YAML(typ="safe", pure=True)
    try:
        _refuse_extras(yaml, text, file, kind)
        root = yaml.compose(text)
        return None if root is None else Document(_plain(yaml, root, file), root, file)
    except MarkedYAMLError as error:
        raise _syntax(error, file) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position)
        column = error.position - (text.rfind("\n", 0, error.position) + 1)
        raise RubricError(
            f"the control character U+{_code(error.character):04X} cannot stand in a YAML file.",
            'Remove it, or write it as an escape in double quotes, such as "\\a".',
            place=Place(file, line + 1, column + 1),
        ) from None


def _code(character: object) -> int:
    return ord(character) if isinstance(character, str) else int(str(character))


def _start(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _walk(root: Node, parts: list[str]) -> Iterator[tuple[Any, Node]]:
    """Each step along a path that exists: the mark where the entry begins, and its value node.

    Keys may hold dots, so the longest key that fits is taken.
    """
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    node = root
    while parts:
        if isinstance(node, MappingNode):
            keys = {str(key.value): (key.start_mark, value) for key, value in node.value}
            size = next((n for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in keys), 0)
            if not size:
                return
            mark, node = keys[".".join(parts[:size])]
            for _ in range(size):
                yield mark, node
            parts = parts[size:]
        elif isinstance(node, SequenceNode) and parts[0].isdecimal() and int(parts[0]) < len(node.value):
            node = node.value[int(parts[0])]
            yield node.start_mark, node
            parts = parts[1:]
        else:
            return


def _refuse_extras(yaml: YAML, text: str, file: str, kind: str) -> None:
    from ruamel.yaml.events import (
        AliasEvent,
        CollectionEndEvent,
        CollectionStartEvent,
        DocumentStartEvent,
        NodeEvent,
        ScalarEvent,
    )

    depth = nodes = documents = 0
    for event in yaml.parse(text):
        problem = hint = ""
        if isinstance(event, NodeEvent):
            nodes += 1
        if isinstance(event, CollectionStartEvent):
            depth += 1
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                problem, hint = "a second document starts here.", f"Keep one {kind} in a file."
            elif event.version or event.tags:
                problem, hint = (
                    f"YAML directives are not used in {kind}s.",
                    "Remove the lines that start with %.",
                )
        elif isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            problem = f"YAML anchors (&) and aliases (*) are not used in {kind}s."
            hint = "Write the text out, or put it in quotes if it starts with & or *."
        elif isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag:
            problem = f"YAML tags (!) are not used in {kind}s."
            hint = "Remove the tag, or put the text in quotes if it starts with !."
        elif depth > MAX_DEPTH:
            problem, hint = f"this is nested more than {MAX_DEPTH} deep.", f"Is this a {kind} file?"
        elif nodes > MAX_NODES:
            problem, hint = f"the file has more than {MAX_NODES:,} entries.", f"Is this a {kind} file?"
        if problem:
            mark = event.start_mark
            raise RubricError(problem, hint, place=Place(file, mark.line + 1, mark.column + 1))


def _plain(yaml: YAML, node: Node, file: str) -> object:
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    if isinstance(node, MappingNode):
        return _plain_mapping(yaml, node, file)
    if isinstance(node, SequenceNode):
        return [_plain(yaml, child, file) for child in node.value]
    make = yaml.constructor
    # YAML 1.2 knows these four beside text; what ruamel calls a date or a merge key is text here.
    makers = {
        "null": make.construct_yaml_null,
        "bool": make.construct_yaml_bool,
        "int": make.construct_yaml_int,
        "float": make.construct_yaml_float,
    }
    kind = str(node.tag).rpartition(":")[2]
    if kind not in makers:
        return str(node.value)
    try:
        return makers[kind](node)
    except ValueError:
        raise RubricError(
            "this number cannot be read.",
            "Put it in quotes if it is text.",
            place=Place(file, *_start(node)),
        ) from None


def _plain_mapping(yaml: YAML, node: MappingNode, file: str) -> dict[object, object]:
    from ruamel.yaml.nodes import ScalarNode

    data: dict[object, object] = {}
    first: dict[str, int] = {}
    for key_node, value_node in node.value:
        line, column = _start(key_node)
        if not isinstance(key_node, ScalarNode):
            raise RubricError(
                "a key is text, not a list or a mapping.",
                "Put text that starts with { or [ in quotes.",
                place=Place(file, line, column),
            )
        key = _plain(yaml, key_node, file)
        if str(key) in first:
            raise RubricError(
                f"{str(key)!r} is there twice, first on line {first[str(key)]}.",
                "Keep one of the two.",
                place=Place(file, line, column),
            )
        first[str(key)] = line
        data[key] = _plain(yaml, value_node, file)
    return data


def _syntax(error: MarkedYAMLError, file: str) -> RubricError:
    mark = error.problem_mark or error.context_mark
    problem = str(error.problem or error.context or "this is not YAML").rstrip(".")
    while_parsing = f" {error.context}" if error.context and error.problem else ""
    hint = next(
        (text for part, text in _HINTS.items() if part in problem), "Check the indentation and the quotes."
    )
    place = Place(file) if mark is None else Place(file, mark.line + 1, mark.column + 1)
    return RubricError(f"the YAML cannot be read{while_parsing}: {problem}.", hint, place=place)
