"""Choices between a few options in plain words: which one the opening or the closing line of a reply makes.

For systems whose verdict is an option by itself on a line. A careful reader also takes one that is announced
("Best answer: 2", "Therefore I choose option 3, as ...") or said ("Output (a) is better"), and none where the
line wavers, denies or names several.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

LONGEST: Final = 1000
"""Characters of a line that are read: the first ones of an opening line, the last ones of a closing one."""

_MOST: Final = 8
"""Options that one sentence may name; one that names more lists them."""

_NEAR: Final = 8
"""Characters between two options, as in "1 or 2", of which none is chosen."""

_BEFORE: Final = r"(?:[\s>*#_`\"'“‘(\[{]|[-•]\s)*"
_AFTER: Final = r"[\s*_`\"'”’)\]}.!,;:]*"

_ANNOUNCES: Final = (
    r"best|better|prefer\w*|choice|choos\w*|chose|verdict|decision|winner|select\w*|pick\w*|identifier"
    r"|judge?ment|conclusion|vote|option|opt|mejor|melhor|meilleure?s?|bes(?:te|sere)[nrs]?|migliore"
    r"|лучш\w*|最佳|最好"
)
"""Words of which one stands in what announces a choice, in the languages of QLoRA's OpenAssistant set too."""

ANSWER: Final = r"(?<!correct )(?<!right )(?<!true )answer"
"""A further word that announces; the correct answer is one to the question, and no choice."""

_LEADS: Final = re.compile(
    r"(?:[:\uff1a=]|\b(?:is|are|be|was|es|est|ist|è|é|это|option|number|choose|choosing|chose|select|selecting"
    r"|pick|prefer|as|for|with|by|from)\b|是)[\s*_`\"'“‘(\[{]*(?:\bthe\s+)?\Z",
    re.IGNORECASE,
)
_DENIES: Final = re.compile(
    r"\b(?:not|cannot|neither|nor|never|no|worse|worst|weaker|weakest|less|least|if|whether|unless|hard"
    r"|difficult|rather|instead|except|between)\b|n[’']t\b",
    re.IGNORECASE,
)
_FOLLOWS: Final = re.compile(
    r"(?:[’']s\b[^,;:.\n]{0,40})?[\s*_`\"'”’)\]}]*(?:\Z|[.,;:!。(]|[-–—]\s"
    r"|\b(?:because|since|as|for|due|over|with|which|is|was|rather|instead|not|than)\b)",
    re.IGNORECASE,
)
_REASON: Final = re.compile(
    r"[\s*_`\"'”’)\]}]*(?:[,;:]?\s*\b(?:(?P<why>because|since|due)|as|for)\b|[:;]\s|\s?[-–—]\s)",
    re.IGNORECASE,
)
_AGAINST: Final = re.compile(r"\b(?:than|over|not|to|of)\W+(?:\w+\W+)?\Z", re.IGNORECASE)
_CLAUSE: Final = re.compile(r"[,;]")
_SENTENCE: Final = re.compile(r"(?<=[.!?。])\s+")


@dataclass(frozen=True, slots=True)
class Choice:
    """An option that a reply chooses.

    Args:
        key: the option as it stands there.
        start: where it begins in the reply.
        line: where its line begins.
    """

    key: str
    start: int
    line: int


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a protocol.

    Args:
        pattern: an option with the noun that belongs to it; its group `key` is the option itself.
        announces: further words that announce a choice, as a pattern.
        better: what is said of the option that is chosen, as a pattern.
        weak: words before it that make it say too little, as a pattern.
    """

    pattern: str
    announces: str = ""
    better: str = r"better|best|superior|preferable|preferred|winner|stronger|strongest"
    weak: str = "hardly|barely|scarcely"
    flags: re.RegexFlag = re.IGNORECASE
    _bare: re.Pattern[str] = field(init=False, repr=False)
    _opens: re.Pattern[str] = field(init=False, repr=False)
    _option: re.Pattern[str] = field(init=False, repr=False)
    _announced: re.Pattern[str] = field(init=False, repr=False)
    _said: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        words = f"{_ANNOUNCES}|{self.announces}" if self.announces else _ANNOUNCES
        made = {
            "_bare": re.compile(
                rf"{_BEFORE}{self.pattern}{_AFTER}(?:\([^()\n]{{0,60}}\){_AFTER})?\Z", self.flags
            ),
            "_opens": re.compile(_BEFORE + self.pattern, self.flags),
            "_option": re.compile(self.pattern, self.flags),
            "_announced": re.compile(rf"(?<!\w)(?:{words})", re.IGNORECASE),
            "_said": re.compile(
                r"(?:[’']s(?:\s+\w{1,20}){0,2})?[*_`\"'”’)\]]*\s+(?:wins\b|(?:is|are|was|were|provide[sd]?|gives?|gave"
                r"|has|had|offer(?:s|ed)?)\s+"
                rf"(?:(?!(?:not|no|less|worse|worst|{self.weak})\b)\w{{1,20}},?\s+){{0,4}}?(?:{self.better})"
                r"(?=\W*(?:\Z|[.,;!]|(?:than|overall|because|since|as|and|in|to|here)\b"
                r"|(?:answer|response|output|one|choice|option|model|assistant)\b)))",
                re.IGNORECASE,
            ),
        }
        for name, pattern in made.items():
            object.__setattr__(self, name, pattern)

    def bare(self, line: str) -> re.Match[str] | None:
        """The option that is all of a line, but for marks and a remark in parentheses."""
        return self._bare.match(line)

    def made(self, line: str) -> re.Match[str] | None:
        """The option that a line chooses; None where it chooses none or several."""
        if found := self.bare(line):
            return found
        chosen = [match for start, end in _sentences(line) for match in self._chosen(line, start, end)]
        return chosen[-1] if len({self.name(match["key"]) for match in chosen}) == 1 else None

    def remarked(self, line: str) -> re.Match[str] | None:
        """The option that begins a line and is followed by a reason; the others may have lines like it."""
        found = self._opens.match(line)
        reason = None if found is None else _REASON.match(line, found.end())
        if found is None or reason is None:
            return None
        others = () if reason["why"] else self._option.finditer(line, found.end())
        return None if any(self.name(each["key"]) != self.name(found["key"]) for each in others) else found

    def name(self, key: str) -> str:
        """An option's text as it is compared: without capitals, unless they tell options apart."""
        return key.casefold() if self.flags & re.IGNORECASE else key

    def _chosen(self, line: str, start: int, end: int) -> Iterator[re.Match[str]]:
        named = list(self._option.finditer(line, start, end))
        for match in named if len(named) <= _MOST else ():
            lead = _CLAUSE.split(line[start : match.start()])[-1]
            tail = line[match.end() : end]
            rest = [each for each in named if each.start() > match.start()]
            others = [each for each in rest if self.name(each["key"]) != self.name(match["key"])]
            if _DENIES.search(lead):
                continue
            announced = self._announced.search(lead) and _LEADS.search(lead) and _FOLLOWS.match(tail)
            if (announced and not self._near(line, match.end(), others)) or self._said.match(tail):
                yield match

    def _near(self, line: str, end: int, others: list[re.Match[str]]) -> bool:
        """Whether another option follows so closely that none is chosen; "2 rather than 1" chooses."""
        return any(
            each.start() - end <= _NEAR and not _AGAINST.search(line[end : each.start()]) for each in others
        )


def opening_choice(text: str, options: Options) -> Choice | None:
    """The choice that the first line of a reply makes; None when it makes none or begins a list of them."""
    start = len(text) - len(text.lstrip())
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    line = text[start:end][:LONGEST]
    match = options.made(line)
    if match is None:
        match = options.remarked(line)
        if match is None or _lists(text[end : end + LONGEST], match["key"], options):
            return None
    return Choice(match["key"], start + match.start("key"), start)


def closing_choice(text: str, options: Options) -> Choice | None:
    """The choice that the last line of a reply makes; a line of marks alone is passed over."""
    end = len(text)
    while end > 0 and not text[end - 1].isalnum() and text[end - 1] not in ")]":
        end -= 1
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    start = line = text.rfind("\n", 0, end) + 1
    if stop - start > LONGEST:
        sentence = _SENTENCE.search(text, stop - LONGEST, stop)
        start = sentence.end() if sentence else stop
    match = options.made(text[start:stop])
    if match is None:
        match = options.remarked(text[start:stop]) if start == line else None
        if match is None or _lists(text[max(0, line - LONGEST) : line], match["key"], options):
            return None
    return Choice(match["key"], start + match.start("key"), line)


def either_choice(text: str, options: Options) -> Choice | str | None:
    """The choice of the opening or of the closing line; a sentence where they contradict each other."""
    first, last = opening_choice(text, options), closing_choice(text, options)
    if first is None or last is None:
        return first or last
    if options.name(first.key) != options.name(last.key):
        return "the reply begins with one choice and ends with another."
    return first


def _lists(around: str, key: str, options: Options) -> bool:
    """Whether one of the lines around speaks of another option in the same way."""
    found = (options.remarked(line) for line in around.split("\n"))
    return any(each is not None and options.name(each["key"]) != options.name(key) for each in found)


def _sentences(line: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in _SENTENCE.finditer(line):
        yield start, gap.start()
        start = gap.end()
    yield start, len(line)
