"""Requests, replies and votes: what is stored comes back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.core.reply import JudgeReply, TokenLogprob, Usage, reply_from_mapping, usage_from_mapping
from judgetui.core.request import Form, JudgeRequest, Message, Order, request_from_mapping
from judgetui.core.vote import ScoreSource, Status, Verdict, Vote, vote_from_mapping
from judgetui.errors import InputError

_COUNTS = st.none() | st.integers(0, 10**9)
_USAGE = st.builds(Usage, _COUNTS, _COUNTS, _COUNTS)
_LOGPROBS = st.floats(-100, 0)
_STRIPPED = st.text().map(str.strip)


def through_json(data: object) -> object:
    return json.loads(json.dumps(data))


@given(
    st.builds(
        JudgeRequest,
        messages=st.lists(st.builds(Message, st.sampled_from(["system", "user"]), st.text())).map(tuple),
        criterion=_STRIPPED,
        order=st.none() | st.sampled_from([Order.AB, Order.BA]),
        sample=st.integers(0, 100),
        temperature=st.none() | st.floats(0, 2),
        max_tokens=st.integers(1, 10**6),
        top_logprobs=st.integers(0, 20),
        labels=st.lists(st.text()).map(tuple),
        form=st.none() | st.builds(Form, st.text(), st.text(), st.integers(0, 5000)),
    )
)
def test_requests_come_back(request: JudgeRequest) -> None:
    assert request_from_mapping(through_json(request.to_mapping())) == request


@given(
    st.builds(
        JudgeReply,
        text=st.text(),
        finish=_STRIPPED,
        logprobs=st.lists(
            st.builds(
                TokenLogprob, st.text(), _LOGPROBS, st.lists(st.tuples(st.text(), _LOGPROBS)).map(tuple)
            )
        ).map(tuple),
        usage=_USAGE,
        model=_STRIPPED,
        latency_ms=st.none() | st.floats(0, 1e6),
        request_id=_STRIPPED,
        refusal=st.none() | st.text(),
        dropped=st.dictionaries(st.text(), st.text()),
    )
)
def test_replies_come_back(reply: JudgeReply) -> None:
    assert reply_from_mapping(through_json(reply.to_mapping())) == reply


@given(
    st.builds(
        Vote,
        status=st.sampled_from(Status),
        criterion=_STRIPPED,
        order=st.none() | st.sampled_from([Order.AB, Order.BA]),
        sample=st.integers(0, 100),
        score=st.none() | st.floats(-1000, 1000),
        label=st.none() | st.text(),
        verdict=st.none() | st.sampled_from(Verdict),
        source=st.none() | st.sampled_from(ScoreSource),
        probabilities=st.dictionaries(st.text(), st.floats(0, 1)),
        outside=st.none() | st.floats(0, 1),
        rationale=_STRIPPED,
        raw=st.text(),
        finish=_STRIPPED,
        parser=_STRIPPED,
        model=_STRIPPED,
        usage=_USAGE,
        latency_ms=st.none() | st.floats(0, 1e6),
        detail=_STRIPPED,
        call=_STRIPPED,
    )
)
def test_votes_come_back(vote: Vote) -> None:
    assert vote_from_mapping(through_json(vote.to_mapping())) == vote


def test_usage_adds_up_what_is_known() -> None:
    assert Usage(1, None, 3) + Usage(2, None, None) == Usage(3, None, 3)
    assert Usage() + Usage() == Usage()
    assert usage_from_mapping({"input": 1, "output": 2, "cached": None}) == Usage(1, 2, None)


def test_verdicts_swap() -> None:
    assert [verdict.swapped for verdict in Verdict] == [Verdict.B, Verdict.A, Verdict.TIE, Verdict.BOTH_BAD]


def test_statuses_are_ordered_by_severity() -> None:
    worst_first = sorted(Status, key=lambda status: -status.severity)
    assert [status.value for status in worst_first] == ["cancelled", "failed", "refused", "unparsed", "ok"]


@pytest.mark.parametrize("rows", [[["a"]], ["a"], [["a", "b", []]]])
def test_broken_log_probabilities_are_refused(rows: object) -> None:
    with pytest.raises(InputError, match="logprobs"):
        reply_from_mapping({"text": "x", "logprobs": rows})
