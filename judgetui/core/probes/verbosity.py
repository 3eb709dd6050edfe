"""Whether length pays, of answers made longer and of the user's own."""

from __future__ import annotations

from typing import ClassVar

from judgetui.core.probes.base import Kind, Probe, Setting, Variant, edits, present
from judgetui.core.probes.texts import listed, padded


class Verbosity(Probe):
    """Answers made longer without saying more."""

    name = "verbosity"
    title = "Verbosity"
    question = "Does an answer gain by saying the same thing longer?"
    source = "Zheng et al. 2023, arXiv:2306.05685, section 3.3 (repetitive list); padding is ours"
    kind = Kind.CHANGE
    parts: ClassVar = {
        "padding": "every sentence said twice, with filler",
        "list": "the points said before as a list",
    }
    more = "longer is taken for better"
    less = "repetition costs"
    less_is_fine = True
    advice = (
        "Say in the rubric that length by itself earns nothing, report the length coefficient and a "
        "length-controlled win rate beside the raw one."
    )

    def variants(self, setting: Setting) -> tuple[Variant, ...] | str:
        """The answer in question, padded, and behind a list of its own points."""
        return present(
            edits(setting, "padding", padded),
            edits(setting, "list", listed),
            otherwise="no answer has a sentence that could be said again.",
        )


class Length(Probe):
    """The length coefficient over the items as they are."""

    name = "length"
    title = "Length coefficient"
    question = "Do the longer ones of your own answers come out better?"
    source = (
        "The slope on log length; Dubois et al. 2024, arXiv:2404.04475, control win rates for length with a "
        "logistic model"
    )
    kind = Kind.LENGTH
    more = "longer answers come out better"
    less = "shorter answers come out better"
    advice = (
        "Longer answers may be better ones: label some items, so that the labels can be held constant. If the "
        "slope stays, treat raw win rates as inflated by length."
    )

    def variants(self, setting: Setting) -> tuple[Variant, ...] | str:
        """Nothing but the base."""
        return ()
