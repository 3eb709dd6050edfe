"""The rubric's own text in another order, or with less of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import ClassVar, Final

from judgetui.core.probes.base import Kind, Probe, Setting, Variant
from judgetui.core.protocols.cards import TaskType
from judgetui.core.protocols.rendering import effective_template, scale_of
from judgetui.core.rubric import Rubric, TemplateMessage
from judgetui.core.scale import LabelScale, NumericScale

_LISTED: Final = re.compile(r"\bscale\.(anchored|points)\b")
_ENDS: Final = re.compile(r"\{\{\s*scale\.low\s*\}\}([^{}]{1,12})\{\{\s*scale\.high\s*\}\}")
_SPAN: Final = re.compile(r"\{\{\s*scale\.span\s*\}\}")


class ScaleOrder(Probe):
    """The scale's points from the highest down."""

    name = "scale-order"
    title = "Order of the scale"
    question = "Does it matter whether the scale is told upwards or downwards?"
    source = "Li et al. 2025, arXiv:2506.22316 (rubric order bias)"
    kind = Kind.INSTABILITY
    parts: ClassVar = {"reversed": "points or labels in reverse order"}
    more = "the reversed scale earns more"
    less = "the reversed scale earns less"
    advice = "Keep the order of the scale fixed, and do not compare scores across rubrics that tell it differently."

    def variants(self, setting: Setting) -> tuple[Variant, ...] | str:
        """The rubric with the scale reversed, labels in the scale itself and points in the template."""
        protocol, rubric = setting.protocol, setting.rubric
        if setting.task is not TaskType.POINTWISE and protocol.default_scale is None:
            return "the judge gives verdicts and is shown no scale."
        scale = scale_of(protocol, rubric)
        if isinstance(scale, LabelScale):
            other = replace(rubric, scale=replace(scale, labels=scale.labels[::-1]))
        else:
            template = tuple(
                TemplateMessage(message.role, _downwards(message.content))
                for message in effective_template(protocol, rubric)
            )
            other = replace(rubric, template=template)
        return (Variant("reversed", other, setting.items),)


def _downwards(template: str) -> str:
    """A template that tells a scale of numbers from its highest point down."""
    text = _ENDS.sub(r"{{ scale.high }}\1{{ scale.low }}", template)
    text = _SPAN.sub("{{ scale.high }}-{{ scale.low }}", text)
    return _LISTED.sub(r"(scale.\1 | reverse | list)", text)


class CriteriaOrder(Probe):
    """The criteria from the last to the first."""

    name = "criteria-order"
    title = "Order of the criteria"
    question = "Does it matter in which order the criteria stand?"
    source = "Xu et al. 2026, arXiv:2602.02219 (order of several criteria in one prompt)"
    kind = Kind.INSTABILITY
    parts: ClassVar = {"reversed": "criteria in reverse order"}
    more = "the reversed order earns more"
    less = "the reversed order earns less"
    advice = "Ask for one criterion at a time: scores in one reply lean on those before them."

    def variants(self, setting: Setting) -> tuple[Variant, ...] | str:
        """The rubric with its criteria reversed."""
        rubric = setting.rubric
        if len(rubric.criteria) < 2:
            return "the rubric has one criterion."
        if not setting.protocol.at_once:
            return "each criterion is asked about by itself."
        return (Variant("reversed", replace(rubric, criteria=rubric.criteria[::-1]), setting.items),)


class Anchors(Probe):
    """The scale without its descriptions."""

    name = "anchors"
    title = "Anchors"
    question = "What do the descriptions of the scale's points do?"
    source = "Ours"
    kind = Kind.INSTABILITY
    parts: ClassVar = {"removed": "no descriptions of the points"}
    more = "scores rise without the descriptions"
    less = "scores fall without the descriptions"
    advice = (
        "A change is what anchors are for: keep them, and check against labels which of the two agrees better. No "
        "change means that the judge may not read them."
    )

    def variants(self, setting: Setting) -> tuple[Variant, ...] | str:
        """The rubric with a scale of bare points."""
        rubric: Rubric = setting.rubric
        if setting.task is not TaskType.POINTWISE and setting.protocol.default_scale is None:
            return "the judge gives verdicts and is shown no scale."
        scale = scale_of(setting.protocol, rubric)
        if not scale.anchors:
            return "the scale has no descriptions."
        bare = (
            NumericScale(scale.low, scale.high)
            if isinstance(scale, NumericScale)
            else LabelScale(scale.labels, scale.passing, scale.values)
        )
        return (Variant("removed", replace(rubric, scale=bare), setting.items),)
