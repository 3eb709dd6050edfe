"""Vicuna's `prompt.jsonl` and `reviewer.jsonl` (lm-sys/vicuna-blog-eval, eval/table), QLoRA's in the same format.

Upstream takes the first reviewer whose category is the question's, else the first of all, and that reviewer's
prompt, which it fills with `str.format` and the prompt's `defaults` (FastChat, eval/eval_gpt_review.py). QLoRA
has prompts for two scores, which are Vicuna's, and for three classes (artidoro/qlora, eval/prompts).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from judgetui.core.reading import type_name
from judgetui.core.rubric import Sampling, TemplateMessage
from judgetui.errors import InputError, Place, RubricError
from judgetui.interchange.pieces import Piece, Refusal, Slot, format_pieces, framed, jinja_body, require_slots
from judgetui.interchange.reading import (
    Given,
    Imported,
    Reader,
    Source,
    json_lines,
    left_out,
    made_rubric,
    noted,
    number_in,
    origin,
    required_text,
    whole_in,
)

_VALUES: Final = {"question": "question", "answer_1": "response_a", "answer_2": "response_b"}
_PROMPT_KEYS: Final = ("prompt_id", "system_prompt", "prompt_template", "defaults", "category")
_REVIEWER_KEYS: Final = ("prompt_id", "metadata", "category")

_TITLES: Final = {"vicuna": "Vicuna evaluation, two scores", "guanaco": "QLoRA evaluation, three classes"}

_THREE_CLASSES: Final = re.compile(r"\bnumber 1 or 2\b|\bchoose 3\b", re.IGNORECASE)
"""The answer that QLoRA's prompts for three classes ask for, in place of two scores."""


@dataclass(frozen=True, slots=True)
class _Prompt:
    """A prompt's system text, what it sends as the user, and the protocol that reads the reply."""

    system: str
    user: tuple[Piece, ...]
    protocol: str


@dataclass(frozen=True, slots=True)
class _Route:
    """Which prompt a category of questions has."""

    category: str
    prompt: _Prompt
    metadata: Mapping[str, object]


class Vicuna:
    """The general prompt and those for coding and mathematics, as one rubric."""

    name = "vicuna"
    title = "Vicuna evaluation, QLoRA"
    reads = "prompt.jsonl, and reviewer.jsonl beside it: one rubric whose template chooses the prompt by category."
    files = ("prompt.jsonl",)

    def read(self, source: Source, given: Given) -> tuple[Imported, ...]:
        """One rubric.

        Raises:
            InputError: if a file is not JSONL, or not of this kind.
        """
        prompts = list(json_lines(source))
        file = str(source.path)
        if not any("prompt_template" in entry for _, entry in prompts):
            raise InputError(
                "no line has `prompt_template`.", "Give Vicuna's prompt.jsonl.", place=Place(file)
            )
        try:
            return (_imported(source, prompts),)
        except (Refusal, RubricError) as error:
            return (Imported("vicuna", reason=str(error), place=error.place or Place(file)),)


READER: Final[Reader] = Vicuna()


def _imported(source: Source, entries: Sequence[tuple[Place, dict[str, object]]]) -> Imported:
    prompts = [_prompt(place, entry) for place, entry in entries]
    notes = [note for _, entry in entries for note in _others("prompt", entry, _PROMPT_KEYS)]
    beside = _reviewers(source)
    if beside is None:
        routes = [
            _Route(required_text(entry, "category"), prompt, {})
            for (_, entry), prompt in zip(entries, prompts, strict=True)
        ]
        notes.append("there is no reviewer.jsonl beside it: each prompt serves its own category")
    else:
        reviewers = list(json_lines(beside))
        if not reviewers:
            raise InputError("the file has no reviewers.", "Remove it.", place=Place(str(beside.path)))
        routes = [_route(place, entry, prompts) for place, entry in reviewers]
        notes += [note for _, entry in reviewers for note in _others("reviewer", entry, _REVIEWER_KEYS)]
    protocols = {route.prompt.protocol for route in routes}
    if len(protocols) > 1:
        raise Refusal(
            "of its prompts some ask for two scores and some for 1, 2 or 3; one rubric reads either."
        )
    (protocol,) = protocols
    sampling, more = _sampling(routes)
    template = (
        TemplateMessage("system", routed([(r.category, (r.prompt.system,)) for r in routes])),
        TemplateMessage("user", routed([(r.category, r.prompt.user) for r in routes])),
    )
    made = made_rubric(
        protocol, protocol, template, ("question",), title=_TITLES[protocol], sampling=sampling
    )
    notes += more
    made = noted(made, f"{_TITLES[protocol]}, {origin(source.path)}", notes)
    return Imported(protocol, made, notes=tuple(notes), place=entries[0][0])


def _prompt(place: Place, entry: Mapping[str, object]) -> _Prompt:
    """A prompt with its defaults filled in."""
    with _on(place):
        template = format_pieces(required_text(entry, "prompt_template"))
        defaults = entry.get("defaults") or {}
        if not isinstance(defaults, Mapping):
            raise Refusal(f"its `defaults` is {type_name(defaults)}, not a mapping.")
        texts = {str(key): required_text(defaults, str(key)) for key in defaults}
        pieces = tuple(
            texts.get(piece.name, piece) if isinstance(piece, Slot) else piece for piece in template
        )
        require_slots(pieces, _VALUES, ("answer_1", "answer_2"))
        said = "".join(piece for piece in pieces if isinstance(piece, str))
        protocol = "guanaco" if _THREE_CLASSES.search(said) else "vicuna"
        return _Prompt(required_text(entry, "system_prompt"), pieces, protocol)


def _reviewers(source: Source) -> Source | None:
    """The reviewers beside a file of prompts; those of `oa_prompt_x.jsonl` are in `oa_reviewer.jsonl`."""
    before = source.path.name.partition("prompt")[0]
    own = source.other(f"{before}reviewer.jsonl") if before != source.path.name else None
    return own or source.other("reviewer.jsonl")


def _route(place: Place, entry: Mapping[str, object], prompts: Sequence[_Prompt]) -> _Route:
    """A reviewer's category, prompt and sampling; prompts count from 1."""
    with _on(place):
        number = whole_in(entry.get("prompt_id"), "prompt_id", 1, 10**6)
        if number is None:
            raise Refusal("its `prompt_id` is missing.")
        if number > len(prompts):
            raise Refusal(f"its `prompt_id` is {number}, and there are {len(prompts)} prompts.")
        metadata = entry.get("metadata") or {}
        if not isinstance(metadata, Mapping):
            raise Refusal(f"its `metadata` is {type_name(metadata)}, not a mapping.")
        return _Route(required_text(entry, "category"), prompts[number - 1], metadata)


@contextmanager
def _on(place: Place) -> Iterator[None]:
    """Say on which line a refusal came up."""
    try:
        yield
    except Refusal as refusal:
        raise Refusal(str(refusal), place) from None


def _sampling(routes: Sequence[_Route]) -> tuple[Sampling, list[str]]:
    """The first reviewer's sampling, and what the others have otherwise."""
    first = routes[0].metadata
    sampling = Sampling(
        temperature=number_in(first.get("temperature"), "temperature", 0, 2),
        max_tokens=whole_in(first.get("max_tokens"), "max_tokens", 1, 1_000_000),
    )
    notes = [
        note
        for key, value in first.items()
        if key not in {"temperature", "max_tokens"}
        for note in left_out(f"metadata.{key}", value)
    ]
    for route in routes[1:]:
        if route.metadata != first:
            notes += left_out(f"metadata of the {route.category} reviewer", dict(route.metadata))
    return sampling, notes


def _others(what: str, entry: Mapping[str, object], known: Sequence[str]) -> list[str]:
    about = f"{what} {entry.get('category', '')}".strip()
    return [
        note
        for key, value in entry.items()
        if key not in known
        for note in left_out(f"{about}: {key}", value)
    ]


def routed(routes: Sequence[tuple[str, Sequence[Piece]]]) -> str:
    """A template that prints the text of the item's category, or the first one.

    What all texts begin and end with, by whole lines, stands once. A line that holds a tag alone prints
    nothing; where white space stands before a tag, `+` keeps it (judgetui/core/sandbox.py trims blocks).
    """
    chosen: dict[str, str] = {}
    for category, pieces in routes:
        chosen.setdefault(category.strip().lower(), jinja_body(pieces, _VALUES))
    default = next(iter(chosen))
    cases = {category: text for category, text in chosen.items() if text != chosen[default]}
    if not cases:
        return framed(chosen[default])
    texts = [text.splitlines(keepends=True) for text in (*cases.values(), chosen[default])]
    start = _shared(texts)
    end = _shared([lines[start:][::-1] for lines in texts])
    out = "".join(texts[0][:start])
    tags = [f"{'el' if index else ''}if category == {name!r}" for index, name in enumerate(cases)]
    for tag, lines in zip((*tags, "else"), texts, strict=True):
        out += _tag(tag, out) + "".join(lines[start : len(lines) - end])
    tail = "".join(texts[0][len(texts[0]) - end :])
    out += _tag("endif", out)
    return framed(out + tail) if tail else framed(out.removesuffix("\n"))


def _shared(texts: Sequence[Sequence[str]]) -> int:
    """How many lines all texts begin with."""
    count = 0
    while all(len(lines) > count for lines in texts) and len({lines[count] for lines in texts}) == 1:
        count += 1
    return count


def _tag(tag: str, before: str) -> str:
    last = before.rpartition("\n")[2]
    return f"{{%{'+' if last and not last.strip() else ''} {tag} %}}\n"
