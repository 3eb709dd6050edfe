"""MT-Bench (Zheng et al. 2023, arXiv:2306.05685; lm-sys/FastChat, fastchat/llm_judge).

Its eight prompts: one answer or a pair, with or without a reference, one turn or two. Wording is ours, with the
same roles, the same order of parts and the same verdict marks. Upstream's single-math-v1 and pair-math-v1 are
`-ref` here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import inf, isfinite
from typing import ClassVar, Final

from judgetui.core.judgement import Outcome
from judgetui.core.protocols.base import JudgeProtocol, Reading
from judgetui.core.protocols.cards import Card, Result, Starter, TaskType
from judgetui.core.protocols.combining import combine_scores, combine_verdicts
from judgetui.core.protocols.forms import marked
from judgetui.core.protocols.marks import VERDICTS, find_rating, find_verdict, reasons
from judgetui.core.protocols.mt_bench_prompts import (
    COMPARE_PLACE,
    FIELDS,
    FORM_PLACE,
    PAIR_FORM,
    PAIR_SYSTEM,
    PAIR_TURNS,
    PAIR_TURNS_USER,
    PAIR_USER,
    REF_PAIR,
    REF_SINGLE,
    REFERENCE_TURNS,
    SINGLE_FORM,
    SINGLE_REF_USER,
    SINGLE_SYSTEM,
    SINGLE_TURNS_USER,
    SINGLE_USER,
    TURNS_SYSTEM,
)
from judgetui.core.protocols.rendering import scale_of
from judgetui.core.reply import JudgeReply
from judgetui.core.request import Form, JudgeRequest
from judgetui.core.rubric import Criterion, InputField, Rubric, Sampling, TemplateMessage
from judgetui.core.scale import LabelScale, NumericScale
from judgetui.core.vote import Parser, Verdict, Vote

PUBLISHED: Final = Sampling(n=1, temperature=0.0, max_tokens=2048, top_logprobs=0)
"""FastChat's sampling for its judges (llm_judge/common.py)."""

CITATION: Final = (
    "Zheng et al., Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena, NeurIPS 2023, arXiv:2306.05685; "
    "lm-sys/FastChat, fastchat/llm_judge."
)

_RATING: Final = re.compile(r"\[\[(\d+\.?\d*)\]\]", re.ASCII)
_RATING_BACKUP: Final = re.compile(r"\[(\d+\.?\d*)\]", re.ASCII)
_QUALITY: Final = Criterion(
    "quality", "How helpful, relevant, accurate, deep, creative and detailed the answer is."
)
_CORRECTNESS: Final = Criterion("correctness", "How correct and how helpful the answer is.")
_QUESTION: Final = (InputField("question"),)
_QUESTION_AND_REFERENCE: Final = (InputField("question"), InputField("reference"))


class Single(JudgeProtocol):
    """One response, reasons first, then `[[rating]]`."""

    card = Card(
        name="mt-bench-single",
        title="MT-Bench, single answer",
        task_type=TaskType.POINTWISE,
        result=Result.POINT,
        summary="The judge explains, then rates one response from 1 to 10.",
        needs="A task, one or more criteria, items with a question and one response.",
        messages="System: who the judge is. User: the instructions, the question, the answer.",
        grammar="Reasons, then [[rating]].",
        parsing="The original takes the first number in double brackets, else the first in single ones, on the "
        "scale or not. Repaired, the last one counts, one that repeats the instructions does not, nor does one "
        "off the scale.",
        failure="The original stores -1 and leaves the row out of its means.",
        aggregation="The mean over rows; MT-Bench reports it for each turn and for both.",
        biases="Five reruns at temperature 0 moved the mean score by 0.16 (FastChat issue 3018); first-turn "
        "agreement with people 60% over all votes and 85% without ties (paper, table 5).",
        citation=CITATION,
    )
    starter = Starter("Judge an assistant's answer to a user's question.", (_QUALITY,), _QUESTION)
    published = PUBLISHED
    default_scale = NumericScale(1, 10)
    reference: ClassVar[bool] = False

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """A one-line system message; the instructions are the user's, as upstream has them."""
        return self._messages(SINGLE_FORM)

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the demand for `[[rating]]`."""
        return self._messages("")

    def _messages(self, form: str) -> tuple[TemplateMessage, ...]:
        user = SINGLE_REF_USER if self.reference else SINGLE_USER
        return (
            TemplateMessage("system", SINGLE_SYSTEM),
            TemplateMessage("user", user.replace(FORM_PLACE, form)),
        )

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The scale's points."""
        return scale_of(self, rubric).texts

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """Reasons, then the rating."""
        return marked(rubric.sampling.filled(self.published))

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The rating: upstream's first one, or the last that is on the scale and no echo."""
        if parser is Parser.FAITHFUL:
            match = _RATING.search(text) or _RATING_BACKUP.search(text)
            rating = inf if match is None else float(match[1])
            if match is None or not isfinite(rating):  # hundreds of digits
                return None
            return Reading(score=rating, rationale=text[: match.start()])
        scale = scale_of(self, rubric)
        mark = find_rating(text, scale)
        if mark is None or mark.problem:
            return None if mark is None else mark.problem
        label = mark.value if isinstance(scale, LabelScale) else None
        score = float(mark.value) if label is None else scale.value(label)
        return Reading(score, label, rationale=reasons(text, mark.start))

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """Mean over samples for each criterion, then the weighted mean over criteria."""
        return combine_scores(rubric, votes)


class Pair(JudgeProtocol):
    """Two responses, reasons first, then `[[A]]`, `[[B]]` or `[[C]]`; both orders by default."""

    card = Card(
        name="mt-bench-pair",
        title="MT-Bench, pairwise",
        task_type=TaskType.PAIRWISE,
        result=Result.VERDICT,
        summary="The judge compares two responses in both orders; a side wins only when both orders agree.",
        needs="A task, one or more criteria, items with a question and two responses.",
        messages="System: the instructions. User: the question and both answers.",
        grammar="Reasons, then [[A]], [[B]] or [[C]] for a tie.",
        parsing="The original looks for [[A]], then [[B]], then [[C]] anywhere, so that a reply with two marks "
        "goes to A. Repaired, the last mark counts, one that repeats the instructions does not, and marks that "
        "contradict each other are none.",
        failure="The original writes `error` and leaves the pair out.",
        aggregation="A side wins when both orders agree, all else is a tie. Win rate: wins and half the ties "
        "over all pairs.",
        biases="Position: GPT-4 kept its verdict under a swap in 65.0% of pairs, and the longer answer won "
        "68.0% of the shipped pairs (paper, table 2; FastChat issue 3911). Agreement with people on the first "
        "turn 66% over all votes and 85% without ties.",
        citation=CITATION,
    )
    starter = Starter("Compare two assistants' answers to a user's question.", (_QUALITY,), _QUESTION)
    published = PUBLISHED
    reference: ClassVar[bool] = False

    def template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """Instructions in the system message, the pair in the user's, as upstream has them."""
        return self._messages(PAIR_FORM)

    def formless_template(self, rubric: Rubric) -> tuple[TemplateMessage, ...]:
        """The same without the demand for a mark."""
        return self._messages("")

    def _messages(self, form: str) -> tuple[TemplateMessage, ...]:
        compare = (PAIR_TURNS if self.turns else "") + (REF_PAIR if self.reference else "")
        system = PAIR_SYSTEM.replace(COMPARE_PLACE, compare).replace(FORM_PLACE, form)
        user = PAIR_USER
        if self.turns:
            user = FIELDS + (REFERENCE_TURNS if self.reference else "") + PAIR_TURNS_USER
        return (TemplateMessage("system", system), TemplateMessage("user", user))

    def labels(self, rubric: Rubric, answers: int) -> tuple[str, ...]:
        """The three marks."""
        return ("A", "B", "C")

    def form(self, rubric: Rubric, criterion: Criterion, answers: int) -> Form:
        """Reasons, then the mark."""
        return marked(rubric.sampling.filled(self.published))

    def read(
        self, rubric: Rubric, request: JudgeRequest, reply: JudgeReply, text: str, parser: Parser
    ) -> Reading | str | None:
        """The verdict mark: upstream's search in the order A, B, C, or the last one that is no echo."""
        if parser is Parser.FAITHFUL:
            for mark_text, verdict in (("[[A]]", Verdict.A), ("[[B]]", Verdict.B), ("[[C]]", Verdict.TIE)):
                if mark_text in text:
                    return Reading(verdict=verdict, rationale=text.partition(mark_text)[0])
            return None
        mark = find_verdict(text)
        if mark is None or mark.problem:
            return None if mark is None else mark.problem
        return Reading(verdict=VERDICTS[mark.value], rationale=reasons(text, mark.start))

    def combine(self, rubric: Rubric, votes: Sequence[Vote]) -> Outcome:
        """Both orders must agree for a side to win; anything else is a tie, marked inconsistent."""
        return combine_verdicts(rubric, votes)


class SingleRef(Single):
    """One response beside a reference answer."""

    card = Card(
        name="mt-bench-single-ref",
        title="MT-Bench, single answer with a reference",
        task_type=TaskType.POINTWISE,
        result=Result.POINT,
        summary="The judge compares one response with a reference answer, puts mistakes right, then rates it. "
        "For questions with one right answer: mathematics, reasoning, code.",
        needs="A task, one or more criteria, items with a question, a reference and one response.",
        messages=Single.card.messages + " The reference stands between question and answer.",
        grammar=Single.card.grammar,
        parsing=Single.card.parsing,
        failure=Single.card.failure,
        aggregation=Single.card.aggregation,
        biases="With a reference GPT-4 misgraded 3 of 20 answers to mathematics, without one 14 (paper, "
        "table 4). 13 of the 30 reference answers that FastChat ships are wrong in some turn (FastChat pull "
        "request 3158): questions 104, 105, 109, 111, 113, 114, 120, 122, 124, 125, 126, 128 and 130.",
        citation=CITATION,
    )
    starter = Starter(
        "Judge an assistant's answer to a user's question.", (_CORRECTNESS,), _QUESTION_AND_REFERENCE
    )
    reference = True


class SingleMultiTurn(Single):
    """The last answer of a conversation."""

    card = Card(
        name="mt-bench-single-multi-turn",
        title="MT-Bench, single answer, multi-turn",
        task_type=TaskType.POINTWISE,
        result=Result.POINT,
        summary="The judge reads a whole conversation and rates its last answer.",
        needs="A task, one or more criteria, items whose question and response are lists of as many turns.",
        messages="System: the instructions. User: the conversation.",
        grammar=Single.card.grammar,
        parsing=Single.card.parsing,
        failure=Single.card.failure,
        aggregation=Single.card.aggregation,
        biases="The paper shows both turns in one prompt, since judges that saw the second turn alone referred "
        "to the first one wrongly (section 3.5). Agreement of GPT-4 pairs with people on the second turn 66%, "
        "without ties 85%.",
        citation=CITATION,
    )
    starter = Starter("Judge an assistant's answers in a conversation with a user.", (_QUALITY,), _QUESTION)
    turns = True

    def _messages(self, form: str) -> tuple[TemplateMessage, ...]:
        system = TURNS_SYSTEM.replace(COMPARE_PLACE, REF_SINGLE if self.reference else "")
        user = FIELDS + (REFERENCE_TURNS if self.reference else "") + SINGLE_TURNS_USER
        return (
            TemplateMessage("system", system.replace(FORM_PLACE, form)),
            TemplateMessage("user", user),
        )


class SingleRefMultiTurn(SingleMultiTurn):
    """The last answer of a conversation, beside reference answers."""

    card = Card(
        name="mt-bench-single-ref-multi-turn",
        title="MT-Bench, single answer with a reference, multi-turn",
        task_type=TaskType.POINTWISE,
        result=Result.POINT,
        summary="The judge reads a whole conversation beside the reference answers and rates its last answer.",
        needs="A task, one or more criteria, items whose question, reference and response are lists of as many "
        "turns.",
        messages="System: the instructions. User: the reference conversation, then the conversation.",
        grammar=Single.card.grammar,
        parsing=Single.card.parsing,
        failure=Single.card.failure,
        aggregation=Single.card.aggregation,
        biases=SingleRef.card.biases,
        citation=CITATION,
    )
    starter = Starter(
        "Judge an assistant's answers in a conversation with a user.",
        (_CORRECTNESS,),
        _QUESTION_AND_REFERENCE,
    )
    reference = True


class PairRef(Pair):
    """Two responses beside a reference answer."""

    card = Card(
        name="mt-bench-pair-ref",
        title="MT-Bench, pairwise with a reference",
        task_type=TaskType.PAIRWISE,
        result=Result.VERDICT,
        summary="The judge compares two responses with a reference answer, in both orders. For questions with "
        "one right answer: mathematics, reasoning, code.",
        needs="A task, one or more criteria, items with a question, a reference and two responses.",
        messages=Pair.card.messages + " The reference stands between question and answers.",
        grammar=Pair.card.grammar,
        parsing=Pair.card.parsing,
        failure=Pair.card.failure,
        aggregation=Pair.card.aggregation,
        biases=SingleRef.card.biases,
        citation=CITATION,
    )
    starter = Starter(
        "Compare two assistants' answers to a user's question.", (_CORRECTNESS,), _QUESTION_AND_REFERENCE
    )
    reference = True


class PairMultiTurn(Pair):
    """Two conversations with the same user."""

    card = Card(
        name="mt-bench-pair-multi-turn",
        title="MT-Bench, pairwise, multi-turn",
        task_type=TaskType.PAIRWISE,
        result=Result.VERDICT,
        summary="The judge compares two whole conversations by their last answers, in both orders.",
        needs="A task, one or more criteria, items whose question and responses are lists of as many turns.",
        messages="System: the instructions. User: one conversation after the other.",
        grammar=Pair.card.grammar,
        parsing=Pair.card.parsing,
        failure=Pair.card.failure,
        aggregation=Pair.card.aggregation,
        biases="Agreement of GPT-4 with people on the second turn 66% over all votes, 85% without ties; people "
        "with each other 67% and 82% (paper, table 6).",
        citation=CITATION,
    )
    starter = Starter("Compare two assistants in conversation with the same user.", (_QUALITY,), _QUESTION)
    turns = True


class PairRefMultiTurn(PairMultiTurn):
    """Two conversations with the same user, beside reference answers."""

    card = Card(
        name="mt-bench-pair-ref-multi-turn",
        title="MT-Bench, pairwise with a reference, multi-turn",
        task_type=TaskType.PAIRWISE,
        result=Result.VERDICT,
        summary="The judge compares two whole conversations with the reference answers, in both orders.",
        needs="A task, one or more criteria, items whose question, reference and responses are lists of as many "
        "turns.",
        messages="System: the instructions. User: the reference conversation, then one after the other.",
        grammar=Pair.card.grammar,
        parsing=Pair.card.parsing,
        failure=Pair.card.failure,
        aggregation=Pair.card.aggregation,
        biases=SingleRef.card.biases,
        citation=CITATION,
    )
    starter = Starter(
        "Compare two assistants in conversation with the same user.", (_CORRECTNESS,), _QUESTION_AND_REFERENCE
    )
    reference = True
