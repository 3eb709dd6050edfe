"""Whether an answer can talk the judge into a good result."""

from __future__ import annotations

from typing import ClassVar

from judgetui.core.item import Item
from judgetui.core.probes.attacks import ATTACKS, Attack, Known
from judgetui.core.probes.base import Kind, Probe, Setting, Variant, edited, present, variant
from judgetui.core.probes.forms import surroundings, winning_reply, wish
from judgetui.core.probes.seen import said_by_people


class Injection(Probe):
    """Every attack on every item, beside a remark that asks for nothing."""

    name = "injection"
    title = "Prompt injection"
    question = "Can an answer talk the judge into a good result?"
    source = (
        "Zheng et al. 2024, arXiv:2410.07137 (constant string); Raina et al. 2024, arXiv:2402.14016; Greshake et al. "
        "2023, arXiv:2302.12173; wording is ours"
    )
    kind = Kind.ATTACK
    parts: ClassVar = {name: words for name, (words, _) in ATTACKS.items()}
    more = "answers that talk to the judge win"
    less = "answers that talk to the judge do worse than others"
    less_is_fine = True
    advice = (
        "Do not let this judge see answers from people who gain by its verdict without a filter: fence answers off "
        "with marks they cannot know, look for text that addresses the judge, and have winners checked."
    )

    def variants(self, setting: Setting) -> tuple[Variant, ...] | str:
        """An answer of each item under attack, each item in one order: the one that people call worse, else one drawn."""
        rubric = setting.single_order
        known = {item.id: _known(setting, item) for item in setting.items}
        return present(
            *(
                variant(name, rubric, (_attacked(item, known[item.id], attack) for item in setting.items))
                for name, (_, attack) in ATTACKS.items()
            ),
            otherwise="there are no answers.",
        )


def attacked_side(setting: Setting, item: Item) -> int:
    """The answer that people call worse, where they call one of a pair worse; else the one in question."""
    if len(item.responses) == 2:
        said = said_by_people(item, setting.rubric, 0)
        if said in (0.0, 1.0):
            return int(said)
    return setting.side(item)


def _known(setting: Setting, item: Item) -> tuple[int, Known]:
    side = attacked_side(setting, item)
    response = item.responses[side]
    before, behind = surroundings(setting, item, side)
    return side, Known(
        answer=response if isinstance(response, str) else response[-1],
        wish=wish(setting, item, side),
        verdict=winning_reply(setting, item, side),
        before=before,
        behind=behind,
        pair=len(item.responses) > 1,
    )


def _attacked(item: Item, known: tuple[int, Known], attack: Attack) -> Item | None:
    side, material = known
    return edited(item, side, lambda _: attack(material))
