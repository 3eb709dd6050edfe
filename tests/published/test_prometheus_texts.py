"""GPT-4's feedback on Prometheus's benchmarks (320 items each, three runs), read by both versions.

The released texts end before `[RESULT]`: the score was cut off and stored beside them. It is put back here, as
the prompt asks for it. Every figure is counted from prometheus-eval, eval/benchmark/data.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import pytest

from judgetui.core.protocols.registry import get_protocol, starter_rubric
from judgetui.core.reply import JudgeReply
from judgetui.core.request import JudgeRequest, Message
from judgetui.core.vote import Parser, Status
from tests.published.data import published, read_json

FILES: Final = ("mt_bench_eval", "vicuna_eval")
NAMES: Final = ("prometheus-absolute", "prometheus-1-absolute")


def items(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read_json(published(f"prometheus/{name}.json.gz"))
    assert len(found) == 320 and all(len(each["gpt4_score"]) == 3 for each in found)
    return found


def score(protocol: str, prompt: str, reply: str, parser: Parser) -> float | None:
    request = JudgeRequest((Message("user", prompt),), "helpfulness")
    vote = get_protocol(protocol).parse(starter_rubric("x", protocol), request, JudgeReply(reply), parser)
    assert (vote.status is Status.OK) is (vote.score is not None)
    return vote.score


def test_a_few_texts_still_carry_their_score_and_all_others_have_none() -> None:
    carried: Counter[tuple[str, Parser]] = Counter()
    for file in FILES:
        for each in items(file):
            for text, given in zip(each["gpt4_feedback"], each["gpt4_score"], strict=True):
                for protocol in NAMES:
                    for parser in Parser:
                        found = score(protocol, each["instruction"], text, parser)
                        if found is not None:
                            carried[protocol, parser] += 1
                            assert found == given, text[-200:]
    # `Score: 4` twice at the end, and `[RESULT] Score: 1.`, whose full stop the library does not allow for.
    assert carried == {
        ("prometheus-absolute", Parser.FAITHFUL): 2,
        ("prometheus-absolute", Parser.REPAIRED): 3,
        ("prometheus-1-absolute", Parser.REPAIRED): 3,
    }


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("protocol", NAMES)
def test_every_feedback_with_its_score_is_read(file: str, protocol: str) -> None:
    lead = "Feedback: " if protocol == "prometheus-1-absolute" else ""
    unread = []
    for each in items(file):
        for text, given in zip(each["gpt4_feedback"], each["gpt4_score"], strict=True):
            reply = f"{lead}{text} [RESULT] {given}"
            assert score(protocol, each["instruction"], reply, Parser.REPAIRED) == given
            found = score(protocol, each["instruction"], reply, Parser.FAITHFUL)
            if found is None:
                unread.append(text)
            else:
                assert found == given
    # Version 1 takes the first mark: the text that has one of its own, with the word Score behind it, is lost.
    lost = protocol == "prometheus-1-absolute" and file == "mt_bench_eval"
    assert len(unread) == (1 if lost else 0)
    assert all(text.endswith("[RESULT] Score: 1.") for text in unread)


@pytest.mark.parametrize("file", FILES)
def test_the_published_prompt_echoed_before_the_reply_gives_no_five(file: str) -> None:
    """The prompt's own `[RESULT]` and `(Score 5)` are what issue 58 of prometheus-eval is about."""
    for each in items(file):
        prompt, given = each["instruction"], each["gpt4_score"][0]
        assert "(Score 5)" in prompt and "[RESULT]" in prompt
        reply = f"{prompt}{each['gpt4_feedback'][0]} [RESULT] {given}"
        for protocol in NAMES:
            assert all(score(protocol, prompt, prompt, parser) is None for parser in Parser)
            assert score(protocol, prompt, reply, Parser.REPAIRED) == given
        assert score("prometheus-1-absolute", prompt, reply, Parser.FAITHFUL) is None
