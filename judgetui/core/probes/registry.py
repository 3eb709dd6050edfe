"""Every probe, in the order they are asked and told of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from judgetui.core.probes.base import Probe
from judgetui.core.probes.cues import Authority, Bandwagon, Sycophancy
from judgetui.core.probes.families import SelfPreference
from judgetui.core.probes.injection import Injection
from judgetui.core.probes.position import Position
from judgetui.core.probes.prompt_order import Anchors, CriteriaOrder, ScaleOrder
from judgetui.core.probes.retest import Retest
from judgetui.core.probes.verbosity import Length, Verbosity
from judgetui.core.probes.wording import Formatting, Names, Style
from judgetui.core.reading import nearest
from judgetui.errors import InputError

ALL: Final[tuple[Probe, ...]] = (
    Retest(),
    Position(),
    Verbosity(),
    Length(),
    SelfPreference(),
    Authority(),
    Bandwagon(),
    Sycophancy(),
    Formatting(),
    Style(),
    Names(),
    ScaleOrder(),
    CriteriaOrder(),
    Anchors(),
    Injection(),
)
"""The retest comes first: what others change is compared with it."""

NAMES: Final = tuple(probe.name for probe in ALL)


def chosen(only: Sequence[str] = (), skip: Sequence[str] = ()) -> tuple[Probe, ...]:
    """The probes of these names, all where none is named, without those that are skipped.

    Raises:
        InputError: for a name that is none, with the nearest, or if nothing is left.
    """
    for option, names in (("--only", only), ("--skip", skip)):
        for name in names:
            if name not in NAMES:
                near = nearest(name, NAMES)
                hint = f"Did you mean {near}?" if near else f"The probes are {', '.join(NAMES)}."
                raise InputError(f"there is no probe {name!r}.", hint, field=option)
    found = tuple(probe for probe in ALL if (not only or probe.name in only) and probe.name not in skip)
    if not found:
        raise InputError("no probe is left.", f"The probes are {', '.join(NAMES)}.", field="--skip")
    return found


def probe_of(name: str) -> Probe | None:
    """The probe of that name, None where this program knows none."""
    return next((probe for probe in ALL if probe.name == name), None)
