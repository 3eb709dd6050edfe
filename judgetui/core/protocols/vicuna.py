"""Vicuna's evaluation (Chiang et al. 2023, lmsys.org/blog/2023-03-30-vicuna; lm-sys/FastChat, fastchat/eval).

Two answers, a score for each on the reply's first line, and a prompt of its own for code and for mathematics.
Wording is ours, in the same roles and the same order of parts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from judgetui.core.item import Item
from judgetui.core.protocols.base import Reading
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.first_line import FirstLine, find_first, reading
from judgetui.core.protocols.named_scores import SEVERAL, find_last, own_words
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.protocols.score_values import Scores
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import Scale
from judgetui.core.vote import Parser, ScoreSource

SYSTEM: Final = "You check the quality of answers, and you are exact and fair."

MATH: Final = "math"
"""The category whose prompt asks for the scores at the end."""

ANSWERS: Final = """\
[Assistant 1's Answer]
{{ response_a }}
[End of Assistant 1's Answer]

[Assistant 2's Answer]
{{ response_b }}
[End of Assistant 2's Answer]

"""

FIELDS: Final = """\
{% for field in fields %}
[{{ field.label }}]
{{ field.text }}

{% endfor %}
"""


def examples(result: str) -> str:
    """The rubric's worked examples, each with its result and reasons as `result` prints them."""
    return (
        "{% for example in examples %}\n[Worked Example]\n{% for name, text in example.fields.items() %}\n"
        '{{ name | replace("_", " ") | capitalize }}: {{ text }}\n{% endfor %}\n'
        f"{result}\n\n{{% endfor %}}\n"
    )


RESULT_FIRST: Final = "{{ example.expected }}\n{{ example.why }}"
RESULT_LAST: Final = "{{ example.why }}\n{{ example.expected }}"

CRITERION: Final = """\
[System]
{{ task }}
Judge the answers on {{ criterion.name }}: {{ criterion.description }}
{% for point in scale.anchored %}
{{ point.text }} = {{ point.anchor }}
{% endfor %}
"""

GENERAL: Final = """\
Give each assistant one score from {{ scale.low }} to {{ scale.high }}; a better answer has a higher score.
"""

GENERAL_FORM: Final = """\
Begin with one line that holds nothing but the two scores, Assistant 1's and then Assistant 2's, with a space \
between them. From the next line on, explain your scores in full.
"""

UNBIASED: Final = "Take no side beforehand, and do not let the order of the answers change your scores."

CODING: Final = """\
Both assistants were asked for a program. Look at how each goes about the problem, how its code is built and \
commented, and whether it can be read. See to it that:
1. the program does what was asked;
2. it is right, and no slower than it need be;
3. comments tell plainly what the code does and why;
4. it keeps to good practice.
Say what is strong and what is weak in each program, and what would make it better.
"""

CODING_FORM: Final = """\
Begin with one line of two scores from {{ scale.low }} (no code, or none that makes sense) to {{ scale.high }} \
(flawless), Assistant 1's and then Assistant 2's, with a space between them. Your remarks come from the next \
line on."""

MATHEMATICS: Final = """\
First solve the problem yourself, without looking at either answer.
Then go through the steps of Assistant 1 and of Assistant 2 one by one and name those that are wrong. The way to \
a result counts as well as the result.
"""

MATHEMATICS_FORM: Final = """\
Say why the assistants' scores differ, if they do, and who did better. At the very end give each assistant a score \
from {{ scale.low }} to {{ scale.high }}, on a line of their own, as a Python tuple with Assistant 1's score first, \
after the word "Scores" and a colon."""


def _user(form: bool) -> str:
    """The user's message; with `form`, what a reply must look like."""
    general = GENERAL + (GENERAL_FORM if form else "") + UNBIASED
    coding = CODING + (CODING_FORM if form else GENERAL.rstrip())
    mathematics = MATHEMATICS + (MATHEMATICS_FORM if form else GENERAL.rstrip())
    routed = (
        f'{{% if category == "coding" %}}\n{coding}\n'
        f'{{%- elif category == "{MATH}" %}}\n{mathematics}\n'
        f"{{%- else %}}\n{general}\n{{%- endif %}}"
    )
    result = f'{{% if category == "{MATH}" %}}\n{RESULT_LAST}\n{{% else %}}\n{RESULT_FIRST}\n{{% endif %}}'
    return examples(result) + FIELDS + ANSWERS + CRITERION + routed


class Vicuna(FirstLine):
    """Two answers with a score each, by a prompt that follows the question's category."""

    card = Card(
        name="vicuna",
        title="Vicuna evaluation",
        task_type=TaskType.PAIRWISE,
        result=Result.ANSWER_SCORES,
        summary="The judge gives each of two answers a score from 1 to 10 and explains them. Questions on code "
        "and on mathematics have prompts of their own.",
        needs="A task, one or more criteria, items with a question and two responses. An item's category "
        "`coding` or `math` chooses the prompt; any other is general.",
        messages="System: who the judge is. User: the question, both answers, then the instructions. The "
        "rubric's task and criterion stand in all three prompts, before what each asks for.",
        grammar="Two scores on the first line with a space between them, then the explanation. For mathematics "
        "the reasons come first, and a tuple of the two scores is the end.",
        parsing="The original reads the first line in all categories: `8 9`, `8,9`, nothing else; so `8, 9`, "
        "`[8, 9]`, a space after the scores and every reply on mathematics fail (39 of the 1,040 released "
        "reviews). Repaired, they are read, and so is the pair of scores that a reply states last. Of those 39 "
        "it finds 37 as people repaired them; in the other 2 the stored pair is not what the review says. A "
        "score off the scale is none; the original takes it (0 for an empty answer in 4 reviews).",
        failure="The original stores -1 for both answers and asks people to put the file right; "
        "`--failures minus-one` stores them too.",
        aggregation="The sum of each side's scores over all questions, and the ratio of the sums: 638 for "
        "Vicuna-13B and 693 for ChatGPT, which is the published 92%. A pair goes to the higher score.",
        biases="One order only, so that position bias is in the figure: between ChatGPT and Vicuna-13B a swap "
        "changed GPT-4's verdict on 46.3% of the 80 questions and ChatGPT's on 82.5% (FairEval, "
        "arXiv:2305.17926). FastChat's own README deprecates the method.",
        citation="Chiang et al., Vicuna: An Open-Source Chatbot Impressing GPT-4 with 90% ChatGPT Quality, "
        "March 2023, lmsys.org/blog/2023-03-30-vicuna; lm-sys/FastChat, fastchat/eval.",
    )
    starter = Starter(
        "Compare the answers of two AI assistants to a user's question.",
        (Criterion("quality", "How helpful, relevant, accurate and detailed the answer is."),),
        (InputField("question"),),
    )
    published = Sampling(n=1, temperature=0.2, max_tokens=1024, top_logprobs=0)
    order = "as-given"

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """One sentence of system message; question, answers and instructions are the user's."""
        return (TemplateMessage("system", SYSTEM), TemplateMessage("user", _user(form=True)))

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the demand for a line or a tuple of scores."""
        return (TemplateMessage("system", SYSTEM), TemplateMessage("user", _user(form=False)))

    def calls(
        self, rubric: Rubric, item: Item, source: ScoreSource, order: str | None = None
    ) -> tuple[JudgeRequest, ...]:
        """The same, with the form of mathematics where this protocol's own prompt asks for it."""
        planned = super().calls(rubric, item, source, order)
        if rubric.template is not None or (item.category or "").strip().lower() != MATH:
            return planned
        return tuple(replace(request, form=_scores_last(request.max_tokens)) for request in planned)

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The scores of the first line; repaired, those of the end too, and first of all if asked for there."""
        if parser is Parser.FAITHFUL:
            return super().read(rubric, request, reply, text, parser)
        own = own_words(text, request)
        return reading(_find(own, scale_of(self, rubric), request.form), own)


def _scores_last(max_tokens: int) -> Form:
    """Reasons, then a line with the tuple of scores; two characters a token is what dense text comes to."""
    return Form("\nScores: (", ")", min(4000, max(40, 2 * max_tokens - 20)), between=(", ",))


def _find(text: str, scale: Scale, form: Form | None) -> Scores | None:
    """The scores at the place that was asked for, or else at the other one.

    Where the form is not known, a tuple at the start may be the solution of a problem: it counts unless the
    reply ends with other scores.
    """
    if form is not None and form.reasons:
        return find_last(text, scale, 2) or find_first(text, scale, 2)
    first = find_first(text, scale, 2)
    if first is None:
        return find_last(text, scale, 2)
    last = (
        find_last(text, scale, 2) if form is None and text[first.start :].lstrip().startswith("(") else None
    )
    if last is None or last.start < first.end:
        return first
    if first.problem:
        return last
    return first if last.values == first.values else replace(last, values=(), problem=SEVERAL)
