"""A judge of questions at work: runs against a server on loopback, its check, and what it cannot be asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from judgetui.core.events import RunEnded
from judgetui.core.item import Item
from judgetui.core.judgement import Judgement
from judgetui.core.rubric import Criterion, InputField, Rubric
from judgetui.core.run import Run, RunSettings, RunStatus
from judgetui.core.scale import NumericScale
from judgetui.core.vote import ScoreSource, Status, Verdict
from judgetui.errors import InputError
from judgetui.providers.openai.decisions import DecisionsJudge
from judgetui.services.judge_check import State, check_judge
from judgetui.services.running import Runner
from judgetui.services.steps import generate_steps
from judgetui.storage.database import SessionFile
from tests.providers.endpoint import Answer, Endpoint

SHARES = {
    "1": 0.0, "2": 0.0, "3": 0.25, "4": 0.5, "5": 0.25,
    "A": 0.75, "B": 0.125, "tie": 0.125,
}  # fmt: skip


class Decider(Endpoint):
    """A server that answers every question alike: by `SHARES`, or as true by three to one.

    Attributes:
        mistaken: whether its answers lack probabilities.
        refused: questions with these words are refused.
        prefers: the answer that it calls better, wherever it stands; empty for the first one.
    """

    mistaken = False
    refused = ""
    prefers = ""

    def next_answer(self) -> Answer:
        """The answer to the request that came last."""
        body = self.seen[-1].body
        (evidence,) = body["input"][-1]["content"]
        data = {
            "answers": [self._answer(question, evidence["data"]) for question in body["questions"]],
            "model": body["model"],
            "usage": {"input_tokens": 40, "output_tokens": 0, "total_tokens": 40},
        }
        return Answer(data)

    def _answer(self, question: dict[str, Any], evidence: dict[str, str]) -> dict[str, Any]:
        kind, name = question["type"], question["name"]
        if self.refused and self.refused in question["instructions"]:
            return {"type": "refusal", "name": name}
        if self.mistaken:
            return {"type": kind, "name": name}
        if kind == "predicate":
            return {"type": kind, "name": name, "probability": 0.75}
        key, listed = ("label", question["levels"]) if kind == "score" else ("value", question["choices"])
        shares = dict(SHARES)
        if self.prefers and evidence["response_b"] == self.prefers:
            shares |= {"A": SHARES["B"], "B": SHARES["A"]}
        return {
            "type": kind,
            "name": name,
            "confidence": 0.5,
            "probabilities": [{key: each[key], "probability": shares[each[key]]} for each in listed],
        }


@pytest.fixture
def decider() -> Iterator[Decider]:
    """A server of the test's own."""
    server = Decider()
    yield server
    server.close()


@pytest.fixture
def session(tmp_path: Path) -> Iterator[SessionFile]:
    """A session of the test's own."""
    with SessionFile.create(tmp_path / "s.db", "s") as opened:
        yield opened


@pytest.fixture
def judge(decider: Decider) -> DecisionsJudge:
    """The judge at that server."""
    return DecisionsJudge("decisions:gpt-6-luna", "gpt-6-luna", base_url=f"{decider.url}/v1", key=None)


def rubric(protocol: str, *criteria: Criterion, **more: Any) -> Rubric:
    return Rubric(
        name=more.pop("name", "mine"),
        protocol=protocol,
        task="Judge it.",
        criteria=criteria or (Criterion("true", "It is true."),),
        inputs=(InputField("question"),),
        **more,
    )


SINGLE = Item("s", ("good",), {"question": "Why?"})
PAIR = Item("p", ("good", "bad"), {"question": "Why?"})


async def run_of(
    session: SessionFile, judge: DecisionsJudge, of: Rubric, *items: Item, retries: int = 0
) -> tuple[Run, list[Judgement]]:
    """A finished run and what it judged, one call at a time."""
    runner = Runner(session, lambda name: judge)
    version = await session.write(lambda repos: repos.rubrics.create(of))
    settings = RunSettings(concurrency=1, max_retries=retries)
    run = await runner.create(version, (judge.judge,), items, settings)
    events = [event async for event in runner.go(run)]
    await judge.close()
    ended = events[-1]
    assert isinstance(ended, RunEnded)
    return ended.run, await session.read(lambda repos: repos.judgements.for_run(run.id))


async def test_a_score(session: SessionFile, judge: DecisionsJudge) -> None:
    run, (judgement,) = await run_of(session, judge, rubric("g-eval"), SINGLE)
    out = judgement.outcome
    assert run.status is RunStatus.DONE and out.status is Status.OK
    assert out.score == 4.0 and out.label is None
    assert out.source is ScoreSource.DECISION
    assert out.probabilities == {"1": 0, "2": 0, "3": 0.25, "4": 0.5, "5": 0.25}
    assert out.margin == 0.25 and out.outside is None and out.rationale == ""
    (vote,) = judgement.votes
    assert vote.call and vote.parser == "g-eval/decision-1" and vote.usage.input == 40
    assert '"probabilities"' in vote.raw


async def test_pass_or_fail(session: SessionFile, judge: DecisionsJudge) -> None:
    of = rubric("pass-fail", Criterion("true", weight=3), Criterion("whole"))
    _, (judgement,) = await run_of(session, judge, of, SINGLE)
    assert judgement.outcome.labels == {"true": "pass", "whole": "pass"}
    assert judgement.outcome.scores == {"true": 0.75, "whole": 0.75}
    assert judgement.outcome.score == 0.75 and judgement.outcome.source is ScoreSource.DECISION


async def test_all_criteria_of_an_analytic_rubric(session: SessionFile, judge: DecisionsJudge) -> None:
    of = rubric("analytic", Criterion("true"), Criterion("whole"), scale=NumericScale(1, 5))
    _, (judgement,) = await run_of(session, judge, of, SINGLE)
    assert judgement.outcome.scores == {"true": 4.0, "whole": 4.0}
    assert [vote.criterion for vote in judgement.votes] == ["true", "whole"]


async def test_a_pair_in_both_orders(session: SessionFile, judge: DecisionsJudge, decider: Decider) -> None:
    decider.prefers = "good"
    _, (judgement,) = await run_of(session, judge, rubric("mt-bench-pair"), PAIR)
    out = judgement.outcome
    assert (out.verdict, out.consistent) == (Verdict.A, True)
    assert out.probabilities == {"A": 0.75, "B": 0.125, "tie": 0.125}
    assert out.source is ScoreSource.DECISION


async def test_a_place_that_is_preferred_is_seen(session: SessionFile, judge: DecisionsJudge) -> None:
    _, (judgement,) = await run_of(session, judge, rubric("mt-bench-pair"), PAIR)
    assert (judgement.outcome.verdict, judgement.outcome.consistent) == (Verdict.TIE, False)
    assert [vote.verdict for vote in judgement.votes] == [Verdict.A, Verdict.B]


async def test_a_further_criterion_is_all_that_is_asked(
    session: SessionFile, judge: DecisionsJudge, decider: Decider
) -> None:
    """Each question is a call of its own in the session, whatever it travelled with."""
    first, second, third = Criterion("true"), Criterion("whole"), Criterion("kind")
    await run_of(session, judge, rubric("analytic", first, second), SINGLE)
    before = len(decider.seen)
    _, (judgement,) = await run_of(
        session, judge, rubric("analytic", third, second, first, name="more"), SINGLE
    )
    asked = [question for seen in decider.seen[before:] for question in seen.body["questions"]]
    assert len(asked) == 1 and "kind" in asked[0]["instructions"]
    assert set(judgement.outcome.scores) == {"true", "whole", "kind"}


async def test_a_refused_question_is_a_state(
    session: SessionFile, judge: DecisionsJudge, decider: Decider
) -> None:
    decider.refused = "whole"
    _, (judgement,) = await run_of(
        session, judge, rubric("analytic", Criterion("true"), Criterion("whole")), SINGLE
    )
    assert judgement.status is Status.REFUSED and judgement.outcome.score is None


async def test_an_answer_that_is_none_fails(
    session: SessionFile, judge: DecisionsJudge, decider: Decider
) -> None:
    decider.mistaken = True
    _, (judgement,) = await run_of(session, judge, rubric("g-eval"), SINGLE)
    assert judgement.status is Status.FAILED and "without probabilities" in judgement.outcome.detail


async def test_a_rubric_that_cannot_be_asked_is_refused_before_a_run_is_made(
    session: SessionFile, judge: DecisionsJudge, decider: Decider
) -> None:
    with pytest.raises(InputError, match="listwise cannot be asked as questions") as caught:
        await run_of(session, judge, rubric("listwise"), PAIR)
    assert "a verdict on a pair" in str(caught.value)
    assert await session.read(lambda repos: repos.runs.all()) == []
    assert decider.seen == []


async def test_the_check_asks_a_small_question(judge: DecisionsJudge, decider: Decider) -> None:
    check = await check_judge(judge, 5)
    await judge.close()
    assert check.answered and len(decider.seen) == 1
    found = {finding.name: (finding.state, finding.text) for finding in check.findings}
    assert found["verdict"] == (State.YES, "4, with a probability of 0.50")
    assert found["probabilities"] == (State.YES, "for all 5 points, in one call: scores are weighted")
    assert found["writes"][0] is State.NO
    assert found["tokens"] == (State.YES, "reported: 40 read, 0 written")
    assert not {"log-probs", "temperature", "schema", "samples"} & set(found)


async def test_the_check_tells_a_refusal(judge: DecisionsJudge, decider: Decider) -> None:
    decider.refused = "Rate the response"
    check = await check_judge(judge, 5)
    await judge.close()
    found = {finding.name: (finding.state, finding.text) for finding in check.findings}
    assert found["verdict"][0] is State.NO and "declined" in found["verdict"][1]
    assert found["probabilities"][0] is State.UNKNOWN


async def test_it_writes_no_steps(judge: DecisionsJudge, decider: Decider) -> None:
    with pytest.raises(InputError) as caught:
        await generate_steps(rubric("g-eval"), judge, timeout=5)
    assert "answers questions and writes nothing" in str(caught.value) and "openai:MODEL" in caught.value.hint
    assert decider.seen == []
