"""What protocols share: item text in prompts, outlines, thinking, and votes without a result."""

from __future__ import annotations

import pytest

from judgetui.core.item import Item
from judgetui.core.protocols.base import source_for
from judgetui.core.protocols.prompting import field_text, response_text
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.protocols.rendering import effective_template
from judgetui.core.protocols.replies import failed_vote, last_line, visible
from judgetui.core.request import JudgeRequest, Order
from judgetui.core.rubric import InputField, Sampling, TemplateMessage
from judgetui.core.vote import ScoreSource, Status
from judgetui.errors import TemplateError
from tests.core.protocols.builders import item, plan, rubric


def test_a_conversation_is_shown_turn_by_turn() -> None:
    turns = [{"role": "user", "content": "Hi"}, {"content": "Well"}, "plain"]
    assert field_text(turns) == "user: Hi\n\nuser: Well\n\nplain"
    assert field_text(3) == "3"
    assert response_text(("One.", "Two.")) == "One.\n\nTwo."


def test_optional_inputs_are_empty_text_in_a_template() -> None:
    of = rubric(
        inputs=(InputField("reference", optional=True),),
        template=(TemplateMessage("user", "[{{ reference }}]{{ response }}"),),
    )
    assert plan(of)[0].messages[0].content == "[]Because."


def test_a_null_input_is_absent() -> None:
    of = rubric(inputs=(InputField("reference", optional=True),))
    assert "Reference" not in plan(of, about=item(reference=None))[0].messages[0].content


def test_an_own_template_is_checked() -> None:
    of = rubric(template=(TemplateMessage("user", "{{ response_a }}"),))
    with pytest.raises(TemplateError, match="response_a"):
        effective_template(get_protocol("g-eval"), of)


def test_titles_fall_back_to_names() -> None:
    of = rubric(template=(TemplateMessage("user", "{{ title }}{{ response }}"),))
    assert plan(of)[0].messages[0].content == "testBecause."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<think>a</think>b", "b"),
        (" <THINKING>a</THINKING>\nb", "\nb"),
        ("<think>a", ""),
        ("a</think>b", "b"),
        ("a <think>b</think> c", " c"),
        ("plain", "plain"),
    ],
)
def test_thinking_is_not_part_of_the_answer(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "line"), [("a", "a"), ("a\nb", "b"), ("a\nb\n \n", "b\n \n"), ("", ""), ("\n", "\n")]
)
def test_last_line(text: str, line: str) -> None:
    assert text[last_line(text) :] == line


def test_a_call_without_a_reply_is_a_vote_without_a_result() -> None:
    vote = failed_vote(JudgeRequest((), "c", order=Order.BA, sample=2), "timeout")
    assert (vote.status, vote.criterion, vote.order, vote.sample) == (Status.FAILED, "c", Order.BA, 2)
    assert failed_vote(JudgeRequest(()), "stopped", Status.CANCELLED).status is Status.CANCELLED


def test_the_best_source_a_judge_can_give() -> None:
    protocol = get_protocol("g-eval")
    assert source_for(protocol, rubric(), logprobs=True) is ScoreSource.LOGPROBS
    assert source_for(protocol, rubric(), logprobs=False) is ScoreSource.SAMPLES
    assert source_for(protocol, rubric(sampling=Sampling(n=1)), logprobs=False) is ScoreSource.SINGLE
    assert source_for(protocol, rubric(sampling=Sampling(n=1)), False, samples=3) is ScoreSource.SAMPLES
    assert source_for(protocol, rubric(sampling=Sampling(top_logprobs=0)), True) is ScoreSource.SAMPLES
    assert source_for(get_protocol("mt-bench-single"), rubric("mt-bench-single"), True) is ScoreSource.SINGLE


def test_multi_turn_answers_are_judged_whole() -> None:
    about = Item("i", (("One.", "Two."),), {"question": "Why?"})
    assert "Response: One.\n\nTwo." in plan(rubric(), about=about)[0].messages[0].content
