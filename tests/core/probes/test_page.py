"""The page on probes names each of them, and every attack."""

from __future__ import annotations

from pathlib import Path

import judgetui
from judgetui.core.probes.attacks import ATTACKS
from judgetui.core.probes.registry import ALL

PAGE = Path(judgetui.__file__).parents[1] / "docs" / "probes.md"


def test_every_probe_variant_and_attack_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for probe in ALL:
        assert f"| `{probe.name}` |" in text
        assert probe.advice
    for name in ATTACKS:
        assert f"`{name}`" in text


def test_the_page_tells_how_many_attacks_there_are() -> None:
    assert len(ATTACKS) - 1 == 16 and "in sixteen ways" in PAGE.read_text(encoding="utf-8")
