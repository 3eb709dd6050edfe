"""The same answer in another dress: formatting, register, names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import ClassVar, Final

from judgetui.core.item import Item
from judgetui.core.probes.base import Kind, Probe, Setting, Variant, edited, edits, present, variant
from judgetui.core.probes.texts import casual, formal, marked_up, plain, swapped_words

_MODELS: Final = (
    ("GPT-4", "Claude"),
    ("ChatGPT", "Llama"),
    ("Gemini", "Mistral"),
    ("OpenAI", "Anthropic"),
    ("Google", "Meta"),
    ("Assistant A", "Assistant B"),
    ("Model A", "Model B"),
)

_PEOPLE: Final = (
    ("John", "Aisha"),
    ("James", "Fatima"),
    ("Michael", "Mei"),
    ("David", "Priya"),
    ("Robert", "Ngozi"),
    ("William", "Yuki"),
    ("Thomas", "Carmen"),
    ("Peter", "Olga"),
    ("Paul", "Amara"),
    ("George", "Leila"),
    ("Mary", "Mohammed"),
    ("Anna", "Hiroshi"),
    ("Emma", "Kwame"),
    ("Sarah", "Carlos"),
    ("Alice", "Raj"),
    ("Bob", "Chen"),
)
"""Given names, each with one of another origin and mostly another gender."""


def _both_ways(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    found = dict(pairs)
    return found | {second: first for first, second in found.items()}


NAMES: Final = _both_ways((*_MODELS, *_PEOPLE))
"""What each name is exchanged for."""


class Formatting(Probe):
    """Markdown put on and taken off."""

    name = "formatting"
    title = "Formatting"
    question = "Does the same text do better with headings, bullets and bold?"
    source = "Chen et al. 2024, arXiv:2402.10669 (beauty); Zhang et al. 2024, arXiv:2409.11704 (format)"
    kind = Kind.CHANGE
    parts: ClassVar = {"markdown": "Markdown put on", "plain": "Markdown taken off"}
    more = "this formatting is rewarded"
    less = "this formatting costs"
    advice = "Bring all answers into one format before they are judged, or say in the rubric whether formatting counts."

    def variants(self, setting: Setting) -> tuple[Variant, ...] | str:
        """The answer in question with Markdown where it has none, and without where it has some."""
        return present(
            edits(setting, "markdown", marked_up),
            edits(setting, "plain", plain),
            otherwise="there is nothing to put on or to take off.",
        )


class Style(Probe):
    """The same answer in another register."""

    name = "style"
    title = "Style"
    question = "Does the register of an answer matter?"
    source = "Ours; contractions, everyday words and set phrases, without a model"
    kind = Kind.CHANGE
    parts: ClassVar = {"casual": "as people talk", "formal": "as an office writes"}
    more = "this register is rewarded"
    less = "this register costs"
    advice = "Say in the rubric whether tone counts; if it does, make it a criterion of its own."

    def variants(self, setting: Setting) -> tuple[Variant, ...] | str:
        """The answer in question, casual and formal."""
        return present(
            edits(setting, "casual", casual),
            edits(setting, "formal", formal),
            otherwise="there are no answers.",
        )


class Names(Probe):
    """Names in the answers exchanged for others."""

    name = "names"
    title = "Names"
    question = "Does it matter which people or models an answer names?"
    source = "Ye et al. 2024, arXiv:2410.02736 (CALM), diversity; the list of names is ours"
    kind = Kind.INSTABILITY
    parts: ClassVar = {"swapped": "names exchanged for others"}
    advice = "Replace names in the answers by neutral ones before they are judged."

    def variants(self, setting: Setting) -> tuple[Variant, ...] | str:
        """Items in whose answers a known name stands, each name exchanged."""
        return present(
            variant("swapped", setting.rubric, (_renamed(item) for item in setting.items)),
            otherwise="no answer names a person or a model that the probe's list knows.",
        )


def _renamed(item: Item) -> Item | None:
    words = dict(NAMES)
    known = [model for model in item.models if model]
    if len(known) == 2 and known[0] != known[1]:
        words |= {known[0]: known[1], known[1]: known[0]}
    found = item
    for side in range(len(item.responses)):
        found = edited(found, side, lambda text: swapped_words(text, words)) or found
    return None if found is item else replace(found, labels=item.labels)
