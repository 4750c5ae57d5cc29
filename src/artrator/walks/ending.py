"""End a walk exactly once: its last state, the pay for its frames and what goes back, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.kernel.clock import Clock
from artrator.kernel.ids import WalkId
from artrator.ledger.journal import apply_groups
from artrator.predictions.events import PredictionBus, Signal
from artrator.predictions.storable import storable_text
from artrator.walks.errors import walk_not_found
from artrator.walks.payment import charged, ending_transfers
from artrator.walks.store import end_walk, get_walk
from artrator.walks.walk import Walk, WalkStatus

TIDY_JOB = "tidy_walk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a walk ends.

    settlement: a new id for this one ending. attempt: whose right it is to say so; None: anybody's (a cancel).
    """

    status: WalkStatus
    settlement: str
    attempt: int | None = None
    error: str | None = None
    error_code: str | None = None


class Endings:
    """Ends walks. on_end: told, after the commit, which walk this process has ended."""

    def __init__(self, database: Database, queue: JobQueue, catalog: Catalog, bus: PredictionBus, clock: Clock) -> None:
        self._database = database
        self._queue = queue
        self._catalog = catalog
        self._bus = bus
        self._clock = clock
        self._listeners: list[Callable[[WalkId], None]] = []

    def on_end(self, callback: Callable[[WalkId], None]) -> None:
        """Have a callback told which walk this process has ended."""
        self._listeners.append(callback)

    async def end(self, walk_id: WalkId, outcome: Outcome) -> Walk:
        """Give the walk as it stands: ended by this, or before, or still going on for an attempt that is not this one.

        What is rendered when this begins is paid; no frame is stored after it. Ending again after a lost connection is
        safe. Raises: NotFound, Unavailable.
        """
        async with self._database.unit_of_work() as connection:
            walk = await get_walk(connection, walk_id, lock=True)
            if walk is None:
                raise walk_not_found()
            if walk.status.final or (outcome.attempt is not None and outcome.attempt != walk.attempt):
                return walk
            transfers = ending_transfers(walk)
            ended = replace(
                walk,
                status=outcome.status,
                completed_at=self._clock(),
                charged=charged(transfers),
                error=None if outcome.error is None else storable_text(outcome.error),
                error_code=outcome.error_code,
                settlement=outcome.settlement,
            )
            await end_walk(connection, ended)
            await self._queue.defer(connection, TIDY_JOB, {"walk_id": walk_id})
            await self._bus.tell_others(connection, [Signal(walk_id)])
            (refusal,) = await apply_groups(connection, [transfers])
            if refusal is not None:
                raise refusal
        if ended.rendered:
            self._catalog.count_run_soon(ended.model_id)
        self._bus.tell_here(walk_id)
        for listener in self._listeners:
            listener(walk_id)
        return ended
