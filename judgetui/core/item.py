"""Items: one thing to judge each, with what people said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from judgetui.core.reading import type_name
from judgetui.core.rubric import digest
from judgetui.errors import ItemError

OVERALL: Final = "overall"
"""Key of a label on the whole item, where the same person labelled single criteria too."""

ADJUDICATED: Final = "adjudicated"
"""The rater whose label settles what the others said of the same item and criterion."""

Response = str | tuple[str, ...]
"""An answer: text, or the texts of its turns."""

_RESERVED: Final = {
    "id",
    "response",
    "response_a",
    "response_b",
    "responses",
    "model",
    "model_a",
    "model_b",
} | {"models", "category", "group", "split", "human"}


@dataclass(frozen=True, slots=True)
class Label:
    """What a person said of an item.

    Args:
        rater: who; `human` when nobody is named.
        value: a score, a label or a verdict.
        criterion: which criterion it is about; None for the whole.
    """

    rater: str
    value: str | float
    criterion: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to judge.

    Args:
        fields: input fields by name (question, context, reference, ...) and whatever else the file held.
        responses: one answer (pointwise), two (pairwise), or more (listwise).
        models: who gave each answer; empty, or as many as `responses`, None where unknown.
        split: what the item is used for, such as `train`, `development` or `test`; it may change without the item.
    """

    id: str
    responses: tuple[Response, ...]
    fields: Mapping[str, object] = field(default_factory=dict)
    models: tuple[str | None, ...] = ()
    category: str | None = None
    group: str | None = None
    split: str | None = None
    labels: tuple[Label, ...] = ()

    def content(self) -> dict[str, object]:
        """What is judged: all of the item but its id, split and labels, in the columns of an items file."""
        data: dict[str, object] = dict(self.fields)
        match self.responses:
            case (only,):
                data["response"] = _plain(only)
            case (first, second):
                data |= {"response_a": _plain(first), "response_b": _plain(second)}
            case many:
                data["responses"] = [_plain(response) for response in many]
        match self.models:
            case (only_model,):
                data["model"] = only_model
            case (model_a, model_b):
                data |= {"model_a": model_a, "model_b": model_b}
            case many_models if many_models:
                data["models"] = list(many_models)
        for key, value in (("category", self.category), ("group", self.group)):
            if value is not None:
                data[key] = value
        return data

    @property
    def content_hash(self) -> str:
        """SHA-256 of the content, which names what was judged."""
        return digest(self.content())

    def to_mapping(self) -> dict[str, object]:
        """The item as one line of an items file."""
        data = {"id": self.id} | self.content()
        if self.split is not None:
            data["split"] = self.split
        grouped: dict[str, dict[str, str | float]] = {}
        for label in self.labels:
            key = "human" if label.rater == "human" else f"human.{label.rater}"
            grouped.setdefault(key, {})[OVERALL if label.criterion is None else label.criterion] = label.value
        for key, values in grouped.items():
            data[key] = values[OVERALL] if list(values) == [OVERALL] else values
        return data

    def text(self, name: str) -> str:
        """A field as text; empty when absent."""
        value = self.fields.get(name)
        return "" if value is None else value if isinstance(value, str) else str(value)


def item_from_mapping(data: object) -> Item:
    """Read one item from a plain mapping, as an items file holds it.

    Raises:
        ItemError: naming the field; an item without a response cannot be judged.
    """
    if not isinstance(data, Mapping):
        raise ItemError(f"this is {type_name(data)}, not an item.", 'Write {"id": ..., "response": ...}.')
    fields: dict[str, object] = {}
    raw: dict[str, object] = {}
    for key, value in data.items():
        name = key if type(key) is str else str(key)
        if name in _RESERVED or name.startswith("human."):
            raw[name] = value
        else:
            fields[name] = value
    responses, models = _read_responses(raw), _read_models(raw)
    if models and len(models) != len(responses):
        raise ItemError(f"{len(models)} models for {len(responses)} responses.", field="model")
    labels = tuple(label for key in raw if key.startswith("human") for label in _labels(key, raw[key]))
    category, group, split = (
        _optional_text(raw, "category"),
        _optional_text(raw, "group"),
        _optional_text(raw, "split"),
    )
    identity = raw.get("id")
    if identity is not None and (isinstance(identity, bool) or not isinstance(identity, str | int)):
        raise ItemError(f"expected text, found {type_name(identity)}.", field="id")
    name = str(identity).strip() if identity is not None else ""
    item = Item(name, responses, fields, models, category, group, split, labels)
    return item if name else replace(item, id=item.content_hash[:12])


def _plain(response: Response) -> object:
    return response if isinstance(response, str) else list(response)


def _read_response(key: str, value: object) -> Response:
    match value:
        case str():
            return value
        case list() | tuple() if value and all(isinstance(turn, str) for turn in value):
            return tuple(str(turn) for turn in value)
    raise ItemError(
        f"expected text or a list of turns, found {type_name(value)}.", "Put the answer in quotes.", field=key
    )


def _read_responses(raw: Mapping[str, object]) -> tuple[Response, ...]:
    single, pair = raw.get("response"), (raw.get("response_a"), raw.get("response_b"))
    many = raw.get("responses")
    if type(single) is str and pair == (None, None) and many is None:
        return (single,)
    given = [single is not None, any(side is not None for side in pair), many is not None]
    if sum(given) > 1:
        raise ItemError(
            "an item holds `response`, or `response_a` and `response_b`, or `responses`.",
            "Keep one of the three.",
            field="response",
        )
    if given[0]:
        return (_read_response("response", single),)
    if given[1]:
        for key, side in zip(("response_a", "response_b"), pair, strict=True):
            if side is None:
                raise ItemError("this is missing.", "A pair needs both answers.", field=key)
        return (_read_response("response_a", pair[0]), _read_response("response_b", pair[1]))
    if isinstance(many, list) and many:
        return tuple(_read_response(f"responses.{i}", value) for i, value in enumerate(many))
    raise ItemError(
        "the item has no response.",
        "Add `response`, or `response_a` and `response_b`, or `responses`.",
        field="response",
    )


def _read_models(raw: Mapping[str, object]) -> tuple[str | None, ...]:
    if raw.get("model") is not None:
        return (_optional_text(raw, "model"),)
    if raw.get("model_a") is not None or raw.get("model_b") is not None:
        return (_optional_text(raw, "model_a"), _optional_text(raw, "model_b"))
    many = raw.get("models")
    if isinstance(many, list):
        return tuple(None if model is None else str(model) for model in many)
    return ()


def _optional_text(raw: Mapping[str, object], key: str) -> str | None:
    value = raw.get(key)
    if value is None or type(value) is str:
        return value
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ItemError(f"expected text, found {type_name(value)}.", field=key)
    return str(value)


def _labels(key: str, value: object) -> list[Label]:
    rater = key.removeprefix("human.") if key.startswith("human.") else "human"
    match value:
        case None:
            return []
        case Mapping():
            return [
                Label(rater, _label_value(f"{key}.{criterion}", part), _criterion(criterion))
                for criterion, part in value.items()
                if part is not None
            ]
        case _:
            return [Label(rater, _label_value(key, value))]


def _criterion(name: object) -> str | None:
    return None if name == OVERALL else str(name)


def _label_value(field: str, value: object) -> str | float:
    if type(value) is str:
        return value
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return value
    raise ItemError(
        f"expected a score, a label or a verdict, found {type_name(value)}.",
        'Write 4, "pass" or "A", or one for each criterion.',
        field=field,
    )
