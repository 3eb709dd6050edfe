"""The Jinja2 sandbox of templates: no way out, and an end to every loop."""

from __future__ import annotations

from collections.abc import Callable, Sized
from typing import Any, Final

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

MAX_RENDERED: Final = 4_000_000
"""Characters a rendered message may have: room for any context window, too few to fill the memory."""

MAX_TURNS: Final = 20_000
"""Turns of loops and calls of macros in one message."""

MAX_WIDTH: Final = 1000

_TICK: Final = "_tick"
_JOIN: Final = "_join"


def ticker() -> Callable[[], str]:
    """A counter that a rendered template calls on every turn, and which ends it when there are too many.

    Raises:
        SecurityError: from the returned function.
    """
    turns = 0

    def tick() -> str:
        nonlocal turns
        turns += 1
        if turns > MAX_TURNS:
            raise SecurityError(f"its loops take more than {MAX_TURNS:,} turns")
        return ""

    return tick


class _Counting(NodeTransformer):
    """Puts a tick into every loop and macro, and a bounded join in the place of `~`."""

    def visit_For(self, node: nodes.For) -> nodes.Node:
        return self._ticking(node)

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:
        return self._ticking(node)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        call = nodes.Call(nodes.Name(_JOIN, "load"), list(node.nodes), [], None, None)
        return call.set_lineno(node.lineno)

    def _ticking(self, node: Any) -> nodes.Node:
        self.generic_visit(node)
        call = nodes.Call(nodes.Name(_TICK, "load"), [], [], None, None)
        node.body.insert(0, nodes.Output([call]).set_lineno(node.lineno))
        return node  # type: ignore[no-any-return]  # For or Macro, as it came


class Environment(ImmutableSandboxedEnvironment):
    """Jinja2's immutable sandbox, with bounded loops and bounded text operators."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined,
            autoescape=False,
            keep_trailing_newline=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        # Fills the page with filler text, as much as it is asked for.
        del self.globals["lipsum"]
        self.globals[_JOIN] = _join
        for name in ("center", "indent"):  # they pad text to any width
            self.filters[name] = _narrow(self.filters[name])

    def _generate(self, source: nodes.Template, *args: Any, **kwargs: Any) -> str:
        return super()._generate(_Counting().visit(source), *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuses operators that make very long texts and very large numbers."""
        if operator == "**" and (abs(left) > 10**6 or abs(right) > 100):
            raise SecurityError("a power is too large")
        if operator == "%" and isinstance(left, str):
            raise SecurityError("text is formatted with %; print its parts one after another")
        if operator == "*" and (isinstance(left, Sized) or isinstance(right, Sized)):
            text, times = (left, right) if isinstance(left, Sized) else (right, left)
            _bounded(len(text) * times)
        if operator == "+" and isinstance(left, Sized) and isinstance(right, Sized):
            _bounded(len(left) + len(right))
        return super().call_binop(context, operator, left, right)


def _join(*parts: object) -> str:
    texts = [str(part) for part in parts]
    _bounded(sum(len(text) for text in texts))
    return "".join(texts)


def _narrow(pad: Callable[..., Any]) -> Callable[..., Any]:
    def narrow(value: object, width: object = None, *args: object, **kwargs: object) -> Any:
        if isinstance(width, int) and width > MAX_WIDTH:
            raise SecurityError(f"a width of {width} is too large")
        return pad(value, *(() if width is None else (width,)), *args, **kwargs)

    return narrow


def _bounded(length: int) -> None:
    if length > MAX_RENDERED:
        raise SecurityError(f"a text grows past {MAX_RENDERED:,} characters")
