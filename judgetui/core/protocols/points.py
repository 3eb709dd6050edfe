"""Scores in free text and in its tokens: which scale point a reply gives, and how probable each point was."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import exp
from typing import Final

from judgetui.core.protocols.replies import last_line, visible
from judgetui.core.reply import JudgeReply, TokenLogprob
from judgetui.core.scale import LabelScale, Scale

NEGLIGIBLE: Final = 0.001
"""Share of the scale's mass that cannot move a score by more than a hundredth of a ten-point scale."""


def find_point(text: str, scale: Scale, criterion: str) -> tuple[str, int, int] | None:
    """Find the scale point that a reply gives.

    Returns:
        The point as the scale writes it (or a decimal within a numeric scale's range), and where it stands.
    """
    match = find_place(text, scale, criterion)
    return None if match is None else point_at(match, scale)


def find_place(text: str, scale: Scale, criterion: str) -> re.Match[str] | None:
    """The place where a reply gives its result; what stands there may be off the scale.

    Looked for in this order: at the start, where the form is completed; after the criterion's name or,
    failing that, a word such as score, with a colon, the last such place; in a sentence such as "I rate it
    4", if all of them agree; alone on the last line. A number anywhere else is no verdict.
    """
    body, end, strict = _value_patterns(scale)
    own = re.escape(criterion) if criterion else _NAMES
    value, opening = rf"(?P<value>{body})", r"[*_\[(\"'`\s]*"
    colon = rf"[\"'*_]*\s*(?:\([^)\n]{{0,40}}\))?[\"'*_]*\s*[:=]{opening}"

    form = re.match(rf"(?:[\s*#>_\[(\"'`{{]|-\s)*(?:{own}|{_NAMES}){colon}{value}{end}", text, re.I)
    bare = re.match(rf"(?:[\s*#>_\[(\"'`]|-\s)*{value}{strict}", text, re.I)
    start = form or bare
    if start and not _is_list(text, start) and point_at(start, scale) is not None:
        return start
    for name in (own, _NAMES):
        labelled = re.finditer(rf"(?<!\w)(?:{name}){colon}{value}{end}", text, re.I)
        found = [match for match in labelled if not _is_list(text, match)]
        if found:
            return found[-1]
    prose = [
        *re.finditer(
            rf"(?<!\w)(?:{own}|{_NAMES})\s+(?:is|of)\s+(?:an?\s+)?{opening}{value}{strict}", text, re.I
        ),
        *re.finditer(rf"{_GIVES}[^.:;\n]{{0,80}}?\s(?:an?\s+)?{opening}{value}{strict}", text, re.I),
    ]
    if len({match.group("value").casefold() for match in prose}) == 1:
        return prose[-1]
    final = re.compile(rf"[\s*_\[(\"'`]*{value}{end}[\s\])*_.\"'`]*\Z", re.I)
    last = final.match(text, last_line(text))
    return last or (start if start and not _is_list(text, start) else None)


_NAMES: Final = r"(?:overall(?:\s+score|\s+rating)?|score|rating|grade|label|verdict)"
_GIVES: Final = r"\b(?:I|I'd|I'll|would|will)\s+(?:rate|give|score|assign|award)\b"


def _value_patterns(scale: Scale) -> tuple[str, str, str]:
    """Patterns of a point, of what may follow it, and of what may follow it where nothing announces it.

    What follows must not make the number part of something else: a range, a sum, a fraction of another total,
    a decimal comma. Unannounced, "3 apples" is no score either, while "3 because ..." and "3. The answer ..."
    are.
    """
    plain_word = r"[ \t]+(?!(?:because|since|as|for|due|points?|stars?)\b)(?-i:[a-z])"
    if isinstance(scale, LabelScale):
        body = "|".join(re.escape(label) for label in sorted(scale.labels, key=len, reverse=True))
        end = rf"(?![\w-]|\s*(?:/|\||,|or\b)\s*(?:or\s+)?(?:{body})(?!\w))"
        short = all(len(label) <= 2 for label in scale.labels)  # "A good answer" does not give the label A
        return body, end, rf"{end}(?!{plain_word})" if short else end
    total = rf"\s*(?:/|out\s+of)\s*{scale.high}(?![\w%])"
    alone = r"(?![\w%]|\s*[-\u2013+*/^=x\u00d7]\s*\d|\s*(?:to|or|and|through)\s*\d|\s*out\s+of\b|[.,]\d)"
    return r"-?\d+(?:\.\d+)?", rf"(?:{total}|{alone})", rf"(?:{total}|{alone}(?!{plain_word}))"


def _is_list(text: str, match: re.Match[str]) -> bool:
    """Whether the number is the first of a numbered list, or of the scale's anchors repeated."""
    value, rest = match.group("value"), text[match.end("value") :].lstrip(" *")
    if not value.isdigit() or rest[:1] not in {".", ")", ":", "="}:
        return False
    other = r"\d+\s*=" if rest[0] == "=" else rf"{int(value) + 1}\s*[.):][\s*]"
    return re.search(rf"^[\s*]*{other}", rest, re.MULTILINE) is not None


def point_at(match: re.Match[str], scale: Scale) -> tuple[str, int, int] | None:
    """The point at a place found by `find_place`, as `find_point` gives it; None when it is off the scale."""
    raw, start, end = match.group("value"), match.start("value"), match.end("value")
    if isinstance(scale, LabelScale):
        named = {label.casefold(): label for label in scale.labels}
        # Some letters match each other without regard to case and yet fold apart, as \u0130 and i do.
        return (named[raw.casefold()], start, end) if raw.casefold() in named else None
    number = float(raw)
    if not scale.low <= number <= scale.high:
        return None
    return (str(int(number)) if number.is_integer() else raw), start, end


def score_token(reply: JudgeReply, scale: Scale, criterion: str) -> int | None:
    """Index of the token that is the reply's score and nothing but it; None when there is no such token."""
    text = visible(reply.text)
    found = find_point(text, scale, criterion)
    if found is None:
        return None
    answer, start, end = found
    lead = text_start(reply)
    if lead is None:
        return None
    place = token_at(reply.logprobs, lead + start + len(reply.text) - len(text), end - start)
    if place is None or reply.logprobs[place].token.strip().casefold() != answer.casefold():
        return None
    return place


def text_start(reply: JudgeReply) -> int | None:
    """Where the reply's text begins in what its tokens spell out; None where they spell something else.

    Some servers cut white space off the text but not off the tokens, or thinking, which always comes first.
    """
    lead = "".join(token.token for token in reply.logprobs).rfind(reply.text)
    return None if lead < 0 else lead


def token_at(tokens: Sequence[TokenLogprob], start: int, length: int) -> int | None:
    """Index of the token that alone carries a stretch of text; None when several share it.

    Args:
        start: offset in the text that the tokens spell out.
        length: characters of the stretch.
    """
    offset = 0
    for index, token in enumerate(tokens):
        next_offset = offset + len(token.token)
        if offset <= start < next_offset:
            return index if start + length <= next_offset else None
        offset = next_offset
    return None


def weigh(token: TokenLogprob, scale: Scale) -> tuple[dict[str, float], float]:
    """Probabilities of the scale points at one token, renormalised over the scale.

    A token that is not a scale point takes no part. Where one point's text starts another's (1 and 10) and
    the longer one is not among the alternatives as a whole, the shorter token may be the start of either: if
    it weighs next to nothing it takes no part, else there are no weights.

    Returns:
        Probability by point, summing to 1, and the mass that lay outside the scale, 0 to 1.
    """
    mass: dict[str, float] = {}
    alternatives = dict(token.top)
    alternatives.setdefault(token.token, token.logprob)
    names = {text.casefold(): text for text in scale.texts}
    for text, logprob in alternatives.items():
        point = names.get(text.strip().casefold())
        if point is not None:
            mass[point] = mass.get(point, 0.0) + exp(min(logprob, 0.0))
    total = sum(mass.values())
    for point in tuple(mass):
        longer = [text for text in scale.texts if text != point and text.startswith(point)]
        if longer and not any(text in mass for text in longer):
            if mass[point] > NEGLIGIBLE * total:
                return {}, 1.0
            del mass[point]
    total = sum(mass.values())
    if total <= 0:
        return {}, 1.0
    points = {text: mass[text] / total for text in scale.texts if text in mass}
    return points, min(1.0, max(0.0, 1.0 - total))


def expectation(weights: Mapping[str, float], scale: Scale) -> float | None:
    """Sum of p(s) times s over the scale points (paper, section 2, equation 1).

    None for labels without values.
    """
    total = 0.0
    for text, probability in weights.items():
        value = scale.value(text)
        if value is None:
            return None
        total += probability * value
    return total
