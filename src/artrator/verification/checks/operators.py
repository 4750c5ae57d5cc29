"""Operators: known ones of known domains only, in versions that the runtime knows, and none used as a weapon."""

from __future__ import annotations

from collections.abc import Iterator

from artrator.bundle.facts import GraphFacts
from artrator.verification.case import Case
from artrator.verification.checks.external_data import is_about_external_data
from artrator.verification.checks.weights_finite import is_about_weights
from artrator.verification.finding import Finding, failed, passed

NAME = "operators"
MIN_OPSET, MAX_OPSET = 17, 23
MAX_IR_VERSION = 11
ONNX_DOMAIN = "ai.onnx"
REFUSED_OPERATORS = frozenset({"ImageDecoder", "RegexFullMatch", "StringSplit", "StringConcat", "StringNormalizer"})
"""Of ONNX's own domain: decoders and text machines that no pipeline needs and that parse a stranger's bytes natively."""
ALLOWED_EXTENSIONS = frozenset(
    f"com.microsoft:{name}"
    for name in [
        "BiasGelu",
        "BiasSplitGelu",
        "DequantizeLinear",
        "FastGelu",
        "FusedConv",
        "FusedGemm",
        "FusedMatMul",
        "Gelu",
        "GroupNorm",
        "MatMulNBits",
        "MultiHeadAttention",
        "NhwcConv",
        "QAttention",
        "QLinearAdd",
        "QLinearMul",
        "QuantizeLinear",
        "QuickGelu",
        "SkipGroupNorm",
        "SkipLayerNormalization",
        "SkipSimplifiedLayerNormalization",
        "SimplifiedLayerNormalization",
    ]
)
_SHOWN = 3


async def check(case: Case) -> Finding:
    """Judge every graph's operators and hazards."""
    facts = await case.facts()
    faults = [f"{path}: {fault}" for path, graph in facts.items() for fault in operator_faults(graph)]
    if faults:
        more = f" (and {len(faults) - _SHOWN} more)" if len(faults) > _SHOWN else ""
        return failed(
            NAME,
            "; ".join(faults[:_SHOWN]) + more + ".",
            f"Export with opset {MIN_OPSET} to {MAX_OPSET} and plain ONNX operators of reasonable sizes.",
            faults=len(faults),
        )
    kinds = len({name for graph in facts.values() for name in graph.operators})
    return passed(NAME, f"{kinds} kinds of operators, all known and allowed.", kinds=kinds)


def operator_faults(graph: GraphFacts) -> Iterator[str]:
    """Say everything that keeps a graph from being loaded, beside its weights and their files."""
    if not 3 <= graph.ir_version <= MAX_IR_VERSION:
        yield f"the IR version {graph.ir_version} is not supported; at most {MAX_IR_VERSION} is"
    opset = graph.opsets.get(ONNX_DOMAIN, 0)
    if not MIN_OPSET <= opset <= MAX_OPSET:
        yield f"the opset {opset} is not supported; {MIN_OPSET} to {MAX_OPSET} are"
    for name in graph.operators:
        domain, _, operator = name.partition(":")
        if name in graph.functions or name in ALLOWED_EXTENSIONS:
            continue
        if domain != ONNX_DOMAIN:
            yield f"the operator {operator!r} is of the domain {domain!r}, which is not allowed"
        elif operator in REFUSED_OPERATORS:
            yield f"the operator {operator!r} is not allowed"
    for hazard in graph.hazards:
        if not is_about_external_data(hazard) and not is_about_weights(hazard):
            yield f"{hazard.detail} ({hazard.code})"
