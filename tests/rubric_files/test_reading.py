"""Rubric files: every problem has its file, line and column, and says what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from judgetui.errors import Place, RubricError, TemplateError
from judgetui.rubric_files import load_rubric, parse_rubric, placed_in

GOOD = """\
judgetui: 1
name: r
protocol: g-eval
task: Judge.
criteria:
  - name: c
    description: It is right.
"""


def error_of(text: str, file: str = "r.yaml") -> RubricError:
    with pytest.raises(RubricError) as caught:
        parse_rubric(text, file)
    assert str(caught.value).startswith(file)
    return caught.value


def place(error: RubricError) -> tuple[int, int]:
    return error.place.line, error.place.column


@pytest.mark.parametrize(
    ("text", "where", "field", "message"),
    [
        (GOOD + "criterias: []\n", (8, 1), "criterias", "Did you mean 'criteria'?"),
        (GOOD.replace("protocol", "protocl"), (3, 1), "protocl", "Did you mean 'protocol'?"),
        (GOOD.replace("name: r\n", ""), (1, 1), "name", "Add a line `name: ...`"),
        (GOOD.replace("    description", "    descripton"), (7, 5), "criteria.0.descripton", "Did you mean"),
        (
            GOOD.replace("  - name: c\n    description", "  - description"),
            (6, 5),
            "criteria.0.name",
            "this is missing",
        ),
        (GOOD + "scale: {}\n", (8, 1), "scale", "Write {min: 1, max: 5} or {labels: [pass, fail]}."),
        (GOOD + "scale: {min: 5, max: 5}\n", (8, 1), "scale", "no points between min 5 and max 5"),
        (
            GOOD + "scale:\n  min: 1\n  max: five\n",
            (10, 3),
            "scale.max",
            "expected a whole number, found text",
        ),
        (
            GOOD + "scale:\n  min: 1\n  max: 5\n  anchors:\n    6: x\n",
            (12, 5),
            "scale.anchors.6",
            "not on the scale",
        ),
        (
            GOOD + "scale:\n  labels: [a, b]\n  values: {a.b: 1}\n",
            (10, 3),
            "scale.values",
            "'a.b' is not one of",
        ),
        (GOOD + "inputs:\n  - question\n  - response\n", (10, 5), "inputs.1", "always there"),
        (GOOD + "steps:\n  - Read.\n  -\n", (10, 4), "steps.1", "found nothing"),
        (GOOD + "sampling: {n: 0}\n", (8, 12), "sampling.n", "Use 1 to 1000"),
        (GOOD.replace("g-eval", "g-evil"), (3, 1), "protocol", "Did you mean 'g-eval'?"),
        (GOOD.replace("task: Judge.", "task: [Judge]"), (4, 1), "task", "expected text, found a list"),
        (GOOD.replace("judgetui: 1", "judgetui: 2"), (1, 1), "judgetui", "format 2 is not known"),
        ("- a\n", (1, 1), "", "this is a list, not a mapping"),
        ("text\n", (1, 1), "", "this is text, not a mapping"),
        ("# nothing but a comment\n", (1, 0), "", "the file is empty"),
    ],
)
def test_problems_are_placed(text: str, where: tuple[int, int], field: str, message: str) -> None:
    error = error_of(text)
    assert (place(error), error.field) == (where, field)
    assert message in str(error)


TEMPLATE = GOOD + "template:\n  - role: user\n    content: |\n      Judge this:\n      {}\n"


def test_an_unknown_field_is_placed_in_the_line_of_the_block() -> None:
    error = error_of(TEMPLATE.format("{{ respone }}"))
    assert place(error) == (12, 1)
    assert str(error).startswith(
        "r.yaml:12: template.0.content: the template names an unknown field 'respone'."
    )
    assert error.hint == "Did you mean 'response'?"


def test_broken_template_syntax_is_placed_in_the_line_of_the_block() -> None:
    assert place(error_of(TEMPLATE.format("{% if task %}"))) == (12, 1)


def test_what_turns_up_after_reading_is_placed_too(tmp_path: Path) -> None:
    def told(path: Path | None, place: Place) -> str:
        with pytest.raises(TemplateError) as caught, placed_in(path):
            raise TemplateError("no.", "Mend it.", field="template.0.content", place=place)
        return str(caught.value)

    path = tmp_path / "r.yaml"
    path.write_text(TEMPLATE)
    assert told(path, Place(line=2)) == f"{path}:12: template.0.content: no. Mend it."
    assert told(path, Place()).startswith(f"{path}:10: ")
    assert told(path, Place("other.yaml", 3)).startswith("other.yaml:3: ")
    assert told(None, Place(line=2)).startswith("line 2: ")
    path.unlink()
    assert told(path, Place(line=2)).startswith(f"{path}: ")


@pytest.mark.parametrize("style", ['"a {{ respone }}"', "a {{ respone }}", ">\n      a\n      {{ respone }}"])
def test_other_styles_are_placed_at_their_key(style: str) -> None:
    text = GOOD + f"template:\n  - role: user\n    content: {style}\n"
    assert place(error_of(text)) == (10, 5)


@pytest.mark.parametrize(
    ("text", "where", "message", "hint"),
    [
        ("a: b: c\n", (1, 5), "mapping values are not allowed", "below `key: |`"),
        ("a: 1\n\tb: 2\n", (2, 1), "'\\t'", "Indent with spaces"),
        ("a: 'x\n", (2, 1), "unexpected end of stream", "Close the quotes"),
        ("a: [1, 2\nb: 3\n", (2, 2), "expected ',' or ']'", "close the bracket"),
        ("a:\n  - 1\n - 2\n", (3, 2), "", ""),
        ("a: `x`\n", (1, 4), "cannot start any token", "in quotes"),
        ("a: 1\na: 2\n", (2, 1), "'a' is there twice, first on line 1", "Keep one"),
        ("a: {b: 1, b: 2}\n", (1, 11), "'b' is there twice", "Keep one"),
        ("1: x\n'1': y\n", (2, 1), "'1' is there twice", "Keep one"),
        ("? [a]\n: b\n", (1, 3), "a key is text", "in quotes"),
        ("a: &x 1\n", (1, 4), "anchors (&) and aliases (*) are not used", "in quotes if it starts with &"),
        ("a: *x\n", (1, 4), "anchors (&) and aliases (*)", "in quotes"),
        ("a: !!python/object:os.system x\n", (1, 4), "tags (!) are not used", "in quotes"),
        ("a: !!str 1\n", (1, 4), "tags (!) are not used", ""),
        ("a: 1\n---\nb: 1\n", (2, 1), "a second document", "one rubric in a file"),
        ("%YAML 1.1\n---\na: no\n", (2, 1), "directives are not used", "start with %"),
        ("a: \x07\n", (1, 4), "the control character U+0007", '"\\a"'),
        ("x: 1\na: x\x1by\n", (2, 5), "U+001B", ""),
        ("a: " + "[" * 40 + "]" * 40 + "\n", (1, 19), "nested more than 16 deep", ""),
        ("a: " + "9" * 5000 + "\n", (1, 4), "number cannot be read", "in quotes"),
        ("a:\n" + "  - x\n" * 10_001, (9_999, 5), "more than 10,000 entries", ""),
        ("a: " + "x" * 1_000_001, (0, 0), "at most 1,000,000", ""),
    ],
)
def test_yaml_that_a_rubric_never_needs_is_refused(
    text: str, where: tuple[int, int], message: str, hint: str
) -> None:
    error = error_of(text)
    assert place(error) == where
    assert message in error.message
    assert hint in error.hint


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert place(error_of(bomb)) == (1, 5)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2001-01-01", "2001-01-01"),
        ("yes", "yes"),
        ("12:30:45", "12:30:45"),
        ("=", "="),
        ("'1'", "1"),
        ('"\\a"', "\a"),
    ],
)
def test_only_yaml_1_2_s_own_types_are_not_text(written: str, read: str) -> None:
    assert parse_rubric(GOOD + f"notes: {written}\n").notes == read


@pytest.mark.parametrize("change", [("\n", "\r\n"), ("judgetui", "\ufeffjudgetui")])
def test_line_endings_and_byte_order_marks_do_not_matter(tmp_path: Path, change: tuple[str, str]) -> None:
    path = tmp_path / "r.yaml"
    path.write_bytes(GOOD.replace(*change).encode())
    assert load_rubric(path) == parse_rubric(GOOD)


def test_lines_are_right_with_windows_line_endings(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_bytes((GOOD + "oder: both\n").replace("\n", "\r\n").encode())
    with pytest.raises(RubricError, match=r"r\.yaml:8: oder: .*Did you mean 'order'"):
        load_rubric(path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RubricError, match="no such file"):
        load_rubric(tmp_path / "absent.yaml")
    with pytest.raises(RubricError, match="this is a folder"):
        load_rubric(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(RubricError, match="cannot be read: Not a directory"):
        load_rubric(tmp_path / "file" / "r.yaml")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("judgetui: 1\nname: größe\n".encode("latin-1"))
    with pytest.raises(RubricError, match=r"latin\.yaml:2: the file is not UTF-8 text\. Save it as UTF-8\."):
        load_rubric(latin)
    long = tmp_path / "long.yaml"
    long.write_bytes(b"x" * 5_000_000)
    with pytest.raises(RubricError, match="Is this a rubric file"):
        load_rubric(long)


def test_text_without_a_file_has_a_line() -> None:
    with pytest.raises(RubricError) as caught:
        parse_rubric(GOOD + "x: 1\n")
    assert str(caught.value).startswith("line 8: x: ")
