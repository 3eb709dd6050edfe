"""Every protocol by name, and the rubric hash, which needs a protocol's published sampling."""

from __future__ import annotations

from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.protocols.g_eval import GEval
from judgetui.core.protocols.mt_bench import MTBenchPair, MTBenchSingle
from judgetui.core.reading import nearest
from judgetui.core.rubric import Rubric, digest
from judgetui.errors import RubricError

_PROTOCOLS: dict[str, JudgeProtocol] = {
    protocol.card.name: protocol for protocol in (GEval(), MTBenchSingle(), MTBenchPair())
}


def protocol_names() -> tuple[str, ...]:
    """Names of all protocols, in the order they are listed."""
    return tuple(_PROTOCOLS)


def get_protocol(name: str) -> JudgeProtocol:
    """The protocol of that name.

    Raises:
        RubricError: naming the nearest known protocol.
    """
    found = _PROTOCOLS.get(name)
    if found is None:
        near = nearest(name, _PROTOCOLS)
        hint = f"Did you mean {near!r}?" if near else f"Known are {', '.join(_PROTOCOLS)}."
        raise RubricError(f"{name!r} is not a known protocol.", hint, field="protocol")
    return found


def rubric_hash(rubric: Rubric) -> str:
    """SHA-256 of the rubric's canonical form, as 64 hex digits."""
    return digest(rubric.canonical(get_protocol(rubric.protocol).published))
