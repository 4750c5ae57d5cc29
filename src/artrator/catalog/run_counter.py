"""Count runs in memory and write them together, so that a popular model's row is not a queue."""

from __future__ import annotations

import asyncio
from collections import Counter

from artrator.catalog.store import add_runs
from artrator.db.database import Database
from artrator.kernel.errors import Unavailable
from artrator.kernel.ids import ModelId


class RunCounter:
    """A figure for show: what was counted since the last flush is lost when the process is killed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counted: Counter[ModelId] = Counter()

    def count(self, model_id: ModelId, runs: int = 1) -> None:
        """Count runs of a model."""
        self._counted[model_id] += runs

    async def flush(self) -> None:
        """Write what was counted; keep it for the next time where the database is away."""
        counted, self._counted = self._counted, Counter()
        if not counted:
            return
        try:
            async with self._database.unit_of_work() as connection:
                for model_id in sorted(counted):  # always the same order, so that two processes never deadlock
                    await add_runs(connection, model_id, counted[model_id])
        except Unavailable:
            self._counted.update(counted)

    async def flush_every(self, interval_s: float) -> None:
        """Flush until cancelled."""
        while True:
            await asyncio.sleep(interval_s)
            await self.flush()
