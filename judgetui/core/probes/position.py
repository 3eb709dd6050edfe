"""Whether the place of an answer decides."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from judgetui.core.probes.base import Kind, Probe, Setting, Variant
from judgetui.core.protocols.cards import TaskType
from judgetui.core.protocols.rendering import order_of
from judgetui.core.vote import ScoreSource


class Position(Probe):
    """Every pair in both orders."""

    name = "position"
    title = "Position"
    question = "Does it matter which answer stands first?"
    source = "Zheng et al. 2023, arXiv:2306.05685, section 3.3"
    kind = Kind.ORDER
    parts: ClassVar = {"both": "both orders of each pair"}
    more = "the answer shown first wins more often than it should"
    less = "the answer shown second wins more often than it should"
    advice = (
        "Judge every pair in both orders (`order: both`) and count a contradiction as a tie; do not compare win "
        "rates from one order."
    )

    def variants(self, setting: Setting) -> tuple[Variant, ...] | str:
        """The rubric in both orders; nothing where it asks for both itself."""
        if setting.task is not TaskType.PAIRWISE:
            return "the rubric does not judge pairs."
        protocol, rubric = setting.protocol, setting.rubric
        shown = protocol.calls(rubric, setting.items[0], ScoreSource.SINGLE, "as-given")
        if len({call.order for call in shown}) > 1:
            return "each answer is judged by itself, so that there is no place."
        if order_of(protocol, rubric) in ("both", "all"):
            return ()
        return (Variant("both", replace(rubric, order="both"), setting.items),)
