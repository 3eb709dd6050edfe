"""Rubric files: what is written reads back equal, looks as a person writes, and keeps what did not change."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from judgetui.core.rubric import Criterion, Example, InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.errors import RubricError
from judgetui.rubric_files import dump_rubric, load_rubric, parse_rubric, write_rubric
from judgetui.rubric_files.patching import patched
from tests.core.strategies import rubrics

RUBRIC = Rubric(
    name="r",
    title="A title",
    protocol="g-eval",
    task="First line.\nSecond line: with a colon.",
    criteria=(Criterion("c", "It is right.", 2), Criterion("d")),
    scale=NumericScale(1, 5, {1: "bad", 5: "good"}),
    inputs=(InputField("question"), InputField("reference", optional=True)),
    steps=("Read: it.", "Score # it."),
    examples=(Example({"question": "1+1?"}, "5", "2."),),
    template=(TemplateMessage("user", "{{ task }}\n  {{ response }}\n"),),
    sampling=Sampling(n=1, temperature=0),
    order="seeded",
    notes="n",
)

TEXT = """\
judgetui: 1
name: r
title: A title
protocol: g-eval
task: |-
  First line.
  Second line: with a colon.
criteria:
  - name: c
    description: It is right.
    weight: 2
  - name: d
scale: {min: 1, max: 5, anchors: {1: bad, 5: good}}
inputs: [question, reference?]
steps:
  - 'Read: it.'
  - 'Score # it.'
examples:
  - fields:
      question: 1+1?
    expected: '5'
    why: '2.'
template:
  - role: user
    content: |
      {{ task }}
        {{ response }}
sampling: {n: 1, temperature: 0}
order: seeded
notes: n
"""


def test_a_rubric_is_written_as_a_person_would() -> None:
    assert dump_rubric(RUBRIC) == TEXT
    assert parse_rubric(TEXT) == RUBRIC


def test_a_long_scale_goes_on_several_lines() -> None:
    scale = NumericScale(1, 3, {1: "bad " * 20, 3: "good " * 20})
    text = dump_rubric(replace(RUBRIC, scale=scale))
    assert f"scale:\n  min: 1\n  max: 3\n  anchors:\n    1: {('bad ' * 20).strip()}\n    3: " in text
    labels = LabelScale(("bad", "good"), ("good",), {"bad": 0, "good": 1})
    assert "scale: {labels: [bad, good], pass: [good], values: {bad: 0, good: 1}}" in dump_rubric(
        replace(RUBRIC, scale=labels)
    )


@given(rubrics())
def test_every_rubric_reads_back_equal(rubric: Rubric) -> None:
    assert parse_rubric(dump_rubric(rubric)) == rubric


@pytest.mark.parametrize("text", ["?x", "a?", "a, b", "{a}", "a: b", "-", "#", "1", "true", "x #", "'", '"'])
def test_awkward_text_between_brackets_is_quoted(text: str) -> None:
    for scale in (NumericScale(1, 2, {1: text}), LabelScale((text, "other"), values={text: 1, "other": 0})):
        assert parse_rubric(dump_rubric(replace(RUBRIC, scale=scale))).scale == scale


def test_half_a_character_is_written_as_an_escape() -> None:
    broken = replace(RUBRIC, task="\ud83d", title="a\udfff\nb")
    assert parse_rubric(dump_rubric(broken).encode().decode()) == broken


# over an existing file

COMMENTED = """\
# a judge for answers

judgetui: 1
task: >-
  Judge
  it.           # folded
protocol: g-eval   # published 2023
name: r

# what counts
criteria:
- name: c          # first
  description: "It is right."
  weight: 1
# the second one
- name: d
  description: |
    It is short.

steps:
    # read
    - Read.
    # then
    - Score.
template: null
sampling: {n: 1,  temperature: 0}
# the end
"""


def over(path: Path, rubric: Rubric, text: str = COMMENTED) -> str:
    path.write_text(text, encoding="utf-8")
    write_rubric(path, rubric)
    assert load_rubric(path) == rubric
    return path.read_text(encoding="utf-8")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "r.yaml"


BASE = parse_rubric(COMMENTED)


def test_nothing_changed_changes_nothing_but_spacing(path: Path) -> None:
    text = over(path, BASE)
    assert [line.split() for line in text.splitlines() if "folded" not in line and "  it." not in line] == [
        line.replace("{n: 1,  t", "{n: 1, t").split()
        for line in COMMENTED.splitlines()
        if "folded" not in line and "  it." not in line
    ]


def test_one_changed_value_leaves_every_comment(path: Path) -> None:
    text = over(
        path,
        replace(BASE, criteria=(replace(BASE.criteria[0], description="It is wrong."), BASE.criteria[1])),
    )
    assert 'description: "It is wrong."' in text
    for comment in (
        "# a judge",
        "# published 2023",
        "# what counts",
        "# first",
        "# the second one",
        "# read",
        "# the end",
    ):
        assert comment in text
    assert "weight: 1" in text
    assert "template: null" in text
    assert text.index("task:") < text.index("protocol:") < text.index("name:")


def test_added_and_removed_keys(path: Path) -> None:
    text = over(
        path, replace(BASE, title="New", steps=(), scale=NumericScale(1, 3), order="seeded", notes="a\nb")
    )
    assert "steps" not in text
    assert "scale: {min: 1, max: 3}" in text
    assert "notes: |-\n  a\n  b\n" in text
    assert "# what counts" in text


def test_steps_and_criteria_can_be_inserted_removed_and_reordered(path: Path) -> None:
    over(path, replace(BASE, steps=("Read.", "Think.", "Score.")))
    over(path, replace(BASE, steps=("Score.", "Read.")))
    over(path, replace(BASE, steps=("Think.",)))
    over(path, replace(BASE, criteria=(Criterion("new", "x"), *BASE.criteria)))
    text = over(path, replace(BASE, criteria=(BASE.criteria[1], BASE.criteria[0])))
    assert "# what counts" in text
    over(path, replace(BASE, criteria=(BASE.criteria[1],)))


def test_a_block_stays_a_block(path: Path) -> None:
    text = over(path, replace(BASE, criteria=(BASE.criteria[0], Criterion("d", "It is brief."))))
    assert "description: |-\n    It is brief.\n" in text
    text = over(path, replace(BASE, criteria=(BASE.criteria[0], Criterion("d", "It is\nbrief."))))
    assert "It is\n    brief.\n" in text


def test_a_flow_mapping_stays_one(path: Path) -> None:
    text = over(path, replace(BASE, sampling=Sampling(n=5, temperature=0, max_tokens=9)))
    assert "sampling: {n: 5, temperature: 0, max_tokens: 9}" in text
    over(path, replace(BASE, inputs=(InputField("question"),)), COMMENTED + "inputs: [a, b]\n")
    over(path, replace(BASE, scale=LabelScale(("a\nb", "c: d"))), COMMENTED + "scale: {labels: [x, y]}\n")


@settings(max_examples=25)
@given(rubrics(), rubrics())
def test_any_rubric_can_be_written_over_any_other(old: Rubric, new: Rubric) -> None:
    assert parse_rubric(patched(dump_rubric(old), old.to_mapping(), new.to_mapping())) == new


@pytest.mark.parametrize("text", ["not: a rubric\n", "a: [\n", "", "judgetui: 9\n"])
def test_a_file_that_is_no_rubric_is_replaced(path: Path, text: str) -> None:
    assert over(path, BASE, text) == dump_rubric(BASE)


def test_a_new_file_is_written_and_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "r.yaml", tmp_path / "link.yaml"
    write_rubric(target, RUBRIC)
    link.symlink_to(target)
    write_rubric(link, replace(RUBRIC, title="Other"))
    assert link.is_symlink()
    assert load_rubric(target).title == "Other"
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["link.yaml", "r.yaml"]


def test_the_mode_of_a_file_stays(path: Path) -> None:
    path.write_text(TEXT)
    path.chmod(0o640)
    write_rubric(path, BASE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(RubricError, match="the folder is not there"):
        write_rubric(tmp_path / "absent" / "r.yaml", RUBRIC)
    with pytest.raises(RubricError, match="cannot be written"):
        write_rubric(tmp_path, RUBRIC)


def test_a_failed_write_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(TEXT)

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(RubricError, match="No space left on device"):
        write_rubric(path, BASE)
    assert path.read_text() == TEXT
    assert [entry.name for entry in path.parent.iterdir()] == ["r.yaml"]
