"""A small YAML writer for exported files: two styles of text that every YAML reader takes alike."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[ .:/-][A-Za-z0-9_.]+)*")
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_UNPRINTED: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def yaml_lines(value: object, depth: int = 0) -> list[str]:
    """Mappings, lists, text, numbers, true, false and None as lines of YAML."""
    pad = "  " * depth
    lines: list[str] = []
    if isinstance(value, Mapping):
        for key, part in value.items():
            lines += _entry(f"{pad}{_scalar(str(key))}:", part, depth)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:
            if isinstance(part, Mapping) and part:
                inner = yaml_lines(part, depth + 1)
                lines += [f"{pad}- {inner[0].lstrip()}", *inner[1:]]
            else:
                lines += _entry(f"{pad}-", part, depth)
    return lines


def _entry(head: str, value: object, depth: int) -> list[str]:
    if isinstance(value, Mapping) and value:
        return [head, *yaml_lines(value, depth + 1)]
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        return [head, *yaml_lines(value, depth + 1)]
    if isinstance(value, str) and _block(value):
        pad = "  " * (depth + 1)
        return [f"{head} |-", *(f"{pad}{line}" if line else "" for line in value.split("\n"))]
    return [f"{head} {_scalar(value)}"]


def _block(text: str) -> bool:
    """Whether a literal block keeps the text.

    Printable lines, the first neither empty nor indented, no end breaks.
    """
    lines = text.split("\n")
    return (
        len(lines) > 1
        and bool(lines[0][:1].strip())
        and bool(lines[-1])
        and all(line.replace("\t", "").isprintable() and (not line or bool(line.strip())) for line in lines)
    )


def _scalar(value: object) -> str:
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and value.casefold() not in _WORDS:
            return value
        return _UNPRINTED.sub(
            lambda match: f"\\u{ord(match.group()):04x}", json.dumps(value, ensure_ascii=False)
        )
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)
