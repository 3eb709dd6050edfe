"""FairEval (Wang et al. 2023, arXiv:2305.17926; i-Eval/FairEval, FairEval.py).

Evidence first, then a score for each of two answers; several replies in both orders, averaged. Wording is ours,
in the same roles and the same order of parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Final

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol, Reading
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.combining import combine_answer_scores
from judgetui.core.protocols.first_line import reading
from judgetui.core.protocols.named_scores import find_last, own_words
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.protocols.vicuna import (
    ANSWERS,
    CRITERION,
    FIELDS,
    GENERAL,
    RESULT_LAST,
    SYSTEM,
    examples,
)
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import NumericScale
from judgetui.core.vote import Parser, Vote

EVIDENCE: Final = """\
First weigh the two answers against each other in full. Take no side beforehand, and do not let the order of the \
answers change your judgement."""

EVIDENCE_FORM: Final = """
Only then write two lines with the scores, Assistant 1's and then Assistant 2's, and nothing after them:

Evaluation evidence: <what you found>
Score of the Assistant 1: <score>
Score of the Assistant 2: <score>"""


class FairEval(JudgeProtocol):
    """Two answers, evidence before the scores, several replies in both orders."""

    card = Card(
        name="faireval",
        title="FairEval",
        task_type=TaskType.PAIRWISE,
        result=Result.ANSWER_SCORES,
        summary="The judge writes its evidence before it scores two answers, several times (multiple evidence "
        "calibration, MEC) and in both orders (balanced position calibration, BPC). The mean of all scores "
        "decides, and how far the single replies disagree says which items people should look at.",
        needs="A task, one or more criteria, items with a question and two responses. Three replies in each of "
        "two orders make six calls an item. MEC alone is `order: as-given`.",
        messages="System: who the judge is. User: the question, both answers, then the instructions.",
        grammar="The evidence, then two last lines: `Score of the Assistant 1: x`, `Score of the Assistant 2: y`.",
        parsing="The original takes what stands behind the last colon of the last two lines, so that a line "
        "break at the end, `8/10` or a closing word lose the reply. Repaired, scores are taken by the number "
        "of the assistant and may be marked up, given as `8/10` or followed by a remark; they are on the scale.",
        failure="The original leaves the reply out and averages the others; where all fail it stops with a "
        "division by zero. Here more than half of the replies in each order must have scores.",
        aggregation="The mean score of each answer over all replies in both orders; equal means are a tie. The "
        "probabilities are the shares of single replies that say A, B or tie; their entropy is BPDE (balanced "
        "position diversity entropy). With people in the loop (HITLC) the 20% of items with the highest BPDE "
        "are judged by people instead. The conflict rate is the share of items whose orders disagree.",
        biases="With the plain prompt a swap changed the verdict between ChatGPT and Vicuna-13B on 46.3% of 80 "
        "questions with GPT-4 (between Alpaca-13B and Vicuna-13B 5.0%) and on 82.5% (52.5%) with ChatGPT; the "
        "closer the scores, the more. Accuracy and kappa against the majority of three people: GPT-4 plain "
        "52.7%, .24, MEC 58.7%, .30, with BPC 62.5%, .37, with HITLC 73.8%, .56; ChatGPT plain 44.4%, .06, "
        "with MEC and BPC 58.8%, .31 (paper). Best between temperatures 0.6 and 1.",
        citation="Wang et al., Large Language Models are not Fair Evaluators, arXiv:2305.17926; "
        "i-Eval/FairEval.",
    )
    starter = Starter(
        "Compare the answers of two AI assistants to a user's question.",
        (Criterion("quality", "How helpful, relevant, accurate and detailed the answer is."),),
        (InputField("question"),),
    )
    published = Sampling(n=3, temperature=1.0, max_tokens=512, top_logprobs=0)
    default_scale = NumericScale(1, 10)

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """One sentence of system message; question, answers and instructions are the user's."""
        return self._messages(EVIDENCE + EVIDENCE_FORM)

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the two lines."""
        return self._messages(EVIDENCE)

    def _messages(self, demand: str) -> tuple[TemplateMessage, ...]:
        user = examples(RESULT_LAST) + FIELDS + ANSWERS + CRITERION + GENERAL + demand
        return (TemplateMessage("system", SYSTEM), TemplateMessage("user", user))

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The scale's points."""
        return scale_of(self, rubric).texts

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """Evidence, then the two lines; two characters a token is what dense text comes to."""
        room = 2 * (rubric.sampling.filled(self.published).max_tokens or 0) - 20
        between = ("\nScore of the Assistant 2: ",)
        return Form("\nScore of the Assistant 1: ", reasons=min(4000, max(40, room)), between=between)

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The scores behind the evidence, from the last two lines or, repaired, where they are named last."""
        if parser is Parser.FAITHFUL:
            return _read_faithfully(text)
        own = own_words(text, request)
        return reading(find_last(own, scale_of(self, rubric), 2), own)

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """The mean score of each answer over replies and orders; the higher one wins."""
        return combine_answer_scores(rubric, votes)


def _read_faithfully(text: str) -> Reading | None:
    """Upstream's reading (FairEval.py, `parse_score_from_review`, and its caller, which leaves out -1)."""
    lines = text.rsplit("\n", 2)
    if len(lines) < 2:
        return None
    try:
        values = tuple(float(line.rsplit(":", 1)[-1].strip()) for line in lines[-2:])
    except ValueError:
        return None
    if -1 in values or not all(map(isfinite, values)):
        return None
    return Reading(answer_scores=values, rationale="\n".join(lines[:-2]).strip())
