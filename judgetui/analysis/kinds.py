"""What is compared, and the levels of measurement."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What is compared: scores are numbers, verdicts and labels only the same or not."""

    SCORE = "score"
    VERDICT = "verdict"
    LABEL = "label"


class Level(StrEnum):
    """What counts between two points (Stevens 1946): whether they differ, their ranks, or how far they are apart."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
