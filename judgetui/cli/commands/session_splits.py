"""`judgetui session split|duplicates|redact`: items apart, and out of sight."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from judgetui.cli.intake import nothing, require_asking, session_path, sure_option
from judgetui.cli.loop import complete
from judgetui.cli.options import FILE, json_option, session_argument
from judgetui.errors import ExitCode

_SHOWN: Final = 50
"""Near-duplicates that are listed; the rest are counted."""


@click.command("split")
@session_argument
@click.option(
    "--train", type=click.FloatRange(0, 1), metavar="SHARE", help="Default: 0.6 if no share is given."
)
@click.option("--development", type=click.FloatRange(0, 1), metavar="SHARE", help="Default: 0.2, likewise.")
@click.option("--test", type=click.FloatRange(0, 1), metavar="SHARE", help="Default: 0.2, likewise.")
@click.option(
    "--by", metavar="NAME", help="Spread alike over the splits: category, label, group, model, or a field."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed is another split.")
@click.option("--again", is_flag=True, help="Split anew items that have a split, too.")
@click.option("--dry-run", is_flag=True, help="Show the split, and keep nothing of it.")
@json_option
def split(session: str, **values: Any) -> int:
    """Split a session's items for training, development and test.

    Items of a group stay together, and so do near-duplicates: what is tested on must not have been seen. Items that
    have a split keep it. `judgetui run --split test` judges those of one split.
    """
    return complete(_split(session, **values))


async def _split(
    session: str,
    *,
    train: float | None,
    development: float | None,
    test: float | None,
    by: str | None,
    seed: int,
    again: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    from judgetui.cli import talk
    from judgetui.cli.output import put, put_json, put_table
    from judgetui.services.splitting import DEVELOPMENT, TEST, TRAIN, split_session
    from judgetui.storage.database import SessionFile

    given = (train, development, test)
    shares = (0.6, 0.2, 0.2) if given == (None, None, None) else tuple(share or 0.0 for share in given)
    with SessionFile.open(session_path(session)) as opened:
        found = await split_session(
            opened,
            dict(zip((TRAIN, DEVELOPMENT, TEST), shares, strict=True)),
            by=by,
            seed=seed,
            again=again,
            write=not dry_run,
        )
    if as_json:
        put_json(
            {
                "splits": dict(found.counts),
                "strata": {name: dict(table) for name, table in found.strata.items()},
                "changed": len(found.splits),
                "kept_together": found.clusters,
                "leaks": [
                    {"ids": list(leak.ids), "splits": list(leak.splits), "why": leak.why}
                    for leak in found.leaks
                ],
            }
        )
        return ExitCode.DONE
    names = list(found.counts)
    rows = [
        (name or "none", *(str(table.get(each, 0)) for each in names)) for name, table in found.strata.items()
    ]
    total = ("all", *(str(count) for count in found.counts.values()))
    put_table((by or "", *names), [*(rows if by else []), total], right=range(1, len(names) + 1))
    put(f"{len(found.splits)} items changed; {found.clusters} groups of items stay together")
    for leak in found.leaks:
        pairs = ", ".join(
            f"{identity} in {where}" for identity, where in zip(leak.ids, leak.splits, strict=True)
        )
        talk.say(f"a leak ({leak.why}): {pairs}; --again splits anew")
    return ExitCode.DONE


@click.command("duplicates")
@session_argument
@click.option(
    "--close",
    type=click.FloatRange(50, 100),
    default=90.0,
    show_default=True,
    help="The least likeness, of 100.",
)
@click.option("--questions", is_flag=True, help="Compare what was asked alone, and not the answers.")
@click.option("--drop", is_flag=True, help="Remove all but the first of each group.")
@json_option
@sure_option
def duplicates(session: str, close: float, questions: bool, drop: bool, as_json: bool, yes: bool) -> int:
    """List items that say almost the same, and those of them that lie in different splits."""
    from judgetui.cli import talk
    from judgetui.cli.output import put, put_json, put_table
    from judgetui.datasets.duplicates import groups_of, near_duplicates
    from judgetui.storage.database import SessionFile

    path = session_path(session)
    with SessionFile.open(path) as opened:
        items = opened.read_now(lambda repos: repos.items.all())
        found = near_duplicates(items, close=close, questions_only=questions)
        rows = [(items[near.first], items[near.second], near.score) for near in found.pairs]
        extra = [items[position].id for group in groups_of(found.pairs) for position in group[1:]]
        if as_json:
            put_json(
                {
                    "pairs": [
                        {
                            "ids": [one.id, other.id],
                            "score": score,
                            "splits": [one.split, other.split],
                            "leak": _is_leak(one.split, other.split),
                        }
                        for one, other, score in rows
                    ],
                    "to_drop": extra,
                    "crowded": found.crowded,
                }
            )
        elif rows:
            put_table(
                ("score", "item", "and", "splits"),
                [
                    (f"{score:.1f}", one.id, other.id, _splits(one.split, other.split))
                    for one, other, score in rows
                ][:_SHOWN],
                right=(0,),
            )
            if len(rows) > _SHOWN:
                put(f"and {len(rows) - _SHOWN} pairs more; --json lists all")
        if not as_json:
            put(
                f"{len(rows)} pairs of near-duplicates among {len(items)} items; without them {len(items) - len(extra)}"
            )
        if found.crowded:
            talk.say(
                f"{found.crowded} items use the words of many others alone; of those only the nearest were compared."
            )
        if drop and extra:
            if not yes:
                require_asking()
                if not talk.confirm(f"Remove {len(extra)} items from {path}?"):
                    return nothing()
            removed = opened.write_now(lambda repos: repos.items.remove(extra))
            talk.say(f"{removed} items removed.")
    return ExitCode.DONE


@click.command("redact")
@session_argument
@click.option(
    "--out", type=FILE, required=True, metavar="COPY.db", help="The copy; nothing may be there yet."
)
@click.option(
    "--fields",
    default="",
    metavar="A,B",
    help="Fields of the items; `response` is every answer. Implies --raw.",
)
@click.option("--raw", is_flag=True, help="Drop prompts, replies, reasons and messages.")
@click.option("--raters", is_flag=True, help="Name people rater-1, rater-2, ... and drop their notes.")
@json_option
def redact(session: str, out: Path, fields: str, raw: bool, raters: bool, as_json: bool) -> int:
    """Copy a session without what must not leave the house.

    Scores, verdicts, labels, tokens and costs stay, so that every figure can still be computed. The session itself
    is not changed.

    \b
    Example:
      judgetui session redact s.db --out s-to-send.db --fields question,response --raters
    """
    from judgetui.cli import talk
    from judgetui.cli.output import put, put_json
    from judgetui.storage.redaction import redact as make

    named = [field.strip() for field in fields.split(",") if field.strip()]
    done = make(session_path(session), out, fields=named, raw=raw, raters=raters)
    for rubric in done.quoting:
        talk.say(
            f"the rubric {rubric} quotes an item; it is as it was. Look at its examples before you send the copy."
        )
    if as_json:
        put_json(
            {
                "session": str(out),
                "contents": done.contents,
                "calls": done.calls,
                "raters": done.raters,
                "quoting": list(done.quoting),
            }
        )
    else:
        put(
            f"{out}: {done.contents} contents redacted, {done.calls} calls dropped, {done.raters} raters renamed"
        )
    return ExitCode.DONE


def _is_leak(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _splits(one: str | None, other: str | None) -> str:
    if _is_leak(one, other):
        return f"leak: {one}, {other}"
    return one or other or ""
