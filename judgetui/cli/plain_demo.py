"""The demo where there is no terminal: judge, show, export, in plain lines."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import Final

from judgetui.analysis.agreement import matches_label
from judgetui.cli import talk
from judgetui.cli.output import put, put_table
from judgetui.cli.results import figures, judgements_of
from judgetui.cli.running import follow
from judgetui.config.paths import make_private, package_data
from judgetui.core.item import Item
from judgetui.core.judgement import Judgement
from judgetui.core.protocols.cards import TaskType
from judgetui.core.protocols.registry import get_protocol
from judgetui.core.request import Order
from judgetui.core.rubric import Rubric
from judgetui.core.run import RunSettings, RunStatus
from judgetui.core.vote import Status
from judgetui.datasets import load_items
from judgetui.errors import ExitCode
from judgetui.interchange.base import ExportContext
from judgetui.interchange.registry import export, get_target
from judgetui.providers.models import MODELS
from judgetui.rubric_files import load_rubric
from judgetui.services import headless
from judgetui.services.context import Context
from judgetui.services.demo import DEMO_JUDGE, DEMO_NAME, DEMO_PARTS, build_demo
from judgetui.services.reading import overall_label, short_result
from judgetui.storage.database import SessionFile

_TRUTH: Final = (
    "{about}. What it shows is the workflow: for real verdicts name another judge, such as "
    "--judge openai:MODEL, or a model server with the same API (`judgetui models`)."
)


async def play() -> int:
    """Judge the demo's items on the embedded model, print verdicts and a prompt, return the exit code.

    Raises:
        NoJudgeError: if the model or what runs it is missing.
    """
    context = Context.load()
    headless.require_judge(context, DEMO_JUDGE)
    path = context.session_path(DEMO_NAME)
    if not path.exists():
        talk.say("making the demo session ...")
        make_private(path.parent)
        await build_demo(path)
    rubrics: list[Rubric] = []
    try:
        with SessionFile.open(path) as session:
            put(f"The demo, judged by {DEMO_JUDGE}. Session: {path}\n")
            for rubric_file, items_file in DEMO_PARTS:
                data = package_data()
                shipped = load_rubric(data / "rubrics" / rubric_file)
                items = load_items(data / "sessions" / items_file)
                version = await headless.add_rubric(session, shipped, "as shipped")
                await _add_missing(session, items)
                runner = context.runner(session)
                settings = RunSettings(concurrency=1, timeout=context.settings.timeout, fresh=True)
                run = await runner.create(version, (DEMO_JUDGE,), items, settings)
                talk.say(f"run {run.id}: {version.rubric.name}, {run.total} items")
                ended, code = await follow(runner, runner.go(run))
                if ended.status is not RunStatus.DONE:
                    talk.say(f"stopped: {ended.reason}" if ended.reason else "stopped.")
                    return code
                judgements = await judgements_of(session, run)
                rubrics.append(version.rubric)
                _put_verdicts(version.rubric, judgements)
    finally:
        await context.close()
    put(fill(_TRUTH.format(about=MODELS["smollm2"].about), 100))
    put("\nThe prompt, as `judgetui export answer-correctness --to markdown --out DIR` writes it:\n")
    put(export(get_target("markdown"), rubrics[0], ExportContext()).files[0].text.rstrip("\n"))
    return ExitCode.DONE


async def _add_missing(session: SessionFile, items: Sequence[Item]) -> None:
    """Put the items into the session that it lacks; those that somebody changed stay changed."""
    known = {item.id for item in await session.read(lambda repos: repos.items.all())}
    await session.write(lambda repos: repos.items.add(item for item in items if item.id not in known))


def _put_verdicts(rubric: Rubric, judgements: list[Judgement]) -> None:
    protocol = get_protocol(rubric.protocol)
    pairwise = protocol.card.task_type is TaskType.PAIRWISE
    put(f"{rubric.name}: {rubric.title} ({rubric.protocol})")
    if pairwise:
        put_table(
            ("item", "A shown first", "B shown first", "verdict", "label", "match"),
            [
                (
                    j.item.id,
                    _order_result(j, Order.AB),
                    _order_result(j, Order.BA),
                    short_result(j),
                    overall_label(j.item),
                    _match(j),
                )
                for j in judgements
            ],
        )
    else:
        put_table(
            ("item", "score", "from", "label", "match"),
            [
                (
                    j.item.id,
                    short_result(j),
                    "" if j.outcome.source is None else j.outcome.source.value,
                    overall_label(j.item),
                    _match(j),
                )
                for j in judgements
            ],
            right=(1, 3),
        )
    for line in figures(judgements):
        put(line)
    put("")


def _order_result(judgement: Judgement, order: Order) -> str:
    """What the judge said when the pair was shown in this order, in the item's own letters."""
    return ", ".join(
        vote.verdict.value if vote.status is Status.OK and vote.verdict is not None else vote.status.value
        for vote in judgement.votes
        if vote.order == order
    )


def _match(judgement: Judgement) -> str:
    match matches_label(judgement):
        case True:
            return "yes"
        case False:
            return "no"
    return ""
