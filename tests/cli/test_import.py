"""`judgetui import` and what `targets` says of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from judgetui.rubric_files import load_rubric
from tests.cli.conftest import Call

GOOD = {
    "name": "good",
    "type": "pairwise",
    "system_prompt": "Compare. [[A]] or [[B]]",
    "prompt_template": "{question}\n{answer_a}\n{answer_b}",
    "output_format": "[[A]]",
    "category": "math",
}
BAD = GOOD | {"name": "bad", "output_format": "[[rating_a,rating_b]]"}
G_EVAL = "Rate.\n\nEvaluation Criteria:\n\nTone (1-3): how kind.\n\n{{Summary}}\n"


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    path = tmp_path / "judge_prompts.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in (GOOD, BAD, GOOD | {"name": "other"})))
    return path


def test_each_judge_becomes_a_file_and_what_is_left_out_is_said(
    judgetui: Call, prompts: Path, tmp_path: Path
) -> None:
    said = judgetui("import", prompts, "--from", "fastchat", "--out", "made")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "made/good.yaml",
        "  good: mt-bench-pair",
        "  - no place for category: math",
        "made/other.yaml",
        "  other: mt-bench-pair",
        "  - no place for category: math",
        f"left out: {prompts}:2: bad: it asks for '[[rating_a,rating_b]]'; a pairwise protocol here reads "
        "[[A]] alone.",
    ]
    assert load_rubric(tmp_path / "made" / "good.yaml").name == "good"
    again = judgetui("import", prompts, "--from", "fastchat", "--out", "made")
    assert again.code == 2
    assert "made/good.yaml already exists. Choose another --out, or move the file away." in again.err


def test_json_has_files_notes_and_reasons(judgetui: Call, prompts: Path) -> None:
    said = judgetui("import", prompts, "--from", "fastchat", "--out", "made", "--json")
    shown = judgetui("rubric", "show", "made/good.yaml", "--json").json
    assert said.json["source"] == str(prompts)
    assert said.json["from"] == "fastchat"
    assert said.json["imported"][0] == {
        "name": "good",
        "protocol": "mt-bench-pair",
        "rubric_hash": shown["rubric_hash"],
        "file": "made/good.yaml",
        "notes": ["no place for category: math"],
    }
    (refused,) = said.json["refused"]
    assert (refused["name"], refused["place"]) == ("bad", f"{prompts}:2")
    assert "[[rating_a,rating_b]]" in refused["reason"]


def test_one_judge_to_one_file_and_it_runs(judgetui: Call, prompts: Path, files: Path) -> None:
    several = judgetui("import", prompts, "--from", "fastchat", "--out", "one.yaml")
    assert several.code == 2
    assert "2 rubrics do not go into one file" in several.err
    assert judgetui("import", prompts, "--from", "fastchat", "--name", "other", "--out", "one.yaml").code == 0
    assert judgetui("rubric", "lint", "one.yaml").code == 0
    ran = judgetui("run", "--rubric", "one.yaml", "--data", "pairs.jsonl", "--judge", "scripted:1", "--json")
    assert ran.json["judgements"]["ok"] == 4


def test_nothing_imported_is_an_error_with_every_reason(
    judgetui: Call, prompts: Path, tmp_path: Path
) -> None:
    said = judgetui("import", prompts, "--from", "fastchat", "--name", "bad", "--out", "made")
    assert (said.code, said.out) == (2, "")
    assert f"nothing could be imported. {prompts}:2: bad: it asks for" in said.err
    as_json = judgetui("import", prompts, "--from", "fastchat", "--name", "bad", "--out", "made", "--json")
    assert (as_json.code, as_json.json["imported"], len(as_json.json["refused"])) == (2, [], 1)
    assert not (tmp_path / "made").exists()


def test_g_eval_takes_what_its_text_does_not_say(judgetui: Call, tmp_path: Path) -> None:
    (tmp_path / "tone.txt").write_text(G_EVAL)
    assert judgetui("import", "tone.txt", "--from", "g-eval", "--out", "tone.yaml").code == 0
    (tmp_path / "bare.txt").write_text("Rate {{Summary}}.")
    bare = ("import", "bare.txt", "--from", "g-eval", "--out", "bare.yaml")
    assert "--criterion" in judgetui(*bare).err
    assert judgetui(*bare, "--criterion", "tone", "--scale", "x").err.startswith("error: --scale: 'x' is no")
    assert judgetui(*bare, "--criterion", "tone", "--scale", "1-9").code == 0
    scale = load_rubric(tmp_path / "bare.yaml").scale
    assert scale is not None
    assert scale.texts[-1] == "9"


def test_wrong_usage_says_what_to_do(judgetui: Call, prompts: Path) -> None:
    said = judgetui("import", prompts, "--from", "fastcat", "--out", "made")
    assert (said.code, "Did you mean 'fastchat'?" in said.err) == (2, True)
    said = judgetui("import", prompts, "--from", "fastchat", "--out", "made", "--scale", "1-5")
    assert (said.code, "are for G-Eval texts" in said.err) == (2, True)
    said = judgetui("import", "absent", "--from", "fastchat", "--out", "made")
    assert (said.code, "absent: there is no such file. Check the path." in said.err) == (2, True)
    assert judgetui("import", prompts, "--out", "made").code == 2


def test_targets_say_what_is_read_and_what_is_written(judgetui: Call) -> None:
    found = {each["name"]: each for each in judgetui("targets", "--json").json}
    assert {name for name, each in found.items() if each["read"]} == {
        "fastchat",
        "alpaca-eval",
        "vicuna",
        "g-eval",
    }
    assert found["markdown"]["written"] and not found["markdown"]["read"]
    assert found["fastchat"]["reads"].startswith("judge_prompts.jsonl")
    rows = judgetui("targets").out.splitlines()
    assert any(row.startswith("fastchat") and " import " in row for row in rows)
    assert any(row.startswith("markdown") and " export " in row for row in rows)
