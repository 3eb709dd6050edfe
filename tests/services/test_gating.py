from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from judgetui.core.item import Label
from judgetui.core.judgement import Outcome
from judgetui.core.vote import Status
from judgetui.errors import InputError
from judgetui.services.alignment import Study, study
from judgetui.services.figure_words import NAMES
from judgetui.services.gating import AT_MOST, OF_THE_RUN, Bar, junit_xml, rule
from tests.services.studies import JUDGE, SCORED, item, judged, scored


async def a_study(path: Path, *, labelled: int = 40, failed: int = 0) -> Study:
    """Scores that agree with four labels in five, on the whole alone."""
    given = [
        (
            item(f"n{n}", Label("human", n % 5 + 1)),
            scored(n % 5 + 1 - 2 * (n % 5 == 4), n % 5 + 1 - 2 * (n % 5 == 4)),
        )
        for n in range(labelled)
    ]
    given += [(item(f"f{n}"), Outcome(Status.FAILED, detail="gone")) for n in range(failed)]
    session, run = await judged(path, SCORED, given)
    with session:
        return await study(session, run, JUDGE)


async def test_the_lower_bound_has_to_clear_the_bar_and_not_the_figure(tmp_path: Path) -> None:
    found = await a_study(tmp_path / "s.db")
    figure = found.reports["overall"].agreement.figures["accuracy"]
    assert figure.value == 0.8 and figure.low is not None and 0.6 < figure.low < 0.8
    (over,) = rule(found, [Bar("accuracy", figure.low - 1e-9)])
    (under,) = rule(found, [Bar("accuracy", figure.low + 1e-9)])
    assert over.passed and not under.passed
    assert under.why.startswith("the lower bound")
    assert "exact agreement 80%" in under.words and "n 40" in under.words


async def test_a_figure_that_has_to_stay_below_is_held_with_its_upper_bound(tmp_path: Path) -> None:
    found = await a_study(tmp_path / "s.db", failed=2)
    (lenient,) = rule(found, [Bar("failures", 0.2)])
    (strict,) = rule(found, [Bar("failures", 0.06)])
    assert lenient.passed and lenient.figure.value == pytest.approx(2 / 42)
    assert not strict.passed and strict.why.startswith("the upper bound")


async def test_a_missing_figure_fails_with_its_reason(tmp_path: Path) -> None:
    found = await a_study(tmp_path / "s.db")
    flips, rate, clarity = rule(found, [Bar("flips", 0.5), Bar("true_positive_rate", 0.1)]) + rule(
        found, [Bar("kappa", 0.1)], ["clarity"]
    )
    assert "no item was judged in both orders" in flips.why
    assert "no positive side is named" in rate.why
    assert "no item has a label for it" in clarity.why and clarity.criterion == "clarity"
    nothing = await a_study(tmp_path / "empty.db", labelled=0, failed=1)
    assert "no item has a label" in rule(nothing, [Bar("kappa", 0.1)])[0].why


async def test_a_figure_without_interval_passes_no_bar(tmp_path: Path) -> None:
    session, run = await judged(
        tmp_path / "s.db",
        SCORED,
        [(item(str(n), Label("human", n % 5 + 1)), scored(n % 5 + 1, n % 5 + 1)) for n in range(9)],
    )
    with session:
        found = await study(session, run, JUDGE)
    (perfect,) = rule(found, [Bar("kappa", 0.1)])
    assert perfect.figure.value == 1 and not perfect.passed and "no interval" in perfect.why


async def test_nonsense_is_refused(tmp_path: Path) -> None:
    found = await a_study(tmp_path / "s.db")
    with pytest.raises(InputError, match="no bar is given"):
        rule(found, [])
    with pytest.raises(InputError, match="there is no criterion 'tone'"):
        rule(found, [Bar("kappa", 0.1)], ["tone"])


async def test_the_junit_file_has_a_case_a_bar_and_a_failure_a_miss(tmp_path: Path) -> None:
    found = await a_study(tmp_path / "s.db")
    written = junit_xml(found, rule(found, [Bar("accuracy", 0.1), Bar("kappa", 0.99)]))
    (suite,) = ElementTree.fromstring(written)
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    passed, missed = suite
    assert passed.find("failure") is None and missed.find("failure") is not None
    assert missed.get("name") == "overall: Cohen's kappa"
    assert str(missed.find("failure").get("message")).startswith("the lower bound")  # type: ignore[union-attr]


def test_every_bar_has_a_title_and_a_side() -> None:
    for name in (*NAMES, *OF_THE_RUN):
        assert Bar(name, 0.5).title
        assert Bar(name, 0.5).at_most == (name in AT_MOST)
