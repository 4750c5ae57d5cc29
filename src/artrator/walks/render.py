"""Render walks in this process: one job a walk, which goes on where an earlier attempt was cut off."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine

from artrator.db.database import Database
from artrator.engine.errors import ModelQuarantined
from artrator.kernel.clock import Clock
from artrator.kernel.errors import ArtratorError, NotFound, Unavailable
from artrator.kernel.ids import WalkId, new_id
from artrator.predictions.events import PredictionBus
from artrator.walks.ending import Endings, Outcome
from artrator.walks.patience import patiently
from artrator.walks.rendition import Lost, Rendition
from artrator.walks.store import claim_walk, get_walk
from artrator.walks.walk import Walk, WalkStatus

log = logging.getLogger(__name__)

Begin = Callable[[Walk], Awaitable[Rendition]]


class Rendering:
    """The walks that this process renders. begin: makes what renders a walk that was claimed."""

    def __init__(self, database: Database, endings: Endings, bus: PredictionBus, clock: Clock, *, begin: Begin) -> None:
        self._database = database
        self._endings = endings
        self._clock = clock
        self._begin = begin
        self._active: dict[WalkId, tuple[Walk, asyncio.Task[Outcome | None]]] = {}
        self._background: set[asyncio.Task[None]] = set()
        endings.on_end(self._stop)
        bus.on_change_elsewhere(self._look_after)

    def owns(self, walk_id: WalkId) -> bool:
        """Tell whether a walk is being rendered here."""
        return walk_id in self._active

    async def render(self, walk_id: str) -> None:
        """Render what is missing of a walk, and settle it; nothing happens if it has ended, or goes on here.

        Cancelled, it leaves the walk to whoever takes the job next.
        """
        wanted = WalkId(walk_id)
        if self.owns(wanted):
            return
        async with self._database.unit_of_work() as connection:
            walk = await claim_walk(connection, wanted, self._clock())
        if walk is None:
            return
        task = asyncio.create_task(self._outcome(walk))
        self._active[walk.id] = (walk, task)
        try:
            await asyncio.wait({task})
            outcome = None if task.cancelled() else task.result()
            if outcome is not None:
                await self._end(walk, outcome)
        finally:
            await _ended(task)
            self._active.pop(walk.id, None)

    async def _outcome(self, walk: Walk) -> Outcome | None:
        """Render, and say how the walk ends; None where that is somebody else's business now.

        Raises: Unavailable where something of ours is down; the job goes on later.
        """
        try:
            await (await self._begin(walk)).run()
        except Lost:
            return None
        except ModelQuarantined as error:
            return _failed(walk, error)
        except Unavailable:
            raise
        except ArtratorError as error:
            return _failed(walk, error)
        except Exception:
            log.exception("a bug while rendering the walk %s", walk.id)
            message = "Something went wrong here; it is logged. What is rendered stays yours, and nothing else is paid."
            return _failed(walk, ArtratorError("internal_error", message))
        return Outcome(status=WalkStatus.SUCCEEDED, settlement=new_id(), attempt=walk.attempt)

    async def _end(self, walk: Walk, outcome: Outcome) -> None:
        with contextlib.suppress(NotFound):
            await patiently(lambda: self._endings.end(walk.id, outcome))

    def _stop(self, walk_id: WalkId) -> None:
        active = self._active.get(walk_id)
        if active is not None:
            active[1].cancel()

    def _look_after(self, row_id: str | None) -> None:
        """Stop walks that others ended, or went on with."""
        for walk, _ in list(self._active.values()):
            if row_id is None or row_id == walk.id:
                self._in_background(self._stop_if_lost(walk))

    async def _stop_if_lost(self, walk: Walk) -> None:
        with contextlib.suppress(Unavailable):
            async with self._database.unit_of_work() as connection:
                row = await get_walk(connection, walk.id)
            if row is None or row.status.final or row.attempt != walk.attempt:
                self._stop(walk.id)

    def _in_background(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


async def _ended(task: asyncio.Task[Outcome | None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _failed(walk: Walk, error: ArtratorError) -> Outcome:
    return Outcome(
        status=WalkStatus.FAILED,
        settlement=new_id(),
        attempt=walk.attempt,
        error=error.message,
        error_code=error.code,
    )
