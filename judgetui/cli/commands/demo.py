"""`judgetui demo`: the app on the demo session, or the same loop in plain lines."""

from __future__ import annotations

import click

from judgetui.errors import NoJudgeError


@click.command()
def demo() -> int:
    """Try it: the demo session and the embedded model, no key, no network.

    On a terminal this opens the app on the demo session, with a recorded run of the model. Elsewhere it
    judges the demo's items and prints the verdicts and the exported prompt.

    The model is never fetched from here: `judgetui model pull smollm2` does that.
    """
    from judgetui.cli.launch import has_terminal, open_app

    if not has_terminal():
        from judgetui.cli.loop import complete
        from judgetui.cli.plain_demo import play

        return complete(play())
    from judgetui.cli.talk import say
    from judgetui.services.context import Context
    from judgetui.services.demo import DEMO_JUDGE
    from judgetui.services.headless import require_judge

    try:
        require_judge(Context.load(), DEMO_JUDGE)
    except NoJudgeError as error:
        say(f"{error}\nThe recorded run can be looked at all the same.")
    return open_app(demo=True)
