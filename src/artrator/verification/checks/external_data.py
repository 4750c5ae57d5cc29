"""External data: weights beside a graph lie in regular files of the bundle, and exactly where the graph says."""

from __future__ import annotations

from artrator.bundle.facts import Hazard
from artrator.verification.case import Case
from artrator.verification.checks.hazards import hazard_remarks
from artrator.verification.finding import Finding, failed, passed
from artrator.verification.remark import remark

NAME = "external_data"


def is_about_external_data(hazard: Hazard) -> bool:
    """Tell whether a hazard is this check's to judge."""
    return hazard.code.startswith("external_data_")


async def check(case: Case) -> Finding:
    """Judge where every graph's weights lie."""
    facts = await case.facts()
    if not facts:
        return passed(NAME, remark("no_graphs", "It has no graph of its own."))
    hazards = [hazard for graph in facts.values() for hazard in graph.hazards if is_about_external_data(hazard)]
    if hazards:
        return failed(
            NAME,
            remark("external_data_faulty", f"{hazards[0].detail} ({hazards[0].code}).", count=len(hazards)),
            "Save external weights in a plain file beside the graph, and pack that file with it.",
            details=hazard_remarks(facts, is_about_external_data),
            faults=len(hazards),
        )
    files = {each.location for graph in facts.values() for each in graph.external}
    if not files:
        return passed(NAME, remark("weights_inside", "All weights are inside the graphs."), files=0)
    text = f"External weights lie in {len(files)} files of the bundle, and all are there."
    return passed(NAME, remark("external_data_in_place", text, count=len(files)), files=len(files))
