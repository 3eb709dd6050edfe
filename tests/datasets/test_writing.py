"""JSONL out: what is written is read back, in one step or not at all."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from judgetui.core.item import Item, Label
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.vote import Status, Vote
from judgetui.datasets import item_line, judgement_line, load_items, write_items, write_judgements
from judgetui.errors import ItemError

ITEMS = [
    Item("a", ("So.\nMore.",), {"question": "Wärum? 🎉\u2028"}, ("m",), "c", labels=(Label("human", 4),)),
    Item("b", ("One.", ("Two.", "turns")), {"x": [1, {"y": None}]}),
]


def judgement(raw: str = "4") -> Judgement:
    vote = Vote(Status.OK, "c", score=4.0, raw=raw)
    started = datetime(2026, 1, 1, tzinfo=UTC)
    return Judgement(1, 0, ITEMS[0], "h", "r", "rh", "g-eval", "j", Outcome(Status.OK, 4.0), (vote,), started)


def test_items_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    assert write_items(path, ITEMS) == 2
    assert load_items(path) == ITEMS
    assert path.read_bytes() == b"".join(map(item_line, ITEMS))
    assert "Wärum" in item_line(ITEMS[0]).decode()


def test_judgements_are_one_line_each(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    assert write_judgements(path, [judgement(), judgement("\x85\n")]) == 2
    lines = path.read_bytes().splitlines()
    assert [json.loads(line)["votes"][0]["raw"] for line in lines] == ["4", "\x85\n"]
    assert json.loads(judgement_line(judgement())) == judgement().to_mapping()


def test_half_a_character_of_a_reply_is_written_as_an_escape(tmp_path: Path) -> None:
    path = tmp_path / "j.jsonl"
    write_judgements(path, [judgement("\ud83d é")])
    assert json.loads(path.read_text(encoding="utf-8"))["votes"][0]["raw"] == "\ud83d é"


def test_what_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    write_items(path, ITEMS)

    def failing() -> Iterator[Item]:
        yield ITEMS[0]
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        write_items(path, failing())
    assert load_items(path) == ITEMS
    assert [entry.name for entry in tmp_path.iterdir()] == ["d.jsonl"]


def test_a_full_disk_says_so_and_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "d.jsonl"
    write_items(path, ITEMS)

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ItemError, match="No space left on device"):
        write_items(path, [])
    assert load_items(path) == ITEMS
    assert [entry.name for entry in tmp_path.iterdir()] == ["d.jsonl"]


def test_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="cannot be written"):
        write_items(tmp_path / "absent" / "d.jsonl", ITEMS)


def test_links_and_modes_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "d.jsonl", tmp_path / "link.jsonl"
    write_items(path, [])
    path.chmod(0o604)
    link.symlink_to(path)
    write_items(link, ITEMS)
    assert link.is_symlink()
    assert load_items(path) == ITEMS
    assert stat.S_IMODE(path.stat().st_mode) == 0o604
