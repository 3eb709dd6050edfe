"""Ways to ask for a verdict: as JSON by a schema or a tool, in the protocol's own text by a grammar, or freely.

A verdict that came as JSON is put into the protocol's text again, so that one parser reads them all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from judgetui.core.protocols.replies import visible
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest

REASONS: Final = "reasons"
COMMENT: Final = "comment"
NAME: Final = "verdict"
"""What a schema or a tool is called."""

_DIGIT: Final = re.compile(r"\d")
_CALL: Final = re.compile(r"^\{", re.MULTILINE)
_FENCE: Final = re.compile(r"\A\s*```[a-z]*\s*\n(.*?)\n\s*```\s*\Z", re.DOTALL | re.IGNORECASE)


def first_format(request: JudgeRequest, chosen: str) -> str:
    """The format a request is asked in first: what the judge's options say, else a schema where no published
    wording is at stake. Token probabilities are of the protocol's own text, which JSON is not.

    Args:
        chosen: one of `options.FORMATS`; empty when none was chosen.
    """
    if request.form is None or not request.labels:
        return "text"
    if request.top_logprobs:
        return "grammar" if chosen == "grammar" else "text"
    return chosen or ("schema" if request.structured else "text")


def demanded(request: JudgeRequest, asked: str) -> int:
    """Tokens that a format takes beside reasons and verdict, so that they are left their room: one for each
    character, which is the most as long as JSON comes without needless white space.

    Args:
        asked: one of `options.FORMATS`; for all but `text` the request has labels and a form.
    """
    return 0 if request.form is None else _demanded(request.form, request.labels, asked)


@lru_cache(maxsize=256)
def _demanded(form: Form, labels: tuple[str, ...], asked: str) -> int:
    if asked == "text":
        return 0
    if asked == "grammar":
        return len(form.opening + "".join(form.between) + form.closing)
    longest = max(labels, key=len)
    schema = verdict_schema(JudgeRequest((), labels=labels, form=form))
    return len(json.dumps(dict.fromkeys(schema["properties"], longest)))


def verdict_schema(request: JudgeRequest) -> dict[str, Any]:
    """A JSON schema of the verdict, strict: reasons first where the form has them, every property required.

    The request must have labels and a form.
    """
    form = request.form or Form()
    labels = list(request.labels)
    properties: dict[str, Any] = {}
    if form.reasons:
        properties[REASONS] = {"type": "string", "description": "The reasons, before the verdict."}
    for name, about in _verdicts(form).items():
        properties[name] = {"type": "string", "enum": labels} | ({"description": about} if about else {})
    if form.after:
        properties[COMMENT] = {"type": "string", "description": "The explanation of the verdict."}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def verdict_text(request: JudgeRequest, data: object) -> str:
    """What a verdict in JSON says, in the protocol's own text; empty when it does not keep to the schema."""
    form = request.form or Form()
    if not isinstance(data, Mapping):
        return ""
    labels = [data.get(name) for name in _verdicts(form)]
    reasons, comment = data.get(REASONS, ""), data.get(COMMENT, "")
    chosen = [label for label in labels if isinstance(label, str) and label in request.labels]
    if len(chosen) < len(labels) or not isinstance(reasons, str) or not isinstance(comment, str):
        return ""
    verdict = form.verdict(*chosen)
    if form.reasons and (told := _told(request, form, reasons)):
        verdict = f"{told}\n{verdict.lstrip()}"
    if form.after and (told := _told(request, form, comment)):
        verdict = f"{verdict.rstrip()}\n{told}"
    return verdict


def json_in(text: str) -> object:
    """The JSON value that a reply is, with or without thinking before it and a code fence around it; None when it
    is none."""
    for part in dict.fromkeys((text, visible(text))):  # reasons in JSON may speak of thinking, too
        fenced = _FENCE.match(part)
        try:
            return json.loads(fenced[1] if fenced else part)
        except (ValueError, RecursionError):
            continue
    return None


def was_ignored(reply: JudgeReply, asked: str) -> bool:
    """Whether a reply that JSON was asked for is plain text, and not JSON, whole or cut short; thinking alone may still
    become JSON. One that was to call a tool may say something first: what it calls it with begins a line of its own.

    Args:
        asked: the format that JSON was asked for in: schema or tool.
    """
    if not reply.text or reply.said or reply.refusal is not None:
        return False
    if asked == "tool" and _CALL.search(reply.text):
        return False
    if reply.finish == "stop":
        return json_in(reply.text) is None
    begun = visible(reply.text).lstrip()
    return bool(begun) and not begun.startswith(("{", "```"))


def grammar(form: Form, labels: tuple[str, ...]) -> str:
    """A reply's form in llama.cpp's grammar notation (GBNF, grammars/README.md).

    It decides which token is written, not what is reported of it: log-probabilities are the model's own.
    """
    if form.lines is not None:
        fewest, most = form.lines
        steps = "".join(f'"{number}. " line ' for number in range(1, fewest + 1))
        more = "".join(f'("{number}. " line ' for number in range(fewest + 1, most + 1))
        return f'root ::= {steps}{more}{")? " * (most - fewest)}\nline ::= [A-Z] [^\\n]{{15,140}} "\\n"'
    further = [part for text in form.between for part in (_quoted(text), "verdict")]
    parts = [_quoted(form.opening), "verdict", *further, _quoted(form.closing)]
    rules = ["verdict ::= " + " | ".join(_quoted(label) for label in labels)]
    if form.reasons:
        parts.insert(0, "reasons")
        rules.append(f"reasons ::= [^\\[\\]]{{1,{form.reasons}}}")
    if form.after:
        parts.append("after")
        rules.append(f"after ::= [^\\[\\]]{{0,{form.after}}}")
    return "\n".join([f"root ::= {' '.join(part for part in parts if part)}", *rules])


def _quoted(text: str) -> str:
    return json.dumps(text) if text else ""


def _verdicts(form: Form) -> dict[str, str]:
    """The properties that hold labels, with the words that stand before each in the protocol's text."""
    if not form.between:
        return {NAME: ""}
    before = (form.opening, *form.between)
    return {f"{NAME}_{number}": text.strip(" \n:[") for number, text in enumerate(before, 1)}


def _told(request: JudgeRequest, form: Form, reasons: str) -> str:
    """Reasons as they may stand beside the verdict; empty where a parser could take them for one.

    That is where they hold the form's own words, or a number beside one that no brackets mark.
    """
    told = reasons.replace("[[", "[ [").replace("]]", "] ]").strip()
    words = [text.strip().casefold() for text in (form.opening, *form.between, form.closing)]
    if any(text in told.casefold() for text in words if text):
        return ""
    bare = not form.between and not form.opening.startswith("[")
    numbers = bare and all(label.replace(".", "", 1).isdigit() for label in request.labels)
    return "" if numbers and _DIGIT.search(told) else told
