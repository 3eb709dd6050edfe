"""`run`, `resume` and `reparse`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from judgetui.cli.interrupts import Interrupts
from judgetui.core.run import Call as StoredCall
from judgetui.core.run import Run, RunStatus
from judgetui.core.vote import Status
from judgetui.storage import files as session_files
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories
from tests.cli.conftest import POINTWISE, Call, command, environment, items
from tests.storage.builders import FOREIGN_OWNER

TOTALS = [
    "run",
    "session",
    "items",
    "judgements",
    "calls",
    "cached",
    "retries",
    "seconds",
    "usage",
    "cost_usd",
]
STATUSES = ["ok", "unparsed", "refused", "failed", "cancelled"]

FACTS = ("run", "--rubric", "facts.yaml", "--data", "items.jsonl", "--judge", "scripted:1")


def sessions(home: Path) -> list[Path]:
    return sorted((home / "sessions").glob("*.db"))


def runs(path: Path) -> list[Run]:
    with SessionFile.open(path) as session:
        session.write_now(lambda repos: repos.runs.mark_interrupted())
        return session.read_now(lambda repos: repos.runs.all())


def calls(path: Path, run: int) -> list[StoredCall]:
    with SessionFile.open(path) as session:
        return session.read_now(lambda repos: repos.calls.used_by(run))


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


# what a run leaves behind


def test_json_is_the_totals_and_nothing_else(judgetui: Call, files: Path, home: Path) -> None:
    said = judgetui(*FACTS, "--json")
    assert said.code == 0
    assert list(said.json) == TOTALS
    assert list(said.json["judgements"]) == STATUSES
    assert said.json["judgements"] == dict.fromkeys(STATUSES, 0) | {"ok": 6}
    assert list(said.json["usage"]) == ["input", "cached", "output"]
    assert (said.json["items"], said.json["calls"], said.json["cached"], said.json["retries"]) == (6, 6, 0, 0)
    assert said.json["cost_usd"] == 0.0
    (path,) = sessions(home)
    assert said.json["session"] == str(path)
    assert path.name.startswith("facts-20")
    assert str(path) in said.err
    assert "scripted:1 is a seeded stand-in, not a judge" in said.err


def test_the_same_request_is_not_sent_twice(judgetui: Call, files: Path) -> None:
    judgetui(*FACTS, "--session", "s.db")
    again = judgetui(*FACTS, "--session", "s.db", "--json").json
    assert (again["run"], again["calls"], again["cached"]) == (2, 0, 6)
    fresh = judgetui(*FACTS, "--session", "s.db", "--json", "--fresh").json
    assert (fresh["run"], fresh["calls"], fresh["cached"]) == (3, 6, 0)


def test_a_session_by_name_is_made_and_used_again(judgetui: Call, files: Path, home: Path) -> None:
    judgetui(*FACTS, "--session", "mine")
    judgetui(*FACTS, "--session", "mine", "--limit", "2")
    assert sessions(home) == [home / "sessions" / "mine.db"]
    assert [run.items for run in runs(home / "sessions" / "mine.db")] == [2, 6]
    assert oct((home / "sessions").stat().st_mode)[-3:] == "700"


def test_a_rubric_is_a_version_when_it_is_new(judgetui: Call, files: Path) -> None:
    rubric = files / "facts.yaml"
    numbers = []
    for text in (
        POINTWISE,
        POINTWISE + "# only a comment\n",
        POINTWISE.replace("right.", "true."),
        POINTWISE,
    ):
        rubric.write_text(text)
        assert judgetui(*FACTS, "--session", "s.db").code == 0
        numbers.append(runs(files / "s.db")[0].version_number)
    assert numbers == [1, 1, 2, 1]


def test_a_rubric_and_items_of_the_session_itself(judgetui: Call, files: Path) -> None:
    judgetui(*FACTS, "--session", "s.db")
    said = judgetui("run", "--rubric", "facts", "--session", "s.db", "--judge", "scripted:2", "--json")
    assert (said.code, said.json["items"]) == (0, 6)
    assert judgetui("run", "--rubric", "facts", "--session", "new.db", "--judge", "scripted:2").code == 2
    assert not (files / "new.db").exists()


def test_a_starter_by_name(judgetui: Call, files: Path) -> None:
    said = judgetui(
        "run", "--rubric", "answer-correctness", "--data", "items.jsonl", "--judge", "scripted:1", "--json"
    )
    assert (said.code, said.json["judgements"]["ok"]) == (0, 6)


def test_out_holds_the_judgements_in_item_order(judgetui: Call, files: Path) -> None:
    judges = ("--judge", "scripted:2")
    said = judgetui(*FACTS, *judges, "--session", "s.db", "--out", "out.jsonl")
    assert said.code == 0
    assert "flip rate" not in said.out and "label match of scripted:1" in said.out
    found = lines((files / "out.jsonl").read_text())
    assert [(line["id"], line["judge"]) for line in found] == [
        (f"i{n}", judge) for n in range(6) for judge in ("scripted:1", "scripted:2")
    ]
    assert {"rubric_hash", "score", "score_source", "votes", "usage", "cost_usd"} <= set(found[0])
    assert found[0]["human"] == 5


def test_out_to_stdout_is_jsonl_alone(judgetui: Call, files: Path) -> None:
    said = judgetui(
        "run", "--rubric", "pairs.yaml", "--data", "pairs.jsonl", "--judge", "scripted:1", "--out", "-"
    )
    assert [line["id"] for line in lines(said.out)] == ["p0", "p1", "p2", "p3"]
    assert "flip rate" in said.err
    assert judgetui(*FACTS, "--out", "-", "--json").code == 2


def test_order_samples_and_limits_are_taken(judgetui: Call, files: Path) -> None:
    run = ("run", "--rubric", "pairs.yaml", "--data", "pairs.jsonl", "--judge", "scripted:1", "--json")
    assert judgetui(*run).json["calls"] == 8
    assert judgetui(*run, "--order", "as-given", "--limit", "3").json["calls"] == 3
    said = judgetui(
        *run, "--n", "3", "--concurrency", "2", "--timeout", "9", "--max-retries", "1", "--session", "s.db"
    )
    assert said.json["calls"] == 24
    settings = runs(files / "s.db")[0].settings
    assert (settings.samples, settings.concurrency, settings.timeout, settings.max_retries) == (3, 2, 9.0, 1)


def test_unparsed_and_refused_are_part_of_done(judgetui: Call, files: Path) -> None:
    for option, status in (("garble", "unparsed"), ("refuse", "refused")):
        said = judgetui(*FACTS[:-1], f"scripted:1?{option}=1", "--json")
        assert (said.code, said.json["judgements"][status]) == (0, 6)


def test_failed_items_are_code_1(judgetui: Call, files: Path) -> None:
    said = judgetui(*FACTS[:-1], "scripted:1?fail=1", "--max-retries", "0", "--json")
    assert (said.code, said.json["judgements"]["failed"]) == (1, 6)


def test_retries_are_counted(judgetui: Call, files: Path) -> None:
    said = judgetui(*FACTS[:-1], "scripted:1?fail=1", "--json")
    assert (said.code, said.json["retries"], said.json["judgements"]["ok"]) == (0, 6, 6)


def test_the_settings_judge_is_the_default(judgetui: Call, files: Path, home: Path) -> None:
    without = FACTS[:-2]
    said = judgetui(*without)
    assert said.code == 2 and "--judge" in said.err
    home.mkdir()
    (home / "settings.toml").write_text('judge = "scripted:7"\n')
    assert judgetui(*without, "--session", "s.db").code == 0
    assert runs(files / "s.db")[0].judges == ("scripted:7",)


def test_a_judge_without_a_batch_service_is_refused_before_anything_is_made(
    judgetui: Call, files: Path, home: Path
) -> None:
    said = judgetui(*FACTS, "--batch")
    assert said.code == 2 and "scripted:1 has no batch service" in said.err
    assert sessions(home) == []


# no judge


def test_an_endpoint_that_is_not_there_is_code_3(
    judgetui: Call, files: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789abcdef")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    said = judgetui(*FACTS[:-1], "openai:some-model", "--max-retries", "0", "--json")
    assert said.code == 3
    assert said.json["judgements"] == dict.fromkeys(STATUSES, 0)
    assert "127.0.0.1:9" in said.err and "judgetui resume" in said.err
    everything = said.out + said.err + judgetui("models").out
    everything += "".join(path.read_text("latin-1") for path in home.rglob("*") if path.is_file())
    assert "0123456789abcdef" not in everything


def test_a_halted_run_writes_what_was_judged_and_no_file_when_nothing_was(
    judgetui: Call, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from judgetui.providers.base import FailureKind, ProviderError
    from judgetui.providers.scripted import ScriptedJudge

    ask, asked, answered = ScriptedJudge.ask, count(), range(0)

    async def answer(*arguments: Any, **options: Any) -> object:
        if next(asked) not in answered:
            raise ProviderError(FailureKind.AUTH, "the key is wrong.")
        return await ask(*arguments, **options)

    monkeypatch.setattr(ScriptedJudge, "ask", answer)
    out = files / "out.jsonl"
    run = (*FACTS, "--session", "s.db", "--concurrency", "1")
    for name in ("out.jsonl", "-"):
        said = judgetui(*run, "--out", name)
        assert said.code == 3 and "nothing was judged, so nothing is written to" in said.err
    assert not out.exists()
    out.write_text("kept\n")
    judgetui(*run, "--out", out)
    assert out.read_text() == "kept\n"
    asked, answered = count(), range(2)
    said = judgetui(*run, "--out", out)
    assert said.code == 3 and "2 judgements written to" in said.err
    assert [line["id"] for line in lines(out.read_text())] == ["i0", "i1"]


def test_a_judge_that_is_not_set_up_is_code_3_and_makes_nothing(
    judgetui: Call, files: Path, home: Path
) -> None:
    for judge in ("openai:some-model", "local:smollm2"):
        said = judgetui(*FACTS[:-1], judge)
        assert (said.code, said.out) == (3, "")
    assert sessions(home) == []


def test_a_session_that_cannot_be_written_any_more_is_code_2(
    judgetui: Call, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from judgetui.errors import StorageError
    from judgetui.storage.repositories.judgements import JudgementRepository

    def fail(*arguments: object) -> None:
        raise StorageError("the disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(JudgementRepository, "put_many", fail)
        said = judgetui(*FACTS, "--session", "s.db")
    assert said.code == 2
    assert "the disk is full" in said.err and "judgetui resume s.db 1" in said.err
    assert judgetui("resume", "s.db").code == 0


# bad input


BAD_RUBRICS = [
    ("unknown key", POINTWISE + "tsak: x\n", ["facts.yaml:11", "tsak", "task"]),
    (
        "empty scale",
        POINTWISE.replace("{min: 1, max: 5, anchors: {1: wrong, 5: right}}", "{}"),
        ["facts.yaml:9", "scale"],
    ),
    (
        "unknown template field",
        POINTWISE + "template:\n  - role: user\n    content: |\n      {{ question }}\n      {{ reponse }}\n",
        ["facts.yaml:15", "template", "reponse", "response"],
    ),
    (
        "template that cannot be rendered",
        POINTWISE
        + "template:\n  - role: user\n    content: |\n      {{ response }}\n\n      {{ question + 1 }}\n",
        ["facts.yaml:16", "template.0.content", "of an item are text", "'i0'"],
    ),
    ("broken YAML", POINTWISE + "title: [\n", ["facts.yaml:"]),
    ("unknown protocol", POINTWISE.replace("g-eval", "g-evil"), ["facts.yaml:4", "protocol", "g-eval"]),
]

BAD_ITEMS = [
    ("broken line", items(1) + '{"id": "x", \n', ["items.jsonl:2"]),
    ("no response", items(2) + '{"id": "x", "question": "?"}\n', ["items.jsonl:3", "response"]),
    ("id twice", items(1) + items(1), ["items.jsonl:2", "id", "i0"]),
    ("no input", items(1) + '\n{"id": "x", "response": "?"}\n', ["items.jsonl:3", "question", "question?"]),
    (
        "two responses",
        items(1) + '{"id": "x", "question": "?", "response_a": "a", "response_b": "b"}\n',
        ["items.jsonl:2", "response"],
    ),
    ("nothing", "", ["items.jsonl"]),
]


@pytest.mark.parametrize(("rubric", "said"), [pytest.param(b, c, id=a) for a, b, c in BAD_RUBRICS])
def test_a_bad_rubric_is_placed_and_makes_nothing(
    judgetui: Call, files: Path, home: Path, rubric: str, said: list[str]
) -> None:
    (files / "facts.yaml").write_text(rubric)
    refused(judgetui(*FACTS, "--out", "out.jsonl", "--json"), said, files, home)


@pytest.mark.parametrize(("data", "said"), [pytest.param(b, c, id=a) for a, b, c in BAD_ITEMS])
def test_bad_items_are_placed_and_make_nothing(
    judgetui: Call, files: Path, home: Path, data: str, said: list[str]
) -> None:
    (files / "items.jsonl").write_text(data)
    refused(judgetui(*FACTS, "--out", "out.jsonl", "--json"), said, files, home)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("--data", "none.jsonl"), ["none.jsonl", "no such file"]),
        (("--rubric", "none.yaml"), ["none.yaml", "no such file"]),
        (("--rubric", "answer-correctnes"), ["Did you mean answer-correctness?"]),
        (("--judge", "scripted:1"), ["named twice"]),
        (("--judge", "scriptd:1"), ["scripted:1"]),
        (("--judge", "nothing"), ["provider:model"]),
        (("--out", "missing/out.jsonl"), ["missing/out.jsonl", "folder"]),
        (("--out", "."), ["folder"]),
    ],
)
def test_bad_options_make_nothing(
    judgetui: Call, files: Path, home: Path, change: tuple[str, ...], said: list[str]
) -> None:
    refused(judgetui(*FACTS, *change), said, files, home)


def refused(said: Any, parts: list[str], files: Path, home: Path) -> None:
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: ")
    for part in parts:
        assert part in said.err
    assert not list(files.rglob("*.db")) and not (files / "out.jsonl").exists()


def test_a_session_is_not_touched_by_bad_input(judgetui: Call, files: Path) -> None:
    judgetui(*FACTS, "--session", "s.db")
    (files / "items.jsonl").write_text(items(8) + "{}\n")
    assert judgetui(*FACTS, "--session", "s.db").code == 2
    with SessionFile.open(files / "s.db") as session:
        assert session.read_now(lambda repos: repos.items.count()) == 6
        assert len(session.read_now(lambda repos: repos.runs.all())) == 1


def test_a_file_that_is_no_session_is_left_alone(judgetui: Call, files: Path) -> None:
    (files / "s.db").write_text("not a session")
    said = judgetui(*FACTS, "--session", "s.db")
    assert said.code == 2 and "s.db" in said.err
    assert (files / "s.db").read_text() == "not a session"


def test_a_new_session_goes_again_when_its_run_cannot_be_made(
    judgetui: Call, files: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from judgetui.errors import StorageError
    from judgetui.services.running import Runner

    async def fail(*arguments: object) -> None:
        raise StorageError("the disk is full.")

    monkeypatch.setattr(Runner, "create", fail)
    said = judgetui(*FACTS)
    assert said.code == 2 and "the disk is full" in said.err
    assert sessions(home) == []


# spending


def test_a_person_is_asked_before_money_is_spent(
    judgetui: Call, files: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answers = iter([False, True])

    def confirm(question: str) -> bool:
        asked.append(question)
        return next(answers)

    monkeypatch.setattr("judgetui.services.headless.may_cost", lambda *arguments: True)
    monkeypatch.setattr("judgetui.cli.talk.can_ask", lambda: True)
    monkeypatch.setattr("judgetui.cli.talk.confirm", confirm)
    said = judgetui(*FACTS)
    assert said.code == 1 and "nothing was sent" in said.err
    assert "6 calls" in said.err and "prompt tokens" in said.err
    assert sessions(home) == []
    assert judgetui(*FACTS).code == 0
    assert judgetui(*FACTS, "--yes").code == 0
    assert len(asked) == 2


def test_nobody_is_asked_where_nobody_is(
    judgetui: Call, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("judgetui.services.headless.may_cost", lambda *arguments: True)
    assert judgetui(*FACTS).code == 0


def test_a_budget_needs_a_price(
    judgetui: Call, files: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("judgetui.services.requirements.price", lambda *arguments: None)
    said = judgetui(*FACTS, "--budget", "1")
    assert said.code == 2 and "scripted:1" in said.err and "price" in said.err
    assert sessions(home) == []


def test_a_profiles_price_is_that_of_its_address(
    judgetui: Call, files: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mkdir()
    (home / "settings.toml").write_text(
        '[profiles.router]\nbase_url = "https://openrouter.ai/api/v1"\n'
        '[profiles.lab]\nbase_url = "https://llm.example.org/v1"\n'
    )
    monkeypatch.setattr("judgetui.cli.talk.can_ask", lambda: True)
    monkeypatch.setattr("judgetui.cli.talk.confirm", lambda question: False)
    said = judgetui(*FACTS[:-1], "router:openai/gpt-4o", "--budget", "1")
    assert said.code == 1 and "nothing was sent" in said.err and "$" in said.err
    said = judgetui(*FACTS[:-1], "lab:openai/gpt-4o")
    assert said.code == 1 and "its price is not known" in said.err
    assert judgetui(*FACTS[:-1], "lab:openai/gpt-4o", "--budget", "1").code == 2


def test_a_budget_pauses_the_run_which_can_go_on(
    judgetui: Call, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (files / "items.jsonl").write_text(items(30))
    for module in ("lanes", "purse"):
        monkeypatch.setattr(f"judgetui.services.{module}.price", lambda *arguments: 0.01)
    said = judgetui(*FACTS, "--budget", "0.05", "--session", "s.db", "--json")
    assert said.code == 1
    assert "budget" in said.err and "judgetui resume s.db 1 --budget USD" in said.err
    (run,) = runs(files / "s.db")
    assert run.status is RunStatus.PAUSED
    assert run.done == said.json["judgements"]["ok"] == 5
    same = judgetui("resume", "s.db", "--json")
    assert same.code == 1 and same.json["judgements"]["ok"] == 5 and same.json["calls"] == 0
    less = judgetui("resume", "s.db", "--budget", "0.05")
    assert less.code == 2 and "$0.05" in less.err
    done = judgetui("resume", "s.db", "--budget", "1", "--json")
    assert done.code == 0 and done.json["judgements"]["ok"] == 30 and done.json["calls"] == 25


def test_a_cascade_asks_the_next_judge_about_the_uncertain_items_alone(judgetui: Call, files: Path) -> None:
    (files / "items.jsonl").write_text(items(30))
    judges = ("--judge", "scripted:1", "--judge", "scripted:2")
    said = judgetui(*FACTS[:-2], *judges, "--cascade", "0.5", "--session", "s.db")
    assert said.code == 0
    (run,) = runs(files / "s.db")
    assert run.status is RunStatus.DONE and 30 < run.done < 60 and run.total == run.done
    assert f"{run.done - 30} of 30 items went on to scripted:2 (certainty below 0.5)" in said.out
    complete = judgetui("resume", "s.db", "1")
    assert complete.code == 0 and "complete" in complete.err
    alone = judgetui(*FACTS, "--cascade", "0.5")
    assert alone.code == 2 and "two judges" in alone.err


def test_failed_judgements_are_asked_for_again_when_wanted(judgetui: Call, files: Path) -> None:
    (files / "items.jsonl").write_text(items(30))
    judge = ("--judge", "scripted:1?fail=0.3", "--max-retries", "0")
    said = judgetui(*FACTS[:-2], *judge, "--session", "s.db", "--json")
    failed = said.json["judgements"]["failed"]
    assert said.code == 1 and 0 < failed < 30
    again = judgetui("resume", "s.db", "1", "--failed", "--json")
    assert again.json["judgements"]["ok"] + again.json["judgements"]["failed"] == 30
    assert f"{failed} failed judgements of run 1 are asked for again" in again.err


FAILING = ("--judge", "scripted:1?fail=0.3", "--judge", "scripted:2?fail=0.3", "--max-retries", "0")


def test_what_failed_of_a_cascade_that_is_done_is_asked_for_again(judgetui: Call, files: Path) -> None:
    (files / "items.jsonl").write_text(items(30))
    judgetui(*FACTS[:-2], *FAILING, "--cascade", "0.5", "--session", "s.db")
    (run,) = runs(files / "s.db")
    assert run.status is RunStatus.DONE and run.counts["failed"]
    again = judgetui("resume", "s.db", "1", "--failed", "--json")
    assert f"{run.counts['failed']} failed judgements of run 1 are asked for again" in again.err
    assert "30 to 60 judgements" in again.err and f"{run.counts['ok']} of them done" in again.err
    (later,) = runs(files / "s.db")
    assert later.status is RunStatus.DONE and later.counts["ok"] >= run.counts["ok"]
    with SessionFile.open(files / "s.db") as session:
        done = session.read_now(lambda repos: repos.judgements.done(1))
    assert {position for judge, position in done if judge == run.judges[0]} == set(range(30))


def test_without_a_number_the_newest_run_with_failures_is_meant(judgetui: Call, files: Path) -> None:
    (files / "items.jsonl").write_text(items(30))
    judgetui(*FACTS[:-2], "--judge", "scripted:1?fail=0.3", "--max-retries", "0", "--session", "s.db")
    judgetui(*FACTS, "--session", "s.db")
    said = judgetui("resume", "s.db", "--failed", "--json")
    assert "failed judgements of run 1 are asked for again" in said.err
    assert sum(said.json["judgements"].values()) == 30


def test_where_nothing_failed_there_is_nothing_to_ask_again(judgetui: Call, files: Path) -> None:
    judgetui(*FACTS, "--session", "s.db")
    said = judgetui("resume", "s.db", "1", "--failed")
    assert said.code == 0 and "no judgement of run 1 failed" in said.err and "complete (6 of 6)" in said.err


def test_what_failed_stays_when_it_is_not_asked_again(
    judgetui: Call, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (files / "items.jsonl").write_text(items(30))
    judgetui(*FACTS[:-2], *FAILING, "--cascade", "0.5", "--session", "s.db")
    (run,) = runs(files / "s.db")
    resume = ("resume", "s.db", "1", "--failed", "--budget", "1")
    with monkeypatch.context() as patch:
        patch.setattr("judgetui.services.headless.may_cost", lambda *arguments: True)
        patch.setattr("judgetui.cli.talk.can_ask", lambda: True)
        patch.setattr("judgetui.cli.talk.confirm", lambda question: False)
        said = judgetui(*resume)
    assert said.code == 1 and "nothing was sent" in said.err
    assert runs(files / "s.db") == [run]
    with SessionFile.open(files / "s.db") as session:
        live = session.write_now(lambda repos: repos.runs.take(1, FOREIGN_OWNER))
    said = judgetui(*resume)
    assert said.code == 2 and "running in another process" in said.err
    assert runs(files / "s.db") == [live]


def test_the_estimate_of_a_resumed_run_is_of_its_own_settings(
    judgetui: Call, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (files / "items.jsonl").write_text(items(30))
    judgetui(*FACTS[:-2], *FAILING, "--cascade", "0.5", "--session", "s.db")
    monkeypatch.setattr("judgetui.services.headless.may_cost", lambda *arguments: True)
    monkeypatch.setattr("judgetui.cli.talk.can_ask", lambda: True)
    monkeypatch.setattr("judgetui.cli.talk.confirm", lambda question: False)
    with SessionFile.open(files / "s.db") as session:
        stored = session.read_now(lambda repos: repos.judgements.rows(1))
    left = {row.position for row in stored if row.status is Status.FAILED}
    said = judgetui("resume", "s.db", "1", "--failed")
    assert f"scripted:1?fail=0.3: {len(left)} calls" in said.err
    assert f"scripted:2?fail=0.3: 0 to {len(left)} calls" in said.err

    def in_a_batch(repos: Repositories) -> Run:
        run = repos.runs.get(1)
        settings = replace(run.settings, batch=True)
        some = [each.item for each in repos.runs.items(1)]
        return repos.runs.create(run.version_id, run.judges, settings, run.origin, some, "nobody")

    with SessionFile.open(files / "s.db") as session:
        session.write_now(in_a_batch)
    said = judgetui("resume", "s.db", "2")
    assert "scripted:2?fail=0.3: 0 to 30 calls," in said.err and said.err.count("in a batch") == 2


# going on


def wait_for(path: Path, judged: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if path.exists() and session_files.summary(path).judgements >= judged:
            return
        time.sleep(0.02)
    raise AssertionError(f"no {judged} judgements in {path}")


def slow_run(files: Path, *more: str) -> subprocess.Popen[bytes]:
    (files / "items.jsonl").write_text(items(40))
    judge = "scripted:1?latency=0.05"
    return subprocess.Popen(
        command(*FACTS[:-1], judge, "--session", "s.db", "--concurrency", "2", *more),
        cwd=files,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_after_a_kill_only_what_is_missing_is_sent(judgetui: Call, files: Path) -> None:
    path = files / "s.db"
    process = slow_run(files)
    wait_for(path, 5)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    (run,) = runs(path)
    assert run.status is RunStatus.INTERRUPTED
    assert 5 <= run.done < 40
    kept = {call.key for call in calls(path, run.id)}
    assert len(kept) >= run.done

    said = judgetui("resume", path, "--json")
    assert said.code == 0
    assert list(said.json) == TOTALS
    assert said.json["judgements"]["ok"] == 40
    assert said.json["calls"] == 40 - len(kept)
    assert said.json["cached"] == len(kept) - run.done
    assert len(calls(path, run.id)) == 40

    nothing = judgetui("resume", path, "--json", "--out", "out.jsonl")
    assert nothing.code == 0 and "nothing to resume" in nothing.err
    assert (nothing.json["judgements"]["ok"], nothing.json["calls"]) == (40, 0)
    assert len(lines((files / "out.jsonl").read_text())) == 40


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_the_run_and_keeps_what_is_done(judgetui: Call, files: Path, number: int) -> None:
    path = files / "s.db"
    process = slow_run(files, "--json", "--out", "out.jsonl")
    wait_for(path, 5)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    (run,) = runs(path)
    assert run.status is RunStatus.CANCELLED
    assert 5 <= run.done < 40
    told = json.loads(out)
    assert told["judgements"]["ok"] == run.done
    assert b"stopping" in err and b"judgetui resume" in err and b"Traceback" not in err
    assert len(lines((files / "out.jsonl").read_text())) == run.done
    said = judgetui("resume", path, run.id, "--concurrency", "8", "--json")
    assert (said.code, said.json["judgements"]["ok"]) == (0, 40)


def test_a_second_interrupt_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: asyncio.Queue[str] = asyncio.Queue()
    monkeypatch.setattr(os, "_exit", lambda code: happened.put_nowait(f"exit {code}"))

    async def work() -> list[str]:
        with Interrupts(lambda: happened.put_nowait("stop")) as interrupts:
            told = []
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGINT)
                told.append(await asyncio.wait_for(happened.get(), 10))
            assert interrupts.hit
            return told

    assert asyncio.run(work()) == ["stop", "exit 130"]


def test_resume_names_what_is_wrong(judgetui: Call, files: Path, home: Path) -> None:
    judgetui(*FACTS, "--session", "mine")
    said = judgetui("resume", "mien")
    assert said.code == 2 and "Did you mean mine?" in said.err
    assert judgetui("resume", "mine", "7").code == 2
    done = judgetui("resume", "mine", "1")
    assert done.code == 0 and "complete" in done.err
    SessionFile.create(files / "empty.db", "empty").close()
    empty = judgetui("resume", "empty.db", "--json", "--out", "out.jsonl")
    assert (empty.code, empty.json) == (0, None)
    assert "nothing is written to out.jsonl" in empty.err and not (files / "out.jsonl").exists()


# replies read again


def test_reparse_reads_stored_replies_without_a_call(
    judgetui: Call, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from judgetui.core.protocols import g_eval

    worse = ("--judge", "scripted:1", "--session", "s.db")
    with monkeypatch.context() as patch:
        parse = g_eval.GEval.parse
        patch.setattr(
            g_eval.GEval,
            "parse",
            lambda *arguments, **more: replace(parse(*arguments, **more), status=Status.UNPARSED, score=None),
        )
        judgetui("run", "--rubric", "facts.yaml", "--data", "items.jsonl", *worse)
    assert runs(files / "s.db")[0].counts == {"unparsed": 6}
    said = judgetui("reparse", "s.db", "--json").json
    assert (said["judgements"], said["replies"], said["missing"]) == (6, 6, 0)
    assert {change["before"] for change in said["changed"]} == {"unparsed"}
    assert runs(files / "s.db")[0].counts == {"ok": 6}
    again = judgetui("reparse", "s.db", "1")
    assert again.code == 0 and "0 of 6 judgements changed" in again.out
    assert judgetui("reparse", "s.db", "--parser", "careful").code == 2


def test_reparse_keeps_the_order_of_pairs_with_equal_answers(judgetui: Call, files: Path) -> None:
    same = {"id": "s", "question": "?", "response_a": "same", "response_b": "same"}
    (files / "pairs.jsonl").write_text(json.dumps(same) + "\n")
    judgetui(
        "run", "--rubric", "pairs.yaml", "--data", "pairs.jsonl", "--judge", "scripted:1", "--session", "s.db"
    )
    assert judgetui("reparse", "s.db", "--json").json["changed"] == []
