"""Where the released replies and labels lie. They are not ours to pass on, so tests skip where they are absent."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

VARIABLE: Final = "JUDGETUI_PUBLISHED_DATA"
"""Names the folder; without it, a folder `shared/data` beside the checkout is looked for."""


def published(name: str) -> Path:
    """A file or folder of the released data; skips the test where there is none."""
    given = os.environ.get(VARIABLE)
    root = Path(given) if given else Path(__file__).parents[3] / "shared" / "data"
    path = root / name
    if not path.exists():
        pytest.skip(f"released data are not in {root}; set {VARIABLE} to the folder that holds {name}")
    return path


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file, packed with gzip or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open("rt") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def read_json(path: Path) -> Any:
    """The value of a JSON file, packed with gzip or not."""
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as packed:
            return json.load(packed)
    return json.loads(path.read_text(encoding="utf-8"))
