"""The parts of a body that ask for a verdict in a format, in the words of OpenAI's two APIs."""

from __future__ import annotations

from typing import Any

from judgetui.core.request import JudgeRequest
from judgetui.providers.formats import NAME, grammar, verdict_schema

_ABOUT = "Give the verdict."


def nested_part(name: str, request: JudgeRequest) -> dict[str, Any]:
    """As chat completions want it.

    Args:
        name: one of `options.FORMATS`; the request has labels and a form unless it is `text`.
    """
    match name:
        case "schema":
            schema = {"name": NAME, "strict": True, "schema": verdict_schema(request)}
            return {"response_format": {"type": "json_schema", "json_schema": schema}}
        case "tool":
            function = {
                "name": NAME,
                "description": _ABOUT,
                "strict": True,
                "parameters": verdict_schema(request),
            }
            choice = {"type": "function", "function": {"name": NAME}}
            return {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
    return _grammar_part(name, request)


def flat_part(name: str, request: JudgeRequest) -> dict[str, Any]:
    """As responses want it; the arguments are those of `nested_part`."""
    match name:
        case "schema":
            schema = {"type": "json_schema", "name": NAME, "strict": True, "schema": verdict_schema(request)}
            return {"text": {"format": schema}}
        case "tool":
            tool = {
                "type": "function",
                "name": NAME,
                "description": _ABOUT,
                "strict": True,
                "parameters": verdict_schema(request),
            }
            return {"tools": [tool], "tool_choice": {"type": "function", "name": NAME}}
    return _grammar_part(name, request)


def _grammar_part(name: str, request: JudgeRequest) -> dict[str, Any]:
    """llama.cpp's own word, which its server takes in both APIs (tools/server/README.md)."""
    if name == "grammar" and request.form is not None:
        return {"grammar": grammar(request.form, request.labels)}
    return {}
