"""`judgetui reparse`: a run's replies read again, faithfully or not, and the way back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Call

ITEMS = [
    {
        "id": f"i{n}",
        "question": f"What is {n} plus {n}?",
        "response_a": f"It is {2 * n}.",
        "response_b": f"It is {2 * n + 1}.",
    }
    for n in range(8)
]


@pytest.fixture
def session(judgetui: Call, tmp_path: Path) -> Path:
    """A session with a run of Vicuna's protocol, a part of whose replies have no scores."""
    data = tmp_path / "items.jsonl"
    data.write_text("".join(json.dumps(item) + "\n" for item in ITEMS), encoding="utf-8")
    path = tmp_path / "s.db"
    assert (
        judgetui("rubric", "new", "mine", "--protocol", "vicuna", "--out", str(tmp_path / "mine.yaml")).code
        == 0
    )
    run = (
        "run",
        "--rubric",
        str(tmp_path / "mine.yaml"),
        "--data",
        str(data),
        "--judge",
        "scripted:1?garble=0.4",
    )
    assert judgetui(*run, "--session", str(path), "--yes").code == 0
    return path


def judgements(judgetui: Call, session: Path) -> list[dict[str, Any]]:
    out = session.parent / "out.jsonl"
    out.unlink(missing_ok=True)
    assert judgetui("resume", str(session), "1", "--out", str(out), "--yes").code == 0
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_faithful_and_back(judgetui: Call, session: Path) -> None:
    before = judgements(judgetui, session)
    assert {vote["parser"] for each in before for vote in each["votes"]} == {"vicuna/repaired-1"}
    said = judgetui("reparse", str(session), "--parser", "faithful", "--json")
    assert said.code == 0
    told = said.json
    assert (told["parser"], told["replies"], told["judgements"]) == ("faithful", 8, 8)
    assert told["failures"] == {"counted_as": "state", "n": 0}
    faithful = judgements(judgetui, session)
    assert {vote["parser"] for each in faithful for vote in each["votes"]} == {"vicuna/faithful-1"}
    judgetui("reparse", str(session))
    assert judgements(judgetui, session) == before


def test_failures_count_only_by_name(judgetui: Call, session: Path) -> None:
    before = judgements(judgetui, session)
    failed = [each["id"] for each in before if each["status"] == "unparsed"]
    assert 0 < len(failed) < len(before)
    said = judgetui("reparse", str(session), "--failures", "minus-one")
    noun = "1 reply" if len(failed) == 1 else f"{len(failed)} replies"
    assert f"{noun} without a result count" in said.out and "as minus-one" in said.out
    after = {each["id"]: each for each in judgements(judgetui, session)}
    for each in failed:
        assert (after[each]["status"], after[each]["answer_scores"]) == ("ok", [-1.0, -1.0])
        assert after[each]["votes"][0]["parser"] == "vicuna/repaired-1+minus-one"
        assert "minus-one" in after[each]["detail"]
    judgetui("reparse", str(session))
    assert judgements(judgetui, session) == before


def test_what_the_original_never_did_is_refused(judgetui: Call, session: Path) -> None:
    said = judgetui("reparse", str(session), "--failures", "tie")
    assert said.code == 2
    assert "--failures" in said.err and "minus-one" in said.err
