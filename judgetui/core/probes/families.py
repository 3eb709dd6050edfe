"""Families of models by their names, and whether a judge prefers its own."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final

from judgetui.core.item import Item
from judgetui.core.probes.base import Kind, Probe, Setting, Variant

FAMILIES: Final = {
    "OpenAI": ("chatgpt", "gpt", "davinci", "o1", "o3", "o4"),
    "Anthropic": ("claude",),
    "Google": ("gemini", "gemma", "palm", "bard"),
    "Meta": ("llama",),
    "Mistral": ("mistral", "mixtral", "ministral", "magistral", "codestral"),
    "Qwen": ("qwen", "qwq"),
    "DeepSeek": ("deepseek",),
    "Cohere": ("command", "aya"),
    "Microsoft": ("phi", "wizardlm"),
    "xAI": ("grok",),
    "Hugging Face": ("smollm", "zephyr"),
    "01.AI": ("yi",),
    "Zhipu": ("chatglm", "glm"),
    "Moonshot": ("kimi", "moonshot"),
    "IBM": ("granite",),
    "NVIDIA": ("nemotron",),
    "Amazon": ("nova", "titan"),
    "TII": ("falcon",),
    "Ai2": ("olmo", "tulu"),
    "LMSYS": ("vicuna",),
    "Stanford": ("alpaca",),
}
"""Who made a model, by how its name begins or how a part of it does.

A model tuned from another's weights belongs to the name that stands first in its own, so that
`deepseek-r1-distill-llama` is DeepSeek's and `vicuna-13b` is no Llama.
"""

_NAMES: Final = re.compile(
    "|".join(
        rf"(?P<f{number}>(?<![a-z])(?:{'|'.join(names)})(?![a-z]))"
        for number, names in enumerate(FAMILIES.values())
    )
)


def family_of(model: str | None) -> str | None:
    """The family of a model, None where its name tells none.

    Args:
        model: as items or judges name it; of `provider:model` what stands behind the colon, of a path the file.
    """
    if not model:
        return None
    name = PurePath(model.partition(":")[2] or model).name.lower()
    found = _NAMES.search(name)
    if found is None or found.lastgroup is None:
        return None
    return tuple(FAMILIES)[int(found.lastgroup[1:])]


def own_answers(item: Item, family: str) -> list[int]:
    """Which of an item's answers are of a family."""
    return [index for index, model in enumerate(item.models) if family_of(model) == family]


class SelfPreference(Probe):
    """Answers of the judge's own family against those of others."""

    name = "self-preference"
    title = "Self-preference"
    question = "Do answers of models from the judge's own family come out better?"
    source = (
        "Zheng et al. 2023, arXiv:2306.05685, section 3.3 (self-enhancement); Panickssery et al. 2024, "
        "arXiv:2404.13076"
    )
    kind = Kind.FAMILY
    more = "its own family comes out better"
    less = "its own family comes out worse"
    advice = (
        "Judge with a model of another family, or with a jury of several. Without labels the family may simply be "
        "better: label some of these items to tell."
    )

    def variants(self, setting: Setting) -> tuple[Variant, ...] | str:
        """Nothing but the base; it needs answers of both sides."""
        family = family_of(setting.judge)
        if family is None:
            return f"the family of {setting.judge} is not known from its name."
        if not any(item.models for item in setting.items):
            return "the items do not name the models that answered."
        own = [bool(own_answers(item, family)) for item in setting.items]
        if not any(own):
            return f"no answer is of a model of the family {family}."
        if len(setting.items[0].responses) == 1:
            return "every answer is of the judge's own family." if all(own) else ()
        if not any(len(own_answers(item, family)) == 1 for item in setting.items if len(item.responses) == 2):
            return f"no pair has one answer of the family {family} and one of another."
        return ()
