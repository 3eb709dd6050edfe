"""`gate` and `card`: whether a judge is good enough, and what is known of it."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from judgetui.core.item import Label
from tests.cli.conftest import Call
from tests.services.studies import SCORED, item, judged, scored


@pytest.fixture
async def session(home: Path) -> str:
    given = [
        (
            item(str(n), Label("ana", n % 5 + 1), split="test" if n % 2 else None),
            scored(*[n % 5 + 1 - 2 * (n % 5 == 4)] * 2),
        )
        for n in range(40)
    ]
    opened, _ = await judged(Path("answers.db"), SCORED, given)
    opened.close()
    return "answers.db"


def test_the_gate_opens_and_shuts(session: str, judgetui: Call) -> None:
    said = judgetui("gate", session, "--min-accuracy", "0.5", "--max-failures", "0.1")
    assert (said.code, said.err) == (0, "")
    assert "2 of 2 bars cleared" in said.out
    said = judgetui("gate", session, "--min-accuracy", "0.5", "--min-kappa", "0.95", "--json")
    assert said.code == 1
    assert said.json["passed"] is False
    assert [(bar["figure"], bar["passed"]) for bar in said.json["bars"]] == [
        ("accuracy", True),
        ("kappa", False),
    ]
    assert said.json["bars"][1]["why"].startswith("the lower bound")


def test_a_missing_figure_shuts_the_gate(session: str, judgetui: Call) -> None:
    said = judgetui("gate", session, "--max-flips", "0.5")
    assert said.code == 1
    assert "no item was judged in both orders" in said.out


def test_the_junit_file_is_written_whatever_comes_of_it(session: str, judgetui: Call) -> None:
    assert judgetui("gate", session, "--min-kappa", "0.99", "--junit", "gate.xml").code == 1
    (suite,) = ElementTree.parse("gate.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "no bar is given"),
        (("--min-kappa", "7"), "not in the range"),
        (("--min-kappa", "0.1", "--run", "9"), "has no run 9"),
        (("--min-kappa", "0.1", "--rubric", "tone"), "no run of 'tone'"),
        (("--min-kappa", "0.1", "--split", "dev"), "split 'dev'"),
        (("--min-kappa", "0.1", "--criterion", "tone"), "no criterion 'tone'"),
    ],
)
def test_nonsense_is_told_and_is_no_answer(
    session: str, judgetui: Call, words: tuple[str, ...], told: str
) -> None:
    said = judgetui("gate", session, *words)
    assert said.code == 2
    assert told in said.err


def test_a_card_tells_what_is_known_as_json_and_markdown(session: str, judgetui: Call) -> None:
    said = judgetui("card", session, "--json")
    assert said.code == 0
    card = said.json
    assert (card["judge_card"], card["rubric"]["name"], card["judge"]["name"]) == (1, "answers", "scripted:1")
    assert len(card["rubric"]["hash"]) == 64
    accuracy = card["agreement"]["overall"]["figures"]["accuracy"]
    assert (accuracy["value"], accuracy["n"], accuracy["constant"]) == (0.8, 40, 0.2)
    assert card["labels"] == {"items": 40, "raters": {"ana": 40}, "split": None}
    assert card["bias"]["position_flips"]["why"]
    assert judgetui("card", session, "--out", "card.md").code == 0
    text = Path("card.md").read_text(encoding="utf-8")
    assert "80%" in text and card["rubric"]["hash"] in text and "scripted:1" in text
    assert judgetui("card", session, "--out", "card.json").code == 0
    assert json.loads(Path("card.json").read_text(encoding="utf-8")) == card
    half = judgetui("card", session, "--split", "test", "--json").json
    assert half["agreement"]["overall"]["n"] == 20
