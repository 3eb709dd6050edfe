"""Judgements in words, and the replies, prompts and token probabilities behind them as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from judgetui.analysis.compare import Change
from judgetui.core.item import Item, Label
from judgetui.core.judgement import Judgement, Outcome
from judgetui.core.reply import JudgeReply, TokenLogprob, Usage
from judgetui.core.request import JudgeRequest, Message, Order
from judgetui.core.rubric import Criterion, Rubric
from judgetui.core.run import Call, RunSettings
from judgetui.core.scale import NumericScale
from judgetui.core.vote import ScoreSource, Status, Verdict, Vote
from judgetui.services import reading
from judgetui.services.reading import Evidence
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from judgetui.storage.repositories import Repositories
from tests.services.standins import StandInJudge, reply

ITEM = Item("pair-1", ("one", "two"), {"question": "why?"}, labels=(Label("human", "B"),))
SCALE = NumericScale(1, 5)


def judgement(outcome: Outcome, votes: Sequence[Vote] = (), item: Item = ITEM) -> Judgement:
    return Judgement(
        run_id=1,
        position=0,
        item=item,
        item_hash="h",
        rubric="r",
        rubric_hash="h",
        protocol="p",
        judge="standin:one",
        outcome=outcome,
        votes=tuple(votes),
        started=datetime(2026, 1, 1, tzinfo=UTC),
    )


def verdict_vote(order: Order, verdict: Verdict, criterion: str = "c", sample: int = 0) -> Vote:
    return Vote(Status.OK, criterion, order, sample, verdict=verdict, source=ScoreSource.SINGLE)


@pytest.mark.parametrize(
    ("verdict", "consistent", "words"),
    [
        (Verdict.A, True, "= A, consistent"),
        (Verdict.TIE, False, "= tie, the orders disagree"),
        (Verdict.BOTH_BAD, True, "= both bad, consistent"),
        (Verdict.B, None, "= B, asked in one order only"),
    ],
)
def test_the_orders_conclusion_in_words(verdict: Verdict, consistent: bool | None, words: str) -> None:
    outcome = Outcome(Status.OK, verdict=verdict, consistent=consistent)
    assert reading.conclusion(judgement(outcome, [verdict_vote(Order.AB, verdict)])) == words


def test_each_order_has_its_line_and_samples_are_counted() -> None:
    votes = [
        verdict_vote(Order.AB, Verdict.A),
        verdict_vote(Order.AB, Verdict.A, sample=1),
        verdict_vote(Order.AB, Verdict.TIE, sample=2),
        Vote(Status.UNPARSED, "c", Order.BA),
    ]
    lines = reading.order_lines(judgement(Outcome(Status.UNPARSED), votes))
    assert lines == ["A shown first → A 2×, tie 1×", "B shown first → unparsed"]


def test_several_criteria_are_named_in_each_line() -> None:
    votes = [verdict_vote(Order.AB, Verdict.A, "clarity"), verdict_vote(Order.AB, Verdict.B, "depth")]
    outcome = Outcome(Status.OK, verdict=Verdict.TIE, consistent=False)
    assert reading.order_lines(judgement(outcome, votes)) == [
        "clarity: A shown first → A",
        "depth: A shown first → B",
    ]
    assert reading.conclusion(judgement(outcome, votes)).endswith("disagree on a criterion")


def scores_vote(order: Order, scores: tuple[float, ...], verdict: Verdict | None = None) -> Vote:
    return Vote(Status.OK, "c", order, answer_scores=scores, verdict=verdict, source=ScoreSource.SINGLE)


def test_answers_scored_one_by_one_show_their_scores_and_who_wins() -> None:
    votes = [
        scores_vote(Order.AB, (8.0, 7.0), Verdict.A),
        scores_vote(Order.BA, (9.5, 8.0), Verdict.A),
    ]
    outcome = Outcome(Status.OK, verdict=Verdict.A, answer_scores=(8.75, 7.5), consistent=True)
    text = reading.verdict_text(judgement(outcome, votes, replace(ITEM, labels=())))
    assert text.splitlines()[1:] == [
        "A shown first → 8 : 7 → A",
        "B shown first → 9.5 : 8 → A",
        "= 8.75 : 7.5 → A, consistent",
    ]


def test_scores_of_three_answers_have_no_verdict_but_an_order() -> None:
    votes = [scores_vote(Order("cab"), (5.0, 9.0, 5.0))]
    outcome = Outcome(Status.OK, label="B > A = C", ranking=(1, 0, 2), answer_scores=(5.0, 9.0, 5.0))
    lines = reading.verdict_text(judgement(outcome, votes)).splitlines()
    assert lines[1:3] == [
        "shown as C, A, B → 5 : 9 : 5",
        "= B > A = C (5 : 9 : 5), asked in one order only",
    ]
    assert reading.short_result(judgement(outcome, votes)) == "B > A = C"


def test_rankings_are_written_in_the_items_own_letters() -> None:
    votes = [
        Vote(Status.OK, "c", Order("abc"), ranking=(1, 0, 2)),
        Vote(Status.OK, "c", Order("cba"), ranking=(0, 1, 2)),
        Vote(Status.OK, "c", Order("cba"), 1, ranking=(0, 1, 2)),
    ]
    outcome = Outcome(
        Status.OK,
        label="A > B > C",
        ranking=(0, 1, 2),
        answer_scores=(5 / 3, 4 / 3, 0.0),
        consistent=False,
        source=ScoreSource.SAMPLES,
    )
    found = judgement(outcome, votes)
    assert reading.order_lines(found) == [
        "shown as A, B, C → B > A > C",
        "shown as C, B, A → A > B > C 2×",
    ]
    assert reading.conclusion(found) == "= A > B > C (1.67 : 1.33 : 0), the orders disagree"
    assert reading.source_words(found) == "from 3 rankings"


def test_answers_that_were_graded_alone_are_told_apart_from_orders() -> None:
    votes = [
        Vote(Status.OK, "c", Order.AB, score=4.0),
        Vote(Status.OK, "c", Order.BA, score=3.0),
    ]
    outcome = Outcome(Status.OK, verdict=Verdict.A, answer_scores=(4.0, 3.0))
    lines = reading.verdict_text(judgement(outcome, votes)).splitlines()
    assert lines[1:4] == ["A shown alone → 4.00", "B shown alone → 3.00", "= 4 : 3 → A"]


def test_a_judgement_without_a_call_says_nothing_of_orders() -> None:
    assert reading.conclusion(judgement(Outcome(Status.OK, verdict=Verdict.TIE))) == "= tie"


def test_points_on_several_criteria_are_listed() -> None:
    vote = Vote(Status.OK, scores={"clarity": 4.0, "depth": 2.5}, raw="clarity: 4\ndepth: 2.5")
    outcome = Outcome(Status.OK, score=3.25, scores={"clarity": 4.0, "depth": 2.5}, source=ScoreSource.SINGLE)
    found = judgement(outcome, [vote], replace(ITEM, labels=()))
    assert reading.verdict_text(found).splitlines()[1:] == [
        "score 3.25, from a single reply",
        "clarity: 4.00",
        "depth: 2.50",
    ]
    assert "reply 1 of 1 · clarity 4, depth 2.5" in reading.replies_text([Evidence(vote, None)])


def test_labels_are_a_majority_and_have_their_worth_beside_them() -> None:
    votes = [Vote(Status.OK, "c", sample=n, label="pass", score=1.0) for n in range(3)]
    single = Outcome(Status.OK, label="pass", score=1.0, source=ScoreSource.SAMPLES)
    assert reading.verdict_text(judgement(single, votes)).splitlines()[1] == (
        "label pass, majority of 3 samples"
    )
    several = Outcome(
        Status.OK,
        score=0.5,
        scores={"right": 1.0, "whole": 0.0},
        labels={"right": "pass", "whole": "fail"},
        source=ScoreSource.SINGLE,
    )
    assert reading.criteria_lines(judgement(several)) == ["right: pass 1.00", "whole: fail 0.00"]


def test_score_sources_in_words() -> None:
    def words(source: ScoreSource, votes: Sequence[Vote]) -> str:
        return reading.source_words(judgement(Outcome(Status.OK, score=3.0, source=source), votes))

    ok, bad = Vote(Status.OK, "c"), Vote(Status.UNPARSED, "c")
    assert words(ScoreSource.LOGPROBS, [ok]) == "from token probabilities"
    assert words(ScoreSource.SINGLE, [ok]) == "from a single reply"
    assert words(ScoreSource.SAMPLES, [ok] * 20) == "mean of 20 samples"
    assert words(ScoreSource.SAMPLES, [ok] * 18 + [bad] * 2) == "mean of 18 of 20 samples"
    assert (
        words(ScoreSource.SAMPLES, [ok] * 4 + [Vote(Status.OK, "d")] * 4) == "mean of 4 samples a criterion"
    )


@pytest.mark.parametrize(
    ("outcome", "short"),
    [
        (Outcome(Status.OK, score=3.456), "3.46"),
        (Outcome(Status.OK, verdict=Verdict.TIE, consistent=False), "tie, flip"),
        (Outcome(Status.OK, label="pass", score=1.0), "pass"),
        (Outcome(Status.OK), "no score"),
        (Outcome(Status.REFUSED), "refused"),
    ],
)
def test_a_result_in_a_word(outcome: Outcome, short: str) -> None:
    assert reading.short_result(judgement(outcome)) == short


def test_a_failure_is_a_state_with_its_reason_and_never_a_number() -> None:
    failed = judgement(Outcome(Status.FAILED, detail="no answer within 5 s."))
    assert reading.failure_words(failed) == "failed: no answer within 5 s."
    assert reading.match_word(failed) == ""
    assert "0" not in reading.verdict_text(failed).splitlines()[1].replace("5 s", "")


def test_labels_name_criterion_and_rater() -> None:
    labels = (Label("human", 4.0), Label("ana", 3.5, "clarity"), Label("ben", "A"))
    assert reading.label_words(replace(ITEM, labels=labels)) == "4, clarity 3.5 (ana), A (ben)"
    assert reading.overall_label(replace(ITEM, labels=labels)) == "4"
    assert reading.overall_label(replace(ITEM, labels=())) == ""


def test_the_copied_verdict_holds_orders_label_and_reasons() -> None:
    outcome = Outcome(Status.OK, verdict=Verdict.B, consistent=True, rationale="Because B is right.")
    text = reading.verdict_text(
        judgement(outcome, [verdict_vote(Order.AB, Verdict.B), verdict_vote(Order.BA, Verdict.B)])
    )
    assert text.splitlines() == [
        "pair-1 · r · standin:one",
        "A shown first → B",
        "B shown first → B",
        "= B, consistent",
        "label B, ✓ agrees",
        "",
        "Because B is right.",
    ]


@pytest.mark.parametrize(
    ("before", "after", "label", "word"),
    [
        ("A", "B", "B", "towards the label"),
        ("B", "tie (orders disagree)", "B", "away from the label"),
        ("2.00", "3.50", "4", "towards the label"),
        ("4.10", "1.00", "4", "away from the label"),
        ("unparsed", "3.00", "5", "towards the label"),
        ("A", "tie", "B", "as far from the label"),
        ("A", "B", "", ""),
    ],
)
def test_which_way_a_change_went(before: str, after: str, label: str, word: str) -> None:
    assert reading.direction(Change("i", "j", before, after, label)) == word


def scored(text: str = "4", tokens: tuple[TokenLogprob, ...] = ()) -> Evidence:
    request = JudgeRequest(
        (Message("system", "Judge {{ this }}."),), "clarity", temperature=0.0, max_tokens=5, top_logprobs=20
    )
    answer = JudgeReply(text, logprobs=tokens, model="m-1", dropped={"temperature": "the model has none"})
    vote = Vote(Status.OK, "clarity", score=4.0, raw=text, usage=Usage(1200, 1), latency_ms=1500.0, call="k")
    return Evidence(vote, Call("k", "standin:one", request, answer, {"endpoint": "standin"}))


def test_prompts_show_roles_what_was_asked_and_what_was_dropped() -> None:
    text = reading.prompts_text([scored()])
    assert "[system]\nJudge {{ this }}." in text
    assert "asked for: temperature 0.0, max_tokens 5, top_logprobs 20" in text
    assert "not sent as asked: temperature: the model has none" in text
    assert "answered by: m-1" in text


def test_the_same_prompt_is_shown_once_with_how_often_it_was_asked() -> None:
    text = reading.prompts_text([scored(), scored(), scored()])
    assert text.count("[system]") == 1
    assert "prompt 1 of 1 · clarity, asked 3 times" in text


def test_messages_are_those_of_the_body_that_was_sent() -> None:
    each = scored()
    assert each.call is not None
    moved = replace(each.call, sent={"messages": [{"role": "user", "content": "moved"}], "system": "first"})
    assert reading.sent_messages(moved) == (Message("system", "first"), Message("user", "moved"))
    strange = replace(each.call, sent={"messages": [{"role": "user", "content": [1]}]})
    assert reading.sent_messages(strange) == each.call.request.messages


def test_replies_show_what_was_read_from_each_and_say_when_nothing_came() -> None:
    failed = Evidence(Vote(Status.FAILED, "clarity", detail="no answer"), None)
    text = reading.replies_text([scored("4\n"), failed])
    assert "reply 1 of 2 · clarity · 4.00 · 1,200 + 1 tok · 1.50 s" in text
    assert "reply 2 of 2 · clarity · failed" in text
    assert "(no answer)\n(nothing came back)" in text


def test_token_probabilities_at_the_score_say_what_is_on_the_scale() -> None:
    top = (("4", math.log(0.6)), ("5", math.log(0.2)), (" The", math.log(0.1)))
    tokens = (TokenLogprob("Clarity: ", 0.0), TokenLogprob("4", math.log(0.6), top))
    text = reading.logprobs_text([scored("Clarity: 4", tokens)], SCALE)
    assert 'token 2 of 2, written: "4"' in text
    rows = [line.split() for line in text.splitlines() if '"' in line][1:]
    assert rows[0] == ['"4"', "60.00%", "-0.511", "point", "4"]
    assert rows[2] == ['"', 'The"', "10.00%", "-2.303", "outside"]
    assert "90.00% of the probability listed; the rest" in text


def test_without_token_probabilities_there_is_no_table() -> None:
    assert reading.logprobs_text([scored()], SCALE) == ""
    spread = (TokenLogprob("Clar", 0.0), TokenLogprob("ity", 0.0))
    assert "No single token" in reading.logprobs_text([scored("Clarity", spread)], SCALE)


def _judgements(repos: Repositories, run_id: int) -> list[Judgement]:
    return repos.judgements.for_run(run_id)


async def test_evidence_is_the_call_that_the_run_itself_used(tmp_path: Path) -> None:
    rubric = Rubric("r", "g-eval", "Rate it.", (Criterion("clarity"),), scale=SCALE)
    with SessionFile.create(tmp_path / "s.db", "s") as session:
        version = await session.write(lambda repos: repos.rubrics.create(rubric))
        answers = iter(["2", "5"])
        judge = StandInJudge(lambda request, number: reply(next(answers)))
        runner = Runner(session, lambda name: judge)
        item = Item("a", ("an answer",))
        found = []
        for fresh in (False, True):
            run = await runner.create(version, ("standin:one",), [item], RunSettings(samples=1, fresh=fresh))
            async for _ in runner.go(run):
                pass
            stored = await session.read(partial(_judgements, run_id=run.id))
            found.append(await reading.evidence(session, stored[0]))
        raw = [[each.call.reply.text if each.call else "" for each in every] for every in found]
        assert raw == [["2"], ["5"]]
