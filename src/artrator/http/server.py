"""How uvicorn runs the application: one place, so that the command line and the tests serve alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI
from uvicorn.loops.auto import auto_loop_factory

from artrator.http.protocol import BoundedHead
from artrator.http.settings import HttpSettings

KEEP_ALIVE_S = 30
MAX_WAITING_CONNECTIONS = 1024

LOOP_FACTORY: Callable[[], asyncio.AbstractEventLoop] = auto_loop_factory()
"""uvloop where it is installed: its sockets and timers cost a run less of the processor than asyncio's own."""


def server_config(app: FastAPI, settings: HttpSettings) -> uvicorn.Config:
    """Make uvicorn's settings.

    uvicorn believes forwarding headers from this machine by default; `http/forwarded.py` believes only those whom
    the operator named. On SIGTERM uvicorn stops listening and lets running requests end for `graceful_s`.
    """

    class Protocol(BoundedHead):
        """A connection of this server."""

        head_timeout_s = settings.head_timeout_s

    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        lifespan="off",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        http=Protocol,
        ws="none",
        backlog=MAX_WAITING_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=settings.graceful_s,
    )
