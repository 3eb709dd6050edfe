"""`judgetui protocols`: the list and the cards."""

from __future__ import annotations

import re

import pytest

from judgetui.core.protocols.registry import get_protocol, protocol_names
from tests.cli.conftest import Call


def test_the_list_has_every_system(judgetui: Call) -> None:
    said = judgetui("protocols")
    assert said.code == 0
    for name in protocol_names():
        card = get_protocol(name).card
        assert re.search(rf"^{re.escape(name)} +{card.task_type} +{card.result} +", said.out, re.MULTILINE), (
            name
        )


@pytest.mark.parametrize("name", protocol_names())
def test_a_card_is_whole_and_fits_the_terminal(
    judgetui: Call, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("COLUMNS", "72")
    said = judgetui("protocols", name)
    card = get_protocol(name).card
    words = " ".join(said.out.split())
    for text in (card.summary, card.needs, card.messages, card.grammar, card.parsing, card.failure):
        assert " ".join(text.split()) in words
    for text in (card.aggregation, card.biases, card.citation, card.title):
        assert " ".join(text.split()) in words
    long = [line for line in said.out.splitlines()[1:] if len(line) > 72 and len(line.split()) > 1]
    assert long == []


@pytest.mark.parametrize("name", protocol_names())
def test_json_has_all_of_it(judgetui: Call, name: str) -> None:
    protocol = get_protocol(name)
    found = judgetui("protocols", name, "--json").json
    assert {found["name"], found["result"], found["biases"]} >= {name, protocol.card.result.value}
    assert found["sampling"]["n"] == protocol.published.n
    assert (found["order"] is None) == (protocol.answers == (1, 1))
    assert found["counts_failures_as"] == protocol.counts_failures_as.value
    assert (found["scale"] is None) == (protocol.default_scale is None)
