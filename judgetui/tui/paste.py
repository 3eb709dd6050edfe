"""Keeps a paste a paste, whatever bytes are in it.

Textual 8.2.8 reads escape sequences inside a bracketed paste (XTermParser.parse), so that pasted text which holds an
escape character turns into key presses. Here such characters become visible signs before the parser sees them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final

from textual import _xterm_parser
from textual.message import Message

START: Final = "\x1b[200~"
END: Final = "\x1b[201~"
SIGN: Final = "\u241b"


class Shield:
    """Replaces escape characters between the marks of a bracketed paste; the text may come in any portions."""

    def __init__(self) -> None:
        self._inside = False
        self._seen = ""
        self._held = ""

    def pass_on(self, data: str) -> str:
        """The data, made safe; what may be the start of the closing mark waits for the rest of it."""
        text, self._held = self._held + data, ""
        passed: list[str] = []
        while text:
            if self._inside:
                body, mark, text = text.partition(END)
                if not mark:
                    held = next((n for n in range(len(END) - 1, 0, -1) if body.endswith(END[:n])), 0)
                    body, self._held = body[: len(body) - held], body[len(body) - held :]
                passed.append(body.replace("\x1b", SIGN) + mark)
                self._inside = not mark
                self._seen = ""
            else:
                # The opening mark may have begun in an earlier portion, which has been passed on already.
                place = (self._seen + text).find(START)
                if place < 0:
                    passed.append(text)
                    self._seen = (self._seen + text)[1 - len(START) :]
                    break
                end = place + len(START) - len(self._seen)
                passed.append(text[:end])
                text = text[end:]
                self._inside = True
        return "".join(passed)


class PasteSafeParser(_xterm_parser.XTermParser):
    """Textual's parser behind a shield."""

    def __init__(self, debug: bool = False) -> None:
        self._shield = Shield()
        super().__init__(debug)

    def feed(self, data: str) -> Iterable[Message]:
        """Parse what the terminal sent."""
        safe = self._shield.pass_on(data)
        return super().feed(safe) if safe or not data else ()


def install() -> None:
    """Let Textual's terminal driver use the safe parser; on Windows pastes come another way."""
    if sys.platform == "win32":
        return
    from textual.drivers import linux_driver

    linux_driver.XTermParser = PasteSafeParser  # type: ignore[attr-defined]  # where the driver takes it from
