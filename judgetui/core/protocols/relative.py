"""Scores and wins against a reference model, as Orca and Tulu report them.

Orca: Mukherjee et al. 2023, arXiv:2306.02707. Tulu: Wang et al. 2023, arXiv:2306.04751; allenai/open-instruct.
"""

from __future__ import annotations

from judgetui.core.protocols.alpaca_eval import AlpacaEval1
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.first_line import FirstLine
from judgetui.core.protocols.vicuna import (
    ANSWERS,
    CRITERION,
    FIELDS,
    GENERAL,
    GENERAL_FORM,
    RESULT_FIRST,
    SYSTEM,
    UNBIASED,
    Vicuna,
    examples,
)
from judgetui.core.rubric import Rubric, TemplateMessage


class Orca(FirstLine):
    """A candidate's answer beside the reference model's, a score for each."""

    card = Card(
        name="orca",
        title="Orca, relative to a reference model",
        task_type=TaskType.PAIRWISE,
        result=Result.ANSWER_SCORES,
        summary="The judge scores a reference model's answer and a candidate's from 1 to 10, by Vicuna's general "
        "prompt for every question; the figure is the candidate's total as a share of the reference model's.",
        needs="A task, one or more criteria, items with a question and two responses: `response_a` is the "
        "reference model's (such as ChatGPT's or GPT-4's), `response_b` the candidate's.",
        messages="System: who the judge is. User: the question, both answers, then the instructions. The sampling "
        "is Vicuna's.",
        grammar="Two scores on the first line with a space between them, then the explanation.",
        parsing="Vicuna's: the original form is `8 9` or `8,9` on the first line and nothing else. Repaired, "
        "scores that are announced, bracketed, parted by `, `, given as `8/10` or by name are read too, if the "
        "reply begins with them, and are on the scale.",
        failure="In Vicuna's code -1 for both answers; `--failures minus-one` stores them too.",
        aggregation="100 times the sum of the candidate's scores over the sum of the reference model's. It is not "
        "the mean of the ratios, nor a win rate; where both orders are asked, say whether the sums are pooled.",
        biases="Its authors report that GPT-4 favours the answer shown first, and longer texts of models that "
        "were trained on its own (arXiv:2306.02707). The reference model stands first.",
        citation="Mukherjee et al., Orca: Progressive Learning from Complex Explanation Traces of GPT-4, "
        "arXiv:2306.02707.",
    )
    starter = Starter(
        "Compare a reference model's answer to a user's question with a candidate's.",
        Vicuna.starter.criteria,
        Vicuna.starter.inputs,
    )
    published = Vicuna.published
    order = "as-given"

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """Vicuna's general prompt, whatever the category."""
        return _general(GENERAL_FORM)

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the demand for a line of scores."""
        return _general("")


class Tulu(AlpacaEval1):
    """A candidate's answer ranked against the reference model's, as AlpacaEval 1 ranks them."""

    card = Card(
        name="tulu",
        title="Tulu, win rate against a reference model",
        task_type=TaskType.PAIRWISE,
        result=Result.VERDICT,
        summary="The judge ranks a candidate's answer against a reference model's with AlpacaEval 1's prompt; the "
        "figure is the candidate's win rate. For a ratio of scores instead, see `orca`.",
        needs="A task, one or more criteria, items with a question (or an `instruction`) and two responses: "
        "`response_a` is the reference model's (text-davinci-003's), `response_b` the candidate's.",
        messages=AlpacaEval1.card.messages,
        grammar=AlpacaEval1.card.grammar,
        parsing=AlpacaEval1.card.parsing,
        failure=AlpacaEval1.card.failure,
        aggregation="One call an item, in an order drawn from its instruction. The figure is the candidate's wins "
        "and half the ties over all pairs; it is reported for AlpacaEval's 805 instructions. Open-instruct calls "
        "the alpaca_eval package with the annotator that is its default (eval/alpaca_farm/run_eval.py), so the "
        "version of that package decides which one it is; this is that of version 1.",
        biases=AlpacaEval1.card.biases + " AlpacaEval's text-davinci-003 answers end at 300 tokens, and "
        "open-instruct offers others of up to 2,048 to compare with; figures against the two are not the same.",
        citation="Wang et al., How Far Can Camels Go? Exploring the State of Instruction Tuning on Open "
        "Resources, arXiv:2306.04751; allenai/open-instruct.",
    )


def _general(form: str) -> tuple[TemplateMessage, ...]:
    user = examples(RESULT_FIRST) + FIELDS + ANSWERS + CRITERION + GENERAL + form + UNBIASED
    return (TemplateMessage("system", SYSTEM), TemplateMessage("user", user))
