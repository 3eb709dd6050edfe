"""A rubric as a document for people: what is judged, how, and the very prompt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from judgetui.core.item import Item
from judgetui.core.protocols.cards import Card, TaskType
from judgetui.core.protocols.prompting import item_fields
from judgetui.core.protocols.registry import get_protocol, rubric_hash
from judgetui.core.protocols.rendering import order_of, prompt, scale_of
from judgetui.core.request import Order
from judgetui.core.rubric import Rubric
from judgetui.core.scale import LabelScale, Scale
from judgetui.interchange.base import ExportContext, ExportFile
from judgetui.interchange.prompts import (
    GappedMessage,
    compared,
    filled,
    gapped_prompt,
    require_printed,
    require_verdict,
    sample_item,
    texts_of,
)

_PROMPT: Final = "## Prompt"
_ORDERS: Final = {
    "both": "every pair is judged both ways round, and a side wins only when both verdicts agree",
    "seeded": "every pair is judged once, in an order drawn from the item's text",
    "as-given": "every pair is judged once, in the item's order",
    "all": "every pair is judged in both orders",
}


class Markdown:
    """One document."""

    name = "markdown"
    title = "Markdown"
    describe = (
        "A document for people: criteria, scale, steps, and the prompt as sent, with {field} for the item."
    )
    folder = "markdown"

    def refuse(self, rubric: Rubric) -> str | None:
        """Results that are more than a point or a verdict, and templates that are more than gaps."""
        return require_verdict(rubric) or require_printed(rubric)

    def write(self, rubric: Rubric, context: ExportContext) -> list[ExportFile]:
        """One file, named after the rubric."""
        protocol = get_protocol(rubric.protocol)
        pairwise = protocol.card.task_type is TaskType.PAIRWISE
        parts = [
            f"# {literal(rubric.title or rubric.name)}",
            _facts(rubric, context, protocol.card),
            f"## Task\n\n{literal(rubric.task)}" if rubric.task else "",
            f"## Criteria\n\n{_criteria(rubric)}",
            "" if pairwise else f"## Scale\n\n{_scale(scale_of(protocol, rubric))}",
            f"## Evaluation steps\n\n{_steps(rubric)}" if rubric.steps else "",
            f"## Reply\n\n{literal(protocol.card.grammar)}",
            f"{_PROMPT}\n\n{_prompts(rubric, _order(rubric))}",
        ]
        text = "\n\n".join(part for part in parts if part) + "\n"
        return [ExportFile(PurePosixPath(f"{file_name(rubric.name)}.md"), text)]

    def verify(self, rubric: Rubric, item: Item, files: Sequence[ExportFile]) -> list[str]:
        """Read the fenced messages back, fill the gaps and compare.

        The document shows the prompt with every optional field, so those that the item has not are made up.
        """
        protocol, order = get_protocol(rubric.protocol), _order(rubric)
        item = replace(item, fields={**sample_item(rubric).fields, **item.fields})
        values = item_fields(rubric, item, order)
        fenced = _fenced(files[0].text)
        differences: list[str] = []
        for criterion in rubric.criteria:
            shown = prompt(protocol, rubric, item, criterion, order)
            taken, fenced = fenced[: len(shown)], fenced[len(shown) :]
            marks = {mark: name for name, mark in gap_marks(gapped_prompt(rubric, criterion, order)).items()}
            pattern = re.compile("|".join(re.escape(mark) for mark in marks) or r"(?!)")
            found = [
                (role, pattern.sub(lambda match, marks=marks: values[marks[match.group()]], text))  # type: ignore[misc]
                for role, text in taken
            ]
            differences += compared([(m.role, m.content) for m in shown], found, criterion.name)
        return differences


def literal(text: str) -> str:
    """Text that Markdown shows as it stands, with its line breaks."""
    text = re.sub(r"([\\`*<\[\]|~])", r"\\\1", text)
    text = re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", text)
    text = re.sub(r"&(?=#?\w+;)", r"\\&", text)
    lines = [line.strip() for line in text.split("\n")]
    lines = [re.sub(r"^([#>+=-])|^(\d+)([.)])", _escaped_start, line) for line in lines]
    return re.sub(r"(?<=[^\n])\n(?=[^\n])", "\\\n", "\n".join(lines))


def in_line(text: str) -> str:
    """The same for a table cell or a list entry."""
    return re.sub(r"\\?\n+", "<br>", literal(text))


def fence(text: str) -> str:
    """Text in a fence that is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}text\n{text}\n{ticks}"


def file_name(name: str) -> str:
    """A name that every file system takes."""
    return re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip("-.")[:80] or "rubric"


def gap_marks(messages: Sequence[GappedMessage]) -> dict[str, str]:
    """How each field is shown: `{field}`, with more braces where the rubric's own text has that already."""
    texts, names = texts_of(messages)
    marks = {}
    for name in names:
        mark = f"{{{name}}}"
        while any(mark in text for text in texts):
            mark = f"{{{mark}}}"
        marks[name] = mark
    return marks


def _escaped_start(match: re.Match[str]) -> str:
    return f"\\{match.group(1)}" if match.group(1) else f"{match.group(2)}\\{match.group(3)}"


def _order(rubric: Rubric) -> Order | None:
    return Order.AB if get_protocol(rubric.protocol).card.task_type is TaskType.PAIRWISE else None


def _facts(rubric: Rubric, context: ExportContext, card: Card) -> str:
    protocol = get_protocol(rubric.protocol)
    sampling = rubric.sampling.filled(protocol.published)
    numbers = {"n": sampling.n, "temperature": sampling.temperature, "max_tokens": sampling.max_tokens}
    if protocol.uses_logprobs:
        numbers["top_logprobs"] = sampling.top_logprobs
    inputs = [f"`{spec.name}`" + (" (may be absent)" if spec.optional else "") for spec in rubric.inputs]
    answers = ["`response_a`", "`response_b`"] if card.task_type is TaskType.PAIRWISE else ["`response`"]
    version = "" if context.version is None else f"version {context.version}, "
    steps = f", steps hash `{rubric.steps_hash}`" if rubric.steps_hash else ""
    facts = [
        ("Rubric", f"{literal(rubric.name)}, {version}hash `{rubric_hash(rubric)}`{steps}"),
        ("Protocol", f"{card.title} (`{card.name}`). {literal(card.summary)}"),
        ("Published in", literal(card.citation)),
        ("Item fields", ", ".join(inputs + answers)),
        ("Sampling", ", ".join(f"{key} {value:g}" for key, value in numbers.items() if value is not None)),
    ]
    if card.task_type is TaskType.PAIRWISE:
        facts.append(("Order", _ORDERS[order_of(protocol, rubric)]))
    return "\n".join(f"- **{name}:** {text}" for name, text in facts)


def _criteria(rubric: Rubric) -> str:
    lines = []
    for criterion in rubric.criteria:
        weight = f" (weight {criterion.weight:g})" if len(rubric.criteria) > 1 else ""
        about = f": {in_line(criterion.description)}" if criterion.description else ""
        lines.append(f"- **{in_line(criterion.name)}**{weight}{about}")
    return "\n".join(lines)


def _scale(scale: Scale) -> str:
    worth = isinstance(scale, LabelScale) and bool(scale.values or scale.passing)
    rows = [["point", "anchor"] + (["value", "passes"] if worth else [])]
    rows.append(["---"] * len(rows[0]))
    for text in scale.texts:
        row = [in_line(text), in_line(scale.anchor(text))]
        if isinstance(scale, LabelScale) and worth:
            value = scale.value(text)
            row += ["" if value is None else f"{value:g}", "yes" if text in scale.passing else "no"]
        rows.append(row)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _steps(rubric: Rubric) -> str:
    return "\n".join(f"{number}. {in_line(step)}" for number, step in enumerate(rubric.steps, 1))


def _prompts(rubric: Rubric, order: Order | None) -> str:
    parts = []
    notes = ["The messages as they are sent; a name in braces stands for that field of the item."]
    if any(spec.optional for spec in rubric.inputs):
        notes.append("Where an item has no field that may be absent, its part is left out.")
    if order is not None and order_of(get_protocol(rubric.protocol), rubric) != "as-given":
        notes.append("The other way round, the two responses change places.")
    parts.append(" ".join(notes))
    for criterion in rubric.criteria:
        if len(rubric.criteria) > 1:
            parts.append(f"### {in_line(criterion.name)}")
        messages = gapped_prompt(rubric, criterion, order)
        marks = gap_marks(messages)
        for message in messages:
            parts += [f"**{message.role}**", fence(filled(message.parts, marks))]
    return "\n\n".join(parts)


def _fenced(text: str) -> list[tuple[str, str]]:
    """(role, text) of every fenced message below the prompt's heading."""
    found: list[tuple[str, str]] = []
    lines = iter(text.partition(f"\n{_PROMPT}\n")[2].split("\n"))
    role = ""
    for line in lines:
        if match := re.fullmatch(r"\*\*(\w+)\*\*", line):
            role = match.group(1)
        elif opening := re.fullmatch(r"(`{3,})text", line):
            body = []
            for inner in lines:
                if inner == opening.group(1):
                    break
                body.append(inner)
            found.append((role, "\n".join(body)))
    return found
