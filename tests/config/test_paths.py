"""Where things live, by one rule."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from judgetui.config import paths as module
from judgetui.config.files import write_whole
from judgetui.config.paths import find_paths, is_workspace, make_private, package_data
from judgetui.errors import InputError


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and platform folders of the test's own."""
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    monkeypatch.delenv("JUDGETUI_HOME", raising=False)
    return tmp_path


def test_the_home_variable_moves_everything(elsewhere: Path) -> None:
    (elsewhere / "rubrics").mkdir()
    (elsewhere / "sessions").mkdir()
    home = elsewhere / "mine"
    found = find_paths({"JUDGETUI_HOME": str(home)}, elsewhere)
    assert found.config_file == home / "settings.toml"
    assert found.sessions == home / "sessions"
    assert found.rubrics == home / "rubrics"
    assert found.models == home / "models"
    assert found.logs == home / "logs"
    assert found.cache == home / "cache"
    assert "JUDGETUI_HOME" in found.home and str(home) in found.home
    assert not home.exists(), "looking makes nothing"


def test_the_home_variable_is_taken_as_people_write_it(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(elsewhere))
    assert find_paths({"JUDGETUI_HOME": "~/mine"}, elsewhere).models == elsewhere / "mine" / "models"
    assert find_paths({"JUDGETUI_HOME": "here"}, elsewhere).models == elsewhere / "here" / "models"
    assert "own folders" in find_paths({"JUDGETUI_HOME": "  "}, elsewhere).home
    (elsewhere / "file").touch()
    with pytest.raises(InputError, match="not a folder"):
        find_paths({"JUDGETUI_HOME": str(elsewhere / "file")}, elsewhere)


@pytest.mark.skipif(os.name != "posix", reason="XDG folders")
def test_a_workspace_keeps_rubrics_and_sessions_only(elsewhere: Path) -> None:
    work = elsewhere / "work"
    (work / "rubrics").mkdir(parents=True)
    outside = find_paths({}, work)
    assert not is_workspace(work)
    assert work not in outside.rubrics.parents
    (work / "sessions").mkdir()
    inside = find_paths({}, work)
    assert inside.rubrics == work / "rubrics" and inside.sessions == work / "sessions"
    assert str(work) in inside.home
    for name in ("config_file", "models", "logs", "cache"):
        assert getattr(inside, name) == getattr(outside, name)
        assert work not in getattr(inside, name).parents


def test_this_process_is_asked_when_nothing_is_given(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("JUDGETUI_HOME", "x")
    assert find_paths().cache == elsewhere / "x" / "cache"


def test_private_folders(elsewhere: Path) -> None:
    folder = make_private(elsewhere / "a" / "b" / "c")
    for each in (folder, folder.parent, folder.parent.parent):
        assert each.stat().st_mode & 0o777 == 0o700
    before = elsewhere.stat().st_mode
    assert make_private(elsewhere) == elsewhere
    assert elsewhere.stat().st_mode == before, "a folder that is there stays as it is"
    (elsewhere / "file").touch()
    for path in (elsewhere / "file", elsewhere / "file" / "below"):
        with pytest.raises(InputError, match="cannot be made"):
            make_private(path)


def test_the_shipped_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site" / "judgetui"
    monkeypatch.setattr(module, "__file__", str(package / "config" / "paths.py"))
    with pytest.raises(InputError, match="missing"):
        package_data()
    for name in ("rubrics", "sessions"):
        (tmp_path / "site" / name).mkdir(parents=True)
    assert package_data() == tmp_path / "site", "a checkout"
    for name in ("rubrics", "sessions"):
        (package / "_data" / name).mkdir(parents=True)
    assert package_data() == package / "_data", "a wheel"


class TestWholeFiles:
    def test_new_and_changed(self, tmp_path: Path) -> None:
        file = tmp_path / "sub" / "file"
        write_whole(file, b"one")
        assert file.read_bytes() == b"one"
        assert file.stat().st_mode & 0o777 == 0o600
        file.chmod(0o644)
        write_whole(file, b"two")
        assert file.read_bytes() == b"two"
        assert file.stat().st_mode & 0o777 == 0o644
        assert list(file.parent.iterdir()) == [file]

    def test_a_link_stays_a_link(self, tmp_path: Path) -> None:
        real, link = tmp_path / "real", tmp_path / "link"
        real.write_text("old")
        link.symlink_to(real)
        write_whole(link, b"new")
        assert link.is_symlink() and real.read_text() == "new"

    def test_a_failure_leaves_the_old_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = tmp_path / "file"
        file.write_text("old")

        def fail(self: Path, target: Path) -> Path:
            raise OSError("no")

        monkeypatch.setattr(Path, "replace", fail)
        with pytest.raises(OSError, match="no"):
            write_whole(file, b"new")
        assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]
