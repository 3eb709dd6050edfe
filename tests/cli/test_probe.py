"""`judgetui probe`: what is told before, what is printed, going on after a kill, and what is refused."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from judgetui.config.paths import find_paths
from judgetui.core.probes.registry import NAMES
from judgetui.errors import ExitCode
from judgetui.providers.models import model_path
from judgetui.storage.database import SessionFile
from tests.cli.conftest import ROOT, Call, command, environment

PAIRS = ("probe", "--rubric", "pairs.yaml", "--data", "pairs.jsonl", "--session", "s.db")
FACTS = ("probe", "--rubric", "facts.yaml", "--data", "items.jsonl", "--session", "s.db")
QUICK = ("--only", "retest", "--only", "position", "--only", "verbosity")


def sent(path: Path) -> int:
    """Replies that a session holds."""
    with sqlite3.connect(path) as db:
        return int(db.execute("SELECT COUNT(*) FROM calls").fetchone()[0])


def test_the_plan_is_told_before_and_the_effects_after(judgetui: Call, files: Path) -> None:
    said = judgetui(*PAIRS, "--judge", "scripted:1", *QUICK)
    assert said.code == 0
    told = {line.split()[0]: line.split()[1] for line in said.err.splitlines() if line.split()[0] in NAMES}
    assert (told["retest"], told["position"], told["verbosity"]) == ("16", "0", "16")
    assert told["injection"] == "-" and "it was not chosen" in said.err
    assert "scripted:1: 40 calls" in said.err and "no cost" in said.err
    assert sent(files / "s.db") == 24  # a reply that comes back the same is kept once
    assert "4 items drawn with seed 0" in said.out
    rows = [line for line in said.out.splitlines() if line.startswith(("retest", "position", "verbosity"))]
    assert len(rows) == 4 and all("[" in row for row in rows)
    assert "Intervals: Wilson" in said.out


def test_json_is_one_value_with_every_probe(judgetui: Call, files: Path) -> None:
    said = judgetui(*FACTS, "--judge", "scripted:1", "--only", "retest", "--only", "sycophancy", "--json")
    assert said.code == 0
    data = said.json
    assert [each["probe"] for each in data["probes"]] == list(NAMES)
    assert data["judge"] == "scripted:1" and data["items"] == 6 and data["finished"]
    found = {each["probe"]: each for each in data["probes"]}
    assert found["position"]["finding"] == "not asked" and found["position"]["why"]
    for effect in found["sycophancy"]["effects"] + found["retest"]["effects"]:
        assert effect["n"] == 6
        assert effect["interval"] is not None or effect["why"]
    assert data["calls"] == data["base"]["ok"] + found["sycophancy"]["calls"] + found["retest"]["calls"]


def test_the_same_command_again_asks_nothing_and_a_report_neither(judgetui: Call, files: Path) -> None:
    first = judgetui(*PAIRS, "--judge", "scripted:1", *QUICK, "--json")
    again = judgetui(*PAIRS, "--judge", "scripted:1", *QUICK, "--json")
    assert again.json == first.json and sent(files / "s.db") == 24
    assert judgetui("probe", "--session", "s.db", "--report", "--json").json == first.json
    resumed = judgetui("probe", "--session", "s.db", "--resume", "--json")
    assert resumed.json == first.json and "nothing to resume" in resumed.err


def test_another_seed_or_another_choice_is_another_probing(judgetui: Call, files: Path) -> None:
    one = judgetui(*PAIRS, "--judge", "scripted:1", "--only", "style", "--json").json
    two = judgetui(*PAIRS, "--judge", "scripted:1", "--only", "style", "--seed", 3, "--json").json
    three = judgetui(*PAIRS, "--judge", "scripted:1", "--only", "names", "--json").json
    assert [each["probing"] for each in (one, two, three)] == [1, 2, 3]


def test_only_the_base_is_listed_among_runs_and_rubrics(judgetui: Call, files: Path) -> None:
    assert judgetui(*PAIRS, "--judge", "scripted:1", *QUICK).code == 0
    with SessionFile.open(files / "s.db") as session:
        runs = session.read_now(lambda repos: repos.runs.all())
        rubrics = session.read_now(lambda repos: repos.rubrics.summaries())
    assert [run.rubric_name for run in runs] == [rubric.name for rubric in rubrics] == ["pairs"]
    shown = judgetui("session", "show", "s.db", "--json").json
    assert (shown["runs"], shown["judgements"]) == (1, 4)
    assert judgetui("resume", "s.db").code == 0
    assert judgetui(*PAIRS[:3], "--session", "s.db", "--judge", "scripted:1", "--only", "style").code == 0


def test_failed_calls_are_left_out_and_make_the_exit_code_one(judgetui: Call, files: Path) -> None:
    judge = "scripted:1?garble=0.4"
    said = judgetui(*PAIRS, "--judge", judge, "--only", "style")
    assert said.code == 0 and "unparsed" in said.out
    failing = judgetui(*FACTS, "--judge", "scripted:2?fail=1", "--only", "style", "--max-retries", 0)
    assert failing.code == ExitCode.ANSWER_IS_NO and "failed" in failing.out


def test_full_shows_every_figure(judgetui: Call, files: Path) -> None:
    assert judgetui(*FACTS, "--judge", "scripted:1", "--only", "injection").code == 0
    short = judgetui("probe", "--session", "s.db", "--report").out
    full = judgetui("probe", "--session", "s.db", "--report", "--full").out
    assert "instructions in base64" in full and "instructions in base64" not in short


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("probe", "--judge", "scripted:1"), "no rubric is named"),
        (("probe", "--resume"), "no session is named"),
        (("probe", "--report", "--session", "none.db"), "there is no session"),
        (("probe", "--resume", "--report", "--session", "s.db"), "exclude each other"),
        ((*PAIRS, "--judge", "scripted:1", "--only", "positon"), "Did you mean position?"),
        ((*PAIRS[:3], "--data", "items.jsonl", "--judge", "scripted:1"), "no item fits pairs"),
        (
            (*PAIRS, "--judge", "openai:unheard-of", "--budget", "1"),
            "price of openai:unheard-of is not known",
        ),
        ((*PAIRS, "--judge", "scripted:1", "--items", "0"), "--items"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(
    judgetui: Call, files: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-one")
    said = judgetui(*arguments)
    assert said.code == ExitCode.USAGE and words in said.err
    assert not (files / "s.db").exists()


def test_a_session_without_a_probing_says_so(judgetui: Call, files: Path) -> None:
    assert judgetui("run", *PAIRS[1:], "--judge", "scripted:1").code == 0
    said = judgetui("probe", "--session", "s.db", "--report")
    assert said.code == ExitCode.USAGE and "holds no probing" in said.err


def wait_for(path: Path, replies: int) -> None:
    """Until a session holds so many replies."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if path.exists() and sent(path) >= replies:
                return
        except sqlite3.Error:
            pass
        time.sleep(0.02)
    raise AssertionError(f"no {replies} replies")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_a_probing_that_was_killed_goes_on(
    judgetui: Call, spawned: Call, files: Path, blow: signal.Signals
) -> None:
    judge = "scripted:1?latency=0.05"
    arguments = (*PAIRS, "--judge", judge, "--skip", "injection", "--concurrency", 2, "--json")
    with subprocess.Popen(
        command(*arguments), cwd=files, env=environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        wait_for(files / "s.db", 30)
        os.kill(process.pid, blow)
        out, _ = process.communicate(timeout=60)
    if blow is signal.SIGINT:
        assert process.returncode == ExitCode.INTERRUPTED
        assert json.loads(out)["finished"] is None
    before = sent(files / "s.db")
    assert before >= 30
    resumed = judgetui("probe", "--session", "s.db", "--resume", "--json")
    assert resumed.code == 0 and resumed.json["finished"]
    straight = judgetui(*("t.db" if each == "s.db" else each for each in arguments))
    assert resumed.json["probes"] == straight.json["probes"]
    assert sent(files / "s.db") <= sent(files / "t.db") + 2  # calls under way when it was killed


@pytest.fixture(scope="session")
def local_model() -> Path:
    """The embedded model's file, found before a test has a home of its own."""
    named = os.environ.get("JUDGETUI_TEST_MODEL")
    path = Path(named) if named else model_path("smollm2", find_paths())
    if find_spec("xllamacpp") is None or not path.is_file():
        pytest.skip(f"there is no {path}: run `judgetui model pull smollm2`")
    return path


@pytest.mark.slow
@pytest.mark.local_model
def test_a_small_battery_on_the_embedded_model(
    judgetui: Call, files: Path, home: Path, local_model: Path
) -> None:
    models = home / "models"
    models.mkdir(parents=True)
    (models / local_model.name).symlink_to(local_model)
    chosen = ("--only", "retest", "--only", "position", "--only", "bandwagon", "--items", 2)
    said = judgetui(
        "probe", "--rubric", "better-explanation", "--data", ROOT / "sessions" / "demo-pairwise.jsonl",
        "--judge", "local:smollm2", "--session", "s.db", *chosen, "--json",
    )  # fmt: skip
    assert said.code == 0, said.err
    found = {each["probe"]: each for each in said.json["probes"]}
    assert sum(said.json["base"].values()) == 2
    assert found["retest"]["finding"] in {"clear", "within noise"}
    assert found["bandwagon"]["calls"] == 2
