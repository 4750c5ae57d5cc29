"""Check the books again and again, because a ledger that does not balance must be seen before a user sees it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from artrator.db.database import Database
from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.errors import ArtratorError
from artrator.ledger.books import BooksReport, check_books

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksState:
    """What the last check found, and when."""

    report: BooksReport
    checked_at: datetime


class BooksWatch:
    """The last check of the books by this process."""

    def __init__(self, database: Database, *, every_s: float, stale_hold_s: int, clock: Clock = system_clock) -> None:
        self.last: BooksState | None = None
        """None until the first check is done."""
        self._database = database
        self._every_s = every_s
        self._stale_hold_s = stale_hold_s
        self._clock = clock

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Check now and then, beginning now, while the block runs."""
        task = asyncio.create_task(self._check_forever())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def check(self) -> BooksState:
        """Compute everything anew; seconds for a million transfers."""
        now = self._clock()
        async with self._database.unit_of_work() as connection:
            report = await check_books(connection, now=now, stale_hold_s=self._stale_hold_s)
        if not report.balance:
            log.error("the books do not balance: %s", "; ".join(report.problems))
        self.last = BooksState(report=report, checked_at=now)
        return self.last

    async def _check_forever(self) -> None:
        while True:
            try:
                await self.check()
            except (ArtratorError, SQLAlchemyError) as error:
                log.warning("the books could not be checked, which is tried again: %s", type(error).__name__)
            await asyncio.sleep(self._every_s)
