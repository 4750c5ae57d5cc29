"""Bound how often somebody may try to log in or register, in PostgreSQL, so that restarts and other processes count too."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.db.database import Database
from artrator.identity.settings import ThrottleSettings
from artrator.identity.tables import attempts
from artrator.kernel.clock import Clock
from artrator.kernel.errors import RateLimited
from artrator.wire.address import limited_as

PURGED_AT_A_TIME = 100
Limits = tuple[tuple[str, int], ...]


class Throttle:
    """Count attempts by account and by address.

    An attempt is counted before the password is looked at: of a hundred that arrive at once, no more pass than of
    a hundred in a row. An e-mail that nobody has is counted like any other, so a refusal tells nothing about it.
    """

    def __init__(self, database: Database, settings: ThrottleSettings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    async def begin_login(self, email: str, address: str) -> None:
        """Count an attempt. Raises: RateLimited when there were too many."""
        await self._count(self._login_limits(email, address), "log-ins")

    async def forgive_login(self, connection: AsyncConnection, email: str, address: str) -> None:
        """Take a log-in that succeeded out of the count.

        The owner's own log-in clears their address; strangers' failures elsewhere keep counting.
        """
        (both, _), *others = self._login_limits(email, address)
        await connection.execute(delete(attempts).where(attempts.c.subject == both))
        for subject, _ in others:
            await connection.execute(
                update(attempts)
                .where(attempts.c.subject == subject, attempts.c.attempts > 0)
                .values(attempts=attempts.c.attempts - 1)
            )

    async def begin_registration(self, address: str) -> None:
        """Count a registration. Raises: RateLimited when there were too many."""
        subject = _subject("registration", limited_as(address))
        await self._count(((subject, self._settings.registrations),), "registrations")

    def _login_limits(self, email: str, address: str) -> Limits:
        # from the narrowest to the widest; every transaction locks them in this order
        settings, network = self._settings, limited_as(address)
        return (
            (_subject("both", email, network), settings.account_and_address),
            (_subject("address", network), settings.address),
            (_subject("account", email), settings.account),
        )

    async def _count(self, limits: Limits, what: str) -> None:
        now = self._clock()
        refused_until: datetime | None = None
        async with self._database.unit_of_work() as connection:
            for subject, limit in limits:
                count, ends_at = await self._add_attempt(connection, subject, now)
                if count > limit:
                    # what is refused here is not counted further out: else one address could lock an account for all
                    refused_until = ends_at
                    break
            await _purge(connection, now)
        if refused_until is not None:
            wait_s = max(1, round((refused_until - now).total_seconds()))
            raise RateLimited(
                "login_throttled", f"Too many {what}; try again in {wait_s} seconds.", retry_after_s=wait_s
            )

    async def _add_attempt(self, connection: AsyncConnection, subject: str, now: datetime) -> tuple[int, datetime]:
        ends_at = now + timedelta(seconds=self._settings.window_s)
        ended = attempts.c.window_ends_at <= now
        statement = (
            insert(attempts)
            .values(subject=subject, attempts=1, window_ends_at=ends_at)
            .on_conflict_do_update(
                index_elements=[attempts.c.subject],
                set_={
                    "attempts": case((ended, 1), else_=attempts.c.attempts + 1),
                    "window_ends_at": case((ended, ends_at), else_=attempts.c.window_ends_at),
                },
            )
            .returning(attempts.c.attempts, attempts.c.window_ends_at)
        )
        row = (await connection.execute(statement)).one()
        return row[0], row[1]


async def _purge(connection: AsyncConnection, now: datetime) -> None:
    old = (
        select(attempts.c.subject)
        .where(attempts.c.window_ends_at <= now)
        .limit(PURGED_AT_A_TIME)
        .with_for_update(skip_locked=True)
    )
    await connection.execute(delete(attempts).where(attempts.c.subject.in_(old)))


def _subject(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
