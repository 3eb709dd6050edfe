from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judgetui.config.secrets import Secret
from judgetui.core.request import JudgeRequest, Message
from judgetui.providers.openai.chat import OpenAIJudge
from judgetui.providers.openai.marks import marked_messages, plain_messages
from judgetui.providers.openai.responses import ResponsesJudge
from judgetui.providers.openai.writing import WritingJudge
from judgetui.providers.prompt_caches import most_written, takes_breakpoints
from tests.providers.conftest import KEY
from tests.providers.endpoint import Answer, Endpoint
from tests.providers.test_openai import completion

URL = "https://api.openai.com/v1"

messages = st.lists(
    st.builds(Message, st.sampled_from(["system", "developer", "user", "assistant"]), st.text(max_size=9)),
    min_size=1,
    max_size=4,
)


def text_of(content: Any) -> str:
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


@given(messages, st.data())
def test_the_mark_stands_where_the_rubrics_part_ends_and_no_text_changes(
    prompt: list[Message], data: st.DataObject
) -> None:
    whole = "".join(message.content for message in prompt)
    stable = data.draw(st.integers(0, len(whole)))
    request = JudgeRequest(tuple(prompt), stable=stable)
    marked = marked_messages(request, "text")
    if marked is None:
        return
    assert stable
    assert [(each["role"], text_of(each["content"])) for each in marked] == [
        (message.role, message.content) for message in prompt
    ]
    before = ""
    for each in marked:
        for part in [each["content"]] if isinstance(each["content"], str) else each["content"]:
            before += part if isinstance(part, str) else part["text"]
            if not isinstance(part, str) and "prompt_cache_breakpoint" in part:
                assert before == whole[:stable]
                assert each["role"] != "assistant"
    assert str(marked).count("prompt_cache_breakpoint") == 1


@pytest.mark.parametrize(
    ("model", "newer"),
    [("gpt-5.6", True), ("gpt-6-luna", True), ("gpt-5.10-mini", True), ("gpt-5.5", False), ("gpt-5", False),
     ("gpt-4o", False), ("o3", False), ("my-gpt-6", False), ("gpt-oss", False)],
)  # fmt: skip
def test_only_newer_models_take_marks(model: str, newer: bool) -> None:
    assert takes_breakpoints(model) is newer
    prompt = JudgeRequest((Message("system", "Rubric."), Message("user", "Item")), stable=7)
    for kind, part in ((OpenAIJudge, "text"), (ResponsesJudge, "input_text")):
        body = kind(f"openai:{model}", model, base_url=URL, key=Secret(KEY)).body(prompt)
        shown = str(body)
        assert ("prompt_cache_breakpoint" in shown) is newer
        assert body.get("prompt_cache_options") == ({"mode": "explicit"} if newer else None)
        assert (f"'type': '{part}'" in shown) is newer


def test_what_is_written_to_the_cache_ends_at_the_mark() -> None:
    assert most_written("openai:gpt-6-luna", URL, 5000, 2000) == 2000
    assert most_written("openai:gpt-6-luna", URL, 5000, 0) == 5000
    assert most_written("openai:gpt-4o", URL, 5000, 2000) == 5000
    assert most_written("openai:gpt-6-luna", URL, 5000, 100) == 0


@pytest.mark.parametrize("named", ["prompt_cache_options", "messages[0].content[0].prompt_cache_breakpoint"])
async def test_a_refused_mark_is_left_out_and_the_prompt_sent_plainly(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setattr(WritingJudge, "_is_openai", property(lambda self: True))
    endpoint.will(
        Answer({"error": {"message": f"Unknown parameter: '{named}'.", "param": named}}, status=400),
        Answer(completion()),
    )
    judge = OpenAIJudge("openai:gpt-6", "gpt-6", base_url=f"{endpoint.url}/v1", key=Secret(KEY))
    prompt = JudgeRequest((Message("system", "Rubric."), Message("user", "Item")), stable=7)
    reply = await judge.ask(prompt, timeout=5)
    await judge.close()
    first, second = (seen.body for seen in endpoint.seen)
    assert first["messages"][0]["content"][0]["prompt_cache_breakpoint"] == {"mode": "explicit"}
    assert second["messages"] == plain_messages(prompt)
    assert "prompt_cache_options" not in second and second["prompt_cache_key"] == first["prompt_cache_key"]
    assert "prompt_cache_options" in reply.dropped
