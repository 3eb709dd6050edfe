"""Every protocol by name, loaded when it is asked for, and the rubric hash, which needs its published values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Final

from judgetui.core.protocols.base import JudgeProtocol
from judgetui.core.reading import nearest
from judgetui.core.rubric import Rubric, digest
from judgetui.errors import RubricError

PROTOCOLS: Final[Mapping[str, str]] = {
    "vicuna": "vicuna.Vicuna",
    "alpaca-farm": "alpaca_farm.AlpacaFarm",
    "alpaca-eval-1": "alpaca_eval.AlpacaEval1",
    "alpaca-eval-2": "alpaca_eval_2.AlpacaEval2",
    "alpaca-eval-2-cot": "alpaca_eval_2.AlpacaEval2Cot",
    "g-eval": "g_eval.GEval",
    "mt-bench-single": "mt_bench.Single",
    "mt-bench-single-ref": "mt_bench.SingleRef",
    "mt-bench-single-multi-turn": "mt_bench.SingleMultiTurn",
    "mt-bench-single-ref-multi-turn": "mt_bench.SingleRefMultiTurn",
    "mt-bench-pair": "mt_bench.Pair",
    "mt-bench-pair-ref": "mt_bench.PairRef",
    "mt-bench-pair-multi-turn": "mt_bench.PairMultiTurn",
    "mt-bench-pair-ref-multi-turn": "mt_bench.PairRefMultiTurn",
    "faireval": "faireval.FairEval",
    "chiang-lee": "chiang_lee.Study",
    "chiang-lee-score-only": "chiang_lee.ScoreOnly",
    "chiang-lee-free-text": "chiang_lee.FreeText",
    "chiang-lee-rate-explain": "chiang_lee.RateExplain",
    "chiang-lee-analyze-rate": "chiang_lee.AnalyzeRate",
    "prometheus-absolute": "prometheus.Absolute",
    "prometheus-relative": "prometheus.Relative",
    "prometheus-1-absolute": "prometheus_1.FirstAbsolute",
    "prometheus-1-relative": "prometheus_1.FirstRelative",
    "judgelm": "judgelm.Pair",
    "judgelm-single": "judgelm.Single",
    "judgelm-multi": "judgelm.Multi",
    "pandalm": "pandalm.PandaLM",
    "reference-closeness": "reference_closeness.ReferenceCloseness",
    "guanaco": "guanaco.Guanaco",
    "lima": "lima.Lima",
    "orca": "relative.Orca",
    "tulu": "relative.Tulu",
    "pass-fail": "pass_fail.PassFail",
    "analytic": "analytic.Analytic",
    "listwise": "listwise.Listwise",
}
"""Where each stands below this package, in the order they are listed."""


def protocol_names() -> tuple[str, ...]:
    """Names of all protocols, in the order they are listed."""
    return tuple(PROTOCOLS)


def get_protocol(name: str) -> JudgeProtocol:
    """The protocol of that name.

    Raises:
        RubricError: naming the nearest known protocol.
    """
    if name not in PROTOCOLS:
        near = nearest(name, PROTOCOLS)
        hint = f"Did you mean {near!r}?" if near else "`judgetui protocols` lists them."
        raise RubricError(f"{name!r} is not a known protocol.", hint, field="protocol")
    return _load(PROTOCOLS[name])


@cache
def _load(place: str) -> JudgeProtocol:
    module, _, name = place.partition(".")
    made: JudgeProtocol = getattr(import_module(f"judgetui.core.protocols.{module}"), name)()
    return made


def rubric_hash(rubric: Rubric) -> str:
    """SHA-256 of the rubric's canonical form, as 64 hex digits."""
    protocol = get_protocol(rubric.protocol)
    return digest(rubric.canonical(protocol.published, protocol.order))


def starter_rubric(name: str, protocol_name: str) -> Rubric:
    """A rubric with what a protocol's authors had judged, in our words.

    Raises:
        RubricError: for a protocol or a name that cannot be.
    """
    protocol = get_protocol(protocol_name)
    starter = protocol.starter
    return Rubric(
        name=name,
        protocol=protocol_name,
        task=starter.task,
        criteria=starter.criteria,
        scale=protocol.default_scale,
        inputs=starter.inputs,
    )
