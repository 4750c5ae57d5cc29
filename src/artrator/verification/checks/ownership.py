"""Ownership: nobody lists what another owner has listed already, byte for byte."""

from __future__ import annotations

from artrator.verification.case import Case
from artrator.verification.finding import Finding, failed, passed, skipped
from artrator.verification.remark import remark

NAME = "ownership"


async def check(case: Case) -> Finding:
    """Ask the catalog for the same digest under another owner."""
    if case.listed_elsewhere is None:
        return skipped(NAME, remark("ownership_not_compared", "There is no catalog here to compare with."))
    if await case.listed_elsewhere():
        return failed(
            NAME,
            remark("listed_by_another", "Another owner has already listed exactly these files."),
            "Publish a model of your own; if this one is yours, write to the operator.",
            digest=case.digest,
        )
    return passed(NAME, remark("ownership_clear", "Nobody else has listed these files."), digest=case.digest)
