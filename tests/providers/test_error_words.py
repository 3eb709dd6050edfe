"""What the body of an error says."""

from __future__ import annotations

import pytest

from judgetui.providers.error_words import error_words

NO = {
    "type": "string_type",
    "loc": ["body", "text", "format"],
    "msg": "Input should be text",
    "input": "secret",
}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("It is so.", "It is so."),
        ({"message": "It is so.", "detail": "more"}, "It is so."),
        ({"message": None, "detail": "It is so."}, "It is so."),
        ({"detail": [NO]}, "'text'.format: Input should be text"),
        ({"message": {"detail": [NO, NO | {"loc": ["body"]}]}}, "'text'.format: Input should be text; Input should be text"),
        ([NO | {"loc": ["body", "include", 0]}], "'include'.0: Input should be text"),
        ([NO | {"loc": None}, "and", 3], "Input should be text; and"),
        ({"body": "secret"}, ""),
        (None, ""),
    ],
)  # fmt: skip
def test_words_of_an_error(told: object, words: str) -> None:
    assert error_words(told) == words
