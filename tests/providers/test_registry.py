"""From `provider:model` to a judge, and the list of judges."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

import judgetui
from judgetui.config.paths import Paths
from judgetui.config.settings import Profile, Settings
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest, Message
from judgetui.errors import InputError, NoJudgeError
from judgetui.providers import registry
from judgetui.providers.registry import list_judges, open_judge, parse_judge
from judgetui.providers.replay import recorded_line
from tests.providers.conftest import KEY

LAB = Settings(
    profiles={
        "lab": Profile("lab", "http://127.0.0.1:8080/v1"),
        "far": Profile("far", "https://x.org", "FAR_KEY"),
    }
)


def test_names(paths: Paths) -> None:
    assert parse_judge("openai:gpt-5:beta", Settings()) == ("openai", "gpt-5:beta")
    assert parse_judge(" lab:org/model ", LAB) == ("lab", "org/model")


@pytest.mark.parametrize(
    ("judge", "words"),
    [
        ("gpt-5", "provider:model"),
        ("", "provider:model"),
        ("openai:", "names no model"),
        ("opnai:gpt", "Did you mean openai:gpt"),
        ("labs:m", "Did you mean lab:m"),
        ("xyz:m", "The providers are openai"),
        ("decisions:gpt?effort=low", "decisions have none"),
        ("scripted:1?latncy=2", "Did you mean latency"),
        ("replay:/nowhere.jsonl", "cannot be read"),
    ],
)
def test_names_that_stand_for_nothing(paths: Paths, judge: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        open_judge(judge, LAB, paths)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "judge", ["openai:gpt", "decisions:gpt", "anthropic:claude", "far:m", "local:smollm2"]
)
def test_judges_that_are_not_set_up(paths: Paths, judge: str) -> None:
    with pytest.raises(NoJudgeError) as caught:
        open_judge(judge, LAB, paths)
    assert caught.value.hint


def test_opening_each_kind(paths: Paths, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1/")
    request = JudgeRequest((Message("user", "Hi"),))
    assert (
        open_judge("openai:gpt", LAB, paths).body(request)["endpoint"]
        == "http://127.0.0.1:9/v1/chat/completions"
    )
    monkeypatch.delenv("OPENAI_BASE_URL")
    assert str(open_judge("openai:gpt", LAB, paths).body(request)["endpoint"]).startswith("https://")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    assert open_judge("anthropic:c", LAB, paths).body(request)["endpoint"] == "http://127.0.0.1:9/v1/messages"
    lab = open_judge("lab:m", LAB, paths)
    assert lab.judge == "lab:m"
    assert lab.body(request)["endpoint"] == "http://127.0.0.1:8080/v1/chat/completions"
    assert lab.body(request)["provider"] == "lab"
    assert open_judge("scripted:7", LAB, paths).judge == "scripted:7"
    recording = tmp_path / "replies.jsonl"
    recording.write_text(recorded_line(request, JudgeReply("4")) + "\n")
    assert open_judge(f"replay:{recording}", LAB, paths).judge == f"replay:{recording}"
    (paths.models).mkdir(parents=True)
    (paths.models / "some.gguf").write_bytes(b"GGUF....")
    monkeypatch.setattr("judgetui.providers.local.judge.find_spec", lambda name: ModuleSpec(name, None))
    assert open_judge("local:some", LAB, paths).judge == "local:some"


@pytest.mark.parametrize("judge", ["openai:m", "openai:m?api=responses", "decisions:m", "anthropic:m"])
def test_a_password_in_the_address_is_refused(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, judge: str
) -> None:
    for name in ("OPENAI", "ANTHROPIC"):
        monkeypatch.setenv(f"{name}_API_KEY", "sk-1")
        monkeypatch.setenv(f"{name}_BASE_URL", "https://alice:s3cret@example.org/v1")
    with pytest.raises(InputError, match="a user, a password or a query") as caught:
        open_judge(judge, Settings(), paths)
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


def test_the_list(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda name: ModuleSpec(name, None))
    monkeypatch.setattr(registry, "keyring_installed", lambda: False)
    found = {listing.judge: listing for listing in list_judges(LAB, paths)}
    names = list(found)
    assert names.index("local:smollm2") < names.index("lab:MODEL") < names.index("openai:MODEL")
    assert not found["local:smollm2"].ready
    assert found["local:smollm2"].detail == "run: judgetui model pull smollm2"
    assert not found["openai:MODEL"].ready and found["openai:MODEL"].detail == "OPENAI_API_KEY is not set"
    assert found["lab:MODEL"].ready and found["lab:MODEL"].detail.startswith("no key is sent, to http://127.")
    assert not found["far:MODEL"].ready and "FAR_KEY" in found["far:MODEL"].detail
    assert found["scripted:SEED"].ready and "not a judge" in found["scripted:SEED"].detail

    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(registry, "keyring_installed", lambda: True)
    paths.models.mkdir(parents=True)
    (paths.models / "SmolLM2-135M-Instruct.Q4_1.gguf").touch()
    (paths.models / "mine.gguf").touch()
    found = {listing.judge: listing for listing in list_judges(LAB, paths)}
    assert found["local:smollm2"].ready and "near chance" in found["local:smollm2"].detail
    assert found["local:mine"].ready
    assert found["openai:MODEL"].ready and found["openai:MODEL"].detail == "OPENAI_API_KEY is set"
    assert KEY not in repr(found)
    assert "keyring" in found["anthropic:MODEL"].detail

    monkeypatch.setattr(registry, "find_spec", lambda name: None)
    found = {listing.judge: listing for listing in list_judges(LAB, paths)}
    assert not found["local:smollm2"].ready and "judgetui[local]" in found["local:smollm2"].detail
    assert not found["local:mine"].ready


def test_the_list_says_what_is_sent_and_not_what_is_needed(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "keyring_installed", lambda: False)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8080/v1")
    headed = Profile("headed", "https://llm.example.org/v1", headers={"X-Key": "$HEADED"})
    settings = Settings(profiles={"headed": headed})
    found = {listing.judge: listing for listing in list_judges(settings, paths)}
    assert (found["headed:MODEL"].ready, found["headed:MODEL"].detail) == (False, "HEADED is not set")
    monkeypatch.setenv("HEADED", KEY)
    found = {listing.judge: listing for listing in list_judges(settings, paths)}
    detail = "the profile's headers are sent, and no key, to https://llm.example.org/v1"
    assert (found["headed:MODEL"].ready, found["headed:MODEL"].detail) == (True, detail)
    detail = "OPENAI_API_KEY is not set; http://127.0.0.1:8080/v1 may do without a key"
    assert (found["openai:MODEL"].ready, found["openai:MODEL"].detail) == (True, detail)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    found = {listing.judge: listing for listing in list_judges(settings, paths)}
    assert found["openai:MODEL"].detail == "OPENAI_API_KEY is set, for http://127.0.0.1:8080/v1"


def test_a_judge_that_is_not_ready(paths: Paths) -> None:
    for listing in list_judges(Settings(), paths):
        if listing.ready:
            registry.require_ready(listing)
        else:
            with pytest.raises(NoJudgeError, match="not ready"):
                registry.require_ready(listing)


LAZY = """
import json, pkgutil, importlib, sys
import judgetui.providers, judgetui.config
from judgetui.config.paths import find_paths
from judgetui.config.settings import Settings
for package in (judgetui.providers, judgetui.config):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
from judgetui.providers.registry import list_judges, open_judge
from judgetui.core.request import JudgeRequest, Message, Question
list_judges(Settings(), find_paths())
question = Question("choice", "Which?", (("A", ""), ("B", "")))
for name in ("openai:m", "decisions:m", "anthropic:m", "scripted:1"):
    open_judge(name, Settings(), find_paths()).body(JudgeRequest((Message("user", "Hi"),), question=question))
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_no_sdk_is_loaded_before_the_first_call(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(judgetui.__file__).parent.parent),
        "JUDGETUI_HOME": str(tmp_path),
        "OPENAI_API_KEY": KEY,
        "ANTHROPIC_API_KEY": KEY,
    }
    done = subprocess.run(
        [sys.executable, "-c", LAZY], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout))
    slow = {"openai", "anthropic", "xllamacpp", "tiktoken", "keyring", "httpx2", "genai_prices", "pydantic"}
    assert not slow & loaded
    assert not {"textual", "rich", "click", "jinja2", "sqlite_utils", "ruamel", "platformdirs"} & loaded
    assert list(tmp_path.iterdir()) == [], "looking makes no folders"


def test_a_password_in_an_address_is_not_shown(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://alice:s3cret@lab.example/v1")
    found = {listing.judge: listing for listing in list_judges(Settings(), paths)}
    listing = found["openai:MODEL"]
    assert not listing.ready and "holds a user, a password" in listing.detail
    assert not any("s3cret" in each.detail for each in found.values())
