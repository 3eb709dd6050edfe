"""What the judges said of one item: verdicts of both orders or a score with its source, label, reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from textual.content import Content

from judgetui.core.item import Item
from judgetui.core.judgement import Judgement
from judgetui.core.scale import Scale
from judgetui.core.vote import Status, Vote
from judgetui.services.reading import (
    AGREES,
    failure_words,
    label_words,
    match_word,
    short_result,
    source_words,
)
from judgetui.tui.text import one_line, visible
from judgetui.tui.widgets.answers import capped
from judgetui.tui.widgets.several import UNASKED, answer_lines, comes_to, said_lines, share_words
from judgetui.tui.widgets.status import bar

REASONS = 4_000
"""Characters of a rationale on screen."""

RAW = 600
"""Characters of a raw reply beside a judgement without result."""

NOTE = 400
"""Characters of a field that the judge does not see."""

POINTS = 11
"""Scale points with a bar of their own; of longer scales the most probable ones are drawn."""

Part = tuple[str, str]


@dataclass(frozen=True, slots=True)
class VerdictView:
    """Everything the panel shows.

    Args:
        judgements: by judge, in the run's order; None while there is none.
        waiting: what to say where there is none, such as `queued`, by judge.
        scale: the run's scale; None where verdicts need none.
        background: fields that the judge does not see.
        width: cells of a line.
        short: whether lines are scarce.
        jury: what several judges come to together; empty where there is nothing to say of it.
        writing: replies that are being written, by judge: which one each is, and the text so far.
    """

    item: Item
    judgements: Mapping[str, Judgement | None]
    waiting: Mapping[str, str]
    scale: Scale | None
    background: Sequence[tuple[str, str]]
    width: int
    short: bool = False
    jury: str = ""
    writing: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)


def verdict_content(view: VerdictView) -> Content:
    """The panel's text."""
    parts: list[Part] = []
    several = len(view.judgements) > 1
    if view.jury:
        parts += [("jury  ", "dim"), (f"{one_line(view.jury, 200)}\n", "bold")]
    for judge, judgement in view.judgements.items():
        if several:
            parts.append((("\n" if parts else "") + f"{one_line(judge, 60)}\n", "bold $text-accent"))
        parts += [(f"{view.waiting[judge]}\n", "dim")] if judgement is None else _result(judgement, view)
        if not several:
            parts += _label(view, judgement)
        elif judgement is not None:
            parts += _match(judgement)
        parts += _written(view.writing.get(judge, ())) if judgement is None else _reasons(judgement)
    if several and (label := _label(view, None)):
        parts += [("\n", ""), *label]
    return Content.assemble(*((visible(words), style) for words, style in parts)).rstrip()


def _result(judgement: Judgement, view: VerdictView) -> list[Part]:
    out = judgement.outcome
    parts: list[Part] = []
    lines = said_lines(judgement)
    if lines:
        gap = " " * 4
        beside = len(lines) == 2 and len(gap.join(lines)) <= view.width
        parts.append(((gap if beside else "\n").join(lines) + "\n", ""))
    if out.status is not Status.OK:
        return parts + _failure(judgement)
    if words := comes_to(judgement):
        mark, span = " ⚠" if out.consistent is False else "", _span(view.scale)
        parts.append((words + mark, "bold $text-warning" if mark else "bold"))
        parts.append((f"  scores{span}\n" if span and len(out.answer_scores) == 2 else "\n", "dim"))
        parts += answer_lines(judgement, view.item, span)
        if shares := share_words(judgement):
            parts.append((f"{shares}\n", "dim"))
        return parts + _noticed(judgement)
    return parts + _score(judgement, view)


def _span(scale: Scale | None) -> str:
    return "" if scale is None else f" on {scale.texts[0]} to {scale.texts[-1]}"


def _noticed(judgement: Judgement) -> list[Part]:
    detail = judgement.outcome.detail
    style = "$text-warning" if judgement.votes else "dim"
    return [(capped(detail, NOTE, "r shows the replies") + "\n", style)] if detail else []


def _failure(judgement: Judgement) -> list[Part]:
    """Status, detail, and the start of what came back."""
    parts: list[Part] = [
        (capped(failure_words(judgement), REASONS, "r shows all") + "\n", "bold $text-error")
    ]
    vote = _telling(judgement)
    if vote is not None:
        parts.append(("raw ", "dim"))
        parts.append((capped(vote.raw, RAW, "r shows all") + "\n", ""))
    return parts


def _telling(judgement: Judgement) -> Vote | None:
    """The vote whose raw text says why there is no result."""
    bad = [v for v in judgement.votes if v.status is not Status.OK and v.raw and v.raw != v.detail]
    return next((vote for vote in bad if vote.status is judgement.status), next(iter(bad), None))


def _score(judgement: Judgement, view: VerdictView) -> list[Part]:
    out = judgement.outcome
    texts = view.scale.texts if view.scale is not None else ()
    span = _span(view.scale) if out.score is not None else ""
    source = source_words(judgement) if judgement.votes else UNASKED
    kind = "score " if out.label is None else "label "
    parts: list[Part] = [
        (kind, "dim"),
        (short_result(judgement), "bold"),
        (f"{span}, {source}\n", ""),
    ]
    if out.label is not None and out.score is not None:
        parts.append((f"worth {out.score:.2f}\n", ""))
    if len(out.scores) > 1 or len(out.labels) > 1:
        parts += _criteria(judgement)
    elif out.probabilities:
        parts.append((_bars(out.probabilities, texts, view), ""))
    if out.outside is not None:
        share = f"{out.outside:.1%}" if out.outside >= 0.001 or not out.outside else "under 0.1%"
        parts.append((f"{share} of the probability lay outside the scale\n", "dim"))
    return parts + _noticed(judgement)


def _criteria(judgement: Judgement) -> list[Part]:
    out = judgement.outcome
    names = list(dict.fromkeys([*out.scores, *out.labels]))
    width = min(24, max(len(one_line(name)) for name in names))
    parts: list[Part] = []
    for name in names:
        score, label = out.scores.get(name), out.labels.get(name)
        worth = "" if score is None else f"{score:.2f}"
        said = " ".join(word for word in (label or "", worth) if word)
        own = [v.outside for v in judgement.votes if v.criterion == name and v.outside is not None]
        outside = max(own, default=None)
        note = "" if outside is None else f"   {outside:.1%} outside the scale"
        about = one_line(name, width).ljust(width)
        parts += [(f"  {about}  ", ""), (said, "bold"), (f"{note}\n", "dim")]
    return parts


def _bars(probabilities: Mapping[str, float], texts: Sequence[str], view: VerdictView) -> str:
    """A bar for each scale point: one a line, or in columns where lines are scarce."""
    points = [text for text in texts if text in probabilities or len(texts) <= POINTS] or list(probabilities)
    left = len(points) - POINTS
    if left > 0:
        kept = set(sorted(points, key=lambda text: -probabilities.get(text, 0.0))[:POINTS])
        points = [text for text in points if text in kept]
    names = [one_line(text, 16) for text in points]
    name_width = max(len(name) for name in names)
    cells = 8 if view.short else max(8, min(24, view.width - name_width - 8))
    entries = [
        f"{name.rjust(name_width)} {bar(round(probabilities.get(text, 0.0) * 1000), 1000, cells)} "
        f"{probabilities.get(text, 0.0):4.0%}"
        for name, text in zip(names, points, strict=True)
    ]
    across = max(1, (view.width + 3) // (len(entries[0]) + 3)) if view.short else 1
    down = -(-len(entries) // across)
    rows = ["   ".join(entries[row::down]) for row in range(down)]
    more = f"\nand {left} points that are less probable" if left > 0 else ""
    return "\n".join(rows) + more + "\n"


def _label(view: VerdictView, judgement: Judgement | None) -> list[Part]:
    """Label, match, and the fields that say why the label is what it is."""
    words = label_words(view.item)
    parts: list[Part] = []
    if words:
        parts += [("label ", "dim"), (one_line(words, 200), "bold")]
        if judgement is not None and match_word(judgement):
            word, score = match_word(judgement), judgement.outcome.score
            rounded = (
                "" if score is None or score == round(score) else f" ({score:.2f} rounds to {round(score)})"
            )
            parts += [(f"  {word}", match_style(word)), (f"{rounded}\n", "dim")]
        else:
            parts.append(("\n", ""))
    room = -1
    for name, text in view.background:
        said = f"{one_line(name, 30)}: {capped(text, NOTE)}"
        beside = room >= len(said) + 3
        parts += [(" · " if beside else "  " if room < 0 else "\n  ", "dim"), (said, "")]
        room = max(0, room - len(said) - 3 if beside else view.width - len(said) - 2)
    return [*parts, ("\n", "")] if view.background else parts


def _match(judgement: Judgement) -> list[Part]:
    word = match_word(judgement)
    return [(f"{word} {'with' if word == AGREES else 'from'} the label\n", match_style(word))] if word else []


def _reasons(judgement: Judgement) -> list[Part]:
    text = judgement.outcome.rationale
    return [("why ", "dim"), (capped(text, REASONS, "r shows all") + "\n", "")] if text else []


def _written(replies: Sequence[tuple[str, str]]) -> list[Part]:
    """Replies as far as they are written; of long ones the end, where they grow."""
    parts: list[Part] = []
    for which, text in replies:
        shown = text if len(text) <= REASONS else f"… {text[-REASONS:]}"
        parts += [(f"{which}: " if which else "", "dim bold"), (f"{shown}\n", "dim")]
    return parts


def match_style(word: str) -> str:
    """The colour of a match; the word says the same."""
    return "" if not word else "$text-success" if word == AGREES else "$text-error"
