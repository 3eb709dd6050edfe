"""`judgetui protocols`."""

from __future__ import annotations

import click

from judgetui.cli.options import json_option
from judgetui.errors import ExitCode


@click.command()
@click.argument("name", required=False)
@json_option
def protocols(name: str | None, as_json: bool) -> int:
    """List the judging systems, or show one's card."""
    from dataclasses import asdict

    from judgetui.cli.output import put, put_json, put_table
    from judgetui.core.protocols.registry import get_protocol, protocol_names

    cards = [get_protocol(each).card for each in ((name,) if name is not None else protocol_names())]
    if as_json:
        found = [asdict(card) | {"task_type": card.task_type.value} for card in cards]
        put_json(found if name is None else found[0])
    elif name is None:
        put_table(("name", "judges", "what it is"), [(c.name, c.task_type.value, c.summary) for c in cards])
    else:
        (card,) = cards
        put(f"{card.name}: {card.title}, {card.task_type.value}")
        for title, text in (
            ("What it does", card.summary),
            ("What it needs", card.needs),
            ("Reply", card.grammar),
            ("Known biases", card.biases),
            ("Published", card.citation),
        ):
            put(f"\n{title}\n  {text}")
    return ExitCode.DONE
