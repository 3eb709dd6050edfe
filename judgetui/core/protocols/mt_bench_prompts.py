"""MT-Bench's eight prompts in our words: the roles and the order of parts are upstream's (fastchat/llm_judge)."""

from __future__ import annotations

from typing import Final

FORM_PLACE: Final = "<<form>>"
"""Where the demand for a verdict mark goes.

An exported prompt goes without, since tools have forms of their own.
"""

COMPARE_PLACE: Final = "<<compare>>"
"""Where the word on references and conversations goes."""

EXAMPLES: Final = """\
{% for example in examples %}
[Worked Example]
{% for name, text in example.fields.items() %}
{{ name | replace("_", " ") | capitalize }}: {{ text }}
{% endfor %}
{{ example.why }} Rating: [[{{ example.expected }}]]

{% endfor %}
"""

SINGLE_SYSTEM: Final = "You are a careful and impartial judge."

SINGLE_USER: Final = (
    """\
[Instruction]
{{ task }}
Judge the quality of the response below on {{ criterion.name }}: {{ criterion.description }}
{% for point in scale.anchored %}
{{ point.text }} = {{ point.anchor }}
{% endfor %}
First explain your judgement briefly and without favour. \
Then rate the response from {{ scale.low }} to {{ scale.high }}<<form>>.

"""
    + EXAMPLES
    + """\
{% for field in fields %}
[{{ field.label }}]
{{ field.text }}

{% endfor %}
[The Start of the Response]
{{ response }}
[The End of the Response]"""
)

SINGLE_REF_USER: Final = SINGLE_USER.replace(
    "First explain your judgement briefly",
    "You are given a reference answer. First compare the response with it, name each mistake and put it right, "
    "and so explain your judgement briefly",
)

SINGLE_FORM: Final = """, strictly in this form: "[[rating]]", for example: "Rating: [[{{ scale.high }}]]\""""

TURNS_SYSTEM: Final = """\
You are a careful and impartial judge. {{ task }}
Judge the quality of the assistant's answer to the user's last question in the conversation below, on \
{{ criterion.name }}: {{ criterion.description }}
{% for point in scale.anchored %}
{{ point.text }} = {{ point.anchor }}
{% endfor %}
<<compare>>Look to the last answer first of all. First explain your judgement briefly and without favour. \
Then rate the answer from {{ scale.low }} to {{ scale.high }}<<form>>.
{%- for example in examples %}


[Worked Example]
{% for name, text in example.fields.items() %}
{{ name | replace("_", " ") | capitalize }}: {{ text }}
{% endfor %}
{{ example.why }} Rating: [[{{ example.expected }}]]
{%- endfor %}"""

PAIR_SYSTEM: Final = """\
You are an impartial judge. {{ task }}
Decide which of two responses, A or B, is better on {{ criterion.name }}: {{ criterion.description }}
<<compare>>Explain your comparison first. Do not let the order of the responses, their length or the names of the \
assistants influence you. Be as objective as you can.
After the explanation give your verdict<<form>>.
{%- for example in examples %}


[Worked Example]
{% for name, text in example.fields.items() %}
{{ name | replace("_", " ") | capitalize }}: {{ text }}
{% endfor %}
{{ example.why }} [[{{ example.expected }}]]
{%- endfor %}"""

PAIR_TURNS: Final = (
    "Each response is a whole conversation with the same user; look to the answers to the last question first "
    "of all.\n"
)

PAIR_FORM: Final = (
    """ strictly in this form: "[[A]]" if A is better, "[[B]]" if B is better, "[[C]]" for a tie"""
)

REF_SINGLE: Final = "Compare it with the reference answer, name each mistake and put it right. "
REF_PAIR: Final = "Compare both with the reference answer first, name each mistake and put it right.\n"

PAIR_USER: Final = """\
{% for field in fields %}
[{{ field.label }}]
{{ field.text }}

{% endfor %}
[The Start of Response A]
{{ response_a }}
[The End of Response A]

[The Start of Response B]
{{ response_b }}
[The End of Response B]"""


def _conversation(title: str, answer: str) -> str:
    """A block with every turn's question and answer."""
    return (
        f"[The Start of {title}]\n"
        "{% for turn in turns %}\n"
        "[User]\n{{ turn.question }}\n\n"
        f"[Assistant]\n{{{{ turn.{answer} }}}}\n\n"
        "{% endfor %}\n"
        f"[The End of {title}]"
    )


REFERENCE_TURNS: Final = """\
[The Start of the Reference Answer]
{% for turn in turns %}
[User]
{{ turn.question }}

[Reference]
{{ turn.reference }}

{% endfor %}
[The End of the Reference Answer]

"""

FIELDS: Final = """\
{% for field in fields %}
[{{ field.label }}]
{{ field.text }}

{% endfor %}
"""

SINGLE_TURNS_USER: Final = _conversation("the Conversation", "response")
PAIR_TURNS_USER: Final = (
    _conversation("Conversation A", "response_a") + "\n\n" + _conversation("Conversation B", "response_b")
)
