"""Template languages of other tools: writing text and gaps, and rendering what was written by their rules.

The renderers know what the writers use and refuse everything else, so that reading an export back proves it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from judgetui.interchange.prompts import Choice, Gap, Part, Text

LOADED: Final = ("file://", "package:")
"""What promptfoo takes for the name of something to load, at the start of a value."""

_TAG: Final = re.compile(r"\{\{|\{%|\{#")
_RAW_TAG: Final = re.compile(r"\{%(?=-?\s*(?:end)?raw\b)")
_OPENING: Final = re.compile(r"\{\{|\{%")
_LEXED: Final = re.compile(r"\{\{|\{%-?|\{#")
_RAW_EDGE: Final = re.compile(r"\{%-?\s*(raw|endraw)\s*-?%\}")


def nunjucks(parts: Sequence[Part], names: Mapping[str, str]) -> str:
    """Parts as a Nunjucks template.

    Args:
        names: the tool's variable for each item field.
    """
    out: list[str] = []
    for part in parts:
        match part:
            case Text(text):
                out.append(nunjucks_text(text))
            case Gap(field):
                out.append(f"{{{{ {names[field]} }}}}")
            case Choice(field, present, absent):
                yes, no = nunjucks(present, names), nunjucks(absent, names)
                other = f"{{% else %}}{no}" if no else ""
                out.append(f"{{% if {names[field]} is defined %}}{yes}{other}{{% endif %}}")
    return "".join(out)


def nunjucks_text(text: str) -> str:
    """Text that Nunjucks leaves as it is.

    A raw block ends at the first `{% endraw %}`, and in Nunjucks an inner `{% raw %}` opens another one, so a
    text with either is cut there. A brace at the end would join the next tag's.
    """
    if not _TAG.search(text) and not text.endswith("{"):
        return text
    return _cut(text, _RAW_TAG)


def promptfoo_value(text: str) -> str:
    """Text that promptfoo leaves as it is where it stands in the config.

    Before Nunjucks comes to it, promptfoo looks for `{{ env.NAME }}`, `{{ variable }}` and
    `{% if variable %}` by pattern, raw block or not, so no opening may stay (0.123.1: renderEnvOnlyInObject,
    resolveVariables, referencesUndefinedVariables). It loads files and packages that a value names, and drops
    a last line break.
    """
    if not _TAG.search(text) and not text.endswith(("{", "\n")) and not text.startswith(LOADED):
        return text
    return _cut(text, _OPENING)


def _cut(text: str, edges: re.Pattern[str]) -> str:
    """Raw blocks, with every edge printed as a string between them."""
    pieces: list[str] = []
    start = 0
    for mark in edges.finditer(text):
        pieces += [_raw(text[start : mark.start()]), f"{{{{ '{mark.group()}' }}}}"]
        start = mark.end()
    return "".join([*pieces, _raw(text[start:])])


def _raw(text: str) -> str:
    return f"{{% raw %}}{text}{{% endraw %}}" if text else ""


class EngineError(ValueError):
    """A template that this renderer does not know; the target's own would fail, or do something else."""


def render_nunjucks(source: str, values: Mapping[str, str]) -> str:
    """Render what is written here: raw blocks, variables, `'{%'` and `'{{'`, and `if NAME is defined`.

    Without trimBlocks and autoescape, as promptfoo sets Nunjucks up. An unknown variable prints nothing.

    Raises:
        EngineError: at anything else.
    """
    return _render(source, 0, values, inside=False)[0]


def _render(source: str, start: int, values: Mapping[str, str], inside: bool) -> tuple[str, int]:
    """Render up to the end, or inside an `if` up to its `else` or `endif`."""
    out: list[str] = []
    position = start
    while True:
        tag = _LEXED.search(source, position)
        if tag is None:
            if inside:
                raise EngineError("an if without endif")
            return "".join(out) + source[position:], len(source)
        out.append(source[position : tag.start()])
        rest = source[tag.start() :]
        if match := re.match(r"\{\{ (?:'(\{%|\{\{)'|(\w+(?:\[\d\])?)) \}\}", rest):
            out.append(match.group(1) or values.get(match.group(2), ""))
            position = tag.start() + match.end()
        elif match := re.match(r"\{% raw %\}", rest):
            text, position = _raw_block(source, tag.start() + match.end())
            out.append(text)
        elif match := re.match(r"\{% if (\w+) is defined %\}", rest):
            text, position = _if_block(source, tag.start() + match.end(), match.group(1), values)
            out.append(text)
        elif inside and re.match(r"\{% (?:else|endif) %\}", rest):
            return "".join(out), tag.start()
        else:
            raise EngineError(f"{rest[:20]!r} at character {tag.start() + 1}")


def _raw_block(source: str, start: int) -> tuple[str, int]:
    """Text up to the `endraw` that closes as many `raw` as were opened (nunjucks, parser.js, parseRaw)."""
    depth = 1
    for edge in _RAW_EDGE.finditer(source, start):
        depth += 1 if edge.group(1) == "raw" else -1
        if depth == 0:
            return source[start : edge.start()], edge.end()
    raise EngineError("a raw without endraw")


def _if_block(source: str, start: int, name: str, values: Mapping[str, str]) -> tuple[str, int]:
    present, position = _render(source, start, values, inside=True)
    absent = ""
    if source.startswith("{% else %}", position):
        absent, position = _render(source, position + len("{% else %}"), values, inside=True)
    if not source.startswith("{% endif %}", position):
        raise EngineError("an if without endif")
    return present if name in values else absent, position + len("{% endif %}")
