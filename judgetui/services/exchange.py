"""Exports: a finished rubric written for other tools, each read back before it is trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from judgetui.config.files import write_whole
from judgetui.core.rubric import Rubric
from judgetui.errors import ExportError
from judgetui.interchange.base import ExportContext, Target
from judgetui.interchange.registry import Exported, export, get_target, targets


@dataclass(frozen=True, slots=True)
class Written:
    """One target's outcome.

    Args:
        files: what was written, as full paths.
        differences: what the tool's prompt says otherwise than judgetui's; empty when identical.
        refused: why the target cannot carry the rubric; empty when it could.
    """

    target: Target
    files: tuple[Path, ...] = ()
    differences: tuple[str, ...] = ()
    refused: str = ""


def chosen_targets(names: Sequence[str]) -> tuple[Target, ...]:
    """The targets of these names; `all` stands for every one.

    Raises:
        ExportError: naming the nearest known target.
    """
    if "all" in names:
        return targets()
    return tuple(get_target(name) for name in dict.fromkeys(names))


def prepare(rubric: Rubric, wanted: Sequence[Target], context: ExportContext) -> list[Exported | Written]:
    """Make every export in memory and read it back; a target that cannot carry the rubric says why.

    Raises:
        RubricError: if the rubric itself is broken.
    """
    made: list[Exported | Written] = []
    for target in wanted:
        try:
            made.append(export(target, rubric, context))
        except ExportError as error:
            made.append(Written(target, refused=str(error)))
    return made


def write_exports(
    rubric: Rubric, wanted: Sequence[Target], context: ExportContext, out: Path
) -> list[Written]:
    """Write exports below `out`, one folder a target; nothing is written before all are made.

    Raises:
        RubricError: if the rubric itself is broken.
        OSError: if a file cannot be written.
    """
    done: list[Written] = []
    for made in prepare(rubric, wanted, context):
        if isinstance(made, Written):
            done.append(made)
            continue
        paths: list[Path] = []
        for file in made.files:
            path = out / made.target.folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, file.text.encode("utf-8"))
            paths.append(path)
        done.append(Written(made.target, tuple(paths), made.differences))
    return done
