"""What loads what: checked in the source and in a fresh interpreter."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import judgetui

PACKAGE = Path(judgetui.__file__).parent
HEAVY = ("textual", "rich", "openai", "anthropic", "xllamacpp", "tiktoken")


def modules_below(folder: str) -> list[str]:
    return [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((PACKAGE / folder).rglob("*.py"))
    ]


def imported_by(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("path", sorted((PACKAGE / "core").rglob("*.py")), ids=lambda path: path.name)
def test_core_imports_the_standard_library_and_jinja2_alone(path: Path) -> None:
    assert imported_by(path) <= set(sys.stdlib_module_names) | {"judgetui", "jinja2"}


@pytest.mark.parametrize("folder", ["core", "analysis", "services", "storage", "providers", "cli"])
def test_modules_load_without_the_slow_packages(folder: str) -> None:
    names = [name for name in modules_below(folder) if not name.endswith("local.helper")]
    code = (
        "import importlib, sys\n"
        f"for name in {names!r}:\n"
        "    importlib.import_module(name)\n"
        f"    loaded = [heavy for heavy in {HEAVY!r} if heavy in sys.modules]\n"
        "    assert not loaded, (name, loaded)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_version_loads_nothing_it_does_not_need() -> None:
    code = (
        "import sys\n"
        "sys.argv = ['judgetui', '--version']\n"
        "from judgetui.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"loaded = [n for n in {(*HEAVY, 'click', 'jinja2', 'sqlite_utils')!r} if n in sys.modules]\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "judgetui" in done.stdout
