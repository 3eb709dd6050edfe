"""Sessions made from starters, and copies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from judgetui.config.paths import Paths, find_paths, package_data
from judgetui.core.item import Item
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.rubric import Criterion, InputField, Rubric
from judgetui.datasets import write_items
from judgetui.errors import InputError, ItemError, RubricError, StorageError
from judgetui.rubric_files import dump_rubric
from judgetui.services import sessions
from judgetui.services.sessions import (
    copy_session,
    create_session,
    demo_items,
    fitting,
    free_name,
    free_path,
    items_from_file,
    purpose,
    starter_rubrics,
)
from judgetui.storage.database import SessionFile
from judgetui.storage.files import summary

RUBRIC = Rubric(
    name="right",
    protocol="g-eval",
    task="Rate the answer.\nStrictly.\n\nMore of it.",
    criteria=(Criterion("correctness", "Is it right?"),),
    inputs=(InputField("question"), InputField("context", optional=True)),
)
SINGLE = Item("one", ("yes",), {"question": "is it?"})
PAIR = Item("two", ("yes", "no"), {"question": "is it?"})


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return find_paths({"JUDGETUI_HOME": str(tmp_path / "home")})


@pytest.fixture
def rubric_file(tmp_path: Path) -> Path:
    file = tmp_path / "right.yaml"
    file.write_text(dump_rubric(RUBRIC), encoding="utf-8")
    return file


def test_the_shipped_starters_can_all_be_used(paths: Paths) -> None:
    found = starter_rubrics(paths)
    assert len(found) >= 2 and not any(starter.problem or starter.own for starter in found)
    for starter in found:
        assert starter.title and starter.summary and "\n" not in starter.summary
        assert get_protocol(starter.protocol).card.name == starter.protocol
    assert {"answer-correctness", "better-explanation"} <= {starter.name for starter in found}


def test_own_rubrics_come_after_the_shipped_ones_and_broken_ones_last_with_the_reason(paths: Paths) -> None:
    shipped = len(starter_rubrics(paths))
    paths.rubrics.mkdir(parents=True)
    (paths.rubrics / "z.yaml").write_text(dump_rubric(RUBRIC), encoding="utf-8")
    (paths.rubrics / "a.yml").write_text("judgetui: 1\nnme: x\n", encoding="utf-8")
    (paths.rubrics / "b.yaml").write_bytes(b"\xff\xfe")
    (paths.rubrics / "c.yaml").mkdir()
    (paths.rubrics / "notes.txt").write_text("not a rubric", encoding="utf-8")
    found = starter_rubrics(paths)[shipped:]
    assert [(starter.name, starter.own, bool(starter.problem)) for starter in found] == [
        ("right", True, False),
        ("a", True, True),
        ("b", True, True),
        ("c", True, True),
    ]
    assert "'nme' is not a known key" in found[1].problem and "a.yml:2" in found[1].problem
    assert all(starter.rubric is None for starter in found[1:])


def test_in_a_workspace_the_shipped_rubrics_are_listed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("rubrics", "sessions"):
        (tmp_path / name).mkdir()
    (tmp_path / "rubrics" / "right.yaml").write_text(dump_rubric(RUBRIC), encoding="utf-8")
    monkeypatch.setattr(sessions, "package_data", lambda: tmp_path)
    here = find_paths({}, tmp_path)
    assert [starter.name for starter in starter_rubrics(here)] == ["right"]


def test_a_purpose_is_the_task_and_the_notes_on_one_line() -> None:
    assert purpose(RUBRIC) == "Rate the answer. Strictly."
    noted = replace(RUBRIC, notes="Not for poems.\n\nEver.")
    assert purpose(noted) == "Rate the answer. Strictly. Not for poems."


def test_an_item_fits_with_the_right_number_of_answers_and_every_required_input() -> None:
    bare = Item("three", ("yes",), {"context": "x"})
    empty = Item("four", ("yes",), {"question": None})
    assert fitting(RUBRIC, [SINGLE, PAIR, bare, empty]) == [SINGLE]
    pairwise = replace(RUBRIC, protocol="mt-bench-pair")
    assert fitting(pairwise, [SINGLE, PAIR]) == [PAIR]


def test_the_demo_has_items_for_both_kinds() -> None:
    items = demo_items()
    assert len(fitting(RUBRIC, items)) >= 12
    assert len(fitting(replace(RUBRIC, protocol="mt-bench-pair"), items)) >= 12


def test_items_of_a_file_are_all_kept_when_some_fit(tmp_path: Path) -> None:
    file = tmp_path / "items.jsonl"
    write_items(file, [SINGLE, PAIR])
    assert items_from_file(RUBRIC, file) == [SINGLE, PAIR]


def test_a_file_of_which_nothing_fits_is_told_with_what_is_needed(tmp_path: Path) -> None:
    file = tmp_path / "items.jsonl"
    write_items(file, [PAIR])
    with pytest.raises(ItemError) as caught:
        items_from_file(RUBRIC, file)
    assert str(file) in str(caught.value) and "`response`, `question`" in str(caught.value)
    write_items(file, [SINGLE])
    with pytest.raises(ItemError, match="response_a"):
        items_from_file(replace(RUBRIC, protocol="mt-bench-pair"), file)


async def test_a_session_is_made_with_its_rubric_and_items(paths: Paths, rubric_file: Path) -> None:
    path = await create_session(paths, "  My [first] Session ", rubric_file, [SINGLE, PAIR])
    assert path == paths.sessions / "my-first-session.db"
    found = summary(path)
    assert (found.name, found.items, found.runs) == ("My [first] Session", 2, 0)
    (rubric,) = found.rubrics
    assert (rubric.name, rubric.version, rubric.note) == ("right", 1, "from right.yaml")
    with SessionFile.open(path) as session:
        assert session.read_now(lambda repos: repos.rubrics.latest(rubric.id)).rubric == RUBRIC
    assert sorted(file.name for file in paths.sessions.iterdir()) == [path.name], "nothing is left beside it"
    assert path.stat().st_mode & 0o077 == 0 and paths.sessions.stat().st_mode & 0o077 == 0


async def test_a_session_can_begin_without_items(paths: Paths, rubric_file: Path) -> None:
    assert summary(await create_session(paths, "bare", rubric_file)).items == 0


async def test_a_session_never_takes_the_place_of_another_file(paths: Paths, rubric_file: Path) -> None:
    path = await create_session(paths, "one", rubric_file, [SINGLE])
    before = path.read_bytes()
    with pytest.raises(InputError, match="is there already"):
        await create_session(paths, "ONE", rubric_file)
    assert path.read_bytes() == before


async def test_a_file_that_comes_meanwhile_is_not_overwritten(
    paths: Paths, rubric_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = free_path(paths, "one")
    monkeypatch.setattr(sessions, "free_path", lambda paths, name: path)
    path.parent.mkdir(parents=True)
    path.write_text("theirs")
    with pytest.raises(StorageError):
        await create_session(paths, "one", rubric_file)
    assert path.read_text() == "theirs" and len(list(path.parent.iterdir())) == 1


@pytest.mark.parametrize("name", ["", "   ", "///", "..", "[]"])
async def test_a_name_that_cannot_be_one_is_refused(paths: Paths, rubric_file: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        await create_session(paths, name, rubric_file)
    assert caught.value.field == "name"
    assert not paths.sessions.exists()


async def test_nothing_is_left_of_a_session_that_could_not_be_filled(
    paths: Paths, rubric_file: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("judgetui: 1\n", encoding="utf-8")
    with pytest.raises(RubricError):
        await create_session(paths, "one", broken)
    twice = [SINGLE, object()]
    with pytest.raises(Exception, match="object"):
        await create_session(paths, "one", rubric_file, twice)  # type: ignore[arg-type]
    assert not paths.sessions.exists() or not list(paths.sessions.iterdir())


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, rubric_file: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "sessions").write_text("in the way")
    with pytest.raises(InputError, match="cannot be made"):
        await create_session(find_paths({"JUDGETUI_HOME": str(tmp_path / "home")}), "one", rubric_file)


async def test_free_names_count_up(paths: Paths, rubric_file: Path) -> None:
    assert free_name(paths, "one") == "one"
    await create_session(paths, "one", rubric_file)
    assert free_name(paths, "one") == "one-2"
    await create_session(paths, "one-2", rubric_file)
    assert free_name(paths, "one") == "one-3"
    assert free_path(paths, free_name(paths, "///")).parent == paths.sessions


async def test_a_copy_has_its_own_name_and_place(paths: Paths, rubric_file: Path) -> None:
    path = await create_session(paths, "one", rubric_file, [SINGLE])
    with SessionFile.open(path):
        copy = copy_session(path, " Second One ")
    assert copy == paths.sessions / "second-one.db"
    assert (summary(copy).name, summary(copy).items) == ("Second One", 1)
    with pytest.raises(StorageError, match="already exists"):
        copy_session(path, "second one")
    with pytest.raises(InputError):
        copy_session(path, " ")


def test_the_package_holds_the_demo_items() -> None:
    folder = package_data() / "sessions"
    assert all((folder / name).is_file() for name in sessions.DEMO_ITEMS)
