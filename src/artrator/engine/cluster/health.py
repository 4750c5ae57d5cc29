"""One health of many machines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from artrator.engine.fleet import FleetHealth


def merged(healths: Iterable[FleetHealth]) -> FleetHealth:
    """Number the workers through; what one machine lacks, all lack; what all have, the fleet has."""
    everyone = list(healths)
    workers = [worker for health in everyone for worker in health.workers]
    return FleetHealth(
        workers=tuple(replace(worker, index=index) for index, worker in enumerate(workers)),
        waiting=sum(health.waiting for health in everyone),
        protections=tuple(
            each for each in everyone[0].protections if all(each in other.protections for other in everyone)
        )
        if everyone
        else (),
        devices=tuple(sorted({each for health in everyone for each in health.devices})),
        lacks_device=next((health.lacks_device for health in everyone if health.lacks_device), ""),
        missing=tuple(sorted({each for health in everyone for each in health.missing})),
    )
