"""What is kept of replies while they are written."""

from __future__ import annotations

from judgetui.core.events import Progress, Written
from judgetui.core.reply import Usage
from judgetui.tui.writing import Writing

NOW = Progress(1, 2, {}, frozenset(), 0, 0, 0, Usage(), None, 0.0, None)


def piece(
    text: str, position: int = 0, *, order: str | None = None, sample: int = 0, attempt: int = 0
) -> Written:
    return Written("a:one", position, "depth", order, sample, attempt, text, NOW)


def texts(writing: Writing, position: int = 0) -> list[str]:
    return [text for _, text in writing.replies("a:one", position)]


def test_orders_and_samples_are_kept_apart() -> None:
    writing = Writing()
    writing.turn_to(0)
    for order, sample in (("ab", 0), ("ba", 0), ("ab", 1), ("ab", 0)):
        writing.add(piece(f"{order}{sample} ", order=order, sample=sample))
    assert texts(writing) == ["ab0 ab0 ", "ba0 ", "ab1 "]
    assert texts(writing) == ["ab0 ab0 ", "ba0 ", "ab1 "]
    assert writing.replies("b:two", 0) == []
    assert writing.changes == 4


def test_of_other_items_nothing_is_kept() -> None:
    writing = Writing()
    writing.add(piece("lost"))
    writing.turn_to(1)
    writing.add(piece("lost too"))
    assert texts(writing) == texts(writing, 1) == [] and not writing.changes
    writing.add(piece("kept", 1))
    assert texts(writing, 1) == ["kept"]
    assert writing.turn_to(2) and not writing.turn_to(2)
    assert texts(writing, 1) == []


def test_a_reply_whose_start_was_not_seen_says_so() -> None:
    writing = Writing()
    writing.turn_to(0)
    writing.add(piece("seen, "))
    writing.turn_to(1)
    writing.turn_to(0)
    writing.add(piece("the rest"))
    writing.add(piece("from the start", sample=1))
    assert texts(writing) == ["… the rest", "from the start"]
    writing.clear()
    assert writing.position is None
    writing.turn_to(0)
    writing.add(piece("another run"))
    assert texts(writing) == ["another run"]


def test_another_try_begins_anew() -> None:
    writing = Writing()
    writing.turn_to(0)
    writing.add(piece("It is ri"))
    writing.add(piece("Other.", sample=1))
    writing.add(piece("It", attempt=1))
    writing.add(piece(" is right.", attempt=1))
    assert texts(writing) == ["It is right.", "Other."]
    writing.turn_to(1)
    writing.turn_to(0)
    writing.add(piece("the rest", attempt=1))
    writing.add(piece("from the start", attempt=2))
    assert texts(writing) == ["from the start"]
