"""The README stays true: its commands run, its settings load, its links and keys exist."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from judgetui.cli.main import main
from judgetui.config.keymap import ACTIONS
from judgetui.config.settings import parse_settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str = "") -> list[str]:
    """The fenced blocks of one language; none for those without."""
    found: list[str] = []
    inside: list[str] | None = None
    for line in README.splitlines():
        if line.startswith("```") and inside is None:
            inside, kind = [], line.removeprefix("```")
        elif line.startswith("```") and inside is not None:
            if kind == language:
                found.append("\n".join(inside))
            inside = None
        elif inside is not None:
            inside.append(line)
    return found


COMMANDS = [
    commands
    for block in blocks()
    if (
        commands := [
            line
            for line in block.splitlines()
            if line.startswith("judgetui ") and not line.startswith(("judgetui model", "judgetui demo"))
        ]
    )
]


def test_the_first_lines_are_the_two_commands() -> None:
    first = blocks()[0].splitlines()
    assert [line.split("#")[0].strip() for line in first] == ["make demo", "make test"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "\ndemo:" in makefile and "\ntest:" in makefile


@pytest.mark.parametrize("commands", COMMANDS, ids=lambda commands: commands[0])
def test_commands_run_one_after_the_other(
    commands: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("rubrics", "sessions"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.db*"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JUDGETUI_HOME", str(tmp_path / "home"))
    for command in commands:
        assert main(shlex.split(command)[1:]) == 0, command


def test_the_settings_load() -> None:
    (text,) = blocks("toml")
    settings = parse_settings(text, "settings.toml")
    assert settings.judge and settings.profiles


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", README))
def test_a_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


def test_the_keys_are_those_of_the_app() -> None:
    known = {key for action in ACTIONS for key in action.keys}
    words = {"[": "left_square_bracket", "]": "right_square_bracket"}
    table = README.partition("## Keys")[2].partition("All keys")[0]
    named = [word for row in table.splitlines()[3:] for word in re.findall(r"`([^`]+)`", row)]
    assert len(named) > 15
    assert {words.get(word, word) for word in named} <= known


def test_no_figure_is_missing() -> None:
    assert "FIGURES" not in README
