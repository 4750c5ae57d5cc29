"""External data: weights beside a graph lie in regular files of the bundle, and exactly where the graph says."""

from __future__ import annotations

from artrator.bundle.facts import Hazard
from artrator.verification.case import Case
from artrator.verification.finding import Finding, failed, passed

NAME = "external_data"


def is_about_external_data(hazard: Hazard) -> bool:
    """Tell whether a hazard is this check's to judge."""
    return hazard.code.startswith("external_data_")


async def check(case: Case) -> Finding:
    """Judge where every graph's weights lie."""
    facts = await case.facts()
    hazards = [hazard for graph in facts.values() for hazard in graph.hazards if is_about_external_data(hazard)]
    if hazards:
        return failed(
            NAME,
            f"{hazards[0].detail} ({hazards[0].code}).",
            "Save external weights in a plain file beside the graph, and pack that file with it.",
            faults=len(hazards),
        )
    files = {each.location for graph in facts.values() for each in graph.external}
    if not files:
        return passed(NAME, "All weights are inside the graphs.", files=0)
    return passed(
        NAME, f"External weights lie in {len(files)} files of the bundle, and all are there.", files=len(files)
    )
