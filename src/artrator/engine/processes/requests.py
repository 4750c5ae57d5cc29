"""A request on its way through the local fleet: as the policy sees it, and with its bundle's plans."""

from __future__ import annotations

import time

from artrator.engine.execution.work import Ticket
from artrator.engine.fleet import InstalledBundle, RunRequest


def ticket_of(request: RunRequest) -> Ticket:
    """Say a request as the policy sees it; its deadline is on `time.monotonic`."""
    return Ticket(
        id=request.id,
        digest=request.bundle.digest,
        account=request.account,
        priority=request.priority,
        deadline_s=time.monotonic() + request.deadline_s,
        weight=request.weight,
    )


def with_plans(request: RunRequest, bundle: InstalledBundle) -> RunRequest:
    """Give a request with its bundle's plans, without what `dataclasses.replace` takes."""
    return RunRequest(
        id=request.id,
        bundle=bundle,
        inputs=request.inputs,
        account=request.account,
        deadline_s=request.deadline_s,
        output_format=request.output_format,
        priority=request.priority,
        weight=request.weight,
        loras=request.loras,
        walk=request.walk,
    )
