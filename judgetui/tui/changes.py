"""What screens are told when something has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from judgetui.core.judgement import Judgement


class Changed(NamedTuple):
    """What is new since the last repaint.

    Args:
        session: another session, or none.
        rubric: another rubric or version, or edits from elsewhere.
        items: the session's items were read again.
        run: the run moved on, or another run is shown.
        judged: judgements committed since.
    """

    session: bool = False
    rubric: bool = False
    items: bool = False
    run: bool = False
    judged: tuple[Judgement, ...] = ()
