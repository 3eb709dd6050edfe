"""The starter rubrics: they load, lint clean, export, and the README lists them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from judgetui.core.lint import lint
from judgetui.core.protocols.base import fits
from judgetui.core.protocols.cards import TaskType
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.rendering import prompt
from judgetui.core.request import Order
from judgetui.datasets import load_items
from judgetui.rubric_files import dump_rubric, load_rubric, parse_rubric

ROOT = Path(__file__).parents[2]
STARTERS = sorted((ROOT / "rubrics").glob("*.yaml"))


def test_the_readme_lists_every_rubric_and_no_other() -> None:
    readme = (ROOT / "rubrics" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.-]+)` \| ([\w-]+) \|", readme, re.MULTILINE)
    assert rows == [(path.name, load_rubric(path).protocol) for path in STARTERS]
    assert len(rows) == 8


@pytest.mark.parametrize("path", STARTERS, ids=lambda path: path.stem)
def test_a_starter_is_sound(path: Path) -> None:
    rubric = load_rubric(path)
    assert rubric.name == path.stem
    assert rubric.title
    assert lint(rubric) == []
    assert parse_rubric(dump_rubric(rubric)) == rubric


@pytest.mark.parametrize(
    ("rubric_name", "items_name"),
    [("answer-correctness", "demo-pointwise"), ("better-explanation", "demo-pairwise")],
)
def test_demo_rubrics_fit_the_demo_items_and_are_short(rubric_name: str, items_name: str) -> None:
    rubric = load_rubric(ROOT / "rubrics" / f"{rubric_name}.yaml")
    protocol = get_protocol(rubric.protocol)
    items = load_items(ROOT / "sessions" / f"{items_name}.jsonl")
    assert len(items) >= 12
    order = Order.AB if protocol.card.task_type is TaskType.PAIRWISE else None
    for item in items:
        assert fits(protocol, item)
        assert item.labels
        messages = prompt(protocol, rubric, item, rubric.criteria[0], order)
        own = sum(len(message.content) for message in messages) - sum(map(len, item.responses))
        assert own / 4 < 200 + len(item.text("question")) / 4  # about four characters a token
