"""Judgements: what a file holds of one, and how votes fail together."""

from __future__ import annotations

from datetime import UTC, datetime

from judgetui.core.item import Item, Label
from judgetui.core.judgement import Judgement, Outcome, broken, weakest_source, worst
from judgetui.core.reply import Usage
from judgetui.core.request import Order
from judgetui.core.vote import ScoreSource, Status, Verdict, Vote

ITEM = Item(
    "i",
    ("a", "b"),
    {"question": "q"},
    ("m", "n"),
    "cat",
    "g",
    "dev",
    (Label("human", "A"), Label("kim", "B")),
)


def test_a_judgement_has_the_keys_of_the_contract_and_of_its_item() -> None:
    votes = (
        Vote(Status.OK, "c", order=Order.AB, verdict=Verdict.A, usage=Usage(10, 2, None)),
        Vote(Status.OK, "c", order=Order.BA, verdict=Verdict.A, usage=Usage(10, 3, 8)),
    )
    outcome = Outcome(
        Status.OK, verdict=Verdict.A, consistent=True, source=ScoreSource.SINGLE, rationale="Since."
    )
    judgement = Judgement(
        run_id=1,
        position=0,
        item=ITEM,
        item_hash="h",
        rubric="r",
        rubric_hash="rh",
        protocol="mt-bench-pair",
        judge="local:x",
        outcome=outcome,
        votes=votes,
        started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    )
    data = judgement.to_mapping()
    assert judgement.status is Status.OK
    assert judgement.usage == Usage(20, 5, 8)
    assert data["usage"] == {"input": 20, "output": 5, "cached": 8}
    assert (data["verdict"], data["consistent"], data["score"], data["cost_usd"]) == ("A", True, None, None)
    assert data["started"] == "2026-01-02T03:04:05+00:00"
    assert (data["model_a"], data["model_b"], data["category"], data["group"]) == ("m", "n", "cat", "g")
    assert (data["human"], data["human.kim"]) == ("A", "B")
    assert "question" not in data
    assert "response_a" not in data
    assert isinstance(data["votes"], list)
    assert len(data["votes"]) == 2


def test_the_worst_vote_names_the_outcome() -> None:
    votes = [Vote(Status.OK), Vote(Status.UNPARSED, detail="u"), Vote(Status.FAILED, detail="f")]
    assert worst(votes) is Status.FAILED
    outcome = broken(votes)
    assert outcome is not None
    assert (outcome.status, outcome.detail, outcome.score) == (Status.FAILED, "f", None)
    assert broken([Vote(Status.OK)]) is None
    assert worst([]) is Status.OK


def test_the_weakest_source() -> None:
    votes = [
        Vote(Status.OK, source=ScoreSource.LOGPROBS),
        Vote(Status.OK, source=ScoreSource.SAMPLES),
        Vote(Status.OK),
    ]
    assert weakest_source(votes) is ScoreSource.SAMPLES
    assert weakest_source([]) is None
