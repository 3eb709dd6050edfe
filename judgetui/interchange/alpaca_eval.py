"""AlpacaEval's evaluator folders (tatsu-lab/alpaca_eval, src/alpaca_eval/evaluators_configs).

A folder holds `configs.yaml`, one evaluator a key, and prompt templates, which an evaluator names from the
folder above (annotators/base.py). Placeholders are found by the pattern of utils.make_prompts; templates in
ChatML are split into messages (utils.prompt_to_chatml).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from judgetui.core.reading import type_name
from judgetui.core.rubric import ROLES, TemplateMessage
from judgetui.errors import InputError
from judgetui.interchange.alpaca_configs import Config
from judgetui.interchange.pieces import Refusal, Slot, jinja, pattern_pieces, require_slots, slots
from judgetui.interchange.reading import (
    Given,
    Imported,
    Reader,
    Source,
    Tree,
    made_name,
    made_rubric,
    noted,
    origin,
    required_text,
)

PLACEHOLDER: Final = re.compile(r"\{(\S[^\s}]*)\}|\{\S[^\s}]*")
"""What `{([^ \\s]+?)}` finds (utils.make_prompts): braces with white space between them are text.

The second half passes over a brace that nothing closes together with all that follows it up to a space, so
that no text is gone through twice.
"""

START, END = "<|im_start|>", "<|im_end|>"

VALUES: Final = {
    "instruction": "instruction",
    "output_1": "response_a",
    "output_2": "response_b",
    "input": "input",
}
"""What upstream calls the question and the two answers, as shown; `input` is AlpacaFarm's."""

_TOKEN: Final = re.compile(r"<\|\w+\|>")


class AlpacaEval:
    """Evaluators, one rubric each."""

    name = "alpaca-eval"
    title = "AlpacaEval evaluators"
    reads = "An evaluator folder or its configs.yaml: every evaluator whose reply one of judgetui's protocols reads."
    files = ("configs.yaml", "config.yaml")

    def read(self, source: Source, given: Given) -> tuple[Imported, ...]:
        """One judge a key.

        Raises:
            InputError: if the file is not YAML, or not of this kind.
        """
        tree = source.tree()
        data = tree.data
        if not isinstance(data, Mapping) or not any(
            isinstance(config, Mapping) and "prompt_template" in config for config in data.values()
        ):
            raise InputError(
                "no key holds a mapping with `prompt_template`.",
                "Give the configs.yaml of an AlpacaEval evaluator.",
                place=tree.place(""),
            )
        return tuple(_read(source, tree, str(name), config) for name, config in data.items())


READER: Final[Reader] = AlpacaEval()


def _read(source: Source, tree: Tree, name: str, data: object) -> Imported:
    place = tree.place(name)
    try:
        if not isinstance(data, Mapping):
            raise Refusal(f"it is {type_name(data)}, not a mapping.")
        config = Config({str(key): value for key, value in data.items()})
        judged = config.judged()
        text = _template(
            source, required_text({"prompt_template": config.take("prompt_template")}, "prompt_template")
        )
        used = _slots(text)
        template = _messages(config, text)
        made = made_rubric(
            made_name(name),
            judged.protocol,
            template,
            [VALUES[slot] for slot in ("instruction", "input") if slot in used],
            title=f"AlpacaEval, {made_name(name)}",
            scale=judged.scale,
            sampling=config.sampling(judged.logprobs),
            order="seeded" if config.flag("is_randomize_output_order", default=True) else "as-given",
        )
        notes = (*config.notes, *config.rest())
    except (Refusal, InputError) as error:
        return Imported(name, reason=str(error), place=place)
    about = f"AlpacaEval, {origin(source.path)}, evaluator {name}"
    return Imported(made.name, noted(made, about, notes), notes=notes, place=place)


def _template(source: Source, name: str) -> str:
    """The text of a template, which is named from the folder above the config's.

    Raises:
        Refusal: if there is none.
        InputError: if it lies elsewhere or is not text.
    """
    found = source.other(name, up=1)
    if found is None:
        raise Refusal(
            f"its template {name!r} is not there; it is looked for in the folder above that of {source.path.name}."
        )
    return found.text


def _slots(text: str) -> list[str]:
    """A template's slots, each of which stands there once.

    Raises:
        Refusal: if one does not, is not known, or an answer has none.
    """
    pieces = pattern_pieces(text, PLACEHOLDER)
    require_slots(pieces, VALUES, ("output_1", "output_2"))
    used = slots(pieces)
    twice = next((name for name in used if used.count(name) > 1), None)
    if twice is not None:
        raise Refusal(f"its template has {{{twice}}} {used.count(twice)} times; upstream takes one.")
    return used


def _messages(config: Config, text: str) -> list[TemplateMessage]:
    """The template as messages: those of ChatML, else one of the user's."""
    if START in text:
        found = _chatml(text)
    else:
        found = [("user", text.strip() if config.decoder.strips else text)]
        config.notes.append("upstream sends the template as text to be continued; here it is a user message")
    messages = []
    for role, content in found:
        parts = pattern_pieces(content, PLACEHOLDER)
        if START in text and any(isinstance(part, Slot) for part in (*parts[:1], *parts[-1:])):
            config.notes.append(
                f"a value stands at the edge of the {role} message: upstream strips white space there"
            )
        messages.append(TemplateMessage(role, jinja(parts, VALUES)))
    tokens = sorted({token for _, content in found for token in _TOKEN.findall(content)})
    if tokens:
        config.notes.append(f"marks of another chat format stay in the text: {', '.join(tokens)}")
    return messages


def _chatml(text: str) -> list[tuple[str, str]]:
    """ChatML as roles and stripped contents (utils.prompt_to_chatml).

    Raises:
        Refusal: if it is not all messages, or a role is none of ours.
    """
    text = text.strip()
    if not text.startswith(START) or not text.endswith(END):
        raise Refusal(f"its template has {START} in it, but does not begin and end as ChatML does.")
    found: list[tuple[str, str]] = []
    for part in text.split(START)[1:]:
        head, _, rest = part.partition("\n")
        content, closed, outside = rest.partition(END)
        role = head.strip()
        if not closed or outside.strip():
            raise Refusal(f"a {role} message of its template does not end with {END} alone.")
        if role not in ROLES:
            raise Refusal(f"its template has a message of {role!r}; the roles are {', '.join(ROLES)}.")
        found.append((role, content.strip()))
    return found
