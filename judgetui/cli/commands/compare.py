"""`judgetui compare`."""

from __future__ import annotations

import click

from judgetui.cli.loop import complete
from judgetui.cli.options import json_option, rubric_name_option, session_argument
from judgetui.errors import ExitCode

VERSION = click.IntRange(1)


@click.command()
@session_argument
@click.argument("v1", type=VERSION)
@click.argument("v2", type=VERSION)
@rubric_name_option
@json_option
def compare(session: str, v1: int, v2: int, name: str | None, as_json: bool) -> int:
    """Show what changed between two versions: text and verdicts.

    The verdicts are those of each version's newest run, over the items and judges that both have.
    """
    return complete(_compare(session, v1, v2, name, as_json))


async def _compare(text: str, v1: int, v2: int, name: str | None, as_json: bool) -> int:
    from judgetui.analysis.compare import compare as compare_runs
    from judgetui.cli.output import put, put_json, put_table
    from judgetui.cli.results import judgements_of
    from judgetui.services import headless
    from judgetui.services.authoring import text_diff
    from judgetui.services.context import Context
    from judgetui.storage.database import SessionFile

    with SessionFile.open(headless.known_session(Context.load().paths, text)) as session:
        before = await headless.session_rubric(session, name, v1)
        after = await headless.session_rubric(session, name, v2)
        runs = [await headless.newest_run(session, version) for version in (before, after)]
        old, new = [await judgements_of(session, run) for run in runs]
    diff = text_diff(before.rubric, after.rubric)
    found = compare_runs(old, new)
    if as_json:
        put_json(
            {
                "rubric": after.rubric.name,
                "versions": [v1, v2],
                "runs": [run.id for run in runs],
                "diff": diff,
                "n": found.n,
                "changes": [
                    {
                        "id": change.item_id,
                        "judge": change.judge,
                        "before": change.before,
                        "after": change.after,
                        "label": change.label or None,
                    }
                    for change in found.changes
                ],
            }
        )
        return ExitCode.DONE
    put(f"{after.rubric.name}: v{v1} (run {runs[0].id}) and v{v2} (run {runs[1].id})\n")
    put("\n".join(diff) or "the text is the same")
    put(f"\n{len(found.changes)} of {found.n} judgements that both have are different")
    if found.changes:
        put_table(
            ("item", "judge", f"v{v1}", f"v{v2}", "label"),
            [(c.item_id, c.judge, c.before, c.after, c.label) for c in found.changes],
        )
    return ExitCode.DONE
