"""`judgetui protocols`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from judgetui.cli.options import json_option
from judgetui.errors import ExitCode

if TYPE_CHECKING:
    from judgetui.core.protocols.base import JudgeProtocol

WIDEST = 100
"""Columns of a card at most, however wide the terminal is."""


@click.command()
@click.argument("name", required=False)
@json_option
def protocols(name: str | None, as_json: bool) -> int:
    """List the judging systems, or show one's card."""
    from judgetui.cli.output import put, put_json, put_table
    from judgetui.core.protocols.registry import get_protocol, protocol_names

    found = [get_protocol(each) for each in ((name,) if name is not None else protocol_names())]
    if as_json:
        values = [_value(protocol) for protocol in found]
        put_json(values if name is None else values[0])
    elif name is None:
        put_table(
            ("name", "judges", "gives", "system"),
            [(p.card.name, p.card.task_type.value, p.card.result.value, p.card.title) for p in found],
        )
        put("\n`judgetui protocols NAME` shows a system's card.")
    else:
        put("\n".join(_lines(found[0])))
    return ExitCode.DONE


def _value(protocol: JudgeProtocol) -> dict[str, object]:
    """The card and the published settings as JSON holds them."""
    from dataclasses import asdict

    from judgetui.core.scale import scale_mapping

    card, scale = protocol.card, protocol.default_scale
    return asdict(card) | {
        "task_type": card.task_type.value,
        "result": card.result.value,
        "sampling": asdict(protocol.published),
        "order": protocol.order if protocol.answers[1] > 1 else None,
        "scale": None if scale is None else scale_mapping(scale),
        "logprobs": protocol.uses_logprobs,
        "counts_failures_as": protocol.counts_failures_as.value,
    }


def _lines(protocol: JudgeProtocol) -> list[str]:
    """The card, wrapped to the terminal."""
    from shutil import get_terminal_size
    from textwrap import fill

    from judgetui.services.protocol_cards import card_sections

    card = protocol.card
    width = min(WIDEST, max(40, get_terminal_size((WIDEST, 24)).columns))
    lines = [f"{card.name}: {card.title}, {card.task_type.value}"]
    for heading, text in card_sections(protocol):
        wrapped = fill(
            text,
            width,
            initial_indent="  ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += ["", heading, wrapped]
    return lines
