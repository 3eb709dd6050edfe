"""800 single-answer judgements of GPT-4, read again (a rerun of lm-sys/FastChat's llm_judge by a third party)."""

from __future__ import annotations

import pytest

from judgetui.core.protocols.registry import get_protocol, starter_rubric
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest
from judgetui.core.vote import Parser
from tests.published.data import published, read_lines


@pytest.mark.parametrize("parser", list(Parser))
def test_every_stored_score_is_read(parser: Parser) -> None:
    """The repaired parser changes none of them: every one of these judgements keeps to the form."""
    protocol, of = get_protocol("mt-bench-single"), starter_rubric("mine", "mt-bench-single")
    request = JudgeRequest((), of.criteria[0].name)
    same = [
        protocol.parse(of, request, JudgeReply(row["judgment"]), parser).score == row["score"]
        for row in read_lines(published("fastchat_llm_judge/third_party_gpt-4_single_judgments.jsonl.gz"))
    ]
    assert (sum(same), len(same)) == (800, 800)
