"""AlpacaEval 2 (Dubois et al. 2024, arXiv:2404.04475; tatsu-lab/alpaca_eval): one token and how probable it was.

Wording is ours, with the same roles, the same order of parts and the same identifiers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import exp, inf, isnan
from typing import ClassVar, Final

from judgetui.core.item import Item
from judgetui.core.judgement import Outcome
from judgetui.core.protocols.alpaca_eval import FORM_PLACE, ORDER, SeededPair
from judgetui.core.protocols.base import Reading
from judgetui.core.protocols.cards import Card, Result, TaskType
from judgetui.core.protocols.choices import ANSWER, Choice, Options, closing_choice, either_choice
from judgetui.core.protocols.combining import combine_probabilities
from judgetui.core.protocols.points import text_start, token_at
from judgetui.core.reply import JudgeReply, TokenLogprob
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import LabelScale
from judgetui.core.vote import Parser, ScoreSource, Verdict, Vote

SOFT_SYSTEM: Final = (
    "You are an efficient assistant who finds the best language model by how good the answers to an "
    "instruction are."
)

SOFT_USER: Final = """\
{{ task }}
Language models were given the same input, and I make a leaderboard of them. Find the model whose output people \
would prefer, judged on {{ criterion.name }}. {{ criterion.description }}
{% for example in examples %}

## Worked Example

{
{% for name, text in example.fields.items() %}
    "{{ name }}": \"""{{ text }}\""",
{% endfor %}
}

{% if example.why %}
{{ example.why }}
{% endif %}
{{ example.expected }}
{% endfor %}

## Instruction

{
{% for field in fields %}
    "{{ "instruction" if field.name == "question" else field.name }}": \"""{{ field.text }}\""",
{% endfor %}
}

## Model Outputs

The outputs stand in no particular order; each belongs to a model with its own identifier.

{
    {
        "model_identifier": "<<first>>",
        "output": \"""{{ response_a }}\"""
    },
    {
        "model_identifier": "<<second>>",
        "output": \"""{{ response_b }}\"""
    }
}

## Task

Compare how good and how fitting the outputs are, and choose the model with the better one.<<form>>"""

SOFT_FORM: Final = """ \
A program takes your whole reply as that model's identifier: write <<first>> or <<second>> and nothing \
around it, no quotes, no spaces, no line breaks.

## Identifier of the Best Model"""

COT_FORM: Final = """ \
First explain briefly. Then close with the identifier of the model, <<first>> or <<second>>, on a line of its \
own: a program takes the last character of your reply, so no quotes, no full stop and no line break come after it.

## Your Explanation, then the Identifier"""

IDENTIFIERS: Final = ("m", "M")
"""Of the output shown first and the one shown second; capitals count."""


class AlpacaEval2(SeededPair):
    """One token, `m` or `M`, and how probable each of them was."""

    card = Card(
        name="alpaca-eval-2",
        title="AlpacaEval 2",
        task_type=TaskType.PAIRWISE,
        result=Result.VERDICT,
        summary="The judge names the better of two models in one token; the result is how probable each was.",
        needs="A task, one or more criteria, items with a question (or an `instruction`) and two responses, a "
        "judge with token probabilities; without them the token itself counts, drawn at temperature 1. Judges "
        "that think first need more `max_tokens`. A scale of two labels replaces the identifiers m and M.",
        messages="System: who the judge is. User: the instruction, both outputs with their identifiers, the "
        "task.",
        grammar="One token: m for the output shown first, M for the second.",
        parsing="The original looks for the tokens m and M, with no space, among the five likeliest of a reply "
        "of one token, whatever was written. Repaired, a longer reply is read too, where one of its tokens is "
        "the identifier; where none is, the identifier in the text counts without probabilities.",
        failure="The original leaves the row out.",
        aggregation="Preference: 2 - p(m) / (p(m) + p(M)), turned back to the item's order, 1.5 for equal "
        "answers. " + ORDER + " Win rate: the mean of preference - 1; the length-controlled one is fitted to "
        "the preferences of all items.",
        biases="GPT-4 Turbo agrees with people in 65.7% of pairs, prefers the longer answer in 61% and the first "
        "in 53%. A constant reply written to deceive it wins 76.9% of pairs, 86.5% with lengths controlled "
        "(evaluators_configs/README.md, leaderboards).",
        citation="Dubois et al., Length-Controlled AlpacaEval, 2024, arXiv:2404.04475; tatsu-lab/alpaca_eval.",
    )
    published = Sampling(n=1, temperature=1.0, max_tokens=1, top_logprobs=5)
    uses_logprobs = True
    demand: ClassVar[str] = SOFT_FORM

    def _messages(self, rubric: Rubric, form: bool) -> tuple[TemplateMessage, ...]:
        # A rubric's labels are text: they enter as values, never as part of the template.
        first, second = ("{{ scale.low }}", "{{ scale.high }}") if _own_labels(rubric) else IDENTIFIERS
        user = SOFT_USER.replace(FORM_PLACE, self.demand if form else "")
        user = user.replace("<<first>>", first).replace("<<second>>", second)
        return (TemplateMessage("system", SOFT_SYSTEM), TemplateMessage("user", user))

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The identifiers of the output shown first and of the other."""
        return _own_labels(rubric) or IDENTIFIERS

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """The identifier and nothing else."""
        return Form()

    def settled(self, rubric: Rubric, item: Item) -> Outcome | None:
        """A draw for equal answers, both as probable as each other."""
        outcome = super().settled(rubric, item)
        if outcome is None or len(rubric.criteria) > 1:
            return outcome
        return replace(outcome, probabilities={"A": 0.5, "B": 0.5})

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The soft preference at the identifier's token, or the identifier where there is none."""
        names = self.labels(rubric, 2)
        if parser is Parser.FAITHFUL:
            return self._published_reading(reply, names)
        choice = self.choice(text, identifier_options(names))
        if isinstance(choice, str):
            return choice
        token = _token(reply, text, choice)
        if choice is None:
            return None if token is None else _weighed(token, names, {token.token: token.logprob})
        rationale = text[: choice.line].strip()
        known = names if choice.key in names else tuple(name.casefold() for name in names)
        chosen = known.index(choice.key if known is names else choice.key.casefold())
        verdict = (Verdict.A, Verdict.B)[chosen]
        plain = Reading(verdict=verdict, rationale=rationale)
        if token is None or token.token != choice.key:
            noted = "the identifier is not one token by itself; token probabilities were not used."
            return plain._replace(detail=noted) if reply.logprobs else plain
        weighed = _weighed(token, names, {token.token: token.logprob})
        return plain if weighed is None else weighed._replace(rationale=rationale)

    def choice(self, text: str, options: Options) -> Choice | str | None:
        """The identifier that the reply gives, on its first line or on its last."""
        return either_choice(text, options)

    def _published_reading(self, reply: JudgeReply, names: Sequence[str]) -> Reading | str | None:
        """Upstream's `logprob_parser` with `is_binarize: false` (completion_parsers.py)."""
        if not reply.logprobs:
            return "no token probabilities, and the original reads nothing else."
        if len(reply.logprobs) > 1:
            return f"{len(reply.logprobs)} tokens, where the original expects one."
        return self._at(reply.logprobs[0], names)

    def _at(self, token: TokenLogprob, names: Sequence[str]) -> Reading | str:
        reading = _weighed(token, names)
        return reading or f"neither {names[0]} nor {names[1]} is among the likeliest tokens."

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """The mean probability over samples and orders; the likelier side wins."""
        return combine_probabilities(rubric, votes)


class AlpacaEval2Cot(AlpacaEval2):
    """Reasons first; the last token is the identifier."""

    card = Card(
        name="alpaca-eval-2-cot",
        title="AlpacaEval 2 with reasons",
        task_type=TaskType.PAIRWISE,
        result=Result.VERDICT,
        summary="The judge explains, then names the better of two models in its last token; the result is how "
        "probable each was there.",
        needs=AlpacaEval2.card.needs,
        messages=AlpacaEval2.card.messages,
        grammar="Reasons, then m or M as the last token.",
        parsing="The original looks for m and M among the five likeliest at the last token, so that a full stop "
        "after the identifier has no result. Repaired, the last line is read and the identifier's own token "
        "weighed.",
        failure="The original leaves the row out; reasons cut at 300 tokens are a common cause.",
        aggregation=AlpacaEval2.card.aggregation,
        biases="GPT-4 Turbo agrees with people in 68.5% of pairs, prefers the longer answer in 69% and the first "
        "in 53% (evaluators_configs/README.md).",
        citation=AlpacaEval2.card.citation,
    )
    published = Sampling(n=1, temperature=1.0, max_tokens=300, top_logprobs=5)
    demand = COT_FORM

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """Reasons, then the identifier on a line of its own."""
        longest = rubric.sampling.filled(self.published).max_tokens or 0
        return Form("\n", reasons=min(4000, max(40, 2 * longest - 20)))

    def choice(self, text: str, options: Options) -> Choice | str | None:
        """The identifier that the last line gives."""
        return closing_choice(text, options)

    def _published_reading(self, reply: JudgeReply, names: Sequence[str]) -> Reading | str | None:
        """The same with `log_prob_index: -1`."""
        if not reply.logprobs:
            return "no token probabilities, and the original reads nothing else."
        return self._at(reply.logprobs[-1], names)


def _own_labels(rubric: Rubric) -> tuple[str, ...]:
    """A rubric's two labels, which replace the identifiers; empty without."""
    scale = rubric.scale
    return scale.labels if isinstance(scale, LabelScale) and len(scale.labels) == 2 else ()


@cache
def identifier_options(names: tuple[str, ...]) -> Options:
    """Two identifiers as the options of a reply; single letters are told apart by their case."""
    either = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    short = any(len(name) == 1 for name in names)
    return Options(
        rf"(?<![\w'’])(?P<key>{either})(?![\w'’])",
        announces=f"{ANSWER}|output|model",
        flags=re.RegexFlag(0) if short else re.IGNORECASE,
    )


def _token(reply: JudgeReply, text: str, choice: Choice | None) -> TokenLogprob | None:
    """The token that carries the choice; without one, the only token of a reply that is nothing else."""
    tokens = reply.logprobs
    if choice is None:
        alone = len(tokens) == 1 and tokens[0].token.strip() == text.strip()
        return tokens[0] if alone else None
    lead = text_start(reply)
    if lead is None:
        return tokens[0] if len(tokens) == 1 else None
    hidden = len(reply.text) - len(text)
    place = token_at(tokens, lead + hidden + choice.start, len(choice.key))
    return None if place is None else tokens[place]


def _weighed(
    token: TokenLogprob, names: Sequence[str], own: Mapping[str, float] | None = None
) -> Reading | None:
    """The soft preference at a token: exp(lp_m - logsumexp(lp_m, lp_M)), an absent one weighing nothing.

    Args:
        names: the two identifiers; nothing but these very tokens counts.
        own: the token that was written, where it shall count though it is not among the likeliest.

    Returns:
        None when neither is there.
    """
    found = dict(own or {}) | dict(token.top)
    first, second = (found.get(name, -inf) for name in names)
    first, second = (-inf if isnan(each) else min(each, 0.0) for each in (first, second))
    most = max(first, second)
    if most == -inf:
        return None
    weights = exp(first - most), exp(second - most)
    share = weights[0] / sum(weights)
    verdict = Verdict.A if share > 0.5 else Verdict.B if share < 0.5 else Verdict.TIE
    return Reading(
        verdict=verdict,
        source=ScoreSource.LOGPROBS,
        probabilities={"A": share, "B": 1 - share},
        outside=min(1.0, max(0.0, 1.0 - exp(first) - exp(second))),
    )
