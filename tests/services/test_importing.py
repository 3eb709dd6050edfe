"""Imports from files on disk: what is read, what is refused, what is written and what never is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from judgetui.core.lint import lint
from judgetui.core.rubric import Criterion, Rubric
from judgetui.errors import InputError, RubricError
from judgetui.interchange.reading import Imported
from judgetui.rubric_files import load_rubric
from judgetui.services.importing import (
    MAX_BYTES,
    READERS,
    get_reader,
    read_file,
    read_judges,
    readers,
    write_rubrics,
)

FASTCHAT = get_reader("fastchat")
ALPACA = get_reader("alpaca-eval")

PROMPT = {
    "name": "one",
    "type": "single",
    "system_prompt": "",
    "prompt_template": "{question} {answer}",
    "output_format": "[[rating]]",
}
CONFIG = """\
# a comment
judge:
  prompt_template: {template}
  completions_kwargs: {{model_name: gpt-4, max_tokens: 100, temperature: 0, extra: True}}
  fn_completion_parser: ranking_parser
  is_randomize_output_order: no
"""


def prompts(folder: Path, *names: str, **changes: Any) -> Path:
    path = folder / "judge_prompts.jsonl"
    path.write_text("".join(json.dumps(PROMPT | {"name": name} | changes) + "\n" for name in names))
    return path


def evaluator(
    folder: Path, template: str = "p.txt", text: str = "{instruction} {output_1} {output_2}"
) -> Path:
    """An evaluator in `folder/configs/judge`, its template beside its folder."""
    path = folder / "configs" / "judge"
    path.mkdir(parents=True)
    (path / "configs.yaml").write_text(CONFIG.format(template=json.dumps(template)))
    (path.parent / "p.txt").write_text(text)
    return path


def test_readers_are_found_by_name() -> None:
    assert [reader.name for reader in readers()] == list(READERS)
    assert all(reader.title and reader.reads.endswith(".") for reader in readers())
    with pytest.raises(InputError, match="Did you mean 'fastchat'"):
        get_reader("fast-chat")
    with pytest.raises(InputError, match="Known are fastchat, alpaca-eval, vicuna, g-eval"):
        get_reader("zzz")


def test_what_is_written_is_read_back_and_without_errors(tmp_path: Path) -> None:
    found = read_judges(prompts(tmp_path, "one", "Two words"), FASTCHAT)
    outcome = write_rubrics(found, tmp_path / "out")
    assert [path for _, path in outcome.written] == [
        tmp_path / "out" / "one.yaml",
        tmp_path / "out" / "two-words.yaml",
    ]
    for imported, path in outcome.written:
        assert load_rubric(path) == imported.rubric
        assert imported.rubric is not None
        assert not [finding for finding in lint(imported.rubric) if finding.level == "error"]


def test_a_folder_stands_for_the_file_that_is_looked_for(tmp_path: Path) -> None:
    prompts(tmp_path, "one")
    assert [each.name for each in read_judges(tmp_path, FASTCHAT)] == ["one"]
    (folder := tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty: this is a folder without configs\.yaml or config\.yaml"):
        read_judges(folder, ALPACA)
    with pytest.raises(InputError, match=r"this is a folder\. Give a file in it"):
        read_judges(folder, get_reader("g-eval"))


def test_a_template_is_found_from_the_folder_above(tmp_path: Path) -> None:
    folder = evaluator(tmp_path)
    for path in (folder, folder / "configs.yaml"):
        (found,) = read_judges(path, ALPACA)
        assert found.rubric is not None, found.reason
        assert (found.name, found.rubric.order) == ("judge", "as-given")
        assert "no place for completions_kwargs.extra: true" in found.notes
        assert (found.place.file, found.place.line) == (str(folder / "configs.yaml"), 2)


@pytest.mark.parametrize("up", ["../p.txt", "judge/../../p.txt", "link.txt"])
def test_nothing_outside_of_the_folder_is_read(tmp_path: Path, up: str) -> None:
    folder = evaluator(tmp_path, up)
    (tmp_path / "p.txt").write_text("{instruction} {output_1} {output_2} secret")
    (folder.parent / "link.txt").symlink_to(tmp_path / "p.txt")
    (found,) = read_judges(folder, ALPACA)
    assert found.rubric is None
    assert "lies outside of" in found.reason
    absolute = tmp_path / "absolute"
    (found,) = read_judges(evaluator(absolute, str(tmp_path / "p.txt")), ALPACA)
    assert "lies outside of" in found.reason


@pytest.mark.parametrize("name", ["absent.txt", "judge", "", "x" * 5000, "a\0b"])
def test_a_template_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    (found,) = read_judges(evaluator(tmp_path, name), ALPACA)
    assert found.rubric is None
    assert "is not there" in found.reason


def test_files_that_are_no_text_are_placed(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    with pytest.raises(InputError, match=r"f\.jsonl: there is no such file"):
        read_judges(path, FASTCHAT)
    path.write_bytes(b"{}\n" + "größe".encode("latin-1"))
    with pytest.raises(InputError, match=r"f\.jsonl:2: the file is not UTF-8 text\. Save it as UTF-8"):
        read_judges(path, FASTCHAT)
    path.write_text("{}", encoding="utf-16")
    with pytest.raises(InputError, match="UTF-16 or UTF-32"):
        read_judges(path, FASTCHAT)
    path.write_bytes(b" " * (MAX_BYTES + 1))
    with pytest.raises(InputError, match="more than 4,000,000 bytes"):
        read_judges(path, FASTCHAT)
    with pytest.raises(InputError, match="cannot be read: Not a directory"):
        read_judges(path / "x", FASTCHAT)
    folder = evaluator(tmp_path)
    (folder.parent / "p.txt").write_bytes(b"\xff\xfe\x00")
    (found,) = read_judges(folder, ALPACA)
    assert "p.txt: the file is UTF-16" in found.reason


def test_lines_end_as_in_python_text_files(tmp_path: Path) -> None:
    path = tmp_path / "p.txt"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")
    assert read_file(path).text == "a\nb\nc\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b: c\n", r"configs\.yaml:1: .*mapping values are not allowed"),
        ("", "the file is empty"),
        ("a: !!python/object:os.system x\n", r"tags \(!\) are not used in configs"),
        ("a: &x 1\n", r"anchors \(&\) and aliases \(\*\) are not used in configs"),
        ("just text\n", "no key holds a mapping with `prompt_template`"),
    ],
)
def test_yaml_is_read_safely(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "configs.yaml").write_text(text)
    with pytest.raises(InputError, match=message):
        read_judges(tmp_path, ALPACA)


def test_one_of_several_by_name(tmp_path: Path) -> None:
    path = prompts(tmp_path, "one", "two")
    assert [each.name for each in read_judges(path, FASTCHAT, name="two")] == ["two"]
    with pytest.raises(InputError, match=r"no judge 'tow'\. Did you mean two"):
        read_judges(path, FASTCHAT, name="tow")
    with pytest.raises(InputError, match="It has one, two"):
        read_judges(path, FASTCHAT, name="zzzz")


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    (found,) = read_judges(prompts(tmp_path, "one", system_prompt="a\ud800"), FASTCHAT)
    assert (found.rubric, "half a character" in found.reason) == (None, True)


def made(*names: str) -> list[Imported]:
    return [
        Imported(name, Rubric(name, "mt-bench-single", "Judge.", (Criterion("quality", "It is good."),)))
        for name in names
    ]


def test_one_rubric_goes_to_one_file_and_several_to_a_folder(tmp_path: Path) -> None:
    out = tmp_path / "r.yaml"
    outcome = write_rubrics([*made("one"), Imported("two", reason="no.")], out)
    assert [path for _, path in outcome.written] == [out]
    assert [refused.name for refused in outcome.refused] == ["two"]
    with pytest.raises(InputError, match=r"2 rubrics do not go into one file.*--name: one, two"):
        write_rubrics(made("one", "two"), tmp_path / "x.yml")
    assert not (tmp_path / "x.yml").exists()
    (tmp_path / "folder.yaml").mkdir()
    outcome = write_rubrics(made("a", "A", "a-2"), tmp_path / "folder.yaml")
    assert [path.name for _, path in outcome.written] == ["a.yaml", "a-2.yaml", "a-2-2.yaml"]
    assert write_rubrics([Imported("two", reason="no.")], tmp_path / "never").written == ()
    assert not (tmp_path / "never").exists()


def test_nothing_is_overwritten_and_nothing_written_before_all_can_be(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "two.yaml").write_text("mine")
    with pytest.raises(InputError, match=r"two\.yaml already exists\. Choose another --out"):
        write_rubrics(made("one", "two"), out)
    assert [path.name for path in out.iterdir()] == ["two.yaml"]
    with pytest.raises(InputError, match="already exists"):
        write_rubrics(made("one"), out / "two.yaml")
    assert (out / "two.yaml").read_text() == "mine"
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file"):
        write_rubrics(made("one"), tmp_path / "file")
    with pytest.raises(InputError, match="cannot be made: Not a directory"):
        write_rubrics(made("one"), tmp_path / "file" / "below")
    with pytest.raises(RubricError, match="the folder is not there"):
        write_rubrics(made("one"), tmp_path / "absent" / "r.yaml")
