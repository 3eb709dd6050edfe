"""PandaLM's released judgements in the form they were written in (WeOpenML/PandaLM, data/*-testset-v1.json).

The files hold verdict, reason and reference apart; the replies are put together from them in the model's own
form (pandalm/utils/pandalm_inference.py, `build_pandalm_prompt`).
"""

from __future__ import annotations

from collections import Counter

import pytest

from judgetui.core.protocols.failures import counted
from judgetui.core.protocols.registry import get_protocol, starter_rubric
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest, Order
from judgetui.core.vote import Failures, Parser, Status, Verdict, Vote
from tests.published.data import published, read_json

PANDALM = get_protocol("pandalm")
OF = starter_rubric("mine", "pandalm")
SAYS = {"1": Verdict.A, "2": Verdict.B, "Tie": Verdict.TIE, "0": Verdict.TIE, "garbage": None}
FILES = {"gpt": "gpt-3.5-turbo-testset-v1.json.gz", "pandalm": "pandalm-7b-testset-v1.json.gz"}


def votes(name: str, parser: Parser) -> list[tuple[str, str, Vote]]:
    """The stored result, the stored reason, and what is read in a reply made of them."""
    found = []
    request = JudgeRequest((), OF.criteria[0].name, Order.AB)
    for row in read_json(published(f"pandalm/{FILES[name]}")):
        stored, reason = str(row[f"{name}_result"]), row[f"{name}_reason"]
        said = "Tie" if stored == "0" else stored
        text = f"{said}\n\n### Reason: {reason}\n\n### Reference: {row[f'{name}_reference']}\n"
        found.append((stored, reason, PANDALM.parse(OF, request, JudgeReply(text), parser)))
    return found


@pytest.mark.parametrize("parser", list(Parser))
@pytest.mark.parametrize("name", FILES)
def test_every_judgement_is_read(name: str, parser: Parser) -> None:
    found = votes(name, parser)
    assert len(found) == 999
    assert all(vote.verdict is SAYS[stored] for stored, _, vote in found)
    assert all(vote.rationale == reason.strip() for stored, reason, vote in found if stored != "garbage")


@pytest.mark.parametrize("parser", list(Parser))
def test_replies_without_a_verdict_are_ties_only_when_that_is_asked_for(parser: Parser) -> None:
    lost = [vote for stored, _, vote in votes("gpt", parser) if stored == "garbage"]
    assert Counter(vote.status for vote in lost) == {Status.UNPARSED: 25}
    assert [counted(PANDALM, vote, Failures.STATE) for vote in lost] == lost
    as_original = [counted(PANDALM, vote, PANDALM.counts_failures_as) for vote in lost]
    assert {vote.verdict for vote in as_original} == {Verdict.TIE}
    assert all(vote.parser.endswith("+tie") for vote in as_original)
