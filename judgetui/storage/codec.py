"""Core dataclasses to what a column can hold, and back without loss.

Reading never refuses: whatever was once stored can be shown, even if today's rules would not let it in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from hashlib import sha256
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple

from judgetui.core.item import Item, Label, Response
from judgetui.core.judgement import Outcome
from judgetui.core.reply import JudgeReply, TokenLogprob, Usage
from judgetui.core.request import JudgeRequest, Message, Order, form_from_list, question_from_mapping
from judgetui.core.rubric import canonical
from judgetui.core.run import RunSettings
from judgetui.core.vote import ScoreSource, Status, Verdict, Vote
from judgetui.errors import ItemError
from judgetui.storage.columns import dump, from_column, load, maybe_to_column, to_column


def item_body(item: Item) -> str:
    """The item's content, in the columns of an items file.

    Raises:
        ItemError: if a field holds something JSON cannot carry.
    """
    try:
        return dump(item.content())
    except (TypeError, ValueError) as error:
        raise ItemError(
            f"item {item.id!r} cannot be stored: {error}.", "Turn the field into text."
        ) from error


class ItemColumns(NamedTuple):
    """An item as its tables hold it.

    Args:
        responses: how many.
        labels: rater, criterion and value of each.
    """

    identity: str
    digest: str
    body: str
    responses: int
    split: str | None
    labels: tuple[tuple[str, str, str], ...]


def item_columns(item: Item) -> ItemColumns:
    """The item in columns.

    Raises:
        ItemError: as `item_body`.
    """
    digest, body = content_columns(item)
    return ItemColumns(
        to_column(item.id),
        digest,
        body,
        len(item.responses),
        maybe_to_column(item.split),
        tuple([label_columns(label) for label in item.labels]),
    )


def label_columns(label: Label) -> tuple[str, str, str]:
    """Rater, criterion and value of a label in columns; no criterion is the whole item."""
    return to_column(label.rater), to_column(label.criterion or ""), dump(label.value)


def content_columns(item: Item) -> tuple[str, str]:
    """The item's `content_hash` and its `item_body`, of which each text is encoded once for both.

    Raises:
        ItemError: as `item_body`.
    """
    pieces: list[tuple[str, str, str]] = []
    for key, value in item.content().items():
        # Texts are alike in the body, which is ASCII, and in what is hashed, if they are ASCII without DEL.
        if type(key) is not str or not key.isascii() or "\x7f" in key:
            return item.content_hash, item_body(item)
        name = encode_basestring_ascii(key)
        if type(value) is str and value.isascii() and "\x7f" not in value:
            piece = f"{name}:{encode_basestring_ascii(value)}"
            pieces.append((key, piece, piece))
            continue
        try:
            pieces.append((key, f"{name}:{dump(value)}", f"{name}:{canonical(value)}"))
        except (TypeError, ValueError):
            item_body(item)  # which says what is wrong
            raise
    body = ",".join([piece for _, piece, _ in pieces])
    pieces.sort()
    hashed = ",".join([piece for _, _, piece in pieces])
    return sha256(f"{{{hashed}}}".encode("utf-8", "surrogatepass")).hexdigest(), f"{{{body}}}"


def item_from_body(
    identity: str, body: Mapping[str, Any], labels: tuple[Label, ...] = (), split: str | None = None
) -> Item:
    """The item whose content `item_body` wrote, with the id, labels and split it has now.

    A body of schema 8 or older may hold a split of its own.
    """
    data = dict(body)
    if "response" in data:
        responses: tuple[Response, ...] = (_response(data.pop("response")),)
    elif "response_a" in data:
        responses = (_response(data.pop("response_a")), _response(data.pop("response_b")))
    else:
        responses = tuple(_response(each) for each in data.pop("responses", ()))
    if "model" in data:
        models: tuple[str | None, ...] = (data.pop("model"),)
    elif "model_a" in data:
        models = (data.pop("model_a"), data.pop("model_b"))
    else:
        models = tuple(data.pop("models", ()))
    category, group, own = (
        data.pop("category", None),
        data.pop("group", None),
        data.pop("split", None),
    )
    return Item(identity, responses, data, models, category, group, own if split is None else split, labels)


def _response(value: str | Sequence[str]) -> Response:
    return value if isinstance(value, str) else tuple(value)


# ------------------------------------------------------------------------------------------- judgements


def outcome_body(outcome: Outcome) -> str:
    """The parts of an outcome that have no column of their own."""
    parts = {
        "scores": dict(outcome.scores),
        "labels": dict(outcome.labels),
        "probabilities": dict(outcome.probabilities),
        "outside": outcome.outside,
        "answer_scores": list(outcome.answer_scores),
        "ranking": list(outcome.ranking),
        "rationale": outcome.rationale,
        "detail": outcome.detail,
    }
    return dump({key: value for key, value in parts.items() if value not in ("", None, {}, [])})


def outcome_from(
    status: str,
    score: float | None,
    verdict: str | None,
    label: str | None,
    consistent: int | None,
    source: str | None,
    body: str,
) -> Outcome:
    """An outcome from its columns and the body that `outcome_body` wrote."""
    parts = load(body)
    return Outcome(
        status=Status(status),
        score=score,
        label=None if label is None else from_column(label),
        verdict=None if verdict is None else Verdict(verdict),
        consistent=None if consistent is None else bool(consistent),
        source=None if source is None else ScoreSource(source),
        answer_scores=tuple(parts.pop("answer_scores", ())),
        ranking=tuple(parts.pop("ranking", ())),
        **parts,
    )


def votes_body(votes: Sequence[Vote]) -> str:
    """Votes, with the keys of the judgements file."""
    return dump([vote.to_mapping() for vote in votes])


def votes_from_body(body: str) -> tuple[Vote, ...]:
    """What `votes_body` was given."""
    return tuple(_vote(data) for data in load(body))


def _vote(data: dict[str, Any]) -> Vote:
    order, verdict, source = data.get("order"), data.get("verdict"), data.get("score_source")
    return Vote(
        status=Status(data["status"]),
        criterion=data["criterion"],
        order=None if order is None else Order(order),
        sample=data["sample"],
        score=data.get("score"),
        label=data.get("label"),
        verdict=None if verdict is None else Verdict(verdict),
        source=None if source is None else ScoreSource(source),
        probabilities=data.get("probabilities", {}),
        outside=data.get("outside"),
        answer_scores=tuple(data.get("answer_scores", ())),
        ranking=tuple(data.get("ranking", ())),
        scores=data.get("scores", {}),
        labels=data.get("labels", {}),
        rationale=data.get("rationale", ""),
        raw=data["raw"],
        finish=data["finish"],
        parser=data["parser"],
        model=data.get("model", ""),
        usage=Usage(**data["usage"]),
        latency_ms=data["latency_ms"],
        detail=data.get("detail", ""),
        call=data.get("call", ""),
    )


# ------------------------------------------------------------------------------------------------ calls


def request_from(data: Mapping[str, Any]) -> JudgeRequest:
    """What `JudgeRequest.to_mapping` wrote."""
    order = data["order"]
    return JudgeRequest(
        messages=tuple(Message(each["role"], each["content"]) for each in data["messages"]),
        criterion=data["criterion"],
        order=None if order is None else Order(order),
        sample=data["sample"],
        temperature=data["temperature"],
        max_tokens=data["max_tokens"],
        top_logprobs=data["top_logprobs"],
        labels=tuple(data["labels"]),
        form=form_from_list(data.get("form") or ()),
        top_p=data.get("top_p"),
        structured=data.get("structured", False),
        stable=data.get("stable", 0),
        question=question_from_mapping(data.get("question")),
    )


def reply_from(data: Mapping[str, Any]) -> JudgeReply:
    """What `JudgeReply.to_mapping` wrote."""
    return JudgeReply(
        text=data["text"],
        finish=data["finish"],
        logprobs=tuple(
            TokenLogprob(token, logprob, tuple((other, value) for other, value in top))
            for token, logprob, top in data["logprobs"]
        ),
        usage=Usage(**data["usage"]),
        model=data["model"],
        latency_ms=data["latency_ms"],
        request_id=data["request_id"],
        refusal=data["refusal"],
        dropped=data["dropped"],
        said=data.get("said", ""),
        probabilities=data.get("probabilities", {}),
    )


# ------------------------------------------------------------------------------------------------- runs


def settings_body(settings: RunSettings) -> str:
    """A run's settings."""
    return dump(asdict(settings))


def settings_from_body(body: str) -> RunSettings:
    """What `settings_body` was given; a setting this program does not know is left out."""
    known = {field.name for field in fields(RunSettings)}
    return RunSettings(**{key: value for key, value in load(body).items() if key in known})
