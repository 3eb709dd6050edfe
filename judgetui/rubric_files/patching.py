"""Puts changed values into YAML text and leaves the rest of it alone."""

from __future__ import annotations

import io
import json
from difflib import SequenceMatcher
from typing import Any

from judgetui.rubric_files.styles import flow, plain_yaml, styled, styled_key, top_value


def patched(text: str, old: dict[str, object], new: dict[str, object]) -> str:
    """The text with every difference between `old` and `new` put into it.

    Args:
        text: the YAML that `old` was read from.
        old: plain data with normalised values; what is only spelled out in the text stays.
        new: plain data of the same shape.
    """
    from ruamel.yaml.util import load_yaml_guess_indent

    yaml = plain_yaml()
    yaml.preserve_quotes = True
    document = yaml.load(text)
    _, sequence, offset = load_yaml_guess_indent(text)
    if sequence is not None:
        yaml.indent(mapping=2, sequence=sequence, offset=offset or 0)
    _patch_mapping(document, old, new, top=True)
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def _patch_mapping(node: Any, old: dict[str, object], new: dict[str, object], top: bool = False) -> None:
    keys = {str(key): key for key in node}
    names = [str(key) for key in new]
    for key in old:
        if str(key) not in names and str(key) in keys:
            del node[keys[str(key)]]
    for index, (key, value) in enumerate(new.items()):
        name = str(key)
        if name not in keys:
            before = [keys.get(other) for other in names[:index]]
            places = [list(node).index(found) for found in before if found is not None and found in node]
            made = top_value(name, value) if top else _like(node, value)
            written = flow(key) if node.fa.flow_style() else styled_key(key)
            node.insert(max(places, default=-1) + 1, written, made)
            keys[name] = key
        elif key not in old or old[key] != value:
            node[keys[name]] = _patch(node, node[keys[name]], old.get(key), value)


def _patch(parent: Any, node: Any, old: object, new: object) -> object:
    """The node, changed in place where it can be, or what stands in its place."""
    if isinstance(old, dict) and isinstance(new, dict) and hasattr(node, "insert"):
        _patch_mapping(node, old, new)
        return node
    if isinstance(old, list) and isinstance(new, list) and hasattr(node, "insert"):
        _patch_list(node, old, new)
        return node
    return _like(parent, new, node)


def _patch_list(node: Any, old: list[object], new: list[object]) -> None:
    matcher = SequenceMatcher(None, _names(old), _names(new), autojunk=False)
    # From the end, so that the indexes before stay right.
    for _, i1, i2, j1, j2 in reversed(matcher.get_opcodes()):
        both = min(i2 - i1, j2 - j1)
        for index in reversed(range(i1 + both, i2)):
            del node[index]
        for step, value in enumerate(new[j1 + both : j2]):
            node.insert(i1 + both + step, _like(node, value))
        for step in range(both):
            if old[i1 + step] != new[j1 + step]:
                node[i1 + step] = _patch(node, node[i1 + step], old[i1 + step], new[j1 + step])


def _names(values: list[object]) -> list[str]:
    """What tells list entries apart: the name of a named mapping, else all of the value."""
    named = (value.get("name") if isinstance(value, dict) else None for value in values)
    return [json.dumps(name or value, sort_keys=True) for name, value in zip(named, values, strict=True)]


def _like(parent: Any, value: object, before: object = None) -> object:
    """A new value in the style of the place it goes to."""
    from ruamel.yaml.scalarstring import ScalarString

    if parent.fa.flow_style():
        return flow(value)
    if (
        isinstance(value, str)
        and value[:1].strip()
        and value.isprintable()
        and isinstance(before, ScalarString)
    ):
        return type(before)(value)
    return styled(value)
