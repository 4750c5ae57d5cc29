"""Everything that an operator sees first, read at one moment."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from artrator.catalog.model import VersionStatus, Visibility
from artrator.db.database import Database
from artrator.db.queue import JobQueue, QueueLength
from artrator.engine.fleet import Fleet, FleetHealth
from artrator.kernel.clock import Clock, system_clock
from artrator.monitoring import census
from artrator.monitoring.books_watch import BooksState, BooksWatch
from artrator.monitoring.census import StoredBytes, UserCount
from artrator.predictions.prediction import Status

RECENT = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """The disk that holds the home folder."""

    total_bytes: int
    free_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How the platform is. predictions: of the last 24 hours. books: None until they were checked first."""

    users: UserCount
    models: Mapping[Visibility, int]
    versions: Mapping[VersionStatus, int]
    predictions: Mapping[Status, int]
    queue: QueueLength
    fleet: FleetHealth
    books: BooksState | None
    stored: StoredBytes
    disk: Disk


class Monitoring:
    """What operators are shown."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        fleet: Fleet,
        books: BooksWatch,
        *,
        home: Path,
        clock: Clock = system_clock,
    ) -> None:
        self.books = books
        self._database = database
        self._queue = queue
        self._fleet = fleet
        self._home = home
        self._clock = clock

    async def fleet_health(self) -> FleetHealth:
        """Tell how the workers are, and what their sandbox keeps and lacks."""
        return await self._fleet.health()

    async def overview(self) -> Overview:
        """Look at everything."""
        since = self._clock() - RECENT
        usage = await asyncio.to_thread(shutil.disk_usage, self._home)
        async with self._database.unit_of_work() as connection:
            return Overview(
                users=await census.count_users(connection, since),
                models=await census.count_models(connection),
                versions=await census.count_versions(connection),
                predictions=await census.count_predictions(connection, since),
                queue=await self._queue.length(),
                fleet=await self._fleet.health(),
                books=self.books.last,
                stored=await census.sum_bytes(connection),
                disk=Disk(total_bytes=usage.total, free_bytes=usage.free),
            )
