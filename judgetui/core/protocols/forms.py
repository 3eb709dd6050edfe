"""Forms of replies that several protocols share."""

from __future__ import annotations

from judgetui.core.request import Form
from judgetui.core.rubric import Sampling


def marked(sampling: Sampling) -> Form:
    """Reasons, then a mark in double brackets; reasons leave room for it within the longest reply.

    Two characters a token is what dense text comes to; more of them could cut the mark off.
    """
    return Form("[[", "]]", min(4000, max(40, 2 * (sampling.max_tokens or 0) - 20)))
