"""Stand-ins for judges with a known bias: fair by a mark in each answer, but for what their bias says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from judgetui.core.item import Item, Label
from judgetui.core.probes.records import ProbeRecord
from judgetui.core.request import JudgeRequest
from judgetui.core.rubric import Criterion, InputField, Rubric
from judgetui.core.run import RunSettings
from judgetui.core.scale import NumericScale
from judgetui.services.probing import ProbePlan, ProbeReport, Probing, create, plan, report_of
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from tests.services.standins import StandInJudge, reply

_PAIR = re.compile(
    r"\[The Start of Response A\]\n(.*)\n\[The End of Response A\]\n\n"
    r"\[The Start of Response B\]\n(.*)\n\[The End of Response B\]",
    re.DOTALL,
)
_SINGLE = re.compile(r"\[The Start of the Response\]\n(.*)\n\[The End of the Response\]", re.DOTALL)
_QUALITY = re.compile(r"\(q(\d+)\)")
_WORDS = (
    "river", "stone", "light", "paper", "window", "garden", "silver", "morning", "copper", "valley", "harbour",
    "winter",
)  # fmt: skip

PAIRS = Rubric(
    name="pairs",
    protocol="mt-bench-pair",
    task="Compare two answers.",
    criteria=(Criterion("better", "Which is right?"),),
    inputs=(InputField("question"),),
)
POINTS = Rubric(
    name="points",
    protocol="mt-bench-single",
    task="Judge the answer.",
    criteria=(Criterion("right", "Is it right?"),),
    scale=NumericScale(1, 10, {1: "wrong", 10: "right"}),
    inputs=(InputField("question"),),
)


@dataclass(frozen=True)
class Shown:
    """What a judge of `PAIRS` or `POINTS` is shown.

    Args:
        answers: in the order shown.
        number: how many calls came before.
    """

    text: str
    answers: tuple[str, ...]
    number: int

    @property
    def qualities(self) -> tuple[int, ...]:
        """The mark of each answer, 1 without one."""
        return tuple(int(found[1]) if (found := _QUALITY.search(each)) else 1 for each in self.answers)


Bias = Callable[[Shown], float | None]
"""Of a pair 0 or 1, the place that wins; of a single answer its score. None leaves it to fairness."""


def judge(bias: Bias = lambda shown: None, name: str = "standin:one") -> StandInJudge:
    """A judge with that bias."""

    def answer(request: JudgeRequest, number: int) -> object:
        text = "\n".join(message.content for message in request.messages)
        parts = _PAIR.search(text) or _SINGLE.search(text)
        assert parts is not None
        shown = Shown(text, parts.groups(), number)
        found = bias(shown)
        if len(shown.answers) == 1:
            score = shown.qualities[0] if found is None else min(10, max(1, found))
            return reply(f"Well. Rating: [[{score:g}]]")
        if found is None:
            first, second = shown.qualities
            return reply(f"Well. [[{'C' if first == second else 'A' if first > second else 'B'}]]")
        return reply(f"Well. [[{'AB'[int(found)]}]]")

    return StandInJudge(answer, name=name)  # type: ignore[arg-type]  # every branch is a reply


def first_slot(shown: Shown) -> float | None:
    """Prefers whatever stands first."""
    return 0 if len(shown.answers) == 2 else None


def far_longer(shown: Shown) -> float | None:
    """Prefers what is nearly twice as long, and gives three points more to what is very long."""
    sizes = [len(answer) for answer in shown.answers]
    if len(sizes) == 2:
        ratio = sizes[0] / sizes[1]
        return None if 1 / 1.7 < ratio < 1.7 else float(ratio < 1)
    return shown.qualities[0] + 3 if sizes[0] > 900 else None


def wins(cue: str) -> Bias:
    """Prefers the answer in which a pattern stands, and gives it all points."""

    def bias(shown: Shown) -> float | None:
        having = [place for place, answer in enumerate(shown.answers) if re.search(cue, answer)]
        if len(having) != 1:
            return None
        return having[0] if len(shown.answers) == 2 else 10

    return bias


def follows(cue: str) -> Bias:
    """Says what somebody says of the answers outside of them."""

    def bias(shown: Shown) -> float | None:
        said = re.search(
            cue + r" (?:say )?that (?:the (first|second)|this) answer is (right|correct|wrong|the best)",
            shown.text,
        )
        if said is None:
            return None
        if said[1]:
            return float(said[1] == "second")
        return 2 if said[2] == "wrong" else 9

    return bias


def restless(shown: Shown) -> float | None:
    """Answers by the throw of a die."""
    die = Random(shown.number)
    return die.randint(0, 1) if len(shown.answers) == 2 else die.randint(1, 10)


def sentences(chance: Random, count: int) -> str:
    """So many sentences of eight words."""
    return " ".join(f"The {' '.join(chance.choices(_WORDS, k=7))}." for _ in range(count))


def pair_items(count: int = 24, *, labels: bool = False) -> list[Item]:
    """Pairs of two or three answers' length, with a mark of quality each that has nothing to do with it."""
    chance, found = Random(5), []
    for number in range(count):
        marks = chance.sample(range(2, 9), 2)
        long = chance.choice([(10, 10), (10, 24), (24, 10)])
        answers = tuple(
            f"Mary says (q{mark}). {sentences(chance, size)}" for mark, size in zip(marks, long, strict=True)
        )
        better = "A" if marks[0] > marks[1] else "B"
        models = ("gpt-4o", "claude-3") if number % 2 else ("claude-3", "gpt-4o")
        given = (Label("human", better),) if labels else ()
        found.append(Item(f"i{number}", answers, {"question": "Why is that?"}, models, labels=given))
    return found


def single_items(count: int = 24) -> list[Item]:
    """Single answers of three lengths, with a mark of quality that has nothing to do with it."""
    chance = Random(7)
    return [
        Item(
            f"i{number}",
            (f"Mary says (q{chance.randint(2, 7)}). {sentences(chance, chance.choice([10, 12, 24]))}",),
            {"question": "Why is that?"},
            ("gpt-4o" if number % 2 else "claude-3",),
        )
        for number in range(count)
    ]


async def planned(
    session: SessionFile, rubric: Rubric, items: Sequence[Item], own: StandInJudge, **more: object
) -> tuple[ProbeRecord, ProbePlan]:
    """A probing that is stored and not yet asked."""
    rubric_id = await session.read(lambda repos: repos.rubrics.by_name(rubric.name))
    if rubric_id is None:
        version = await session.write(lambda repos: repos.rubrics.create(rubric))
    else:
        version = await session.read(lambda repos: repos.rubrics.latest(rubric_id))
    found = await plan(version.rubric, items, own, count=len(items), session=session, **more)  # type: ignore[arg-type]
    return await create(session, version, found), found


async def probed(
    session: SessionFile, rubric: Rubric, items: Sequence[Item], own: StandInJudge, **more: object
) -> ProbeReport:
    """What probing a judge with everything finds."""
    record, found = await planned(session, rubric, items, own, **more)
    runner = Runner(session, {own.judge: own}.__getitem__)
    async for _ in Probing(session, runner, record, found).go(RunSettings()):
        pass
    return await report_of(session, record.id)
