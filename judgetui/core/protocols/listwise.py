"""Listwise ranking: several responses at once, reasons first, then their order. No published system."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations
from string import ascii_uppercase
from typing import Final

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol, Reading
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.combining import combine_rankings
from judgetui.core.protocols.forms import marked
from judgetui.core.protocols.marks import reasons
from judgetui.core.protocols.replies import last_line
from judgetui.core.protocols.settling import Found, own, settled
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.vote import Parser, Vote

SYSTEM: Final = """\
You are a careful and impartial judge. {{ task }}
Rank the {{ responses | length }} responses below on {{ criterion.name }}: {{ criterion.description }}
First compare them and explain your comparison briefly. Do not let their order, their length or their letters \
influence you. Then give the ranking, the best response first and no two level<<form>>.
{%- for example in examples %}


[Worked Example]
{% for name, text in example.fields.items() %}
{{ name | replace("_", " ") | capitalize }}: {{ text }}
{% endfor %}
{{ example.why }} [[{{ example.expected }}]]
{%- endfor %}"""

USER: Final = """\
{% for field in fields %}
[{{ field.label }}]
{{ field.text }}

{% endfor %}
{% for each in responses %}
[The Start of Response {{ each.letter }}]
{{ each.text }}
[The End of Response {{ each.letter }}]{% if not loop.last %}


{% endif %}
{% endfor %}"""

_FORM: Final = """, in this form: "[[best > second best > ... > worst]]", with the letter of every response once, \
from {{ responses[0].letter }} to {{ responses[-1].letter }}"""

MOST_LISTED: Final = 4
"""Answers of which every ranking is a label of its own; four have 24."""

_MARK: Final = re.compile(r"\[\[([^\[\]\n]{1,200})\]\]")
_LETTERS: Final = re.compile(r"\s*[A-Z](?:\s*[>,]\s*[A-Z])+\s*")
_TIED: Final = re.compile(r"\s*[A-Z](?:\s*[>=]\s*[A-Z])+\s*")
_BARE: Final = re.compile(
    r"\W*(?:(?:(?:my|the|so)\s+)*(?:final\s+|overall\s+)?(?:ranking|order|verdict|answer)\W{0,6}(?:is\W{0,6})?)?"
    r"([A-Z](?:[ \t]*>[ \t]*[A-Z])+)\W*\Z",
    re.IGNORECASE,
)
"""A ranking alone on the last line, announced or not."""


class Listwise(JudgeProtocol):
    """Two to twenty-six responses, one full ranking."""

    card = Card(
        name="listwise",
        title="Listwise ranking",
        task_type=TaskType.LISTWISE,
        result=Result.RANKING,
        summary="Ranks two or more responses in one call, in the given order and backwards; reasons first, then the "
        "whole order, without ties.",
        needs="A task, one or more criteria, items with `responses`. `order: all` asks for every order, up to five "
        "responses, which is 120 calls.",
        messages="System: the instructions. User: the question and all responses.",
        grammar="Reasons, then [[B > A > C]].",
        parsing="There is no original, so that both parsers are the same: the last mark counts if it names every "
        "response once; one that leaves out, repeats or ties responses is none.",
        failure="A reply without a full ranking is a state.",
        aggregation="Borda's count: a point for each response ranked below, averaged over orders and samples, then "
        "over criteria by weight. Equal points are shown as equal.",
        biases="None is published for this wording. A judge may favour a place in the list: compare the orders, "
        "which are told apart in every judgement.",
        citation="None: no published system. Borda's count: de Borda, Mémoire sur les élections au scrutin, 1781.",
    )
    starter = Starter(
        "You are given a question and several answers to it.",
        (Criterion("quality", "How helpful, relevant, accurate and clear the answer is."),),
        (InputField("question"),),
    )
    structured = True
    published = Sampling(n=1, temperature=0.0, max_tokens=2048, top_logprobs=0)

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """Instructions in the system message, the responses in the user's."""
        return (TemplateMessage("system", SYSTEM.replace("<<form>>", _FORM)), TemplateMessage("user", USER))

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the demand for a mark."""
        return (TemplateMessage("system", SYSTEM.replace("<<form>>", "")), TemplateMessage("user", USER))

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """Every ranking of a few answers, or the letters of many."""
        letters = ascii_uppercase[:answers]
        if answers > MOST_LISTED:
            return tuple(letters)
        return tuple(" > ".join(each) for each in permutations(letters))

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """Reasons, then the ranking; of many answers one letter after the other."""
        room = marked(rubric.sampling.filled(self.published)).reasons
        between = (" > ",) * (answers - 1) if answers > MOST_LISTED else ()
        return Form("[[", "]]", room, between=between)

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The ranking in the last mark, or one alone on the last line."""
        marks = [
            Found(_plain(match[1]), match.start(), match.end())
            for match in _MARK.finditer(text)
            if _LETTERS.fullmatch(match[1].upper()) or _TIED.fullmatch(match[1].upper())
        ]
        kept = own(marks, text, request)
        if not marks and (bare := _BARE.match(text, last_line(text))):
            kept = own([Found(_plain(bare[1]), bare.start(1), bare.end(1))], text, request)
        if not kept:
            return None
        found = settled(kept, text)
        if found is None:
            return "several different rankings in the reply."
        letters = found.value.split(">")
        if problem := _problem(letters, 0 if request.order is None else len(request.order)):
            return problem
        places = tuple(ascii_uppercase.index(letter) for letter in letters)
        return Reading(ranking=places, rationale=reasons(text, found.start))

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """Borda's count over orders, samples and criteria."""
        return combine_rankings(rubric, votes)


def _plain(ranking: str) -> str:
    """A ranking in one spelling, such as `B>A>C`."""
    return re.sub(r"\s+", "", ranking).replace(",", ">").upper()


def _problem(letters: Sequence[str], answers: int) -> str:
    """Why letters are no full ranking of so many answers, 0 for as many as there are; empty when they are one."""
    if any("=" in letter for letter in letters):
        return "the ranking has a tie; it must put one response before the other."
    known = ascii_uppercase[: answers or len(letters)]
    twice = [letter for letter in known if letters.count(letter) > 1]
    unknown = [letter for letter in dict.fromkeys(letters) if letter not in known]
    absent = [letter for letter in known if letter not in letters]
    if unknown:
        return f"the ranking names {', '.join(unknown)}; the responses are {known[0]} to {known[-1]}."
    if twice:
        return f"the ranking names {', '.join(twice)} more than once."
    return f"the ranking leaves out {', '.join(absent)}." if absent else ""
