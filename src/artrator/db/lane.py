"""A connection of its own for statements that are each a whole transaction: one round trip, no BEGIN, no COMMIT.

A pooled unit of work costs ten times the processor of such a statement before it does anything. A lane is for the few
statements that every run needs; it keeps them prepared.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection, AsyncCursor
from psycopg.pq import TransactionStatus

from artrator.db.liveness import Driver, may_be_dead
from artrator.kernel.errors import Unavailable

CONNECT_TIMEOUT_S = 5
STATEMENT_TIMEOUT_MS = 30_000
OPTIONS = f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC"


class Lane:
    """One connection, made when it is first needed and again when it was lost. It serves one caller at a time."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._cursor: AsyncCursor[tuple[Any, ...]] | None = None
        self._last_use_s = 0.0

    async def statement(self, query: LiteralString, values: Mapping[str, str | None]) -> tuple[Any, ...]:
        """Run a statement that gives one row; it is committed when this returns.

        Raises: Unavailable when PostgreSQL cannot be reached or was lost; nothing was committed then, unless the
        connection broke during the commit itself. The driver's other errors come as they are.
        """
        async with self._connected() as cursor:
            return await one_row(cursor, query, values)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncCursor[tuple[Any, ...]]]:
        """Give a cursor in a transaction, for what needs more than one statement. Raises: as `statement` does."""
        async with self._connected() as cursor, cursor.connection.transaction():
            yield cursor

    async def close(self) -> None:
        """Close the connection; a next statement would make a new one."""
        cursor, self._cursor = self._cursor, None
        if cursor is not None:
            await cursor.connection.close()

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[AsyncCursor[tuple[Any, ...]]]:
        try:
            if self._cursor is None or not await self._is_alive(self._cursor.connection):
                await self.close()
                self._cursor = (await self._connect()).cursor()
            yield self._cursor
        except psycopg.OperationalError as error:
            raise database_unavailable() from error
        finally:
            self._last_use_s = time.monotonic()

    async def _is_alive(self, connection: Driver) -> bool:
        if connection.info.transaction_status is not TransactionStatus.IDLE:
            return False  # somebody was interrupted in the middle of a statement
        if may_be_dead(connection, self._last_use_s):
            try:
                await connection.execute("SELECT 1")
            except psycopg.Error:
                return False
        return True

    async def _connect(self) -> Driver:
        return await AsyncConnection.connect(
            self._dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S, options=OPTIONS
        )


async def one_row(
    cursor: AsyncCursor[tuple[Any, ...]], query: LiteralString, values: Mapping[str, str | None]
) -> tuple[Any, ...]:
    """Run a prepared statement that gives exactly one row."""
    await cursor.execute(query, values, prepare=True)
    row = await cursor.fetchone()
    assert row is not None
    return row


def database_unavailable() -> Unavailable:
    """Say that PostgreSQL is away, without its address."""
    return Unavailable("database_unavailable", "The database cannot be reached now; try again in a few seconds.")
