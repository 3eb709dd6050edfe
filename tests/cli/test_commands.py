"""The commands about rubrics, sessions, exports and judgetui itself."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from judgetui.cli import group, meter, output, talk
from judgetui.cli.masking import mask
from judgetui.core.events import Progress
from judgetui.core.protocols.registry import protocol_names
from judgetui.core.reply import Usage
from judgetui.rubric_files import load_rubric
from tests.cli.conftest import PAIRWISE, POINTWISE, ROOT, Call
from tests.tools.cli_pages import page

FACTS = ("run", "--rubric", "facts.yaml", "--data", "items.jsonl", "--judge", "scripted:1")

UNRENDERED = POINTWISE + (
    "template:\n  - role: user\n    content: |\n      {{ question }} {{ response }}\n      {{ scale.lowest }}\n"
)

# the list of commands


def test_the_table_says_what_the_commands_say() -> None:
    context = group.judgetui.make_context("judgetui", ["paths"])
    for name, entry in group.COMMANDS.items():
        command = group.judgetui.get_command(context, name)
        assert command is not None and command.name == name
        assert command.get_short_help_str(limit=200).rstrip(".") == entry.help.rstrip(".")


def test_a_group_alone_lists_its_commands(judgetui: Call) -> None:
    context = group.judgetui.make_context("judgetui", ["paths"])
    found = {name: group.judgetui.get_command(context, name) for name in group.COMMANDS}
    groups = {name: each for name, each in found.items() if isinstance(each, click.Group)}
    assert set(groups) == {"rubric", "session", "model", "config"}
    for name, each in groups.items():
        said = judgetui(name)
        assert (said.code, said.err) == (0, "")
        assert said.out == judgetui(name, "--help").out
        assert all(f"\n  {command} " in said.out for command in each.commands)


def test_the_page_of_commands_is_current() -> None:
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == page(), "make docs"


def test_the_page_of_keys_is_current(judgetui: Call) -> None:
    assert (ROOT / "docs" / "keys.md").read_text(encoding="utf-8") == judgetui("keys", "--markdown").out, (
        "make docs"
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(judgetui: Call, spawned: Call, shell: str) -> None:
    assert group.COMPLETION in judgetui("completion", shell).out


def test_a_shell_gets_its_completions(spawned: Call) -> None:
    said = spawned(_JUDGETUI_COMPLETE="bash_complete", COMP_WORDS="judgetui re", COMP_CWORD="1")
    assert said.out.split() == ["plain,resume", "plain,reparse", "plain,report"]


# setup


def test_paths(judgetui: Call, home: Path) -> None:
    assert judgetui("paths", "--json").json == {
        "home": f"JUDGETUI_HOME ({home})",
        "config_file": str(home / "settings.toml"),
        **{name: str(home / name) for name in ("sessions", "rubrics", "models", "logs", "cache")},
    }
    assert str(home / "models") in judgetui("paths").out


def test_keys(judgetui: Call) -> None:
    found = judgetui("keys", "--json").json
    assert {"id", "scope", "keys", "label", "help"} == set(found[0])
    assert "f5" in judgetui("keys").out


def test_config_check_shows_what_holds_and_no_key(
    judgetui: Call, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "is not there" in judgetui("config", "check").out
    home.mkdir()
    (home / "settings.toml").write_text(
        'judge = "lab:m"\n[profiles.lab]\nbase_url = "http://127.0.0.1:8080/v1"\nkey_env = "LAB_KEY"\n'
    )
    monkeypatch.setenv("LAB_KEY", "secret-0123456789")
    said = judgetui("config", "check")
    assert said.code == 0 and "LAB_KEY is set" in said.out and "no mistakes" in said.out
    as_json = judgetui("config", "check", "--json")
    assert as_json.json["settings"]["judge"] == "lab:m"
    assert as_json.json["profiles"]["lab"]["key_env"] == "LAB_KEY"
    assert "0123456789" not in said.out + as_json.out


def test_models_say_set_or_unset(judgetui: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-0123456789")
    found = {listing["judge"]: listing for listing in judgetui("models", "--json").json}
    assert found["anthropic:MODEL"]["ready"] and not found["openai:MODEL"]["ready"]
    said = judgetui("models").out
    assert "ANTHROPIC_API_KEY is set" in said and "OPENAI_API_KEY is not set" in said
    assert "0123456789" not in said


def test_model_pull_names_the_nearest(judgetui: Call) -> None:
    said = judgetui("model", "pull", "smolm2")
    assert said.code == 2 and "smollm2" in said.err


def test_protocols(judgetui: Call) -> None:
    assert [card["name"] for card in judgetui("protocols", "--json").json] == list(protocol_names())
    said = judgetui("protocols", "mt-bench-pair")
    assert "[[A]]" in said.out and "arXiv" in said.out
    assert judgetui("protocols", "mt-bench-pair", "--json").json["task_type"] == "pairwise"
    assert judgetui("protocols", "g-evil").code == 2
    assert "g-eval" in judgetui("protocols").out


def test_targets(judgetui: Call) -> None:
    assert {"markdown", "json-schema", "promptfoo"} <= {
        each["name"] for each in judgetui("targets", "--json").json
    }
    assert "promptfoo" in judgetui("targets").out


# rubrics


def test_rubrics_are_listed_and_shown(judgetui: Call, home: Path) -> None:
    (home / "rubrics").mkdir(parents=True)
    (home / "rubrics" / "facts.yaml").write_text(POINTWISE)
    (home / "rubrics" / "broken.yaml").write_text("judgetui: 1\n")
    found = {each["name"]: each for each in judgetui("rubric", "list", "--json").json}
    assert found["facts"]["own"] and not found["answer-correctness"]["own"]
    assert "missing" in found["broken"]["problem"]
    assert "answer-correctness" in judgetui("rubric", "list").out
    shown = judgetui("rubric", "show", "facts").out
    assert "name: facts" in shown and "# hash " in shown
    as_json = judgetui("rubric", "show", "facts", "--json").json
    assert as_json["rubric"]["name"] == "facts" and len(as_json["rubric_hash"]) == 64
    assert "Did you mean facts?" in judgetui("rubric", "show", "fact").err


@pytest.mark.parametrize("protocol", ["g-eval", "mt-bench-single", "mt-bench-pair"])
def test_a_bare_rubric_can_be_run(judgetui: Call, files: Path, home: Path, protocol: str) -> None:
    said = judgetui("rubric", "new", "My own!", "--protocol", protocol)
    path = home / "rubrics" / "my-own.yaml"
    assert (said.code, said.out) == (0, f"{path}\n")
    assert load_rubric(path).name == "My own!"
    data = "pairs.jsonl" if protocol == "mt-bench-pair" else "items.jsonl"
    assert judgetui("run", "--rubric", "My own!", "--data", data, "--judge", "scripted:1").code == 0
    assert judgetui("rubric", "lint", "My own!").code == 0
    assert judgetui("rubric", "new", "My own!").code == 2


def test_a_rubric_from_another(judgetui: Call, files: Path) -> None:
    assert judgetui("rubric", "new", "copy", "--from", "answer-correctness", "--out", "copy.yaml").code == 0
    assert load_rubric(files / "copy.yaml").name == "copy"
    assert judgetui("rubric", "diff", "copy.yaml", "answer-correctness", "--json").json["same_hash"] is True
    assert "the hash is the same" in judgetui("rubric", "diff", "copy.yaml", "answer-correctness").out
    assert judgetui("rubric", "new", "x", "--from", "copy.yaml", "--protocol", "g-eval").code == 2
    assert judgetui("rubric", "new", "x", "--protocol", "g-evil").code == 2


def test_diff(judgetui: Call, files: Path) -> None:
    (files / "other.yaml").write_text(POINTWISE.replace("right.", "true."))
    said = judgetui("rubric", "diff", "facts.yaml", "other.yaml")
    assert "-task: Judge whether the answer is right." in said.out.splitlines()
    assert judgetui("rubric", "diff", "facts.yaml", "facts.yaml").out == "the text is the same\n"


def test_lint_places_what_it_finds(judgetui: Call, files: Path) -> None:
    warned = judgetui("rubric", "lint", "facts.yaml")
    assert warned.code == 0 and "facts.yaml" in warned.out and "steps" in warned.out
    (files / "bad.yaml").write_text(POINTWISE + "tsak: x\n")
    (files / "pairs.yaml").write_text(PAIRWISE + "scale: {min: 1, max: 5}\n")
    said = judgetui("rubric", "lint", "bad.yaml", "pairs.yaml", "--json")
    assert said.code == 1
    bad, scale = said.json
    assert (bad["file"], bad["line"], bad["level"], bad["field"]) == ("bad.yaml", 11, "error", "tsak")
    assert (scale["file"], scale["line"], scale["level"], scale["field"]) == (
        "pairs.yaml",
        9,
        "warning",
        "scale",
    )
    assert judgetui("rubric", "lint", "none.yaml").code == 2


def test_lint_names_the_line_of_a_template_that_cannot_be_rendered(judgetui: Call, files: Path) -> None:
    (files / "facts.yaml").write_text(UNRENDERED)
    found = judgetui("rubric", "lint", "facts.yaml", "--json").json
    (finding,) = [each for each in found if each["field"] == "template.0.content"]
    assert (finding["line"], finding["level"]) == (15, "warning")


# steps


def test_steps_are_printed_and_written_with_comments_kept(judgetui: Call, files: Path) -> None:
    said = judgetui("steps", "facts.yaml", "--judge", "scripted:1")
    assert said.code == 0 and said.out.startswith("1. ")
    assert load_rubric(files / "facts.yaml").steps == ()
    written = judgetui("steps", "facts.yaml", "--judge", "scripted:1", "--write", "--json")
    rubric = load_rubric(files / "facts.yaml")
    assert written.json["variants"][0]["steps"] == list(rubric.steps)
    assert written.json["variants"][0]["hash"] == rubric.steps_hash
    assert written.json["written"] == "facts.yaml"
    text = (files / "facts.yaml").read_text()
    assert "# a comment that stays" in text and "# and so does this one" in text


def test_variants_differ_and_are_not_written(judgetui: Call, files: Path) -> None:
    found = judgetui("steps", "facts.yaml", "--judge", "scripted:1", "--variants", "4", "--json").json[
        "variants"
    ]
    assert len({variant["hash"] for variant in found}) > 1
    assert (
        "proposal 2 of 2" in judgetui("steps", "facts.yaml", "--judge", "scripted:1", "--variants", "2").out
    )
    assert judgetui("steps", "facts.yaml", "--judge", "scripted:1", "--variants", "2", "--write").code == 2


def test_steps_that_cannot_be(judgetui: Call, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--judge" in judgetui("steps", "facts.yaml").err
    without = judgetui("steps", "pairs.yaml", "--judge", "scripted:1")
    assert without.code == 2 and without.err.splitlines()[-1].startswith("error: pairs.yaml:3: protocol: ")
    starter = judgetui("steps", "answer-correctness", "--judge", "scripted:1", "--write")
    assert starter.code == 2 and "rubric new" in starter.err
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    said = judgetui("steps", "facts.yaml", "--judge", "openai:m", "--write")
    assert said.code == 3 and "0123456789abcdef" not in said.err
    assert (files / "facts.yaml").read_text() == POINTWISE


# export


def test_export_writes_a_folder_a_target_with_proof(judgetui: Call, files: Path) -> None:
    said = judgetui("export", "facts.yaml", "--to", "all", "--out", "out")
    assert said.code == 0
    assert sorted(path.name for path in (files / "out").iterdir()) == ["json-schema", "markdown", "promptfoo"]
    assert said.out.count("identical") == 3
    found = judgetui("export", "facts.yaml", "--to", "markdown", "--out", "other", "--json").json
    assert found == [
        {"target": "markdown", "files": ["other/markdown/facts.md"], "differences": [], "refused": None}
    ]
    assert [path.name for path in (files / "other").iterdir()] == ["markdown"]


def test_a_target_that_refuses(judgetui: Call, files: Path) -> None:
    (files / "facts.yaml").write_text(
        POINTWISE.replace("{min: 1, max: 5, anchors: {1: wrong, 5: right}}", "{labels: [a, b]}")
    )
    one = judgetui("export", "facts.yaml", "--to", "promptfoo", "--to", "markdown", "--out", "out")
    assert one.code == 2 and "pass" in one.err
    assert not (files / "out").exists()
    every = judgetui("export", "facts.yaml", "--to", "all", "--out", "out")
    assert every.code == 0 and "promptfoo: left out" in every.out
    assert not (files / "out" / "promptfoo").exists()
    assert (
        "Did you mean 'markdown'?" in judgetui("export", "facts.yaml", "--to", "markdow", "--out", "out").err
    )


def test_a_template_that_cannot_be_rendered_is_placed(judgetui: Call, files: Path) -> None:
    (files / "facts.yaml").write_text(UNRENDERED)
    for target in ("all", "markdown"):
        said = judgetui("export", "facts.yaml", "--to", target, "--out", "out")
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith("error: facts.yaml:15: template.0.content: ") and "'lowest'" in said.err
    assert not (files / "out").exists()
    assert judgetui("export", "facts.yaml", "--to", "json-schema", "--out", "out").code == 0


def test_a_rubric_of_a_session_is_exported(judgetui: Call, files: Path) -> None:
    judgetui(*FACTS, "--session", "s.db")
    said = judgetui("export", "s.db", "--to", "markdown", "--out", "out", "--data", "items.jsonl")
    assert said.code == 0 and (files / "out" / "markdown" / "facts.md").exists()
    assert judgetui("export", "s.db", "--rubric", "fcts", "--to", "markdown", "--out", "out").code == 2
    assert judgetui("export", "s.db", "--version", "2", "--to", "markdown", "--out", "out").code == 2
    assert judgetui("export", "facts.yaml", "--version", "2", "--to", "markdown", "--out", "out").code == 2


# sessions


@pytest.fixture
def session(judgetui: Call, files: Path, home: Path) -> Path:
    """A session named `mine` with a pointwise and a pairwise rubric, each run once."""
    judgetui(*FACTS, "--session", "mine")
    judgetui(
        "run", "--rubric", "pairs.yaml", "--data", "pairs.jsonl", "--judge", "scripted:1", "--session", "mine"
    )
    return home / "sessions" / "mine.db"


def test_sessions_are_listed(judgetui: Call, session: Path) -> None:
    (session.parent / "other.db").write_text("something else")
    found = judgetui("session", "list", "--json").json
    (mine,) = [each for each in found if "problem" not in each]
    assert (mine["name"], mine["items"], mine["runs"], mine["judgements"], mine["unfinished"]) == (
        "mine",
        10,
        2,
        10,
        0,
    )
    assert any("other.db" in each["problem"] for each in found if "problem" in each)
    assert "mine" in judgetui("session", "list").out and "other.db" in judgetui("session", "list").out


def test_no_sessions(judgetui: Call) -> None:
    assert judgetui("session", "list").out.startswith("no sessions")
    assert judgetui("session", "list", "--json").json == []


def test_a_session_is_shown(judgetui: Call, session: Path) -> None:
    found = judgetui("session", "show", "mine", "--json").json
    assert [run["run"] for run in found["run_list"]] == [2, 1]
    assert found["run_list"][1]["judgements"]["ok"] == 6
    assert found["raters"] == ["human"]
    said = judgetui("session", "show", session).out
    assert "facts v1" in said and "pairs v1" in said and "6/6" in said


def test_versions_and_restore(judgetui: Call, session: Path, files: Path) -> None:
    (files / "facts.yaml").write_text(POINTWISE.replace("right.", "true."))
    judgetui(*FACTS, "--session", "mine")
    several = judgetui("session", "versions", "mine")
    assert several.code == 2 and "--rubric" in several.err
    assert judgetui("session", "restore", "mine", "1", "--rubric", "facts").out == "facts v3 equals v1\n"
    found = judgetui("session", "versions", "mine", "--rubric", "facts", "--json").json
    assert [each["version"] for each in found] == [3, 2, 1]
    assert found[0]["rubric_hash"] == found[2]["rubric_hash"] != found[1]["rubric_hash"]
    assert "restored from v1" in judgetui("session", "versions", "mine", "--rubric", "facts").out
    compared = judgetui("compare", "mine", "1", "2", "--rubric", "facts", "--json").json
    assert list(compared) == ["rubric", "versions", "runs", "diff", "n", "changes", "judges"]
    assert compared["n"] == 6 and any("true" in line for line in compared["diff"])
    said = judgetui("compare", "mine", "1", "2", "--rubric", "facts").out
    assert "of 6 judgements that both have are different" in said
    never = judgetui("compare", "mine", "1", "3", "--rubric", "facts")
    assert never.code == 2 and "v3 has not been run" in never.err
    assert judgetui("compare", "mine", "1", "9", "--rubric", "facts").code == 2


def test_rename_copy_compact_delete(judgetui: Call, session: Path, files: Path) -> None:
    folder = session.parent
    assert judgetui("session", "copy", "mine", "second").out == f"{folder / 'second.db'}\n"
    assert judgetui("session", "copy", "mine", "second").code == 2
    assert judgetui("session", "copy", "mine", "here.db").code == 0 and (files / "here.db").exists()
    assert judgetui("session", "rename", "second", "Third one").out == f"{folder / 'third-one.db'}\n"
    assert "bytes before" in judgetui("session", "compact", "third-one").out
    refused = judgetui("session", "delete", "third-one")
    assert refused.code == 2 and "--yes" in refused.err and (folder / "third-one.db").exists()
    assert judgetui("session", "delete", "third-one", "--yes").code == 0
    assert not (folder / "third-one.db").exists()


def test_delete_asks(judgetui: Call, session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([False, True])
    asked: list[str] = []

    def confirm(question: str) -> bool:
        asked.append(question)
        return next(answers)

    monkeypatch.setattr(talk, "can_ask", lambda: True)
    monkeypatch.setattr(talk, "confirm", confirm)
    assert judgetui("session", "delete", "mine").code == 1 and session.exists()
    assert judgetui("session", "delete", "mine").code == 0 and not session.exists()
    assert "10 items, 2 runs, 10 judgements" in asked[0]


def test_items_and_labels(judgetui: Call, session: Path, files: Path) -> None:
    assert len(judgetui("session", "items", "mine", "--json").json) == 10
    written = judgetui("session", "items", "mine", "--out", "all.jsonl")
    assert written.out == "" and "10 items" in written.err
    assert (files / "all.jsonl").read_text() == judgetui("session", "items", "mine", "--out", "-").out
    assert judgetui("session", "items", "mine", "--out", "-", "--json").code == 2
    found = judgetui("session", "labels", "mine", "--json").json
    said = {"id": "i0", "rater": "human", "criterion": None, "value": 5}
    assert said.items() <= found[0].items()
    assert len(found) == 7
    assert "i0" in judgetui("session", "labels", "mine").out
    assert judgetui("session", "show", "nothing").code == 2


def test_half_characters_are_json_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    output.put_json({"note": "\ud800 é"})
    assert json.loads(capsys.readouterr().out) == {"note": "\ud800 é"}


# what is told


def progress(done: int, total: int = 20, **more: object) -> Progress:
    values: dict[str, object] = {
        "run_id": 1,
        "total": total,
        "counts": {"ok": done},
        "at_work": frozenset(),
        "calls": done,
        "cached": 0,
        "retries": 0,
        "usage": Usage(1200, 34, 0),
        "cost_usd": 0.02,
        "seconds": 1.0,
        "seconds_left": 75.0,
    }
    return Progress(**values | more)  # type: ignore[arg-type]


def test_progress_in_words() -> None:
    assert meter.progress_words(progress(4)) == "4 of 20 judged, 1,234 tokens, $0.0200, about 1:15 min left"
    told = meter.progress_words(progress(20, counts={"ok": 18, "failed": 2}, usage=Usage(), cost_usd=None))
    assert told == "20 of 20 judged, 2 failed"
    assert [meter.seconds_words(s) for s in (0.2, 59, 61, 3725)] == ["0 s", "59 s", "1:01 min", "1:02 h"]
    assert [meter.money(usd) for usd in (None, 0.0, 0.012, 3.456)] == [
        "cost unknown",
        "$0.00",
        "$0.0120",
        "$3.46",
    ]


def test_lines_come_now_and_then_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    shown = meter.Meter(timer=lambda: now[0])
    for done in range(1, 21):
        now[0] += 0.6
        shown.show(progress(done))
    shown.close()
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == ["2", "4", "6", "8", "10", "12", "14", "16", "18", "20"]
    slow = meter.Meter(timer=lambda: now[0])
    now[0] += 11
    slow.show(progress(1, total=1000))
    assert capsys.readouterr().err.startswith("1 of 1000")


def test_a_bar_on_a_terminal_fits_its_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk, "is_terminal", lambda: True)
    monkeypatch.setattr(talk, "columns", lambda: 40)
    shown = meter.Meter(timer=lambda: 0.0)
    shown.show(progress(10))
    shown.show(progress(11))  # too soon for another drawing
    shown.note("something \x1b[31m happened")
    shown.close()
    told = capsys.readouterr().err
    bar = "[##########----------] 10 of 20 judged…"
    assert told == f"\r\x1b[K{bar}\r\x1b[Ksomething ␛[31m happened\n{bar}\r\x1b[K"
    assert len(bar) < 40


def test_questions_are_answered_with_yes_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import io

    for answer, agreed in (("y\n", True), ("YES\n", True), ("\n", False), ("", False), ("yep\n", False)):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert talk.confirm("Go?") is agreed
    assert capsys.readouterr().err.startswith("Go? [y/N] ")


def test_secrets_are_masked() -> None:
    environ = {"LAB_KEY": "abcdefgh-secret", "SHORT_KEY": "abc", "HOME": "/home/someone"}
    assert mask("abcdefgh-secret in /home/someone abc", environ) == "******** in /home/someone abc"
    looks = "sk-" + "a1" * 10
    told = mask(f"Authorization: Bearer abc.def {looks} task-based-evaluation-of-things", {})
    assert told == "Authorization: Bearer ******** ******** task-based-evaluation-of-things"
