"""`judgetui steps`."""

from __future__ import annotations

from dataclasses import replace

import click

from judgetui.cli.loop import complete
from judgetui.cli.options import json_option
from judgetui.errors import ExitCode, InputError


@click.command()
@click.argument("rubric")
@click.option("--judge", metavar="JUDGE", help="provider:model. Default: the settings'.")
@click.option(
    "--variants",
    type=click.IntRange(1, 20),
    default=1,
    show_default=True,
    metavar="K",
    help="Proposals to make.",
)
@click.option("--write", is_flag=True, help="Freeze the steps into the YAML file; its comments stay.")
@click.option("--timeout", type=click.FloatRange(0.1, 86_400), metavar="S", help="Seconds a call may take.")
@json_option
def steps(
    rubric: str, judge: str | None, variants: int, write: bool, timeout: float | None, as_json: bool
) -> int:
    """Let a judge write G-Eval's evaluation steps for a rubric.

    The steps are printed; with --write they become part of the rubric, and so of its hash.
    """
    if write and variants > 1:
        raise InputError("--write takes one proposal.", "Leave --variants out, or choose and write by hand.")
    return complete(_steps(rubric, judge, variants, write, timeout, as_json))


async def _steps(
    text: str, judge: str | None, variants: int, write: bool, seconds: float | None, as_json: bool
) -> int:
    from judgetui.cli import talk
    from judgetui.cli.output import is_terminal, put, put_json
    from judgetui.rubric_files import load_rubric, placed_in, write_rubric
    from judgetui.services import headless
    from judgetui.services.context import Context
    from judgetui.services.steps import generate_steps

    context = Context.load()
    name = judge or context.settings.judge
    if not name:
        raise InputError("no judge is named.", "Add --judge provider:model; `judgetui models` lists them.")
    path = (headless.own_rubric_file if write else headless.rubric_file)(context.paths, text)
    rubric = load_rubric(path)
    # On one terminal the streamed text and the numbered list would show the same twice.
    stream = talk.is_terminal() and not is_terminal()
    proposals = []
    try:
        provider = context.judge(name)
        for sample in range(variants):
            talk.say(f"asking {name} for steps ({sample + 1} of {variants}) ...")
            with placed_in(path):
                proposal = await generate_steps(
                    rubric,
                    provider,
                    timeout=seconds or context.settings.timeout,
                    on_text=(lambda piece: talk.write(talk.safe(piece))) if stream else None,
                    sample=sample,
                )
            proposals.append(proposal)
            if stream:
                talk.write("\n")
    finally:
        await context.close()
    if write:
        rubric = replace(rubric, steps=proposals[0].steps)
        write_rubric(path, rubric)
        talk.say(f"{len(rubric.steps)} steps ({rubric.steps_hash}) are frozen in {path}")
    if as_json:
        put_json(
            {
                "rubric": rubric.name,
                "judge": name,
                "variants": [
                    {
                        "steps": list(each.steps),
                        "hash": replace(rubric, steps=each.steps).steps_hash,
                        "model": each.model,
                    }
                    for each in proposals
                ],
                "written": str(path) if write else None,
            }
        )
        return ExitCode.DONE
    for number, each in enumerate(proposals, 1):
        if variants > 1:
            put(f"proposal {number} of {variants}")
        for place, step in enumerate(each.steps, 1):
            put(f"{place}. {step}")
    return ExitCode.DONE
