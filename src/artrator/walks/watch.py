"""See that no walk and no film is ever stuck: those that no job knows of any more are queued again."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.kernel.clock import Clock
from artrator.kernel.errors import ArtratorError
from artrator.walks.create import RENDER_JOB
from artrator.walks.film_store import unwritten_before
from artrator.walks.films import FILM_JOB, film_arguments, film_lock
from artrator.walks.settings import WalkSettings
from artrator.walks.store import forget_keys, unfinished_before

log = logging.getLogger(__name__)

LOOKED_AT_ONCE = 200
KEY_LIFETIME = timedelta(hours=24)
"""How long an Idempotency-Key is remembered."""


class Watch:
    """Looks after walks."""

    def __init__(self, database: Database, queue: JobQueue, settings: WalkSettings, clock: Clock) -> None:
        self._database = database
        self._queue = queue
        self._settings = settings
        self._clock = clock

    async def watch_forever(self) -> None:
        """Look after walks until cancelled."""
        while True:
            await asyncio.sleep(self._settings.stalled_after_s / 2)
            try:
                await self.sweep()
            except (ArtratorError, SQLAlchemyError) as error:
                log.warning("looking after the walks failed and is tried again: %s", type(error).__name__)

    async def sweep(self) -> None:
        """Queue again what its job has forsaken, and forget old keys."""
        now = self._clock()
        long_ago = now - timedelta(seconds=self._settings.stalled_after_s)
        async with self._database.unit_of_work() as connection:
            walk_ids = await unfinished_before(connection, long_ago, LOOKED_AT_ONCE)
            known = await self._queue.pending(connection, RENDER_JOB, "walk_id", walk_ids)
            for walk_id in walk_ids:
                if walk_id not in known:
                    await self._queue.defer(connection, RENDER_JOB, {"walk_id": walk_id})
                    log.warning("the walk %s was forgotten by the queue and is queued again", walk_id)
        async with self._database.unit_of_work() as connection:
            films = await unwritten_before(connection, long_ago, LOOKED_AT_ONCE)
            orders = [film.order_id for film in films]
            known = await self._queue.pending(connection, FILM_JOB, "order_id", orders)
            for film in films:
                if film.order_id not in known:
                    await self._queue.defer(connection, FILM_JOB, film_arguments(film), lock=film_lock(film))
            await forget_keys(connection, now - KEY_LIFETIME)
