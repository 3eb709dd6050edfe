"""FastChat's questions and answers, joined: those of MT-Bench and of Vicuna.

Files (lm-sys/FastChat, fastchat/llm_judge/data, and lm-sys/vicuna-blog-eval, eval/table): `question.jsonl` with
`question_id`, `category` and `turns`, or Vicuna's `text`; a file of answers for each model in `model_answer/` or `answer/`,
with `question_id`, `model_id` and `choices[0].turns`, or `text`; references likewise in `reference_answer/`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from judgetui.datasets.encodings import UTF8, utf8_lines
from judgetui.datasets.json_text import each_line
from judgetui.datasets.lines import open_data
from judgetui.datasets.sources import Source
from judgetui.errors import ItemError, Place

_ANSWERS: Final = ("model_answer", "answer")
_REFERENCES: Final = "reference_answer"

Found = tuple[str, int, object]
"""File, line, and a record or what is wrong with it."""


def fastchat_records(source: Source) -> Iterator[Found]:
    """One item for each answer: question, response, reference where there is one, model, category, and the question as group.

    Several turns come as lists of as many; a question that nobody answered is left out.

    Raises:
        ItemError: if a file is missing or its questions cannot be read.
    """
    questions_file, answer_files, reference_files = _files(source)
    questions = _by_question(questions_file)
    references = _references(reference_files)
    for path in answer_files:
        for line, record in _lines(path):
            if isinstance(record, ItemError):
                yield str(path), line, record
                continue
            try:
                yield str(path), line, _item(record, questions, references)
            except ItemError as error:
                yield str(path), line, error.at(Place(str(path), line))


def _files(source: Source) -> tuple[Path, list[Path], list[Path]]:
    """The questions, the answers, and the references."""
    path = source.path
    if path is None:
        raise ItemError("answers need a file of questions.", "Give question.jsonl.", place=Place(source.name))
    if not path.is_dir():
        folder = path.parent / _REFERENCES
        return path, list(source.answers), sorted(folder.glob("*.jsonl"))
    questions = path / "question.jsonl"
    if not questions.is_file():
        raise ItemError(
            "this is a folder without question.jsonl.",
            "Give a data file in it, or a folder as FastChat keeps them.",
            place=Place(source.name),
        )
    answers = list(source.answers) or [
        each for name in _ANSWERS for each in sorted((path / name).glob("*.jsonl"))
    ]
    if not answers:
        raise ItemError(
            "the folder has questions and no answers.",
            "Put them into model_answer/MODEL.jsonl.",
            place=Place(source.name),
        )
    return questions, answers, sorted((path / _REFERENCES).glob("*.jsonl"))


def _lines(path: Path) -> Iterator[tuple[int, Mapping[str, object] | ItemError]]:
    with open_data(path) as file:
        for line, value in each_line(utf8_lines(file, UTF8), str(path)):
            if isinstance(value, Mapping | ItemError):
                yield line, value
            else:
                yield line, ItemError("this is no object.", place=Place(str(path), line))


def _by_question(path: Path) -> dict[object, Mapping[str, object]]:
    found: dict[object, Mapping[str, object]] = {}
    for line, record in _lines(path):
        if isinstance(record, ItemError):
            raise record
        key = _question_id(record, path, line)
        if key in found:
            raise ItemError(
                f"the question {key} is there twice.",
                "Keep one of the two.",
                field="question_id",
                place=Place(str(path), line),
            )
        found[key] = record
    return found


def _question_id(record: Mapping[str, object], path: Path, line: int) -> object:
    key = record.get("question_id")
    if not isinstance(key, str | int) or isinstance(key, bool):
        raise ItemError(
            "the question has no number.",
            "Give a FastChat file.",
            field="question_id",
            place=Place(str(path), line),
        )
    return key


def _references(paths: Sequence[Path]) -> dict[object, object]:
    """References by question; of several files, each named after the judge it was for, GPT-4's."""
    chosen = [path for path in paths if path.stem == "gpt-4"] or list(paths[:1])
    found: dict[object, object] = {}
    for path in chosen:
        for line, record in _lines(path):
            if isinstance(record, ItemError):
                raise record
            found[_question_id(record, path, line)] = _single(_turns(record))
    return found


def _item(
    record: Mapping[str, object],
    questions: Mapping[object, Mapping[str, object]],
    references: Mapping[object, object],
) -> dict[str, object]:
    key = record.get("question_id")
    question = questions.get(key) if isinstance(key, str | int) else None
    if question is None:
        raise ItemError(
            f"there is no question {key!r}.", "Give the answers' own questions.", field="question_id"
        )
    model = record.get("model_id", record.get("model"))
    asked = question.get("turns", question.get("text"))
    if asked is None:
        raise ItemError(
            f"the question {key} has neither turns nor text.", "Give a FastChat file.", field="turns"
        )
    found: dict[str, object] = {
        "id": f"{key}-{model}" if model is not None else str(key),
        "question": _single(asked),
        "response": _single(_turns(record)),
        "group": str(key),
        "question_id": key,
    }
    reference = references.get(key, question.get("reference"))
    optional = {"model": model, "category": question.get("category"), "reference": _single(reference)}
    return found | {name: value for name, value in optional.items() if value is not None}


def _turns(record: Mapping[str, object]) -> object:
    """The texts of an answer: of MT-Bench's form the first choice's turns."""
    choices = record.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        turns = choices[0].get("turns")
    else:
        turns = record.get("text")
    if turns is None:
        raise ItemError("the answer has neither choices nor text.", "Give a FastChat file.", field="choices")
    return turns


def _single(turns: object) -> object:
    """The only turn itself, else all of them."""
    return turns[0] if isinstance(turns, list) and len(turns) == 1 else turns
