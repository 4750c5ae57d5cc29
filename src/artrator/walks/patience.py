"""Wait where the engine, the account, the database or the blob store has no room for a walk now: walks are in no hurry."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from artrator.engine.errors import AccountBusy, ModelQuarantined
from artrator.kernel.errors import ArtratorError, Unavailable

log = logging.getLogger(__name__)

MIN_PAUSE_S, MAX_PAUSE_S = 0.2, 10.0
Result = TypeVar("Result")


async def patiently(work: Callable[[], Awaitable[Result]]) -> Result:
    """Do what is refused for now until it is done. Raises: what no waiting mends."""
    pause_s = MIN_PAUSE_S
    while True:
        try:
            return await work()
        except ModelQuarantined:
            raise
        except (Unavailable, AccountBusy) as error:
            log.info("a walk waits: %s", error.code)
            await asyncio.sleep(max(pause_s, min(MAX_PAUSE_S, _told_s(error))))
        pause_s = min(pause_s * 2, MAX_PAUSE_S)


def _told_s(error: ArtratorError) -> float:
    return float(error.facts.get("retry_after_s") or 0.0)
