"""Scores recorded replies: the judgements that a protocol makes of them, and no judge is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf
from typing import Final, NamedTuple

from judgetui.core.item import Item, Response
from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol, Reading
from judgetui.core.protocols.cards import TaskType
from judgetui.core.protocols.failures import counted, require_counted
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.replies import visible
from judgetui.core.reply import JudgeReply, TokenLogprob
from judgetui.core.request import JudgeRequest
from judgetui.core.rubric import Criterion, Rubric
from judgetui.core.scale import LabelScale, NumericScale, Scale
from judgetui.core.vote import Failures, Parser, ScoreSource, Vote
from judgetui.errors import InputError, RubricError
from judgetui.services.scoring_figures import Tally, is_soft
from judgetui.services.scoring_files import Alternatives, Block, Recorded, recorded_items
from judgetui.services.scoring_lines import Pattern, line_of

MOST_KNOWN: Final = 10_000
"""Combinations of results whose pattern is kept."""

Write = Callable[[bytes], object]

_RANGE: Final = re.compile(r"\s*(-?[0-9]{1,4})\s*-\s*(-?[0-9]{1,4})\s*")
_PIECE: Final = re.compile(r"\s*(?:(?<![0-9])-?[0-9]+|[^\W\d_]+|\S)|\s+\Z")
"""What is taken for a token of a reply whose tokens are not recorded: a number, a word or a sign, and the white
space before it."""


class Scored(NamedTuple):
    """What the judgements of some lines of a file came to.

    Args:
        ids: of the items.
        lines: the number of the line that each stands on.
        total: how many lines there were, blank ones included.
        tally: what they came to.
    """

    ids: list[str]
    lines: Sequence[int]
    total: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class Choice:
    """How recorded replies are scored.

    Args:
        protocol: its name.
        scale: None for the protocol's own.
        criteria: what the replies are about, as they name it; empty for the protocol's own where it asks for
            several at once, else for the whole.
        failures: what a reply without a result counts as, where the original counted it.
    """

    protocol: str
    scale: Scale | None = None
    criteria: tuple[str, ...] = ()
    parser: Parser = Parser.REPAIRED
    failures: Failures = Failures.STATE


def scale_from_text(text: str) -> Scale:
    """A scale as the command line takes it: `1-5`, or labels with commas between them.

    Raises:
        InputError: for anything else.
    """
    ends = _RANGE.fullmatch(text)
    try:
        if ends is not None:
            return NumericScale(int(ends[1]), int(ends[2]))
        return LabelScale(tuple(text.split(",")))
    except RubricError as error:
        raise InputError(
            error.message, "Write 1-5, 0-10, or labels such as pass,fail.", field="--scale"
        ) from None


class Scoring:
    """The judgements that a protocol makes of recorded replies, and their count.

    Judgements whose replies say the same differ in texts alone. Each is made whole the first two times; from
    then on its texts are put into its pattern.

    Raises:
        InputError: for an unknown protocol, or a scale, criteria or failures that it has no use for.
    """

    def __init__(self, choice: Choice) -> None:
        protocol = get_protocol(choice.protocol)
        require_counted(protocol, choice.failures)
        self._protocol = protocol
        self._parser = choice.parser
        self._failures = choice.failures
        self._rubric = _rubric(protocol, choice)
        self._single = protocol.card.task_type is TaskType.POINTWISE
        self._answers = None if protocol.card.task_type is TaskType.LISTWISE else protocol.answers[0]
        self._soft = is_soft(protocol)
        self._tally = Tally()
        self._again: list[Pattern] = []
        self._known: dict[tuple[object, ...], Pattern | None] = {}
        self._requests = lru_cache(maxsize=1000)(self._planned)
        self._usual = self._planned(None, self._answers or 0)
        self._reply = JudgeReply("")  # what reads is given one, the same for all but for its text

    def scored(self, block: Block, name: str, write: Write) -> Scored:
        """Judge what is recorded in some lines of a file.

        Args:
            name: the file, for messages.
            write: takes the judgements, a line at a time.

        Raises:
            InputError: with file, line and field.
        """
        ids: list[str] = []
        lines: list[int] = []
        for item in recorded_items(block, name, self._single):
            write(self._line(item))
            ids.append(item.id)
            lines.append(item.line)
        for pattern, times in Counter(self._again).items():
            self._tally.add(pattern.outcome, pattern.votes, self._soft, times)
        self._again.clear()
        tally, self._tally = self._tally, Tally()
        return Scored(ids, lines, len(block.lines), tally)

    def _line(self, item: Recorded) -> bytes:
        """The judgement of an item."""
        if item.logprobs:
            return self._made(item)[0]
        key, raws, reasons = self._said(item)
        pattern = self._known.get(key)
        if pattern is not None:
            self._again.append(pattern)
            return pattern.line(item.id, raws, reasons, item.kept)
        line, votes, outcome = self._made(item)
        if key in self._known:
            pattern = Pattern(self._protocol.card.name, outcome, votes, self._reasons_of(votes))
            if pattern.whole and pattern.line(item.id, raws, reasons, item.kept) == line:
                self._known[key] = pattern
        elif len(self._known) < MOST_KNOWN:
            self._known[key] = None
        return line

    def _said(self, item: Recorded) -> tuple[tuple[object, ...], list[str], list[str]]:
        """What tells a judgement from all that are not the same, but for texts; and the replies and their reasons."""
        read, rubric, parser, blank = self._protocol.read, self._rubric, self._parser, self._reply
        requests = self._requests_for(item)
        raws = [*item.replies, *item.swapped]
        straight = len(item.replies)
        said: list[object] = [straight, requests[0].order]
        reasons: list[str] = []
        for number, reply in enumerate(raws):
            object.__setattr__(blank, "text", reply)
            shown = reply if parser is Parser.FAITHFUL else visible(reply)
            found = read(rubric, requests[0 if number < straight else -1], blank, shown, parser)
            if isinstance(found, Reading):
                said.append(_key(found))
                reasons.append(found.rationale)
            else:
                said.append(found or bool(reply.strip()))
                reasons.append("")
        return tuple(said), raws, reasons

    def _made(self, item: Recorded) -> tuple[bytes, list[Vote], Outcome]:
        """A judgement's line, votes and outcome; it is counted."""
        protocol, votes = self._protocol, []
        requests = self._requests_for(item)
        tops = iter(item.logprobs)
        for request, replies in ((requests[0], item.replies), (requests[-1], item.swapped)):
            for sample, text in enumerate(replies):
                reply = JudgeReply(text, logprobs=_tokens(text, next(tops, ())))
                vote = protocol.parse(self._rubric, replace(request, sample=sample), reply, self._parser)
                votes.append(counted(protocol, vote, self._failures))
        outcome = self._combined(votes)
        self._tally.add(outcome, votes, self._soft)
        return line_of(protocol.card.name, item.id, outcome, votes, item.kept), votes, outcome

    def _reasons_of(self, votes: Sequence[Vote]) -> int | None:
        """The vote whose reasons are the judgement's, if any."""
        named = [replace(vote, rationale=vote.rationale and str(n)) for n, vote in enumerate(votes)]
        told = self._combined(named).rationale
        return int(told) if told else None

    def _combined(self, votes: Sequence[Vote]) -> Outcome:
        return self._protocol.combine(self._rubric, votes)

    def _requests_for(self, item: Recorded) -> Sequence[JudgeRequest]:
        """The requests that the replies answer: in the answers' own order, and the other way round."""
        category = item.kept.get("category")
        if category is None and self._answers is not None:
            return self._usual
        answers = self._answers
        if answers is None:  # as many as there are models, where those are named
            models = item.kept.get("models")
            answers = len(models) if isinstance(models, list) else 0
        return self._requests(None if category is None else str(category), answers)

    def _planned(self, category: str | None, answers: int) -> tuple[JudgeRequest, ...]:
        """Without messages, which are not recorded."""
        protocol = self._protocol
        responses: list[Response] = [f"answer {number}" for number in range(answers or 2)]
        fields: dict[str, object] = {spec.name: "text" for spec in self._rubric.inputs}
        if protocol.turns:
            responses = [("answer", str(response)) for response in responses]
            fields = {name: ["text", "text"] for name in fields}
        item = Item("any", tuple(responses), fields, category=category)
        calls = protocol.calls(self._rubric, item, ScoreSource.SINGLE, "both")
        return calls if answers else (replace(calls[0], order=None),)


def _key(found: Reading) -> tuple[object, ...]:
    """All of a reading but its reasons."""
    plain = found[:8]
    if found.scores or found.labels or found.probabilities:
        several = (*found.scores.items(), "", *found.labels.items(), "", *found.probabilities.items())
        return plain, not found.rationale, several
    return plain, not found.rationale


def _rubric(protocol: JudgeProtocol, choice: Choice) -> Rubric:
    """A rubric by which the replies are read; nobody is shown it."""
    if choice.scale is not None and protocol.default_scale is None:
        raise InputError(
            f"{protocol.card.name} has no scale: its result is a {protocol.card.result.value}.",
            "Leave --scale out.",
            field="--scale",
        )
    starter = protocol.starter
    criteria = tuple(Criterion(name) for name in choice.criteria)
    if len(criteria) > 1 and not protocol.at_once:
        raise InputError(
            f"{protocol.card.name} asks about one criterion at a time.",
            "Score the replies on each criterion by themselves.",
            field="--criterion",
        )
    if not criteria:
        criteria = starter.criteria if protocol.at_once else (Criterion("overall"),)
    return Rubric(
        name="recorded",
        protocol=choice.protocol,
        task=starter.task,
        criteria=criteria,
        scale=choice.scale or protocol.default_scale,
        inputs=starter.inputs,
    )


def _tokens(text: str, top: Alternatives) -> tuple[TokenLogprob, ...]:
    """A reply as tokens, of which those that are written as an alternative have the alternatives.

    Where the verdict stands is for the protocol to say. Of other tokens nothing is known, so that they count for
    nothing. A reply of a single token has its alternatives there, whatever was written.
    """
    if not top:
        return ()
    known = dict(reversed(top))
    bare = {token.strip() for token in known}
    pieces: list[str] = _PIECE.findall(text)
    alone = sum(not piece.isspace() for piece in pieces) == 1
    found: list[TokenLogprob] = []
    for piece in pieces:
        word = piece.lstrip()
        if piece not in known and word in known:  # the space before it is no part of the token
            found.append(TokenLogprob(piece[: len(piece) - len(word)], -inf))
            piece = word
        own = word in bare or (alone and word != "")
        found.append(TokenLogprob(piece, known.get(piece, -inf), top if own else ()))
    return tuple(found)
