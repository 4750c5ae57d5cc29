"""The pool of connections, and the unit of work: beside the lanes of group commits, the only place that commits."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import psycopg
from psycopg import AsyncConnection as Psycopg
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from artrator.db.lane import CONNECT_TIMEOUT_S, OPTIONS, Lane, database_unavailable
from artrator.db.liveness import Driver, look_before_use
from artrator.db.settings import URL_PREFIXES


def sqlalchemy_url(dsn: str) -> str:
    """Name the driver in a plain `postgresql://` address."""
    for prefix in URL_PREFIXES:
        if dsn.startswith(prefix):
            return "postgresql+psycopg://" + dsn.removeprefix(prefix)
    raise ValueError("a database address begins with postgresql://")


class Database:
    """One process's connections to one PostgreSQL database."""

    def __init__(self, dsn: str, *, pool_size: int = 10) -> None:
        self.dsn = dsn
        self._engine = create_async_engine(
            sqlalchemy_url(dsn),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_timeout=CONNECT_TIMEOUT_S,
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_S,
                "options": OPTIONS,
            },
        )
        look_before_use(self._engine.sync_engine)
        self._lanes: list[Lane] = []

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncGenerator[AsyncConnection]:
        """Give a connection in a transaction: it commits at the end of the block, and rolls back on an error.

        Raises: Unavailable when PostgreSQL cannot be reached or was lost; nothing was committed then, unless the
        connection broke during the commit itself, so whatever must not happen twice carries an idempotency key.
        """
        try:
            async with self._engine.begin() as connection:
                yield connection
        except (OperationalError, psycopg.OperationalError) as error:
            raise database_unavailable() from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise database_unavailable() from error
            raise
        except TimeoutError as error:
            raise database_unavailable() from error

    async def ping(self) -> None:
        """Raise Unavailable unless PostgreSQL answers."""
        async with self.unit_of_work() as connection:
            await connection.exec_driver_sql("SELECT 1")

    def lane(self) -> Lane:
        """Open a connection beside the pool for one caller's statements; it is closed with the pool."""
        lane = Lane(self.dsn)
        self._lanes.append(lane)
        return lane

    async def close(self) -> None:
        """Close every connection."""
        for lane in self._lanes:
            await lane.close()
        await self._engine.dispose()


async def driver_of(connection: AsyncConnection | Driver) -> Driver:
    """Give the psycopg connection under a unit of work, for what SQLAlchemy has no words for; or that of a lane."""
    if isinstance(connection, Psycopg):
        return connection
    raw = await connection.get_raw_connection()
    driver: object = raw.driver_connection
    assert isinstance(driver, Psycopg)
    return cast("Driver", driver)
