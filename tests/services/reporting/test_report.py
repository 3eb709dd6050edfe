"""The report tells what the study holds, in both forms alike, and nothing in it does anything."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from markdown_it import MarkdownIt

from judgetui.analysis.correction import corrected_rate
from judgetui.analysis.figures import Figure
from judgetui.analysis.kinds import Kind
from judgetui.analysis.probe_effects import SHARE
from judgetui.analysis.rogan_gladen import Counts
from judgetui.core.item import Item, Label
from judgetui.core.judgement import Outcome
from judgetui.core.protocols.registry import get_protocol, protocol_names, starter_rubric
from judgetui.core.request import JudgeRequest
from judgetui.core.rubric import Rubric
from judgetui.core.run import RunSettings
from judgetui.core.scale import NumericScale
from judgetui.core.text import visible
from judgetui.core.vote import ScoreSource, Status
from judgetui.errors import InputError
from judgetui.providers.scripted import ScriptedJudge
from judgetui.services.alignment import Selection, find_study, study
from judgetui.services.figure_words import NAMES
from judgetui.services.reporting.document import document
from judgetui.services.reporting.findings import Absent, Corrects, SentPrompt
from judgetui.services.reporting.gather import MOST_DISAGREEMENTS, gather
from judgetui.services.reporting.html import page
from judgetui.services.reporting.markdown import markdown
from judgetui.services.reporting.scrubbing import shown_judge, without_folders
from judgetui.services.reporting.writing import report_text, writer_for
from judgetui.services.running import Runner
from judgetui.storage.database import SessionFile
from tests.core.protocols.test_every_protocol import an_item
from tests.services.biased import PAIRS as BIASED
from tests.services.biased import first_slot, probed
from tests.services.biased import judge as biased_judge
from tests.services.biased import pair_items as biased_pairs
from tests.services.reporting.pages import (
    Written,
    markdown_tables,
    markdown_tokens,
    section,
    tables,
    text_of,
    written,
)
from tests.services.reporting.sessions import (
    HOSTILE,
    SCORES,
    clock,
    paired_session,
    run,
    scored_items,
    scored_session,
    scoring,
)
from tests.services.standins import StandInJudge
from tests.services.studies import LABELLED, judged

ELEMENTS = re.findall(
    r"\w+",
    """html head meta title style body a div header p h1 dl dt dd nav ol li main section h2 h3 h4 ul strong table caption
    thead tbody tr th td span code pre mark ins del article figure figcaption footer
    svg defs pattern rect desc g line text circle path""",
)
"""What a page is made of."""


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return written(scored_session, tmp_path_factory.mktemp("a") / "scores.db", "standin:one")


@pytest.fixture(scope="module")
def mean(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("b")
    return written(lambda path: scored_session(path, mean=True), folder / "mean.db", "standin:one")


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return written(paired_session, tmp_path_factory.mktemp("c") / "pairs.db")


@pytest.fixture(params=["scores", "mean", "pairs"])
def each(request: pytest.FixtureRequest) -> Written:
    found: Written = request.getfixturevalue(request.param)
    return found


def told(value: float | None, share: bool) -> str:
    """A value as the report writes it."""
    if value is None:
        return "n/a"
    return f"{value * 100:.0f}%" if share else f"{value:.2f}".replace("-0.00", "0.00")


def bounds(figure: Figure, share: bool) -> str:
    """An interval as the report writes it."""
    if figure.low is None or figure.high is None:
        return "none"
    if share:
        return f"[{figure.low * 100:.0f}, {figure.high * 100:.0f}]"
    return f"[{told(figure.low, False)}, {told(figure.high, False)}]"


# figures


def test_the_page_has_every_figure_of_the_study(each: Written) -> None:
    assert each.study.reports
    for number, report in enumerate(each.study.reports.values(), 1):
        part = section(each.root, f"criterion-{number}")
        rows = {row[0]: row[1:] for row in tables(part)[0]}
        missing = text_of(part)
        found = report.agreement
        for name, named in NAMES.items():
            figure = found.figures[name]
            if found.kind is not Kind.SCORE and name.startswith("krippendorff_alpha_"):
                continue  # it says nothing beside alpha itself
            if figure.value is None:
                assert named.title not in rows
                assert figure.why in missing
                continue
            cells = rows.pop(named.title)
            assert cells[:4] == [
                told(figure.value, named.share),
                bounds(figure, named.share),
                f"{figure.n:,}",
                told(found.baseline[name].value, named.share),
            ]
            if found.ceiling is not None:
                assert cells[4].startswith(told(found.ceiling.people[name].value, named.share))
        assert list(rows) == ["figure"]


def test_markdown_has_the_tables_of_the_page(each: Written) -> None:
    shown = tables(each.root)
    found = [rows for rows in markdown_tables(each.markdown) if rows[0][-1] != "of"]
    assert len(shown) > 5
    assert found == shown


def test_markdown_has_the_sections_of_the_page(each: Written) -> None:
    headings = [text_of(heading) for level in ("h1", "h2", "h3", "h4") for heading in each.root.iter(level)]
    tokens = MarkdownIt("commonmark").parse(each.markdown)
    found = [
        "".join(child.content for child in tokens[place + 1].children or ())
        for place, token in enumerate(tokens)
        if token.type == "heading_open"
    ]
    assert sorted(found) == sorted(headings)


def test_plots_hold_the_counts(scores: Written) -> None:
    found = scores.study.reports["truth"].agreement
    part = section(scores.root, "criterion-1")
    _, matrix, spread = part.iter("svg")
    cells = [text_of(text) for text in matrix.iter("text") if "number" in (text.get("class") or "")]
    counts = [n for row in found.confusion.values() for n in row.values()]
    assert sorted(map(int, cells)) == sorted(counts)
    bars = [text_of(text) for text in spread.iter("text") if "number" in (text.get("class") or "")]
    sides = [
        counts.get(str(point), 0)
        for point in range(1, 6)
        for counts in (found.judge_counts, found.label_counts)
    ]
    assert [int(bar.partition(" ")[0]) for bar in bars] == sides
    for plot in (matrix, spread):
        title, desc = plot.find("title"), plot.find("desc")
        assert title is not None and desc is not None
        assert plot.get("role") == "img"
        assert plot.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"


def test_many_points_are_pooled(tmp_path: Path) -> None:
    rubric = Rubric("wide", "g-eval", "Judge.", SCORES.criteria[:1], scale=NumericScale(0, 100))

    def given(n: int) -> tuple[Item, Outcome]:
        item = Item(f"i{n}", ("A",), labels=(Label("ana", float(n * 4)),))
        score = float(min(100, n * 4 + n % 3))
        return item, Outcome(Status.OK, score=score, scores={"truth": score}, source=ScoreSource.SINGLE)

    async def make(path: Path) -> SessionFile:
        session, _ = await judged(path, rubric, [given(n) for n in range(26)])
        return session

    found = written(make, tmp_path / "s.db")
    _, matrix, _ = section(found.root, "criterion-1").iter("svg")
    desc = matrix.find("desc")
    assert desc is not None
    names = re.findall(r"Judge (\d+ to \d+):", text_of(desc))
    assert names[0] == "0 to 10" and names[-1] == "99 to 100" and len(names) == 10
    assert sum(map(int, re.findall(r"to \d+ (\d+)[,.]", text_of(desc)))) == 26


# the verdict


def test_the_verdict_sets_the_judge_beside_constant_and_people(scores: Written) -> None:
    found = scores.study.reports["truth"].agreement
    text = text_of(section(scores.root, "verdict"))
    assert found.ceiling is not None
    kappa, exact = found.figures["weighted_kappa"], found.figures["accuracy"]
    assert f"quadratic weighted kappa {told(kappa.value, False)} {bounds(kappa, False)}, n {kappa.n}" in text
    assert f"{told(exact.value, True)} {bounds(exact, True)} of the items" in text
    always = told(found.baseline["accuracy"].value, True)
    assert f"always saying {found.constant} would of {always}, which is below the judge's interval" in text
    people = found.ceiling.people["weighted_kappa"]
    assert f"on the {found.ceiling.n} items that two or more labelled" in text
    assert f"{told(people.value, False)} {bounds(people, False)}, n {people.n}" in text
    assert "not all of them picked at random" in text
    assert isinstance(scores.findings.corrects, Corrects)
    tuned = scores.findings.corrects.figures.ppi_tuned
    assert f"it would be {told(tuned.value, False)} {bounds(tuned, False)}" in text


def test_a_judge_like_a_constant_is_told_so(tmp_path: Path) -> None:
    def given(n: int) -> tuple[Item, Outcome]:
        item = Item(f"i{n}", ("A",), labels=(Label("ana", "fail" if n % 4 == 0 else "pass"),))
        return item, Outcome(Status.OK, label="pass", labels={"clarity": "pass"}, score=1.0)

    async def make(path: Path) -> SessionFile:
        session, _ = await judged(path, LABELLED, [given(n) for n in range(40)])
        return session

    found = written(make, tmp_path / "s.db")
    text = text_of(section(found.root, "verdict"))
    assert "always saying pass would of 75%, which lies in the judge's interval" in text
    assert "these labels do not show that the judge does better" in text


def test_the_corrected_rate_is_that_of_the_labels(tmp_path: Path) -> None:
    def given(n: int) -> tuple[Item, Outcome]:
        labels = (Label("ana", "Pass" if n % 5 else "fail"),) if n < 30 else ()
        said = "pass" if n % 7 else "fail"
        return Item(f"i{n}", ("A",), labels=labels), Outcome(Status.OK, label=said, labels={"clarity": said})

    async def make(path: Path) -> SessionFile:
        session, _ = await judged(path, LABELLED, [given(n) for n in range(50)])
        return session

    found = written(make, tmp_path / "s.db").findings.corrects
    labels = [bool(n % 5) if n < 30 else None for n in range(50)]
    expected = corrected_rate(Counts.of([bool(n % 7) for n in range(50)], labels), at_random=False)
    assert isinstance(found, Corrects)
    assert (found.what, found.share, found.figures) == ("share of pass", True, expected)


def test_a_pair_s_corrected_rate_is_the_first_model_s(pairs: Written) -> None:
    found = pairs.findings.corrects
    assert isinstance(found, Corrects)
    wins = {"A": 1.0, "tie": 0.5, "B": 0.0}
    decided = [each for each in pairs.study.judged if each.verdict is not None]
    assert found.what == "win rate of large"
    assert found.figures.naive.value == pytest.approx(
        sum(wins[str(each.verdict)] for each in decided) / len(decided)
    )
    text = text_of(section(pairs.root, "verdict"))
    flips = pairs.study.flips
    assert f"{told(flips.value, True)} {bounds(flips, True)} of {flips.n} pairs judged in both" in text


# what was left out, and what is not there


def test_what_has_no_result_is_counted_with_its_reason(scores: Written) -> None:
    part = section(scores.root, "judged")
    rows = {(row[0], row[1]): int(row[2]) for row in tables(part)[0][1:]}
    assert rows == {("failed", "bad request. Do this."): 3, ("unparsed", "no verdict in the reply."): 3}
    assert "failed 3, unparsed 3 (in no figure)" in text_of(part)
    raters = {row[0]: row[1:] for row in tables(part)[1][1:]}
    assert raters["ana"] == ["33", "file 33", "0"]


def test_a_run_without_labels_says_so(tmp_path: Path) -> None:
    async def make(path: Path) -> SessionFile:
        items = [replace(item, labels=()) for item in scored_items(12)]
        session = SessionFile.create(path, "bare", clock=clock)
        version = await session.write(lambda repos: repos.rubrics.create(SCORES, ""))
        await session.write(lambda repos: repos.items.add(items))
        await run(session, version, items, StandInJudge(scoring(0), name="standin:one"))
        return session

    found = written(make, tmp_path / "bare.db")
    text = text_of(found.root)
    assert "Nobody has labelled the items of this run" in text
    for anchor, why in (
        ("jury", "Not in this report: the run has one judge, and a jury needs two or more."),
        ("ratings", "Not in this report: no pair of answers by two named models has a verdict."),
        ("battery", "Not in this report: this judge has not been probed"),
        ("disagreements", "Nobody has labelled these items."),
    ):
        assert why in text_of(section(found.root, anchor))
    assert markdown_tables(found.markdown) == tables(found.root)


def test_a_run_in_which_all_failed_has_no_figure(tmp_path: Path) -> None:
    async def make(path: Path) -> SessionFile:
        given = [
            (
                Item(f"i{n}", ("A",), labels=(Label("ana", "pass"),)),
                Outcome(Status.REFUSED, detail="No /home/me/x."),
            )
            for n in range(5)
        ]
        session, _ = await judged(path, LABELLED, given)
        return session

    found = written(make, tmp_path / "s.db")
    assert tables(section(found.root, "judged"))[0][1] == ["refused", "No …/x.", "5"]
    assert "Nothing could be compared. Left out: refused 5." in text_of(section(found.root, "criterion-1"))
    assert not any(section(found.root, "agreement").iter("figure"))


async def test_a_judge_that_has_judged_nothing_has_no_report(tmp_path: Path) -> None:
    session, made = await judged(tmp_path / "s.db", LABELLED, [])
    with session:
        found = await study(session, made, made.judges[0])
        with pytest.raises(InputError, match="has judged nothing"):
            await report_text(session, found)


# disagreements, versions, panel


def test_the_largest_disagreements_are_shown_and_counted(tmp_path: Path) -> None:
    def given(n: int) -> tuple[Item, Outcome]:
        labels = (Label("ana", "fail"), Label("ben", "fail"))
        item = Item(f"i{n}", (f"answer {n} " + "x" * 2000,), labels=labels)
        return item, Outcome(Status.OK, label="pass", labels={"clarity": "pass"}, rationale=f"reason {n}")

    async def make(path: Path) -> SessionFile:
        session, _ = await judged(path, LABELLED, [given(n) for n in range(50)])
        return session

    found = written(make, tmp_path / "s.db")
    part = section(found.root, "disagreements")
    cases = list(part.iter("article"))
    assert f"50 of 50 compared items differ; the {MOST_DISAGREEMENTS} largest are shown." in text_of(part)
    assert len(cases) == MOST_DISAGREEMENTS
    text = text_of(cases[0])
    assert "i0: judge pass, people fail" in text and "labels: ana fail, ben fail" in text
    assert "reason 0" in text and "[the first 500 of 2,009 characters]" in text
    assert len(found.html) < 200_000


def test_versions_have_what_they_changed_and_what_came_of_it(scores: Written) -> None:
    part = section(scores.root, "versions")
    assert [row[:3:2] for row in tables(part)[0][1:]] == [
        ["v2 (this run)", "asks for care"],
        ["v1", "the first try"],
    ]
    change = section(part, "change-2")
    assert [text_of(line) for line in change.iter("ins")] == ["+task: Judge the answer with care."]
    assert [text_of(line) for line in change.iter("del")] == ["-task: Judge the answer."]
    comparison, judges = scores.findings.comparisons
    for number, each in enumerate((comparison, judges), 1):
        text = text_of(section(part, f"comparison-{number}"))
        for criterion in each.criteria:
            assert f"{criterion}: {each.sentence(criterion)}." in text
    rows = tables(section(part, "comparison-1"))[0]
    test = comparison.criteria["truth"].tests["accuracy"]
    assert test.effect is not None and test.p is not None
    (row,) = [row for row in rows if row[:2] == ["truth", "exact agreement"]]
    assert row[4].lstrip("+") == told(test.effect, True)
    assert row[6] == f"{test.p:.3f}" and row[-1] == str(test.n)


def test_jurors_and_models_are_told(scores: Written, pairs: Written) -> None:
    jury = scores.findings.jury
    assert not isinstance(jury, Absent)
    rows = {row[0]: row[1:] for row in tables(section(scores.root, "jury"))[1][1:]}
    for juror in jury.jurors:
        assert juror.agreement is not None
        figure = juror.agreement.figure
        assert rows[juror.judge][2] == f"{told(figure.value, True)} {bounds(figure, True)}, n {figure.n}"
    ratings = pairs.findings.ratings
    assert not isinstance(ratings, Absent)
    models = {row[0]: row[1] for row in tables(section(pairs.root, "ratings"))[0][1:]}
    assert models == {
        each.model: f"{each.rating:,.0f}" for each in ratings.ratings if each.rating is not None
    }


def test_the_bias_battery_is_told(tmp_path: Path) -> None:
    async def make(path: Path) -> SessionFile:
        session = SessionFile.create(path, "probed", clock=clock)
        await probed(
            session, BIASED, biased_pairs(labels=True), biased_judge(first_slot, "local:/home/me/x.gguf")
        )
        return session

    found = written(make, tmp_path / "s.db")
    battery = found.findings.battery
    assert not isinstance(battery, Absent) and [each.name for each in battery.clear] == ["position"]
    part = section(found.root, "battery")
    rows = {(row[0], row[2]): row for row in tables(part)[0][1:]}
    effects = [
        (result.name, effect) for result in battery.results for effect in result.effects if effect.main
    ]
    assert len(effects) > 5
    for name, effect in effects:
        row, share = rows[name, effect.title], effect.unit == SHARE
        assert row[3] == told(effect.figure.value, share) and row[5] == str(effect.figure.n)
        assert row[1] == ("" if effect.clear is None else "clear" if effect.clear else "within noise")
    text = text_of(section(found.root, "verdict"))
    assert f"on {battery.items} items, clear effects of {battery.clear[0].title}." in text
    assert battery.clear[0].advice in text_of(part)
    assert "local:x.gguf" in text_of(part) and "/home/me" not in found.html + found.markdown
    assert markdown_tables(found.markdown)[1:] == tables(found.root)[1:]


# the prompt, and provenance


def test_the_prompt_is_the_one_that_was_sent(scores: Written) -> None:
    part = section(scores.root, "prompt")
    (shown,) = [pre for pre in part.iter("pre")]
    marks = [(mark.get("data-field"), mark.text) for mark in shown.iter("mark")]
    assert marks == [("question", "Why 0?"), ("response", "answer-0.")]
    assert "The stored request has these messages to the letter." in text_of(part)
    assert "⟦question: Why 0?⟧" in scores.markdown


async def test_another_prompt_than_was_asked_for_is_shown_beside(tmp_path: Path) -> None:
    class Mover(StandInJudge):
        def body(self, request: JudgeRequest) -> dict[str, object]:
            return {"model": "m", "messages": [{"role": "user", "content": "All in one."}], "seed": 7}

    with SessionFile.create(tmp_path / "s.db", "s", clock=clock) as session:
        items = scored_items(3)
        version = await session.write(lambda repos: repos.rubrics.create(SCORES, ""))
        await session.write(lambda repos: repos.items.add(items))
        await run(session, version, items, Mover(scoring(0), name="standin:one"))
        found = await gather(session, await find_study(session))
    assert isinstance(found.prompt, SentPrompt)
    assert found.prompt.as_sent == (("user", "All in one."),)
    assert found.calls.sent == {"model m": 1}
    assert "The stored request has other messages" in page(document(found))


def test_provenance_tells_who_answered_and_what_was_asked(scores: Written) -> None:
    text = text_of(section(scores.root, "provenance"))
    for expected in (
        "standin-1 (74 calls)",
        'labels ["1", "2", "3", "4", "5"], max_tokens 5, temperature 0.0',
        "timeout 60",
        "standin:two",
        f"Python {scores.findings.packages['Python']}",
        scores.study.version.rubric_hash,
    ):
        assert expected in text, expected


def test_no_folder_of_the_machine_is_in_it(each: Written, tmp_path_factory: pytest.TempPathFactory) -> None:
    base = str(tmp_path_factory.getbasetemp())
    assert base not in each.html and base not in each.markdown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cannot open /home/me/models/a.gguf: no", "cannot open …/a.gguf: no"),
        (r"C:\Users\me\m.gguf failed", "…/m.gguf failed"),
        ("~/models/x.gguf", "…/x.gguf"),
        ("of local:/home/me/m.gguf is not known", "of local:m.gguf is not known"),
        ("see https://example.com/a/b and http://127.0.0.1:8080/v1/chat", None),
        ("either/or, 1/2, and/or", None),
    ],
)
def test_folders_are_left_out_and_addresses_stay(text: str, expected: str | None) -> None:
    assert without_folders(text) == (text if expected is None else expected)


def test_a_judge_s_file_is_named_without_its_folder() -> None:
    assert shown_judge("local:/home/me/m.gguf") == "local:m.gguf"
    assert shown_judge("replay:runs/old.jsonl") == "replay:old.jsonl"
    assert shown_judge("openai:org/model-1") == "openai:org/model-1"


# the same bytes


async def test_the_same_session_gives_the_same_bytes(tmp_path: Path) -> None:
    with await paired_session(tmp_path / "s.db", 12) as session:
        found = await find_study(session)
        first, again = [await report_text(session, found) for _ in range(2)]
        dated = await report_text(session, found, markdown, date(2031, 2, 3))
    with SessionFile.open(tmp_path / "s.db") as session:
        opened = await report_text(session, await find_study(session))
    assert first == again == opened
    assert "2031-02-03" in dated and "2031-02-03" not in first


async def test_a_split_is_judged_alone(tmp_path: Path) -> None:
    with await scored_session(tmp_path / "s.db", 24) as session:
        found = await find_study(session, judge="standin:one", selection=Selection(split="development"))
        told = await gather(session, found)
    assert len(told.study.judged) == 8
    assert told.spent.votes == 15
    assert "8 of the split development" in page(document(told))


def test_an_ending_says_what_is_written() -> None:
    assert writer_for(Path("a.HTML")) is page and writer_for(Path("a.md")) is markdown
    with pytest.raises(InputError, match="does not say what to write"):
        writer_for(Path("report.pdf"))


# nothing in it does anything


def test_the_page_holds_nothing_but_text_and_plots(each: Written) -> None:
    root = each.root  # a strict reader: what left its place would not be well-formed
    anchors = {element.get("id") for element in root.iter()}
    for element in root.iter():
        assert element.tag in ELEMENTS, element.tag
        for name, value in element.attrib.items():
            assert not name.startswith("on") and name not in ("src", "action", "style", "srcdoc")
            if name == "href":
                assert value.startswith("#") and value[1:] in anchors
            assert "url(" not in value
    assert len(anchors) == sum(element.get("id") is not None for element in root.iter()) + 1
    policy = [meta.get("content") or "" for meta in root.iter("meta") if meta.get("http-equiv")]
    assert len(policy) == 1 and "default-src 'none'" in policy[0]
    style = root.find(".//style")
    assert style is not None and style.text is not None
    assert re.findall(r"url\((.*?)\)", style.text) == ["#hatch"] and "@import" not in style.text
    assert each.html.isascii() or each.html.encode("utf-8")


def test_hostile_texts_stand_as_they_are(mean: Written) -> None:
    shown = " ".join("".join(mean.root.itertext()).split())
    rows = "".join(tokens_text(mean.markdown).split())
    for text in HOSTILE:
        plain = visible(text).replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
        assert " ".join(plain.split()) in shown, text
        assert "".join(plain.split()) in rows, text


def tokens_text(text: str) -> str:
    """All words of a Markdown file, as they show."""
    return " ".join(
        token.content for token in markdown_tokens(text) if token.type in ("text", "fence", "code_inline")
    )


def test_markdown_holds_no_markup_of_others(each: Written) -> None:
    kinds = {token.type for token in markdown_tokens(each.markdown)}
    assert not kinds & {"html_block", "link_open", "image", "code_block", "blockquote_open", "lheading_open"}
    assert {token.content for token in markdown_tokens(each.markdown) if token.type == "html_inline"} <= {
        "<br>"
    }
    assert not re.search(
        r"(?<![`\\])https?://", re.sub(r"^(`{3,})\w+\n.*?\n\1$", "", each.markdown, flags=re.M | re.S)
    )


def test_an_element_has_no_text_of_another(mean: Written) -> None:
    title = mean.root.find("head/title")
    assert title is not None and HOSTILE[0] in (title.text or "")
    heading: Element | None = mean.root.find(".//h1")
    assert heading is not None and len(heading) == 0


@pytest.mark.parametrize("name", protocol_names())
async def test_every_protocol_has_a_report(tmp_path: Path, name: str) -> None:
    with SessionFile.create(tmp_path / "s.db", "s") as session:
        rubric = starter_rubric("mine", name)
        version = await session.write(lambda repos: repos.rubrics.create(rubric, ""))
        items = [replace(an_item(get_protocol(name), rubric), id=f"i{n}") for n in range(2)]
        runner = Runner(session, lambda judge: ScriptedJudge(judge.removeprefix("scripted:")))
        made = await runner.create(version, ["scripted:1", "scripted:2"], items, RunSettings(samples=1))
        async for _ in runner.go(made):
            pass
        found = await gather(session, await find_study(session, judge="scripted:1"))
    assert isinstance(found.prompt, SentPrompt) and found.prompt.as_sent is None
    text = document(found)
    root = ElementTree.fromstring(page(text).removeprefix("<!DOCTYPE html>\n"))
    assert markdown_tables(markdown(text))[-1] == tables(root)[-1]
