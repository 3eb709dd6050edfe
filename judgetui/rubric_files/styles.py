"""YAML styles: which way of writing keeps a text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ruamel.yaml import YAML

FLOW_WIDTH: Final = 100
"""A scale goes on one line when it is no longer than this."""

_PLAIN: Final = re.compile(r"\w[\w ./()-]*\??")
"""Text that needs no quotes between brackets; ruamel.yaml leaves them off before a question mark too."""

_FLOW_KEYS: Final = ("scale", "inputs", "sampling")


def plain_yaml() -> YAML:
    """A writer of plain data: block style, never folding a line."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt", pure=True)
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 2**30  # a folded line would be read back with its spaces changed
    yaml.allow_unicode = True
    yaml.representer.add_representer(
        type(None), lambda maker, _: maker.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    return yaml


def styled(value: object) -> object:
    """The value with every text marked for the YAML style that keeps it: a literal block, or quotes."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

    if isinstance(value, str):
        if _literal(value):
            return LiteralScalarString(value)
        return value if value.isprintable() else DoubleQuotedScalarString(value)
    if isinstance(value, Mapping):
        return {styled_key(key): styled(part) for key, part in value.items()}
    if isinstance(value, list):
        return [styled(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def flow(value: object) -> object:
    """The value in brackets on one line, where a literal block cannot stand."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

    found: CommentedMap | CommentedSeq
    if isinstance(value, Mapping):
        found = CommentedMap((flow(key), flow(part)) for key, part in value.items())
    elif isinstance(value, list):
        found = CommentedSeq(flow(part) for part in value)
    elif isinstance(value, str):
        if not value.isprintable():
            return DoubleQuotedScalarString(value)
        return value if _PLAIN.fullmatch(value) else SingleQuotedScalarString(value)
    else:
        return styled(value)
    found.fa.set_flow_style()
    return found


def styled_key(key: object) -> object:
    """A key on one line, whatever it holds."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    return DoubleQuotedScalarString(key) if isinstance(key, str) and not key.isprintable() else key


def _literal(text: str) -> bool:
    """Whether a literal block keeps this text: lines of printable characters, the first not indented."""
    lines = text.split("\n")
    return (
        len(lines) > 1
        and lines[0][:1].strip() != ""
        and not text.endswith("\n\n")
        and all(line.replace("\t", "").isprintable() for line in lines)
        and not any(line and not line.strip() for line in lines)
    )


def top_value(key: str, value: object) -> object:
    """The value of a key of the rubric: short ones in brackets on one line."""
    short = len(json.dumps(value, ensure_ascii=False)) <= FLOW_WIDTH
    return flow(value) if key in _FLOW_KEYS and (short or key != "scale") else styled(value)
