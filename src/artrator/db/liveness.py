"""Notice that an idle connection is dead before a unit of work trips over it, without asking PostgreSQL each time.

SQLAlchemy's pre-ping costs a round trip a transaction, a fifth of a short one's. A healthy idle connection has
nothing to read; where the server ended it, the end lies in the socket. Only then, and after a silence in which the
line itself may have broken, the connection is pinged.
"""

from __future__ import annotations

import select
import time
from typing import Any, cast

from psycopg import AsyncConnection as Psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

Driver = Psycopg[tuple[Any, ...]]
SILENCE_S = 10.0
_LAST_USE = "artrator.last_use_s"


def look_before_use(engine: Engine) -> None:
    """Have the pool look at each connection before it hands it out; a dead one is replaced."""

    def note_use(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info[_LAST_USE] = time.monotonic()

    def look(connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
        last_use_s: float | None = entry.info.get(_LAST_USE)
        if last_use_s is None:
            return  # it was made this moment
        driver: object = connection.driver_connection
        assert isinstance(driver, Psycopg)
        if not may_be_dead(cast("Driver", driver), last_use_s):
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError("the connection ended while it was idle") from error

    event.listen(engine, "checkin", note_use)
    event.listen(engine, "checkout", look)


def may_be_dead(driver: Driver, last_use_s: float) -> bool:
    """Tell whether a connection that was last used at a moment of the monotonic clock must be pinged before use."""
    return _has_news(driver) or time.monotonic() - last_use_s > SILENCE_S


def _has_news(driver: Driver) -> bool:
    """Tell whether something lies unread in the socket, or there is no socket any more."""
    if driver.closed:
        return True
    poll = select.poll()
    poll.register(driver.fileno(), select.POLLIN)
    return bool(poll.poll(0))
