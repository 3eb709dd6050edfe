"""Rubrics: what is judged and how. Immutable; edits make new ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from judgetui.core.names import name_problem
from judgetui.core.reading import MappingReader, type_name
from judgetui.core.scale import Scale, scale_from_reader, scale_mapping
from judgetui.errors import RubricError

FORMAT: Final = 1
"""The rubric format this program reads and writes."""

ORDERS: Final = ("both", "seeded", "as-given", "all")
"""Orders in which several answers are shown: forwards and backwards, one drawn from a seed, as the item has
them, or every permutation."""

MAX_WEIGHT: Final = 1_000_000

_INSIDE: Final = {
    **dict.fromkeys(("n", "temperature", "top_p", "max_tokens", "top_logprobs"), "sampling"),
    **dict.fromkeys(("min", "max", "labels", "anchors"), "scale"),
}
"""Keys that people write one level too high."""

ROLES: Final = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One quality to judge; `weight` counts in the weighted mean of several."""

    name: str
    description: str = ""
    weight: float = 1.0

    def __post_init__(self) -> None:
        _strip(self, "name", "description")


@dataclass(frozen=True, slots=True)
class InputField:
    """A field of the item that the judge is shown."""

    name: str
    optional: bool = False

    def __str__(self) -> str:
        return f"{self.name}?" if self.optional else self.name


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the judge model is sampled; None stands for the protocol's published value.

    Args:
        n: votes for each criterion and order.
        temperature: 0 to 2.
        max_tokens: longest reply.
        top_logprobs: alternatives asked for at each position; 0 asks for none.
        top_p: share of the probability that is sampled from, above 0 to 1; None leaves it to the provider.
    """

    n: int | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    top_logprobs: int | None = None
    top_p: float | None = None

    def filled(self, published: Sampling) -> Sampling:
        """This, with the absent values taken from `published`."""
        return Sampling(
            n=published.n if self.n is None else self.n,
            temperature=published.temperature if self.temperature is None else self.temperature,
            max_tokens=published.max_tokens if self.max_tokens is None else self.max_tokens,
            top_logprobs=published.top_logprobs if self.top_logprobs is None else self.top_logprobs,
            top_p=published.top_p if self.top_p is None else self.top_p,
        )


@dataclass(frozen=True, slots=True)
class TemplateMessage:
    """One message of a template: a role and Jinja2 source."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example shown to the judge.

    Args:
        fields: item fields by name.
        expected: the result a judge should give, as it would write it.
        why: the reason; may be empty.
    """

    fields: Mapping[str, str]
    expected: str
    why: str = ""

    def __post_init__(self) -> None:
        _strip(self, "expected", "why")
        stripped = {name: text.strip() for name, text in self.fields.items()}
        object.__setattr__(self, "fields", stripped)


@dataclass(frozen=True, slots=True)
class Rubric:
    """What is judged and how.

    Texts are kept without white space at either end, whichever way they come in, so that a rubric and the
    file it is written to are equal; only `template` is kept to the letter.

    Args:
        name: short name, used in files and commands.
        protocol: name of the published system that turns this into messages and replies into votes.
        scale: the answers; None where the protocol brings its own.
        steps: frozen evaluation steps; empty until generated.
        template: None for the protocol's own.
        order: where there are several answers, one of `ORDERS`; None for the protocol's published one.
        notes: kept, not part of the hash.

    Raises:
        RubricError: naming the field: no name, no criteria, a name that is there twice or cannot be used.
    """

    name: str
    protocol: str
    task: str
    criteria: tuple[Criterion, ...]
    title: str = ""
    scale: Scale | None = None
    inputs: tuple[InputField, ...] = ()
    steps: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    template: tuple[TemplateMessage, ...] | None = None
    sampling: Sampling = field(default_factory=Sampling)
    order: str | None = None
    notes: str = ""

    def __post_init__(self) -> None:
        _strip(self, "name", "title", "protocol", "task", "notes")
        object.__setattr__(self, "steps", tuple(step.strip() for step in self.steps))
        if not self.name:
            raise RubricError("the rubric has no name.", "Add a line `name: ...`.", field="name")
        self._check_criteria()
        self._check_inputs()
        if "" in self.steps:
            index = self.steps.index("")
            raise RubricError("the step is empty.", "Write something or remove it.", field=f"steps.{index}")

    def _check_criteria(self) -> None:
        if not self.criteria:
            raise RubricError("the rubric has no criteria.", "Add at least one.", field="criteria")
        seen: set[str] = set()
        for index, criterion in enumerate(self.criteria):
            if not criterion.name:
                raise RubricError("a criterion has no name.", "Name it.", field=f"criteria.{index}.name")
            if not 0 <= criterion.weight <= MAX_WEIGHT:
                raise RubricError(
                    f"a weight of {criterion.weight:g} is out of range.",
                    f"Use 0 to {MAX_WEIGHT:,}.",
                    field=f"criteria.{index}.weight",
                )
            if criterion.name.casefold() in seen:
                raise RubricError(
                    f"there are two criteria named {criterion.name!r}.",
                    "Rename or remove one.",
                    field=f"criteria.{index}.name",
                )
            seen.add(criterion.name.casefold())

    def _check_inputs(self) -> None:
        names = [spec.name for spec in self.inputs]
        for index, name in enumerate(names):
            problem = name_problem(name)
            if problem is None and name in names[:index]:
                problem = (f"input {name!r} is there twice.", "Remove one.")
            if problem is not None:
                raise RubricError(*problem, field=f"inputs.{index}")

    def criterion(self, name: str) -> Criterion:
        """The criterion of that name.

        Raises:
            KeyError: if there is none.
        """
        for criterion in self.criteria:
            if criterion.name == name:
                return criterion
        raise KeyError(name)

    @property
    def steps_hash(self) -> str:
        """Twelve hex digits that name the frozen steps; empty when there are none."""
        return digest(list(self.steps))[:12] if self.steps else ""

    def to_mapping(self) -> dict[str, object]:
        """The rubric as a file holds it, keys in the order people write them; absent keys left out."""
        data: dict[str, object] = {"judgetui": FORMAT, "name": self.name}
        if self.title:
            data["title"] = self.title
        data |= {"protocol": self.protocol, "task": self.task}
        data["criteria"] = [_criterion_mapping(criterion) for criterion in self.criteria]
        if self.scale is not None:
            data["scale"] = scale_mapping(self.scale)
        if self.inputs:
            data["inputs"] = [str(spec) for spec in self.inputs]
        if self.steps:
            data["steps"] = list(self.steps)
        if self.examples:
            data["examples"] = [_example_mapping(example) for example in self.examples]
        if self.template is not None:
            data["template"] = [{"role": m.role, "content": m.content} for m in self.template]
        if sampling := _sampling_mapping(self.sampling):
            data["sampling"] = sampling
        if self.order is not None:
            data["order"] = self.order
        if self.notes:
            data["notes"] = self.notes
        return data

    def canonical(self, published: Sampling, order: str) -> dict[str, object]:
        """What the hash is taken of: the protocol's sampling and order filled in; name, title, notes left out."""
        full = replace(self, sampling=self.sampling.filled(published))
        return {
            "judgetui": FORMAT,
            "protocol": full.protocol,
            "task": full.task,
            "criteria": [
                {"name": c.name, "description": c.description, "weight": float(c.weight)}
                for c in full.criteria
            ],
            "scale": None if full.scale is None else scale_mapping(full.scale),
            "inputs": [str(spec) for spec in full.inputs],
            "steps": list(full.steps),
            "examples": [_example_mapping(example) for example in full.examples],
            "template": None
            if full.template is None
            else [{"role": m.role, "content": m.content} for m in full.template],
            "sampling": _sampling_mapping(full.sampling),
            "order": full.order or order,
        }


def _strip(owner: object, *names: str) -> None:
    """Strip text attributes of a frozen dataclass that is being made."""
    for name in names:
        object.__setattr__(owner, name, getattr(owner, name).strip())


def digest(value: object) -> str:
    """SHA-256 of a value's canonical JSON in UTF-8, as hex."""
    import hashlib  # brings in OpenSSL, which the first screen does without

    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def canonical(value: object) -> str:
    """A value as canonical JSON: keys sorted, no spaces, characters other than ASCII as they are."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def rubric_from_mapping(data: object) -> Rubric:
    """Read a rubric from a plain mapping, strictly.

    Raises:
        RubricError: naming the field and what to write instead.
    """
    reader = MappingReader(data, RubricError)
    version = reader.take("judgetui")
    if version is None:
        raise reader.fail("judgetui", "this is missing.", f"Start the file with `judgetui: {FORMAT}`.")
    if version != FORMAT:
        raise reader.fail(
            "judgetui",
            f"format {version!r} is not known.",
            f"This program reads format {FORMAT}; a newer judgetui may read it.",
        )
    rubric = {
        "name": reader.text("name", None),
        "title": reader.text("title"),
        "protocol": reader.text("protocol", None),
        "task": reader.text("task"),
        "criteria": tuple(_read_criterion(child) for child in reader.children("criteria")),
        "scale": scale_from_reader(reader.child("scale")) if reader.has("scale") else reader.take("scale"),
        "inputs": tuple(
            InputField(text.removesuffix("?").strip(), text.endswith("?")) for text in reader.texts("inputs")
        ),
        "steps": reader.texts("steps"),
        "examples": tuple(_read_example(child) for child in reader.children("examples")),
        "template": _read_template(reader) if reader.has("template") else reader.take("template"),
        "sampling": _read_sampling(reader.child("sampling"))
        if reader.has("sampling")
        else reader.take("sampling") or Sampling(),
        "order": reader.choice("order", ORDERS, "") if reader.has("order") else reader.take("order"),
        "notes": reader.text("notes"),
    }
    reader.finish(_INSIDE)
    return Rubric(**rubric)  # type: ignore[arg-type]  # each value was checked by its reader above


def _read_criterion(reader: MappingReader) -> Criterion:
    weight = reader.number("weight", 0, MAX_WEIGHT)
    criterion = Criterion(
        reader.text("name", None), reader.text("description"), 1.0 if weight is None else weight
    )
    reader.finish()
    return criterion


def _read_example(reader: MappingReader) -> Example:
    fields: dict[str, str] = {}
    for key, value in reader.mapping("fields").items():
        if not isinstance(value, str):
            raise reader.fail(f"fields.{key}", f"expected text, found {type_name(value)}.")
        fields[str(key)] = value.strip()
    expected = reader.take("expected")
    if isinstance(expected, bool) or not isinstance(expected, str | int | float):
        raise reader.fail("expected", f"expected a result, found {type_name(expected)}.")
    example = Example(fields, str(expected).strip(), reader.text("why"))
    reader.finish()
    return example


def _read_template(reader: MappingReader) -> tuple[TemplateMessage, ...]:
    messages: list[TemplateMessage] = []
    for child in reader.children("template"):
        role = child.choice("role", ROLES, "user")
        content = child.take("content")
        if not isinstance(content, str):
            raise child.fail("content", f"expected text, found {type_name(content)}.")
        child.finish()
        messages.append(TemplateMessage(role, content))
    if not messages:
        raise reader.fail("template", "the template has no messages.", "Add one, or write `template: null`.")
    return tuple(messages)


def _read_sampling(reader: MappingReader) -> Sampling:
    sampling = Sampling(
        n=reader.whole("n", 1, 1000),
        temperature=reader.number("temperature", 0, 2),
        max_tokens=reader.whole("max_tokens", 1, 1_000_000),
        top_logprobs=reader.whole("top_logprobs", 0, 20),
        top_p=reader.number("top_p", 0.001, 1),
    )
    reader.finish()
    return sampling


def _criterion_mapping(criterion: Criterion) -> dict[str, object]:
    data: dict[str, object] = {"name": criterion.name}
    if criterion.description:
        data["description"] = criterion.description
    if criterion.weight != 1:
        data["weight"] = criterion.weight
    return data


def _example_mapping(example: Example) -> dict[str, object]:
    data: dict[str, object] = {"fields": dict(example.fields), "expected": example.expected}
    if example.why:
        data["why"] = example.why
    return data


def _sampling_mapping(sampling: Sampling) -> dict[str, object]:
    values = {
        "n": sampling.n,
        "temperature": None if sampling.temperature is None else float(sampling.temperature),
        "max_tokens": sampling.max_tokens,
        "top_logprobs": sampling.top_logprobs,
        "top_p": None if sampling.top_p is None else float(sampling.top_p),
    }
    return {key: value for key, value in values.items() if value is not None}
