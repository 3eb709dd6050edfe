"""Templates: Jinja2 in a sandbox, rendered once, into which rubric and item text enter as values.

Jinja2 is imported by the first template: rubrics are shown, listed and compared without it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from judgetui.core.reading import nearest
from judgetui.core.request import Message
from judgetui.core.rubric import TemplateMessage
from judgetui.errors import Place, TemplateError

if TYPE_CHECKING:
    from jinja2 import Template, TemplateSyntaxError
    from jinja2.nodes import Template as TemplateTree

    from judgetui.core.sandbox import Environment

_FRAME: Final = "<template>"
"""The file that Jinja2 names in the frames which it puts into a traceback for the lines of a template."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a rendered message; `field` names the item field it came from, None for the rubric's."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """A rendered message as segments, for tinting, caching and export.

    Args:
        told: whether it is known which segments came from the item.
    """

    role: str
    segments: tuple[Segment, ...]
    told: bool = True

    @property
    def text(self) -> str:
        """The message with every field's text in its place."""
        return "".join(segment.text for segment in self.segments)


def render(template: Sequence[TemplateMessage], values: Mapping[str, object]) -> tuple[Message, ...]:
    """Render every message once; text in `values` is never read as template.

    Raises:
        TemplateError: naming the message, and the nearest known field when one is unknown.
    """
    return tuple(
        Message(message.role, _render(message.content, values, index))
        for index, message in enumerate(template)
    )


def outline(
    template: Sequence[TemplateMessage],
    build: Callable[[Mapping[str, str]], Mapping[str, object]],
    item_fields: Mapping[str, str],
) -> tuple[Outline, ...]:
    """Render with a mark in place of each item field, then put the fields in.

    Where a template does more with a field than print it (filters, tests on its text), the
    marks cannot tell and the whole message comes back as one segment, still exact.

    Args:
        build: gives everything the template may use, from the text of the item's fields.
        item_fields: the fields that come from the item, with their text.
    """
    values = build(item_fields)
    plain = render(template, values)
    guard = _guard([m.content for m in template], values)
    # An empty text stays empty: templates ask whether there is one.
    marks = {
        name: f"{guard}{number}{guard}" if text else ""
        for number, (name, text) in enumerate(item_fields.items())
    }
    try:
        marked = render(template, build(marks))
    except TemplateError:
        return tuple(_untold(m) for m in plain)
    names = list(item_fields)
    outlines: list[Outline] = []
    for exact, shown in zip(plain, marked, strict=True):
        parts = re.split(f"{guard}([0-9]+){guard}", shown.content)
        segments = tuple(
            Segment(item_fields[names[int(part)]], names[int(part)]) if index % 2 else Segment(part)
            for index, part in enumerate(parts)
            if part
        )
        whole = Outline(exact.role, segments)
        outlines.append(whole if whole.text == exact.content else _untold(exact))
    return tuple(outlines)


def _untold(message: Message) -> Outline:
    return Outline(message.role, (Segment(message.content),), told=False)


def fields(template: Sequence[TemplateMessage]) -> frozenset[str]:
    """Names of the fields a template uses.

    Raises:
        TemplateError: if a message is not valid Jinja2.
    """
    from jinja2 import TemplateSyntaxError

    found: set[str] = set()
    for index, message in enumerate(template):
        try:
            found |= _undeclared(message.content)
        except TemplateSyntaxError as error:
            raise _syntax(error, index) from None
    return frozenset(found)


def check(template: Sequence[TemplateMessage], known: Iterable[str]) -> None:
    """Make sure that a template names only known fields.

    Raises:
        TemplateError: naming the unknown field and the nearest known one.
    """
    names = sorted(known)
    for index, message in enumerate(template):
        for name in sorted(fields([message])):
            if name not in names:
                raise _unknown(name, message.content, names, index)


@cache
def _environment() -> Environment:
    from judgetui.core.sandbox import Environment

    return Environment()


@lru_cache(maxsize=256)
def _compiled(source: str) -> Template:
    return _environment().from_string(source)


@lru_cache(maxsize=256)
def parsed(source: str) -> TemplateTree:
    """A template's syntax tree.

    Raises:
        TemplateSyntaxError: Jinja2's own, if it is not valid.
    """
    return _environment().parse(source)


def _undeclared(source: str) -> frozenset[str]:
    from jinja2 import meta

    return frozenset(meta.find_undeclared_variables(parsed(source)))


def _render(source: str, values: Mapping[str, object], index: int) -> str:
    from jinja2 import TemplateSyntaxError, UndefinedError
    from jinja2.exceptions import SecurityError

    from judgetui.core.sandbox import MAX_RENDERED, ticker

    try:
        template = _compiled(source)
        parts: list[str] = []
        length = 0
        for part in template.generate({**values, "_tick": ticker()}):
            length += len(part)
            if length > MAX_RENDERED:
                raise TemplateError(
                    f"the message grows past {MAX_RENDERED:,} characters.",
                    "Look for a loop that repeats itself.",
                    field=f"template.{index}.content",
                )
            parts.append(part)
    except TemplateSyntaxError as error:
        raise _syntax(error, index) from None
    except UndefinedError as error:
        for name in sorted(fields([TemplateMessage("user", source)])):
            if name not in values:
                raise _unknown(name, source, sorted(values), index) from None
        missing = re.search(r" has no (?:attribute|element) (.+)$", error.message or "")
        raise _failed(
            error,
            index,
            f"the template asks for {missing[1] if missing else 'something'}, which is not there.",
            "Check the name, or test it first: {% if name is defined %}.",
        ) from None
    except TemplateError:
        raise
    except (RecursionError, MemoryError) as error:
        hint = "Look for a macro that calls itself."
        raise _failed(error, index, "the template calls itself without end.", hint) from None
    except (SecurityError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        reason = str(error).rstrip(".")
        hint = (
            "Templates run in a sandbox: print the fields, with plain tests, loops and filters."
            if isinstance(error, SecurityError)
            else "Check what this line does with its values; the fields of an item are text."
        )
        raise _failed(error, index, f"the template cannot be rendered: {reason}.", hint) from None
    return "".join(parts)


def _failed(error: BaseException, index: int, message: str, hint: str) -> TemplateError:
    """The error for a message that failed while it was rendered, with the line where it did."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _FRAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    return TemplateError(message, hint, field=f"template.{index}.content", place=Place(line=line))


def _unknown(name: str, source: str, known: Sequence[str], index: int) -> TemplateError:
    from jinja2 import nodes

    uses = parsed(source).find_all(nodes.Name)
    line = min((use.lineno for use in uses if use.name == name and use.ctx == "load"), default=0)
    near = nearest(name, known)
    hint = f"Did you mean {near!r}?" if near else f"The known fields are {', '.join(known)}."
    return TemplateError(
        f"the template names an unknown field {name!r}.",
        hint,
        field=f"template.{index}.content",
        place=Place(line=line),
    )


def _syntax(error: TemplateSyntaxError, index: int) -> TemplateError:
    message = (error.message or "it cannot be read").rstrip(".")
    return TemplateError(
        f"the template is not valid Jinja2: {message}.",
        "To show braces as text, write {% raw %}...{% endraw %}.",
        field=f"template.{index}.content",
        place=Place(line=error.lineno),
    )


def _guard(sources: Iterable[str], values: Mapping[str, object]) -> str:
    """A mark that occurs in no source and no value, built from a private-use character."""
    text = "".join(sources) + repr(dict(values)) + "".join(v for v in values.values() if isinstance(v, str))
    guard = "\ue000"
    while guard in text or guard.encode("unicode_escape").decode() in text:
        guard += "\ue001"
    return guard
