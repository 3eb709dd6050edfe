"""Reading a judgement: its result in words, and the replies and prompts behind it as text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from judgetui.analysis.agreement import matches_label
from judgetui.analysis.compare import Change
from judgetui.core.item import Item
from judgetui.core.judgement import Judgement, JudgementRow, Outcome, row_of
from judgetui.core.request import Message, Order
from judgetui.core.run import Call, ItemRow
from judgetui.core.scale import Scale
from judgetui.core.vote import ScoreSource, Status, Verdict, Vote
from judgetui.services.token_tables import alternatives, quoted, score_token
from judgetui.storage.database import SessionFile

AGREES = "✓ agrees"
DIFFERS = "✗ differs"
RULE = "─" * 8


@dataclass(frozen=True, slots=True)
class Evidence:
    """A vote and the call it was read from; None when nothing came back or nothing was kept."""

    vote: Vote
    call: Call | None


Write = Callable[[Sequence[Evidence]], str]
"""Makes text of a judgement's evidence."""


async def evidence(session: SessionFile, judgement: Judgement) -> list[Evidence]:
    """The votes of a judgement, each with its stored call as this run used it."""
    keys = [vote.call for vote in judgement.votes if vote.call]
    calls = await session.read(lambda repos: repos.calls.get_many(keys, judgement.run_id))
    return [Evidence(vote, calls.get(vote.call)) for vote in judgement.votes]


# results in words


def verdict_word(verdict: Verdict) -> str:
    """A verdict as people read it."""
    return verdict.value.replace("_", " ")


def scores_words(scores: Sequence[float]) -> str:
    """A score for each answer, such as `8 : 7.5`."""
    return " : ".join(f"{score:.2f}".rstrip("0").rstrip(".") for score in scores)


def ranking_words(ranking: Sequence[int]) -> str:
    """An order of the item's answers, such as `B > A > C`."""
    return " > ".join(ascii_uppercase[index] for index in ranking)


def short_result(judgement: Judgement | JudgementRow) -> str:
    """A judgement's result in at most nine characters, or as long as its label is."""
    out = row_of(judgement)
    if out.status is not Status.OK:
        return out.status.value
    if out.verdict is not None:
        return verdict_word(out.verdict) + (", flip" if out.consistent is False else "")
    if out.label is not None:
        return out.label
    return "no score" if out.score is None else f"{out.score:.2f}"


def overall_label(item: Item | ItemRow) -> str:
    """What the first label of the whole item says; empty when there is none."""
    return next((_value(label.value) for label in item.labels if label.criterion is None), "")


def label_words(item: Item) -> str:
    """Every label of an item with who gave it; empty when there is none."""
    parts = []
    for label in item.labels:
        about = f"{label.criterion} " if label.criterion is not None else ""
        who = "" if label.rater == "human" else f" ({label.rater})"
        parts.append(f"{about}{_value(label.value)}{who}")
    return ", ".join(parts)


def match_word(judgement: Judgement | JudgementRow) -> str:
    """Whether a judgement says what the label says, as a mark with a word; empty with nothing to compare."""
    match matches_label(judgement):
        case True:
            return AGREES
        case False:
            return DIFFERS
    return ""


def source_words(judgement: Judgement) -> str:
    """Where a score came from, with the number of samples where there are several."""
    votes = judgement.votes
    used = sum(vote.status is Status.OK for vote in votes)
    criteria = max(1, len({vote.criterion for vote in votes}))
    each = " a criterion" if criteria > 1 else ""
    out = judgement.outcome
    match out.source:
        case ScoreSource.LOGPROBS:
            return "from token probabilities"
        case ScoreSource.DECISION:
            return "from the endpoint's decision"
        case ScoreSource.SAMPLES:
            missing = f" of {len(votes)}" if used < len(votes) else ""
            number = f"{used}{missing}" if criteria == 1 or missing else f"{used / criteria:g}"
            if out.ranking:
                return f"from {used}{missing} rankings"
            kind = "mean" if out.label is None else "majority"
            return f"{kind} of {number} samples{'' if missing else each}"
        case ScoreSource.SINGLE:
            return f"from a single reply{each}"
    return ""


def order_lines(judgement: Judgement) -> list[str]:
    """What the judge said in each order the answers were shown, one line an order; empty for single answers."""
    criteria = list(dict.fromkeys(vote.criterion for vote in judgement.votes))
    alone = judgement.outcome.verdict is not None and all(vote.verdict is None for vote in judgement.votes)
    lines = []
    for criterion in criteria:
        own = [vote for vote in judgement.votes if vote.criterion == criterion and vote.order is not None]
        for order in sorted({vote.order for vote in own if vote.order is not None}):
            cast = [vote for vote in own if vote.order == order]
            if cast:
                about = f"{criterion}: " if len(criteria) > 1 else ""
                shown = f"{order[0].upper()} shown alone" if alone else order_word(order)
                lines.append(f"{about}{shown} → {_counted(cast)}")
    return lines


def order_word(order: Order | None) -> str:
    """An order in words; empty for a single answer."""
    if order is None:
        return ""
    if len(order) == 2:
        return "A shown first" if order == Order.AB else "B shown first"
    return f"shown as {', '.join(order.upper())}"


def conclusion(judgement: Judgement) -> str:
    """What the orders come to together; empty without a verdict or a ranking."""
    out = judgement.outcome
    if out.status is not Status.OK or (out.verdict is None and not out.ranking):
        return ""
    words = f"= {_together(out)}"
    if out.consistent is None:
        single = len({vote.order for vote in judgement.votes}) == 1
        return f"{words}, asked in one order only" if single else words
    if out.consistent:
        return f"{words}, consistent"
    several = len({vote.criterion for vote in judgement.votes}) > 1
    return f"{words}, the orders disagree" + (" on a criterion" if several else "")


def _together(out: Outcome) -> str:
    """A verdict or ranking, with the answers' scores or points where there are any."""
    if out.ranking:
        words = out.label or ranking_words(out.ranking)
        return f"{words} ({scores_words(out.answer_scores)})" if out.answer_scores else words
    word = "" if out.verdict is None else verdict_word(out.verdict)
    return f"{scores_words(out.answer_scores)} → {word}" if out.answer_scores else word


def failure_words(judgement: Judgement) -> str:
    """Why there is no result; empty when there is one."""
    out = judgement.outcome
    if out.status is Status.OK:
        return ""
    detail = out.detail or next((vote.detail for vote in judgement.votes if vote.detail), "")
    return f"{out.status.value}: {detail}" if detail else out.status.value


def verdict_text(judgement: Judgement) -> str:
    """A judgement as plain text to paste: result, orders or source, criteria, label, reasons."""
    out = judgement.outcome
    lines = [f"{judgement.item.id} · {judgement.rubric} · {judgement.judge}"]
    if out.status is not Status.OK:
        lines.append(failure_words(judgement))
    elif out.verdict is not None or out.ranking:
        lines += [*order_lines(judgement), conclusion(judgement)]
    else:
        result = "label" if out.label is not None else "score"
        lines.append(f"{result} {short_result(judgement)}, {source_words(judgement)}")
        lines += criteria_lines(judgement)
    if label := label_words(judgement.item):
        match = match_word(judgement)
        lines.append(f"label {label}" + (f", {match}" if match else ""))
    if out.rationale:
        lines += ["", out.rationale]
    return "\n".join(lines)


def criteria_lines(judgement: Judgement) -> list[str]:
    """The label and the score of each criterion, one line each; empty for a single criterion."""
    out = judgement.outcome
    names = list(dict.fromkeys([*out.scores, *out.labels]))
    if len(names) < 2:
        return []
    return [f"{name}: {_point(out.labels.get(name), out.scores.get(name))}" for name in names]


def direction(change: Change) -> str:
    """Whether a changed result moved towards or away from the label, in words; empty without a label."""
    if not change.label:
        return ""
    before, after = _distance(change.before, change.label), _distance(change.after, change.label)
    if before == after:
        return "as far from the label"
    return "towards the label" if after < before else "away from the label"


# replies and prompts as text


def replies_text(found: Sequence[Evidence]) -> str:
    """Every raw reply under a line that says what it answers and how it was read."""
    return "\n\n".join(
        f"{_head(each, number, len(found))}\n{_body(each.vote)}" for number, each in enumerate(found, 1)
    )


def prompts_text(found: Sequence[Evidence]) -> str:
    """Every distinct prompt as it was sent, with what was asked for and what could not be sent."""
    parts = []
    distinct = _distinct(found)
    for number, (call, votes) in enumerate(distinct, 1):
        times = f", asked {len(votes)} times" if len(votes) > 1 else ""
        title = f"{RULE} prompt {number} of {len(distinct)}{_about(votes[0])}{times} {RULE}"
        parts.append("\n".join([title, messages_text(sent_messages(call)), "", *_parameters(call)]))
    return "\n\n".join(parts)


def messages_text(messages: Iterable[Message]) -> str:
    """Messages with a line for each role."""
    return "\n\n".join(f"[{message.role}]\n{message.content}" for message in messages)


def sent_messages(call: Call) -> tuple[Message, ...]:
    """The messages as the provider put them into the request, else as they were asked for."""
    sent = call.sent.get("messages")
    if isinstance(sent, Sequence) and not isinstance(sent, str) and sent:
        found = [
            Message(str(each["role"]), each["content"])
            for each in sent
            if isinstance(each, Mapping) and "role" in each and isinstance(each.get("content"), str)
        ]
        system = call.sent.get("system")
        if len(found) == len(sent):
            return (Message("system", system), *found) if isinstance(system, str) else tuple(found)
    return call.request.messages


def logprobs_text(found: Sequence[Evidence], scale: Scale | None) -> str:
    """The alternatives at the token that carries each score; empty where no reply has token probabilities."""
    parts = []
    for number, each in enumerate(found, 1):
        if each.call is None or not each.call.reply.logprobs:
            continue
        tokens = each.call.reply.logprobs
        place = score_token(each.call.reply, each.vote.criterion, scale)
        title = _head(each, number, len(found))
        if place is None:
            written = " ".join(quoted(token.token) for token in tokens[:40])
            parts.append(f"{title}\nNo single token carries the score. Written: {written}")
        else:
            parts.append("\n".join([title, *alternatives(tokens, place, scale)]))
    return "\n\n".join(parts)


def _distinct(found: Sequence[Evidence]) -> list[tuple[Call, list[Vote]]]:
    """Calls by their messages, in order, each with the votes that asked them."""
    groups: dict[tuple[Message, ...], tuple[Call, list[Vote]]] = {}
    for each in found:
        if each.call is not None:
            groups.setdefault(sent_messages(each.call), (each.call, []))[1].append(each.vote)
    return list(groups.values())


def _parameters(call: Call) -> list[str]:
    request = call.request
    asked: dict[str, object] = {"temperature": request.temperature, "max_tokens": request.max_tokens}
    if request.top_logprobs:
        asked["top_logprobs"] = request.top_logprobs
    if request.labels:
        asked["labels"] = " / ".join(request.labels)
    sent = {name: value for name, value in call.sent.items() if name not in {"messages", "system", "prompt"}}
    lines = [
        "asked for: " + ", ".join(f"{name} {value}" for name, value in asked.items() if value is not None)
    ]
    if sent:
        lines.append("sent: " + ", ".join(f"{name} {_plain(value)}" for name, value in sent.items()))
    lines += [f"not sent as asked: {name}: {why}" for name, why in call.reply.dropped.items()]
    if call.reply.model:
        lines.append(f"answered by: {call.reply.model}")
    return lines


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _about(vote: Vote) -> str:
    words = [vote.criterion, order_word(vote.order)]
    return "".join(f" · {word}" for word in words if word)


def _head(each: Evidence, number: int, total: int) -> str:
    vote = each.vote
    words = [f"reply {number} of {total}", vote.criterion, order_word(vote.order)]
    if vote.sample:
        words.append(f"sample {vote.sample + 1}")
    words.append(_result(vote))
    if vote.finish and vote.finish != "stop":
        words.append(f"stopped: {vote.finish}")
    if vote.usage.input is not None or vote.usage.output is not None:
        words.append(f"{vote.usage.input or 0:,} + {vote.usage.output or 0:,} tok")
    if vote.latency_ms is not None:
        words.append(f"{vote.latency_ms / 1000:.2f} s")
    if vote.parser:
        words.append(f"read by {vote.parser}")
    return f"{RULE} {' · '.join(word for word in words if word)} {RULE}"


def _body(vote: Vote) -> str:
    note = f"({vote.detail})\n" if vote.detail else ""
    return note + (vote.raw or "(nothing came back)")


def _result(vote: Vote) -> str:
    """What one reply said, in the item's own letters."""
    if vote.status is not Status.OK:
        return vote.status.value
    if vote.ranking:
        return ranking_words(vote.ranking)
    if vote.answer_scores:
        scores = scores_words(vote.answer_scores)
        return scores if vote.verdict is None else f"{scores} → {verdict_word(vote.verdict)}"
    if vote.verdict is not None:
        return verdict_word(vote.verdict)
    names = list(dict.fromkeys([*vote.scores, *vote.labels]))
    if names:
        return ", ".join(f"{name} {_short(vote.labels.get(name), vote.scores.get(name))}" for name in names)
    return vote.label if vote.label is not None else "" if vote.score is None else f"{vote.score:.2f}"


def _point(label: str | None, score: float | None) -> str:
    worth = "" if score is None else f"{score:.2f}"
    return worth if label is None else f"{label} {worth}".rstrip()


def _short(label: str | None, score: float | None) -> str:
    return label if label is not None else "" if score is None else f"{score:g}"


def _counted(cast: Sequence[Vote]) -> str:
    """The results of votes, with how often each was given where there are several."""
    if len(cast) == 1:
        return _result(cast[0])
    return ", ".join(
        f"{result} {count}×" for result, count in Counter(_result(vote) for vote in cast).most_common()
    )


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _distance(result: str, label: str) -> float:
    """How far a result in words is from a label; without a number it either matches or does not."""
    word = result.removesuffix(" (orders disagree)")
    if word.casefold() == label.casefold():
        return 0.0
    try:
        return abs(float(word) - float(label))
    except ValueError:
        return float("inf")
