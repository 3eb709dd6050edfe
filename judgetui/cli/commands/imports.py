"""`judgetui import`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from judgetui.cli.options import FILE, json_option
from judgetui.errors import ExitCode, InputError

if TYPE_CHECKING:
    from judgetui.core.scale import NumericScale
    from judgetui.interchange.reading import Imported
    from judgetui.services.importing import Outcome


@click.command("import")
@click.argument("source", metavar="FILE", type=FILE)
@click.option(
    "--from",
    "target",
    required=True,
    metavar="TARGET",
    help="Whose file it is; `judgetui targets` lists the tools.",
)
@click.option(
    "--out",
    required=True,
    type=FILE,
    metavar="RUBRIC.yaml",
    help="The rubric file; any other path is a folder, which is made, for one file a rubric.",
)
@click.option("--name", metavar="NAME", help="The only judge to import, of a file that has several.")
@click.option(
    "--criterion", default="", metavar="NAME", help="What is judged, where a G-Eval text does not say."
)
@click.option("--scale", metavar="LOW-HIGH", help="Its scale, such as 1-5, where a G-Eval text does not say.")
@json_option
def import_rubrics(
    source: Path,
    target: str,
    out: Path,
    name: str | None,
    criterion: str,
    scale: str | None,
    as_json: bool,
) -> int:
    """Make rubrics of the files of published judges.

    FILE is a tool's own file, or the folder it lies in. Each judge in it becomes a rubric whose template is
    the original wording, to the letter, under the protocol of the same form of reply. What a rubric has no
    place for is listed, and stands in its notes; a judge that no protocol reads is left out, with the reason.

    \b
    Examples:
      judgetui import judge_prompts.jsonl --from fastchat --out mt-bench
      judgetui import judge_prompts.jsonl --from fastchat --name pair-v2 --out pair-v2.yaml
      judgetui import evaluators_configs/alpaca_eval_gpt4 --from alpaca-eval --out gpt4.yaml
    """
    from judgetui.cli.output import put, put_json
    from judgetui.interchange.reading import Given
    from judgetui.services.importing import get_reader, read_judges, write_rubrics

    reader = get_reader(target)
    if (criterion or scale) and target != "g-eval":
        raise InputError("--criterion and --scale are for G-Eval texts.", "Leave them out.")
    found = read_judges(source, reader, Given(criterion, _scale(scale)), name)
    outcome = write_rubrics(found, out)
    if as_json:
        put_json({"source": str(source), "from": target} | _listed(outcome))
    else:
        for imported, path in outcome.written:
            assert imported.rubric is not None  # what was written is one
            put(f"{path}\n  {imported.name}: {imported.rubric.protocol}")
            for note in imported.notes:
                put(f"  - {note}")
        if outcome.written:
            for refused in outcome.refused:
                put(f"left out: {_refusal(refused)}")
    if not outcome.written:
        raise InputError("nothing could be imported.", "\n".join(map(_refusal, outcome.refused)))
    return ExitCode.DONE


globals()["import"] = import_rubrics  # the name by which the group finds it is a word of the language


def _listed(outcome: Outcome) -> dict[str, object]:
    from judgetui.core.protocols.registry import rubric_hash

    return {
        "imported": [
            {
                "name": imported.name,
                "protocol": imported.rubric.protocol,
                "rubric_hash": rubric_hash(imported.rubric),
                "file": str(path),
                "notes": list(imported.notes),
            }
            for imported, path in outcome.written
            if imported.rubric is not None
        ],
        "refused": [
            {"name": refused.name, "place": str(refused.place), "reason": refused.reason}
            for refused in outcome.refused
        ],
    }


def _refusal(refused: Imported) -> str:
    return f"{refused.place}: {refused.name}: {refused.reason}"


def _scale(text: str | None) -> NumericScale | None:
    from judgetui.core.scale import NumericScale

    if text is None:
        return None
    found = re.fullmatch(r"(-?\d{1,4})-(-?\d{1,4})", text.strip(), re.ASCII)
    if found is None:
        raise InputError(f"{text!r} is no scale.", "Write its ends, such as 1-5.", field="--scale")
    return NumericScale(int(found[1]), int(found[2]))
