"""Weights: as many numbers as every shape says, and no infinity or not-a-number among them."""

from __future__ import annotations

from artrator.bundle.facts import Hazard, LoraFacts
from artrator.kernel.errors import ArtratorError
from artrator.verification.case import Case
from artrator.verification.checks.hazards import hazard_remarks
from artrator.verification.checks.structure import NOT_FINITE
from artrator.verification.finding import Finding, failed, passed, skipped
from artrator.verification.remark import remark, remark_of

NAME = "weights_finite"


def is_about_weights(hazard: Hazard) -> bool:
    """Tell whether a hazard is this check's to judge."""
    return hazard.code.startswith("weight_")


def judge_factors(lora: LoraFacts | ArtratorError) -> Finding:
    """Judge the values of a LoRA."""
    if isinstance(lora, LoraFacts):
        count = 2 * lora.modules
        return passed(NAME, remark("weights_finite", f"All {count} weights are finite.", count=count), weights=count)
    if lora.code == NOT_FINITE:
        advice = "The training has diverged or the conversion overflowed; export a checkpoint with finite weights."
        return failed(NAME, remark("factors_not_finite", lora.message), advice, details=[remark_of(lora)])
    return skipped(NAME, remark("lora_not_compared", "The LoRA could not be compared with its base."))


async def check(case: Case) -> Finding:
    """Judge every graph's weights, or a LoRA's factors."""
    if case.manifest.lora is not None:
        return judge_factors(await case.lora())
    facts = await case.facts()
    hazards = [hazard for graph in facts.values() for hazard in graph.hazards if is_about_weights(hazard)]
    if hazards:
        return failed(
            NAME,
            remark("weights_malformed", f"{hazards[0].detail} ({hazards[0].code}).", count=len(hazards)),
            "Export the graph again; its stored weights do not fit their shapes.",
            details=hazard_remarks(facts, is_about_weights),
            faults=len(hazards),
        )
    broken = [name for graph in facts.values() for name in graph.non_finite_weights]
    if broken:
        text = f"{len(broken)} weights hold values that are not finite, among them {broken[0]!r}."
        return failed(
            NAME,
            remark("weights_not_finite", text, count=len(broken), name=broken[0]),
            "The training has diverged or the conversion overflowed; export a checkpoint with finite weights.",
            non_finite=len(broken),
        )
    count = sum(graph.initializer_count for graph in facts.values())
    return passed(NAME, remark("weights_finite", f"All {count} weights are finite.", count=count), weights=count)
