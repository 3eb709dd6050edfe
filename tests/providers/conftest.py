"""Fixtures for providers: an endpoint on loopback, and an environment without anybody's keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from judgetui.config.paths import Paths, find_paths
from judgetui.core.request import JudgeRequest, Message
from judgetui.providers.models import model_path
from tests.providers.endpoint import Endpoint

KEY = "sk-test-Zx81-very-secret-0123456789"
MODEL_VARIABLE = "JUDGETUI_TEST_MODEL"


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out of the environment what would change where calls go, and keep the real keyring out of it."""
    for name in list(os.environ):
        if name.startswith(("OPENAI_", "ANTHROPIC_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setattr("judgetui.config.secrets._from_keyring", lambda name, service: None)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A server of the test's own."""
    server = Endpoint()
    yield server
    server.close()


@pytest.fixture
def request_one() -> JudgeRequest:
    """A plain request with everything in it."""
    return JudgeRequest(
        messages=(Message("system", "You are a judge."), Message("user", "Rate this.")),
        temperature=0.0,
        max_tokens=7,
        top_logprobs=20,
        labels=("1", "2", "3"),
    )


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """Folders of the test's own, none of them made."""
    home = tmp_path / "home"
    return Paths(
        home="a test",
        config_file=home / "settings.toml",
        sessions=home / "sessions",
        rubrics=home / "rubrics",
        models=home / "models",
        logs=home / "logs",
        cache=home / "cache",
    )


@pytest.fixture(scope="session")
def model_file() -> Path:
    """The embedded model: JUDGETUI_TEST_MODEL, or what `judgetui model pull smollm2` fetched."""
    named = os.environ.get(MODEL_VARIABLE)
    path = Path(named) if named else model_path("smollm2", find_paths())
    if find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed")
    if not path.is_file():
        pytest.skip(f"there is no {path}: run `judgetui model pull smollm2`, or set {MODEL_VARIABLE}")
    return path
