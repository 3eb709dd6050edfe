"""Which column is suggested to be which field, and what is said when one is named that is not there."""

from __future__ import annotations

import pytest

from judgetui.datasets.mapping import SYNONYMS, likely_response, read_names, require_columns, suggest
from judgetui.errors import InputError


def suggested(*columns: str, inputs: tuple[str, ...] = ()) -> dict[str, str]:
    return {each.column: each.field for each in suggest(columns, inputs)}


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        (("prompt", "output"), {"prompt": "question", "output": "response"}),
        (("Prompt", "Model Output"), {"Prompt": "question", "Model Output": "response"}),
        (("userPrompt", "actualOutput"), {"userPrompt": "question", "actualOutput": "response"}),
        (("promt", "respones"), {"promt": "question", "respones": "response"}),
        (("prompt", "chosen", "rejected"), {"prompt": "question", "chosen": "response_a", "rejected": "response_b"}),
        (
            ("instruction", "output_1", "generator_1", "output_2", "generator_2"),
            {
                "instruction": "question",
                "output_1": "response_a",
                "generator_1": "model_a",
                "output_2": "response_b",
                "generator_2": "model_b",
            },
        ),
        (
            ("instruction", "input", "response1", "response2"),
            {"instruction": "question", "response1": "response_a", "response2": "response_b"},
        ),
        (("output", "output_1"), {"output": "response"}),
        (
            ("output", "generator", "expected_output"),
            {"output": "response", "generator": "model", "expected_output": "reference"},
        ),
        (
            ("answer", "annotator1", "annotator2"),
            {"answer": "response", "annotator1": "human.annotator1", "annotator2": "human.annotator2"},
        ),
        (("answer", "human_a", "annotator"), {"answer": "response", "human_a": "human.human_a"}),
        (("question", "response", "answer", "output"), {}),
        (("responses", "answer"), {}),
        (("note", "price_per_example", "date"), {}),
    ],
)  # fmt: skip
def test_columns_are_known_by_the_names_that_tools_use(
    columns: tuple[str, ...], fields: dict[str, str]
) -> None:
    assert suggested(*columns) == fields


def test_a_field_is_suggested_once_for_the_likelier_column() -> None:
    assert suggested("query", "prompt") == {"prompt": "question"}
    scores = {each.column: each.score for each in suggest(("promt", "output"))}
    assert scores["output"] == 100.0
    assert 84 <= scores["promt"] < 100


def test_a_rubric_s_own_inputs_come_in() -> None:
    assert suggested("sumary", "source", inputs=("summary", "source")) == {"sumary": "summary"}
    assert suggest(("text",), ("question",)) == ()


def test_what_a_column_holds_rules_fields_out() -> None:
    assert suggest(("idx",), unfit={"idx": {"id"}}) == ()


def test_no_name_stands_for_two_fields() -> None:
    names = [name for synonyms in SYNONYMS.values() for name in synonyms]
    assert len(names) == len(set(names))


def test_the_answer_s_likely_column() -> None:
    assert likely_response(["prompt", "completion"]) == {"completion": "response"}
    assert likely_response(["chosen", "rejected"]) == {"chosen": "response_a", "rejected": "response_b"}
    assert likely_response(["a", "b"]) is None


def test_names_are_read_and_checked() -> None:
    assert read_names(["prompt=question", " a = ", "x=y=z"]) == {"prompt": "question", "a": "", "x": "y=z"}
    for wrong in ("prompt", "=question"):
        with pytest.raises(InputError, match="names no column and field"):
            read_names([wrong])
    with pytest.raises(InputError, match="mapped twice"):
        read_names(["a=b", "a=c"])
    require_columns({"a": "b"}, ["a"])
    with pytest.raises(InputError, match=r"no column 'promt'\. Did you mean prompt"):
        require_columns({"promt": "question"}, ["prompt", "b"])
    with pytest.raises(InputError, match="There are a, b"):
        require_columns({"zzz": "question"}, ["a", "b"])
