"""promptfoo: a config and the judge's prompt, for `promptfoo eval`."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from judgetui.core.item import Item
from judgetui.core.protocols.base import fits
from judgetui.core.protocols.cards import TaskType
from judgetui.core.protocols.prompting import field_text, response_text
from judgetui.core.protocols.registry import get_protocol, rubric_hash
from judgetui.core.protocols.rendering import prompt, scale_of
from judgetui.core.request import Order
from judgetui.core.rubric import Criterion, Rubric
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.interchange.base import ExportContext, ExportFile
from judgetui.interchange.engines import (
    LOADED,
    EngineError,
    nunjucks,
    nunjucks_text,
    promptfoo_value,
    render_nunjucks,
)
from judgetui.interchange.prompts import (
    compared,
    formless,
    gapped_prompt,
    require_printed,
    require_verdict,
    sample_item,
)
from judgetui.interchange.yaml_text import yaml_lines

_CONFIG: Final = PurePosixPath("promptfooconfig.yaml")
_HEADER: Final = "# yaml-language-server: $schema=https://promptfoo.dev/config-schema.json"
_TAKEN: Final = frozenset({"output", "outputs", "rubric", "criteria", "env", "assert"})
"""Names that promptfoo fills in itself."""

PASS_SHARE: Final = 0.75
"""How far up a numeric scale a score must be to pass, since a rubric has no pass mark of its own."""

_OUTPUTS: Final = {1: ("output",), 2: ("outputs[0]", "outputs[1]")}
"""promptfoo's names for the responses."""

_PROVIDERS: Final = {"openai": "openai:chat:", "anthropic": "anthropic:messages:"}


class Promptfoo:
    """`llm-rubric` for one response, `select-best` for two, both with our prompt."""

    name = "promptfoo"
    title = "promptfoo"
    describe = (
        "promptfooconfig.yaml and the judge's prompt: llm-rubric for one response, select-best for two."
    )
    folder = "promptfoo"

    def refuse(self, rubric: Rubric) -> str | None:
        """Inputs named as promptfoo's own, labels of which none passes, templates that are more than gaps."""
        if reason := require_verdict(rubric):
            return reason
        for spec in rubric.inputs:
            if spec.name in _TAKEN or spec.name.startswith("_"):
                return f"promptfoo keeps the name {spec.name!r} for itself. Rename that input."
        if _pairwise(rubric):
            if len(rubric.criteria) > 1:
                return f"select-best asks once, and it has {len(rubric.criteria)} criteria. Keep one of them."
            return require_printed(rubric)
        scale = scale_of(get_protocol(rubric.protocol), rubric)
        if isinstance(scale, LabelScale) and not scale.passing:
            return "its scale names no labels that pass. Add them, such as `pass: [good]`."
        return require_printed(rubric)

    def write(self, rubric: Rubric, context: ExportContext) -> list[ExportFile]:
        """The config, and the judge's prompt for each criterion.

        The prompt is JSON, not YAML: promptfoo renders each text of a JSON prompt by itself, but a YAML one
        as a whole before it reads it, so that a response of several lines would break it (0.123.1,
        renderLlmRubricPrompt).
        """
        kept, left_out = _carried(rubric, context.items)
        version = "" if context.version is None else f" version {context.version}"
        default: dict[str, object] = {"assert": [_check(rubric, criterion) for criterion in rubric.criteria]}
        comments = [
            _HEADER,
            f"# rubric {json.dumps(rubric.name)}, hash {rubric_hash(rubric)}",
            "# `echo` hands the responses below to the judge; put a model in its place to generate new ones.",
        ]
        if judge := _provider(context.judge):
            default["options"] = {"provider": judge}
        else:
            comments.append(
                "# No judge is named: add defaultTest, options, provider, or promptfoo chooses one."
            )
        config: dict[str, object] = {
            "description": _spaced(f"{rubric.title or rubric.name}{version}, exported from judgetui"),
            "prompts": [f"{{{{ {name} }}}}" for name in _answers(rubric)],
            "providers": ["echo"],
            "defaultTest": default,
            "tests": _tests(rubric, kept),
        }
        text = "\n".join([*comments, *yaml_lines(config)]) + "\n"
        files = [ExportFile(_CONFIG, text, " ".join([_note(rubric), *left_out]))]
        for criterion in rubric.criteria:
            messages = json.dumps(_prompt_messages(rubric, criterion), indent=2, ensure_ascii=False)
            files.append(ExportFile(_prompt_path(rubric, criterion), messages + "\n"))
        return files

    def verify(self, rubric: Rubric, item: Item, files: Sequence[ExportFile]) -> list[str]:
        """Render every message as promptfoo does and compare it with the screen's, answer form aside."""
        protocol, bare, order = get_protocol(rubric.protocol), formless(rubric), _order(rubric)
        texts = {file.path: file.text for file in files}
        values = {name: text.removesuffix("\n") for name, text in _vars(rubric, item).items()}
        responses = [response_text(response) for response in item.responses]
        values |= dict(zip(_OUTPUTS[len(responses)], responses, strict=True))
        differences: list[str] = []
        for criterion in rubric.criteria:
            shown = [(m.role, m.content) for m in prompt(protocol, bare, item, criterion, order)]
            role, last = shown[-1]
            shown[-1] = (role, last + _demand(rubric, criterion))
            written = json.loads(texts[_prompt_path(rubric, criterion)])
            try:
                found = [(m["role"], render_nunjucks(m["content"], values)) for m in written]
            except EngineError as error:
                differences.append(f"{criterion.name}: Nunjucks cannot read the prompt: {error}.")
                continue
            differences += compared(shown, found, criterion.name)
        if any(_is_json(text) for text in responses):
            differences.append("promptfoo writes a response that is JSON in its own spacing.")
        return differences


def pass_mark(scale: NumericScale) -> int:
    """The lowest passing score: three quarters up the scale, on a whole point."""
    return math.ceil(scale.low + PASS_SHARE * (scale.high - scale.low))


def _pairwise(rubric: Rubric) -> bool:
    return get_protocol(rubric.protocol).card.task_type is TaskType.PAIRWISE


def _order(rubric: Rubric) -> Order | None:
    return Order.AB if _pairwise(rubric) else None


def _answers(rubric: Rubric) -> tuple[str, ...]:
    return ("response_a", "response_b") if _pairwise(rubric) else ("response",)


def _provider(judge: str) -> str:
    """promptfoo's name for a judge that it can reach too; empty for any other, such as a local file."""
    provider, _, model = judge.partition(":")
    return f"{_PROVIDERS[provider]}{model}" if provider in _PROVIDERS and model else ""


def _note(rubric: Rubric) -> str:
    if _pairwise(rubric):
        return "promptfoo asks once, in the order given, and for a number; it knows no tie."
    scale = scale_of(get_protocol(rubric.protocol), rubric)
    mark = f" A score of {pass_mark(scale)} or more passes." if isinstance(scale, NumericScale) else ""
    return f"The answer is promptfoo's form, JSON with reason, score and pass.{mark} One reply is one score."


def _metric(rubric: Rubric, criterion: Criterion) -> str:
    name = rubric.name if len(rubric.criteria) == 1 else f"{rubric.name}.{criterion.name}"
    return promptfoo_value(name)


def _prompt_path(rubric: Rubric, criterion: Criterion) -> PurePosixPath:
    if len(rubric.criteria) == 1:
        return PurePosixPath("rubric_prompt.json")
    slug = re.sub(r"[^a-z0-9]+", "_", criterion.name.casefold()).strip("_")[:40]
    number = rubric.criteria.index(criterion) + 1
    return PurePosixPath(f"rubric_prompt_{number}{'_' if slug else ''}{slug}.json")


def _check(rubric: Rubric, criterion: Criterion) -> dict[str, object]:
    """The assertion that asks the judge about one criterion."""
    pairwise = _pairwise(rubric)
    about = criterion.description or criterion.name
    check: dict[str, object] = {
        "type": "select-best" if pairwise else "llm-rubric",
        "metric": _metric(rubric, criterion),
        "value": _spaced(about) if pairwise else promptfoo_value(about),
        "rubricPrompt": f"file://{_prompt_path(rubric, criterion)}",
    }
    scale = scale_of(get_protocol(rubric.protocol), rubric)
    if not pairwise and isinstance(scale, NumericScale):
        check["threshold"] = pass_mark(scale)
    if len(rubric.criteria) > 1:
        check["weight"] = criterion.weight
    return check


def _prompt_messages(rubric: Rubric, criterion: Criterion) -> list[dict[str, str]]:
    answers = _answers(rubric)
    names = {spec.name: spec.name for spec in rubric.inputs}
    names |= dict(zip(answers, _OUTPUTS[len(answers)], strict=True))
    messages = [
        {"role": message.role, "content": nunjucks(message.parts, names)}
        for message in gapped_prompt(formless(rubric), criterion, _order(rubric))
    ]
    messages[-1]["content"] += nunjucks_text(_demand(rubric, criterion))
    return messages


def _demand(rubric: Rubric, criterion: Criterion) -> str:
    """What promptfoo's grader must answer, in place of the protocol's own form."""
    if _pairwise(rubric):
        numbers = "0 if response A is better, 1 if response B is better"
        return (
            f"\n\nDo not write the explanation out. Answer with one number and nothing else: {numbers}. "
            "There is no tie."
        )
    scale = scale_of(get_protocol(rubric.protocol), rubric)
    form = '{"reason": string, "score": number, "pass": boolean}'
    if isinstance(scale, NumericScale):
        rule = (
            f'"score" is your whole number from {scale.low} to {scale.high} for {criterion.name}; '
            f'"pass" is true when it is {pass_mark(scale)} or more.'
        )
    else:
        rows = []
        for index, label in enumerate(scale.labels):
            value = scale.value(label)
            score = f"{index if value is None else value:g}"
            rows.append(f"{label}: score {score}, pass {'true' if label in scale.passing else 'false'}")
        rule = f"Choose the label for {criterion.name} and answer with its values. {'; '.join(rows)}."
    head = f"Answer with one JSON object and nothing else: {form}."
    return f'\n\n{head} "reason" is a short explanation. {rule}'


def _carried(rubric: Rubric, items: Sequence[Item]) -> tuple[list[Item], list[str]]:
    """The items that promptfoo hands to its judge unchanged, and a note on the others.

    It puts inputs into the judge's prompt as they stand but reads them as templates on the way, so that those
    with template marks cannot be escaped.
    """
    protocol = get_protocol(rubric.protocol)
    names = [spec.name for spec in rubric.inputs]
    required = [spec.name for spec in rubric.inputs if not spec.optional]
    kept: list[Item] = []
    changed: list[Item] = []
    for item in items:
        if not fits(protocol, item) or any(item.fields.get(name) is None for name in required):
            continue
        texts = [text for name, text in _vars(rubric, item).items() if name in names]
        bad = any(text.startswith(LOADED) or re.search(r"\{[{%#]", text) for text in texts)
        (changed if bad else kept).append(item)
    shown = ", ".join(item.id for item in changed[:5])
    more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
    note = f"Left out, since promptfoo would read their inputs as templates: {shown}{more}."
    return kept, [note] if changed else []


def _tests(rubric: Rubric, items: Sequence[Item]) -> list[dict[str, object]]:
    names = {spec.name for spec in rubric.inputs}
    tests: list[dict[str, object]] = []
    for item in items:
        values = _vars(rubric, item)
        escaped = {name: text if name in names else promptfoo_value(text) for name, text in values.items()}
        tests.append({"description": _spaced(f"item {item.id}"), "vars": escaped})
    if tests:
        return tests
    sample = _vars(rubric, sample_item(rubric))
    values = {name: f"Write the {name.replace('_', ' ')} here." for name in sample}
    return [{"description": "replace with your own", "vars": values}]


def _vars(rubric: Rubric, item: Item) -> dict[str, str]:
    values = {spec.name: item.fields.get(spec.name) for spec in rubric.inputs}
    found = {name: field_text(value) for name, value in values.items() if value is not None}
    texts = [response_text(response) for response in item.responses]
    return found | dict(zip(_answers(rubric), texts, strict=True))


def _spaced(text: str) -> str:
    """Text for a place that promptfoo shows but does not render: no escape works, so marks are set apart."""
    return text.replace("{{", "{ {")


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False
