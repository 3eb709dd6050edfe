"""A paste stays a paste: no byte in it is a key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from judgetui.tui.paste import END, START, PasteSafeParser, Shield

HOSTILE = "GGG\x1b[31m\x11HHH\x1b]52;c;aGk=\x07 \x1bOP \x1b[A"


def parsed(*portions: str) -> list[events.Event]:
    parser = PasteSafeParser()
    return [
        event for portion in portions for event in parser.feed(portion) if isinstance(event, events.Event)
    ]


def test_escapes_in_a_paste_are_shown_and_not_obeyed() -> None:
    found = parsed(START + HOSTILE + END)
    assert [type(event) for event in found] == [events.Paste]
    (paste,) = found
    assert isinstance(paste, events.Paste)
    assert paste.text == HOSTILE.replace("\x1b", "\u241b")


@pytest.mark.parametrize("cut", range(1, len(START + HOSTILE + END)))
def test_wherever_the_terminal_cuts_it(cut: int) -> None:
    whole = START + HOSTILE + END
    shield = Shield()
    passed = shield.pass_on(whole[:cut]) + shield.pass_on(whole[cut:])
    assert passed == START + HOSTILE.replace("\x1b", "\u241b") + END


def test_keys_before_and_after_are_keys() -> None:
    found = parsed("a" + START + "x\x1by" + END + "b")
    assert [event.key for event in found if isinstance(event, events.Key)] == ["a", "b"]
    assert [event.text for event in found if isinstance(event, events.Paste)] == ["x\u241by"]


@given(st.text(alphabet=st.sampled_from(list("ab\x1b[20~1OP\x11")), max_size=40), st.integers(1, 7))
def test_outside_a_paste_nothing_is_changed(text: str, size: int) -> None:
    if START in text:
        return
    shield = Shield()
    assert "".join(shield.pass_on(text[n : n + size]) for n in range(0, len(text), size)) == text
