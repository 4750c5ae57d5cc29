"""The real server on a free port, in a thread with its own event loop, for tests of any part, sync or async."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import uvicorn
from pydantic import SecretStr

from artrator.db.database import Database
from artrator.db.settings import DatabaseSettings
from artrator.http.app import build_app
from artrator.http.server import LOOP_FACTORY, server_config
from artrator.http.settings import HttpSettings
from artrator.identity.scope import EVERY_SCOPE, Scope
from artrator.identity.service import Identity
from artrator.identity.settings import IdentitySettings, PasswordSettings
from artrator.settings import Environment, Settings
from artrator.wire.provide import Services
from artrator.wiring import running_services

Result = TypeVar("Result")

QUICK_IDENTITY = IdentitySettings(passwords=PasswordSettings(memory_kib=64))
PASSWORD = "seven walks by the sea"
START_TIMEOUT_S = 30


class LiveServer:
    """A server that answers at `url`."""

    def __init__(self, url: str, services: Services, loop: asyncio.AbstractEventLoop) -> None:
        self.url = url
        self.services = services
        self.server: uvicorn.Server | None = None
        self._loop = loop

    def stop(self) -> None:
        """Ask the server to stop as SIGTERM does: it listens no more, and lets running requests end."""
        assert self.server is not None
        self.server.should_exit = True

    def call(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine where the server's services live, from a sync test."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(START_TIMEOUT_S)

    def register(self, handle: str, *, operator: bool = False) -> None:
        """Make an account, `handle`@example.org with PASSWORD."""
        identity = self.services.get(Identity)
        email = f"{handle}@example.org"
        if operator:
            self.call(identity.make_admin(email, handle, PASSWORD))
        else:
            self.call(identity.register(email, PASSWORD, handle))

    def key_of(self, handle: str, scopes: frozenset[Scope] = EVERY_SCOPE) -> str:
        """Make an API key of an account."""
        identity = self.services.get(Identity)
        user = self.call(identity.find_by_handle(handle))
        return self.call(identity.create_key(user, "test", scopes)).secret

    def client(self, key: str | None = None, **options: Any) -> httpx.Client:
        """Give a client of this server."""
        headers = {**options.pop("headers", {}), **({"Authorization": f"Bearer {key}"} if key else {})}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, **options)

    @contextlib.contextmanager
    def browser(self, handle: str) -> Iterator[httpx.Client]:
        """Give a client that is logged in by cookie and sends its CSRF token."""
        with self.client() as client:
            reply = client.post("/v1/sessions", json={"email": f"{handle}@example.org", "password": PASSWORD})
            assert reply.status_code == 201, reply.text
            client.headers["X-CSRF-Token"] = reply.json()["csrf_token"]
            yield client


@asynccontextmanager
async def identity_services(dsn: str, settings: IdentitySettings = QUICK_IDENTITY) -> AsyncIterator[Services]:
    """The services that identity's own routes need."""
    services = Services()
    database = Database(dsn, pool_size=4)
    services.add(database)
    identity = Identity(database, settings)
    services.add(identity)
    yield services
    await identity.close()
    await database.close()


@asynccontextmanager
async def platform_services(dsn: str, home: Path) -> AsyncIterator[Services]:
    """Everything, wired as the program wires it, except that nobody takes jobs."""
    settings = Settings(
        environment=Environment.DEVELOPMENT,
        home=home,
        database=DatabaseSettings(url=SecretStr(dsn)),
        identity=QUICK_IDENTITY,
        secret_key=SecretStr("a secret of the tests, long enough to pass"),
    )
    async with running_services(settings, works=False) as services:
        yield services


@contextlib.contextmanager
def serving(
    open_services: Callable[[], AbstractAsyncContextManager[Services]], settings: HttpSettings | None = None
) -> Iterator[LiveServer]:
    """Open services in a new thread's event loop, serve them, and close everything at the end."""
    started: Future[LiveServer] = Future()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    http_settings = settings or HttpSettings()

    async def serve() -> None:
        async with open_services() as services:
            live = LiveServer(url, services, asyncio.get_running_loop())
            server = _Server(server_config(build_app(services, http_settings), http_settings), live, started)
            live.server = server
            await server.serve(sockets=[listener])

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=LOOP_FACTORY) as runner:
                runner.run(serve())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=run, name="live-server")
    thread.start()
    try:
        live = started.result(START_TIMEOUT_S)
        try:
            yield live
        finally:
            live.stop()
    finally:
        thread.join(START_TIMEOUT_S)


class _Server(uvicorn.Server):
    """Tells the waiting thread when it listens; signals are the test runner's."""

    def __init__(self, config: uvicorn.Config, live: LiveServer, started: Future[LiveServer]) -> None:
        super().__init__(config)
        self._live = live
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._started.set_result(self._live)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
