"""The same question again."""

from __future__ import annotations

from typing import ClassVar

from judgetui.core.probes.base import Kind, Probe, Setting, Variant


class Retest(Probe):
    """The base asked again, whatever its temperature."""

    name = "retest"
    title = "Retest"
    question = "Does the judge say the same when it is asked the same again?"
    source = "Test and retest; FastChat issue 3018 tells of MT-Bench scores that move at temperature 0"
    kind = Kind.REPEATS
    parts: ClassVar = {"again-1": "asked a second time", "again-2": "asked a third time"}
    more = "results change from one time to the next"
    advice = (
        "Take several samples a vote (`--n 5`), or a judge with token probabilities; do not read differences that "
        "are smaller than this."
    )

    def variants(self, setting: Setting) -> tuple[Variant, ...] | str:
        """The base, twice more, with replies that the session does not hold: at temperature 0, too."""
        return tuple(Variant(name, setting.rubric, setting.items, fresh=True) for name in self.parts)
