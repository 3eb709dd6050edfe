"""`judgetui label`, and the labels of a session."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from judgetui.cli.loop import complete
from judgetui.cli.options import FILE, STDOUT, json_option, rubric_name_option, session_argument
from judgetui.errors import ExitCode, InputError

if TYPE_CHECKING:
    from judgetui.analysis.figures import Figure
    from judgetui.services.label_records import LabelRecord, RaterSummary

QUEUES = ("first", "second", "adjudication")
PICKS = {
    "order": "in order",
    "random": "at random",
    "uncertain": "uncertain",
    "disagreement": "disagreement",
}


@click.command()
@session_argument
@click.option("--rater", metavar="NAME", help="Who labels; the name given last when it is left out.")
@rubric_name_option
@click.option(
    "--queue",
    type=click.Choice(QUEUES),
    default="first",
    show_default=True,
    help="Items without a label of yours, items that somebody else labelled, or items that people disagree on.",
)
@click.option(
    "--pick",
    type=click.Choice(tuple(PICKS)),
    default="order",
    show_default=True,
    help="What comes next: in order, at random (for an honest estimate), what the judge of the newest run is least "
    "sure of, or what judges disagree on.",
)
@click.option("--split", metavar="NAME", help="Only items of this split.")
@click.option(
    "--apart",
    type=click.FloatRange(0),
    default=0,
    show_default=True,
    help="Points that raters may be apart before it is a disagreement.",
)
@click.option("--skipped", is_flag=True, help="Show items again that were skipped.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Stop after so many labels.")
@json_option
def label(
    session: str,
    rater: str | None,
    name: str | None,
    queue: str,
    pick: str,
    split: str | None,
    apart: float,
    skipped: bool,
    limit: int | None,
    as_json: bool,
) -> int:
    """Label items line by line, without the app.

    Each item is shown on stderr; a line on stdin says what it is: a point, a label, a, b, t (tie) or w (both are
    weak), or an order such as B > A > C; several criteria on one line, apart by spaces. Besides: s skips, u takes
    back, f flags, n TEXT notes, j shows the judge (the label is not blind then), q ends. All is kept as it comes.

    \b
    Examples:
      judgetui label demo --rater ana --rubric answer-correctness
      judgetui label demo --rater ben --queue second --pick random --limit 30
    """
    from judgetui.cli.labelling import Wanted, label_lines
    from judgetui.core.answer import Pick, Queue

    wanted = Wanted(
        session, rater, name, Queue(queue), Pick(PICKS[pick]), split, apart, skipped, limit, as_json
    )
    return complete(label_lines(wanted))


@click.command("labels")
@session_argument
@click.option(
    "--answers",
    type=FILE,
    metavar="FILE",
    help="Write every answer as JSONL, skips and what was taken back included; - is stdout.",
)
@click.option("--summary", is_flag=True, help="Show the counts alone: by rater, and how items were picked.")
@json_option
def labels(session: str, answers: Path | None, summary: bool, as_json: bool) -> int:
    """List what people said of a session's items, with who, when, how picked and how long it took.

    With --json and --summary the value is the summary, else the list of labels.
    """
    return complete(_labels(session, answers, summary, as_json))


async def _labels(text: str, answers: Path | None, summary: bool, as_json: bool) -> int:
    from judgetui.cli.output import put, put_json, put_lines
    from judgetui.config.paths import find_paths
    from judgetui.services import headless, label_records
    from judgetui.storage.database import SessionFile

    if as_json and answers == STDOUT:
        raise InputError("--json and --answers - both want stdout.", "Choose one.")
    with SessionFile.open(headless.known_session(find_paths(), text)) as opened:
        records = await label_records.label_records(opened)
        summaries = await label_records.label_summaries(opened)
        given = [] if answers is None else await opened.read(lambda repos: repos.answers.all())
    lines = (label_records.answer_line(answer) for answer in given)
    if answers == STDOUT:
        put_lines(lines)
        return ExitCode.DONE
    if answers is not None:
        from judgetui.cli import talk

        talk.say(f"{label_records.write_answers(answers, given)} answers written to {answers}")
    if as_json:
        put_json([each.to_mapping() for each in (summaries if summary else records)])
    elif answers is None:
        if not summary:
            _put_records(records)
        if summaries and not summary:
            put("")
        _put_summaries(summaries)
    return ExitCode.DONE


def _put_records(records: list[LabelRecord]) -> None:
    from judgetui.cli.output import put_table
    from judgetui.services.label_scales import value_text

    put_table(
        ("id", "rater", "criterion", "label", "when", "picked", "seconds", ""),
        [
            (
                record.item_id,
                record.rater,
                record.criterion or "",
                record.value if isinstance(record.value, str) else value_text(record.value),
                *_origin(record),
            )
            for record in records
        ],
        right=(6,),
    )


def _origin(record: LabelRecord) -> tuple[str, str, str, str]:
    """When a label was given, how its item was picked, how long that took, and what else is to be known."""
    answer = record.answer
    if answer is None or answer.created is None:
        return "", "from a file", "", ""
    notes = [f"by {answer.rater}"] if answer.rater != record.rater else []
    notes += [] if answer.blind else ["not blind"]
    notes += [f"note: {answer.note}"] if answer.note else []
    return (
        f"{answer.created.astimezone():%Y-%m-%d %H:%M}",
        answer.picked.value,
        "" if answer.seconds is None else f"{answer.seconds:.1f}",
        ", ".join(notes),
    )


def _put_summaries(summaries: list[RaterSummary]) -> None:
    from judgetui.cli.output import put, put_table

    if not summaries:
        put("nobody has labelled anything; `judgetui label` and the app's label screen (4) do")
        return
    put_table(
        ("rater", "items", "skipped", "flagged", "median seconds", "picked", ""),
        [
            (
                each.rater,
                str(each.items),
                str(each.skipped),
                str(each.flagged),
                seconds_words(each.seconds),
                ", ".join(f"{count} {how}" for how, count in each.picked.items()),
                f"{each.not_blind} not blind" if each.not_blind else "",
            )
            for each in summaries
        ],
        right=(1, 2, 3),
    )


def seconds_words(figure: Figure) -> str:
    """A time with its n and interval; why there is none, else."""
    if figure.value is None:
        return figure.why
    span = "" if figure.low is None or figure.high is None else f" [{figure.low:.1f}, {figure.high:.1f}]"
    return f"{figure.value:.1f}{span} n {figure.n}"
