"""A probing of one judge as the session holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from judgetui.core.reading import MappingReader
from judgetui.errors import InputError

ITEMS: Final = 20
"""Items that are probed unless another number is asked for."""

PURPOSE: Final = "probe"
"""What the session notes of rubrics that were made to probe another one."""


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """What was asked.

    Args:
        items: how many items were wanted.
        probes: names of those that were chosen, in the registry's order.
        skipped: those of them that do not apply, with the reason.
        digest: of the ids and contents of the items that were drawn.
    """

    items: int = ITEMS
    seed: int = 0
    probes: tuple[str, ...] = ()
    skipped: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""

    def same_as(self, other: ProbeSettings) -> bool:
        """Whether both ask for the same probes of the same items."""
        return (self.seed, self.probes, self.digest) == (other.seed, other.probes, other.digest)

    def to_mapping(self) -> dict[str, object]:
        """Plain data for storage."""
        return {
            "items": self.items,
            "seed": self.seed,
            "probes": list(self.probes),
            "skipped": dict(self.skipped),
            "digest": self.digest,
        }


def settings_from_mapping(data: object) -> ProbeSettings:
    """Read back `ProbeSettings.to_mapping`."""
    reader = MappingReader(data, InputError)
    return ProbeSettings(
        items=reader.whole("items", 1, 10**9) or ITEMS,
        seed=reader.whole("seed", -(10**12), 10**12) or 0,
        probes=tuple(str(name) for name in reader.sequence("probes")),
        skipped={str(name): str(why) for name, why in reader.mapping("skipped").items()},
        digest=reader.text("digest"),
    )


@dataclass(frozen=True, slots=True)
class ProbeRecord:
    """One probing.

    Args:
        version_id: of the rubric that is probed.
        runs: number of the run of each (probe, variant).
        finished: when all its runs had ended; None before.
    """

    id: int
    version_id: int
    judge: str
    settings: ProbeSettings
    created: datetime
    finished: datetime | None
    runs: Mapping[tuple[str, str], int]
