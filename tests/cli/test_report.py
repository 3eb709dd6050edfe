"""`judgetui report`: files by their ending, stdout, refusals."""

from __future__ import annotations

import asyncio
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Call
from tests.services.reporting.sessions import paired_session, scored_session


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """A session with one run of pairs."""
    asyncio.run(paired_session(tmp_path / "pairs.db", 6)).close()
    return tmp_path / "pairs.db"


def test_a_page_is_written_whole(judgetui: Call, session: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    out.write_text("older")
    said = judgetui("report", session, "--out", out)
    assert (said.code, said.out) == (0, "") and f"report of run 1 written to {out}" in said.err
    text = out.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>\n"))
    assert [heading.text for heading in root.iter("h1")] == ["Which answer is better?"]
    assert judgetui("report", session, "--out", tmp_path / "again.html").code == 0
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == text


def test_markdown_goes_to_a_file_or_to_stdout(judgetui: Call, session: Path, tmp_path: Path) -> None:
    assert judgetui("report", session, "--out", tmp_path / "a.md", "--date", "2030-01-02").code == 0
    text = (tmp_path / "a.md").read_text(encoding="utf-8")
    assert text.startswith("# Which answer is better?\n") and "- **Date:** 2030-01-02" in text
    assert judgetui("report", session, "--out", "-", "--date", "2030-01-02").out == text


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--out", "report.pdf"), "End it in .html or .md."),
        (("--out", "r.html", "--run", "7"), "the session has no run 7"),
        (("--out", "r.html", "--judge", "nobody"), "run 1 has no judge 'nobody'"),
        (("--out", "r.html", "--split", "test"), "no item of run 1 is in the split 'test'"),
        (("--out", "r.html", "--date", "soon"), "soon"),
        ((), "--out"),
    ],
)
def test_what_cannot_be_written_is_refused(
    judgetui: Call, session: Path, options: tuple[str, ...], told: str
) -> None:
    said = judgetui("report", session, *options)
    assert said.code == 2 and told in said.err


def test_one_of_several_judges_is_named(judgetui: Call, tmp_path: Path) -> None:
    asyncio.run(scored_session(tmp_path / "two.db", 4)).close()
    said = judgetui("report", tmp_path / "two.db", "--out", tmp_path / "r.md")
    assert said.code == 2 and "Choose one with --judge" in said.err
    said = judgetui("report", tmp_path / "two.db", "--judge", "standin:two", "--out", tmp_path / "r.md")
    assert said.code == 0
    assert "- **Judge:** standin:two" in (tmp_path / "r.md").read_text(encoding="utf-8")
