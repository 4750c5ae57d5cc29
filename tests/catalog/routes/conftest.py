"""The catalog behind a real server on a free port, with clients for whoever asks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import replicate
import uvicorn
from fastapi import FastAPI
from tests.catalog.conftest import read_facts
from tests.catalog.routes.asking import key_of

from artrator.catalog.collections import Collections
from artrator.catalog.routes import router
from artrator.catalog.service import Catalog
from artrator.catalog.settings import CatalogSettings
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.http.problems import install_problem_handlers
from artrator.identity.service import Identity
from artrator.identity.user import User
from artrator.storage.blobs import Blobs
from artrator.storage.routes import router as blob_router
from artrator.storage.signing import UrlSigner
from artrator.wire.provide import Services

MAX_UPLOAD_BYTES = 300_000


@pytest.fixture
async def catalog(database: Database, queue: JobQueue, blobs: Blobs, tmp_path: Path) -> Catalog:
    settings = CatalogSettings(max_upload_bytes=MAX_UPLOAD_BYTES)
    return Catalog(database, queue, blobs, settings, folder=tmp_path / "catalog", read_facts=read_facts)


@pytest.fixture
def app(catalog: Catalog, identity: Identity, blobs: Blobs, database: Database) -> FastAPI:
    app = FastAPI()
    app.state.services = Services()
    for service in (catalog, identity, blobs, Collections(database), UrlSigner("a secret of the server")):
        app.state.services.add(service)
    app.include_router(router)
    app.include_router(blob_router)
    install_problem_handlers(app)
    return app


class Started(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@pytest.fixture
async def server(app: FastAPI) -> AsyncIterator[str]:
    """The address of a running server."""
    running = Started(app)
    task = asyncio.create_task(running.serve())
    await asyncio.wait_for(running.listening.wait(), 20)
    port: int = running.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    await task


@pytest.fixture
async def creator(server: str, identity: Identity, atelier: User) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {await key_of(identity, atelier)}"}
    async with httpx.AsyncClient(base_url=server, headers=headers) as client:
        yield client


@pytest.fixture
async def anybody(server: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server) as client:
        yield client


@pytest.fixture
async def client(server: str, identity: Identity, atelier: User) -> AsyncIterator[replicate.Client]:
    """Replicate's own client with the creator's key."""
    client = replicate.Client(api_token=await key_of(identity, atelier), base_url=server)
    yield client
    await client._async_client.aclose()
