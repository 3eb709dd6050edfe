"""How the program starts and ends, whatever is asked of it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

import judgetui as judgetui_package
from judgetui.cli import talk, version
from judgetui.cli.main import main
from judgetui.services import diagnosis
from tests.cli.conftest import ROOT, Call, command, environment, items


def test_version_lists_what_a_report_needs(spawned: Call) -> None:
    said = spawned("--version")
    assert (said.code, said.err) == (0, "")
    names = [line.split(" ", 1)[0] for line in said.out.splitlines()]
    assert names == ["judgetui", "python", "sqlite", "textual", "openai", "anthropic", "xllamacpp"]


def test_versions_are_those_that_are_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in (
        "a/judgetui-0.1.0",
        "b/judgetui-9.dist-info",
        "b/Some.Thing-2.dist-info",
        "c/judgetui-1.dist-info",
    ):
        (tmp_path / folder).mkdir(parents=True)
    folders = [str(tmp_path / name) for name in ("missing", "a", "b", "c")]
    monkeypatch.setattr(sys, "path", [*folders, *sys.path])
    assert {"judgetui": "9", "some_thing": "2"}.items() <= version.installed_versions().items()
    assert "judgetui 9\n" in version.version_text()
    monkeypatch.setattr(version, "installed_versions", dict)
    assert "textual not installed\n" in version.version_text()


def test_a_checkout_that_nobody_installed_has_its_own_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    monkeypatch.setattr(version, "installed_versions", dict)
    monkeypatch.setattr("importlib.metadata.version", missing)
    monkeypatch.setattr(judgetui_package, "__version__", "", raising=False)
    del judgetui_package.__version__  # it is read anew, and put back at the end
    assert f"judgetui {project}+checkout\n" in version.version_text()
    assert diagnosis.versions()["judgetui"] == f"{project}+checkout"
    monkeypatch.setattr(judgetui_package, "__file__", str(tmp_path / "judgetui" / "__init__.py"))
    assert "judgetui 0+unknown\n" in version.version_text()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\nversion = "1"\n')
    assert "judgetui 0+unknown\n" in version.version_text()


def test_an_installed_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert version.installed_versions().get("judgetui", project) == project


def test_help_loads_no_command(spawned: Call) -> None:
    code = (
        "import sys\n"
        "from judgetui.cli.main import main\n"
        "assert main(['--help']) == 0\n"
        "for name in ('textual', 'sqlite_utils', 'asyncio', 'jinja2', 'judgetui.services'):\n"
        "    assert name not in sys.modules, name\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Exit codes:" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ruun"], "Did you mean run?"),
        (["adjudicate"], "there is no command 'adjudicate'"),
        (["--verbose"], "--verbose"),
        (["run", "--rubic", "x"], "--rubric"),
        (["run"], "--rubric"),
        (["run", "--rubric", "x", "--n", "0"], "--n"),
        (["session", "shwo"], "shwo"),
        (["completion", "tcsh"], "tcsh"),
    ],
)
def test_wrong_usage_is_code_2_in_one_line(judgetui: Call, arguments: list[str], message: str) -> None:
    said = judgetui(*arguments)
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith("error: ") and message in said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [[], ["demo.db"], ["nothing-there.db"]])
def test_the_app_needs_a_terminal(spawned: Call, arguments: list[str]) -> None:
    said = spawned(*arguments)
    assert said.code == 2
    assert "terminal" in said.err and "judgetui run" in said.err
    assert said.out == ""


def test_a_session_file_in_the_place_of_a_command_opens_the_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, judgetui: Call
) -> None:
    opened: list[tuple[Path | None, bool]] = []

    class App:
        return_code = 0

        def __init__(self, context: object, session: Path | None = None, demo: bool = False) -> None:
            opened.append((session, demo))

        def run(self) -> None: ...

    monkeypatch.setattr("judgetui.cli.launch.has_terminal", lambda: True)
    monkeypatch.setattr("judgetui.tui.app.JudgetuiApp", App)
    plain = tmp_path / "evaluations"
    plain.touch()
    named = tmp_path / "some.db"
    named.touch()
    assert [judgetui().code, judgetui(named).code, judgetui(plain).code, judgetui("demo").code] == [
        0,
        0,
        0,
        0,
    ]
    assert opened == [(None, False), (named, False), (plain, False), (None, True)]
    missing = judgetui("other.db")
    assert missing.code == 2 and "other.db does not exist" in missing.err
    more = judgetui(named, "more")
    assert more.code == 2 and "(see `judgetui --help`)" in more.err
    assert len(opened) == 4


def test_the_demo_without_the_model_names_the_command_that_fetches_it(spawned: Call) -> None:
    said = spawned("demo")
    assert said.code == 3
    assert "judgetui model pull smollm2" in said.err or "judgetui[local]" in said.err
    assert said.out == ""


def test_the_demo_without_llama_cpp_says_how_to_install_it(
    judgetui: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("judgetui.providers.registry.find_spec", lambda name: None)
    said = judgetui("demo")
    assert said.code == 3
    assert "judgetui[local]" in said.err


def test_a_reader_who_leaves_is_no_error(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("keys", "--json"), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 141


def test_a_reader_of_stderr_who_leaves_stops_nothing(files: Path) -> None:
    process = subprocess.Popen(
        command("run", "--rubric", "facts.yaml", "--data", "items.jsonl", "--judge", "scripted:1", "--json"),
        cwd=files,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stderr.close()
    assert b'"ok": 6' in process.stdout.read()
    process.stdout.close()
    assert process.wait(60) == 0


def test_an_unforeseen_failure_is_one_line_and_a_log(
    judgetui: Call, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(value: object) -> None:
        raise RuntimeError("no way with sk-test-0123456789abcdef \x1b[31mred")

    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")
    monkeypatch.setattr("judgetui.cli.output.put_json", fail)
    said = judgetui("paths", "--json")
    assert (said.code, said.out) == (1, "")
    assert len(said.err.splitlines()) == 1
    assert "RuntimeError: no way" in said.err and "Traceback" not in said.err and "\x1b" not in said.err
    (log,) = (home / "logs").iterdir()
    assert str(log) in said.err
    written = log.read_text()
    assert "Traceback" in written and "RuntimeError" in written and "python" in written
    assert "0123456789abcdef" not in said.err + written


def test_a_log_that_cannot_be_written_is_said_to(
    judgetui: Call, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    def fail(value: object) -> None:
        raise RuntimeError("no way")

    home.mkdir()
    (home / "logs").write_text("in the way")
    monkeypatch.setattr("judgetui.cli.output.put_json", fail)
    said = judgetui("paths", "--json")
    assert said.code == 1
    assert "no log could be written" in said.err


def test_an_interrupt_outside_a_run_is_130(judgetui: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(value: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("judgetui.cli.output.put_json", interrupt)
    said = judgetui("paths", "--json")
    assert (said.code, said.err) == (130, "interrupted.\n")


def test_a_broken_settings_file_is_told_with_its_line(judgetui: Call, home: Path) -> None:
    home.mkdir()
    (home / "settings.toml").write_text("concurrency = 4\nconcurency = 5\n")
    for arguments in (["models"], ["config", "check"]):
        said = judgetui(*arguments)
        assert said.code == 2
        assert "settings.toml:2" in said.err and "concurrency" in said.err


def test_a_first_failure_of_writing_names_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert talk.complain(PermissionError(13, "Permission denied", "/some/file")) == 2
    assert capsys.readouterr().err == "error: /some/file: Permission denied.\n"


def on_terminal(*arguments: object, cwd: Path) -> str:
    """What judgetui writes when stdout and stderr are a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command(*arguments), cwd=cwd, env=environment(), stdin=subprocess.DEVNULL, stdout=slave, stderr=slave
    )
    os.close(slave)
    seen = b""
    while True:
        try:
            data = os.read(master, 65_536)
        except OSError:  # how Linux says that the other side has closed
            break
        if not data:
            break
        seen += data
    os.close(master)
    process.wait(60)
    return seen.decode()


HOSTILE = "\x1b]0;title\x07\x9b31m\u202egnp"


def test_hostile_text_is_shown_and_never_sent_to_a_terminal(files: Path, spawned: Call) -> None:
    (files / "items.jsonl").write_text(items(2, category=HOSTILE))
    run = (
        "run",
        "--rubric",
        "facts.yaml",
        "--data",
        "items.jsonl",
        "--judge",
        "scripted:1",
        "--session",
        "s.db",
    )
    seen = on_terminal(*run, cwd=files)
    assert "\r\x1b[K" in seen  # the bar
    seen = on_terminal("session", "items", "s.db", cwd=files)
    assert "␛]0;title" in seen and "U+202E" in seen and "U+009B" in seen
    for arguments in (["--json"], ["--out", "-"], []):
        seen = on_terminal("session", "items", "s.db", *arguments, cwd=files)
        assert not set("\x1b\x07\x9b\u202e") & set(seen)
    piped = spawned("session", "items", "s.db", "--json")
    assert piped.json[0]["category"] == HOSTILE
    assert "\u202e" in piped.out and "\x1b" not in piped.out


def test_main_takes_the_process_arguments(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["judgetui", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("judgetui ")
    assert main(["--version", "--help"]) == 0
    assert main(["-V"]) == 0
