"""Hazards that reading a graph found, as remarks of the check that judges them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from artrator.bundle.facts import GraphFacts, Hazard
from artrator.verification.remark import Remark, remark


def hazard_remarks(graphs: Mapping[str, GraphFacts], is_ours: Callable[[Hazard], bool]) -> Sequence[Remark]:
    """Say what is dangerous. graphs: by path."""
    return [
        hazard_remark(path, hazard) for path, graph in graphs.items() for hazard in graph.hazards if is_ours(hazard)
    ]


def hazard_remark(path: str, hazard: Hazard) -> Remark:
    """Say one hazard of a graph."""
    return remark(hazard.code, f"{hazard.detail} ({hazard.code})", path=path, detail=hazard.detail)
