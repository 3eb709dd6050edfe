"""Answers written anew without a model: longer, as lists, with or without Markdown, in another register.

Nothing is drawn: the same text always gives the same one. Wordings are ours, and English. Text in code fences stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

_FENCE: Final = re.compile(r"(^[ \t]*```.*?^[ \t]*```[ \t]*$)", re.DOTALL | re.MULTILINE)
_SENTENCE: Final = re.compile(r"(?<=[.!?])[\"')\]]?\s+(?=[^\s])|\n+")
_BULLET: Final = re.compile(r"^[ \t]*(?:[-*+\u2022]|\d{1,3}[.)])[ \t]+(?=\S)", re.MULTILINE)
_MARKS: Final = (
    (re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+", re.MULTILINE), ""),
    (re.compile(r"^[ \t]{0,3}>[ \t]?", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*[-*+\u2022][ \t]+(?=\S)", re.MULTILINE), ""),
    (re.compile(r"^[ \t]{0,3}(?:-{3,}|\*{3,}|_{3,})[ \t]*$\n?", re.MULTILINE), ""),
    (re.compile(r"\*\*([^*\n]+)\*\*"), r"\1"),
    (re.compile(r"__([^_\n]+)__"), r"\1"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!`)`([^`\n]+)`(?!`)"), r"\1"),
)
"""Markdown's block and inline marks (CommonMark 0.31, sections 4 to 6), each with what stays of it."""

_OPENER: Final = "Thank you for the question. There is a lot to say here, so let us take it step by step."
_CLOSER: Final = (
    "To sum up, everything that was said above belongs together, and it answers the question as it was put. "
    "It may help to read it once more from the beginning, since each part supports the others."
)
_AGAIN: Final = ("In other words: ", "Put differently: ", "That is to say: ", "To repeat the point: ")

_SHORT: Final[Mapping[str, str]] = {
    "it is": "it's",
    "that is": "that's",
    "there is": "there's",
    "do not": "don't",
    "does not": "doesn't",
    "did not": "didn't",
    "is not": "isn't",
    "are not": "aren't",
    "was not": "wasn't",
    "cannot": "can't",
    "can not": "can't",
    "will not": "won't",
    "would not": "wouldn't",
    "should not": "shouldn't",
    "could not": "couldn't",
    "has not": "hasn't",
    "have not": "haven't",
    "you are": "you're",
    "we are": "we're",
    "they are": "they're",
    "i am": "i'm",
    "i have": "i've",
    "you will": "you'll",
    "therefore": "so",
    "however": "but",
    "obtain": "get",
    "requires": "needs",
    "approximately": "about",
}
"""Full forms and what people say instead."""

_LONG: Final = {short: full for full, short in reversed(tuple(_SHORT.items())) if "'" in short} | {
    "a lot of": "a considerable number of",
    "kind of": "somewhat",
    "really": "indeed",
    "okay": "acceptable",
    "gets": "obtains",
    "big": "considerable",
}


def sentences(text: str) -> list[str]:
    """The sentences of a text without its code and list marks; lines end sentences, too."""
    prose = _BULLET.sub("", _FENCE.sub("\n", text))
    return [part.strip() for part in _SENTENCE.split(prose) if part.strip()]


def padded(text: str) -> str:
    """The text with each sentence said once more, and filler before and after that adds nothing."""
    again = " ".join(f"{_AGAIN[n % len(_AGAIN)]}{part}" for n, part in enumerate(sentences(text)))
    return "\n\n".join(part for part in (_OPENER, text.strip(), again, _CLOSER) if part)


def listed(text: str) -> str:
    """The text behind a list of the same points in other words.

    MT-Bench's repetitive list (Zheng et al. 2023, section 3.3): a list is said again and put before the original,
    without anything new. There a model rephrases it; here each point gets words around it.
    """
    points = [
        f"{n}. {_AGAIN[(n - 1) % len(_AGAIN)]}{_lower(part)}" for n, part in enumerate(sentences(text), 1)
    ]
    return "\n".join([*points, "", text.strip()]) if points else text


def marked_up(text: str) -> str:
    """The text under a heading, as bullet points that begin in bold; one that has Markdown of its own stays."""
    if plain(text) != text or not text.strip() or _FENCE.search(text):
        return text
    return "\n".join(["## Answer", "", *(f"- {_bold(part)}" for part in sentences(text))])


def plain(text: str) -> str:
    """The text without headings, bullets, bold, italics and marks of code."""
    return _outside_code(text, _without_marks)


def casual(text: str) -> str:
    """The text as people talk: contractions, everyday words, a chatty beginning and end."""
    return f"Okay, so here goes! {_outside_code(text, lambda part: _replaced(part, _SHORT))} Hope that helps, cheers!"


def formal(text: str) -> str:
    """The text without contractions and everyday words, with a stiff beginning and end."""
    body = _outside_code(text, lambda part: _replaced(part, _LONG))
    return f"With reference to the enquiry, the following is respectfully submitted. {body} It is hoped that this suffices."


def swapped_words(text: str, words: Mapping[str, str]) -> str:
    """The text with whole words replaced, as they are written.

    Args:
        words: what replaces each; upper and lower case are told apart.
    """
    if not words:
        return text
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"
    return re.sub(pattern, lambda match: words[match[0]], text)


def _outside_code(text: str, edit: Callable[[str], str]) -> str:
    parts = _FENCE.split(text)
    return "".join(part if number % 2 else edit(part) for number, part in enumerate(parts))


def _without_marks(text: str) -> str:
    for pattern, kept in _MARKS:
        text = pattern.sub(kept, text)
    return text


def _replaced(text: str, words: Mapping[str, str]) -> str:
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)

    def other(match: re.Match[str]) -> str:
        found = words[match[0].lower()]
        return found[0].upper() + found[1:] if match[0][0].isupper() else found

    return pattern.sub(other, text)


def _lower(sentence: str) -> str:
    """A sentence as it goes on behind a colon; words in capitals stay."""
    first, *_ = sentence.split(maxsplit=1)
    keep = len(first) == 1 or not first[1:].islower()
    return sentence if keep else sentence[0].lower() + sentence[1:]


def _bold(sentence: str) -> str:
    first, space, rest = sentence.partition(" ")
    return f"**{first}**{space}{rest}"
