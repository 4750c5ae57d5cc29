"""Operators: known ones of known domains only, in versions that the runtime knows, and none used as a weapon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from artrator.bundle.facts import GraphFacts
from artrator.verification.case import Case
from artrator.verification.checks.external_data import is_about_external_data
from artrator.verification.checks.hazards import hazard_remark
from artrator.verification.checks.weights_finite import is_about_weights
from artrator.verification.finding import Finding, failed, passed
from artrator.verification.remark import Remark, in_one_line, remark

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


async def check(case: Case) -> Finding:
    """Judge every graph's operators and hazards."""
    facts = await case.facts()
    if not facts:
        return passed(NAME, remark("no_graphs", "It has no graph of its own."))
    faults = [fault for path, graph in facts.items() for fault in operator_faults(graph, path)]
    if faults:
        return failed(
            NAME,
            remark("operators_refused", f"{in_one_line(faults)}.", count=len(faults)),
            f"Export with opset {MIN_OPSET} to {MAX_OPSET} and plain ONNX operators of reasonable sizes.",
            details=faults,
            faults=len(faults),
        )
    kinds = len({name for graph in facts.values() for name in graph.operators})
    said = remark("operators_allowed", f"{kinds} kinds of operators, all known and allowed.", count=kinds)
    return passed(NAME, said, kinds=kinds)


def operator_faults(graph: GraphFacts, path: str) -> Iterator[Remark]:
    """Say everything that keeps a graph from being loaded, beside its weights and their files."""
    for fault in _faults(graph, path):
        yield replace(fault, text=f"{path}: {fault.text}", facts={"path": path, **fault.facts})


def _faults(graph: GraphFacts, path: str) -> Iterator[Remark]:
    if not 3 <= graph.ir_version <= MAX_IR_VERSION:
        text = f"the IR version {graph.ir_version} is not supported; at most {MAX_IR_VERSION} is"
        yield remark("ir_version_unsupported", text, found=graph.ir_version, most=MAX_IR_VERSION)
    opset = graph.opsets.get(ONNX_DOMAIN, 0)
    if not MIN_OPSET <= opset <= MAX_OPSET:
        text = f"the opset {opset} is not supported; {MIN_OPSET} to {MAX_OPSET} are"
        yield remark("opset_unsupported", text, found=opset, least=MIN_OPSET, most=MAX_OPSET)
    for name in graph.operators:
        domain, _, operator = name.partition(":")
        if name in graph.functions or name in ALLOWED_EXTENSIONS:
            continue
        if domain != ONNX_DOMAIN:
            text = f"the operator {operator!r} is of the domain {domain!r}, which is not allowed"
            yield remark("operator_domain_refused", text, operator=operator, domain=domain)
        elif operator in REFUSED_OPERATORS:
            yield remark("operator_refused", f"the operator {operator!r} is not allowed", operator=operator)
    for hazard in graph.hazards:
        if not is_about_external_data(hazard) and not is_about_weights(hazard):
            yield hazard_remark(path, hazard)
