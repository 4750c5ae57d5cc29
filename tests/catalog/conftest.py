"""A catalog over a fresh database and a fresh folder, with an owner and a stranger."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.catalog.bundles import bundle

from artrator.bundle.facts import GraphFacts
from artrator.bundle.onnx_reader import read_graph_facts
from artrator.catalog.model import Version, VersionStatus
from artrator.catalog.service import Catalog
from artrator.catalog.settings import CatalogSettings
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.identity.service import Identity
from artrator.identity.settings import IdentitySettings, PasswordSettings
from artrator.identity.user import Role, User
from artrator.kernel.errors import Conflict
from artrator.storage.blobs import Blobs, open_blobs
from artrator.storage.settings import StorageSettings

PASSWORD = "seven walks by the sea"


async def read_facts(folder: Path, path: str) -> GraphFacts:
    """Read a graph that the tests made; the server does this in a sandboxed child."""
    return await asyncio.to_thread(read_graph_facts, folder / path)


@pytest.fixture
async def identity(database: Database) -> AsyncIterator[Identity]:
    service = Identity(database, IdentitySettings(passwords=PasswordSettings(memory_kib=64)))
    yield service
    await service.close()


@pytest.fixture
async def atelier(identity: Identity) -> User:
    """A creator."""
    return await identity.register("atelier@example.org", PASSWORD, "atelier", roles=[Role.CREATOR])


@pytest.fixture
async def visitor(identity: Identity) -> User:
    """Another creator, to whom nothing of the first belongs."""
    return await identity.register("visitor@example.org", PASSWORD, "visitor", roles=[Role.CREATOR])


@pytest.fixture
async def blobs(tmp_path: Path) -> AsyncIterator[Blobs]:
    opened = open_blobs(StorageSettings(), tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
async def queue(dsn: str) -> AsyncIterator[JobQueue]:
    opened = JobQueue(dsn)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def catalog(database: Database, queue: JobQueue, blobs: Blobs, tmp_path: Path) -> Catalog:
    return Catalog(database, queue, blobs, CatalogSettings(), folder=tmp_path / "catalog", read_facts=read_facts)


class Shelf:
    """Puts models into the catalog in one call each."""

    def __init__(self, catalog: Catalog, database: Database, folder: Path) -> None:
        self._catalog = catalog
        self._database = database
        self._folder = folder

    async def upload(
        self, owner: User, name: str, *, tint: float = 0.5, summary: str = "", description: str = "", tags: str = ""
    ) -> Version:
        """Add a version, and the model where it is missing."""
        with contextlib.suppress(Conflict):
            await self._catalog.create_model(owner, name)
        archive = bundle(self._folder / f"{name}.zip", tint=tint, summary=summary, description=description, tags=tags)
        return await self._catalog.add_version(owner.id, owner.handle, name, archive)

    async def judge(self, version: Version, status: VersionStatus = VersionStatus.PASSED) -> None:
        """Write a verdict, as verification does."""
        async with self._database.unit_of_work() as connection:
            await self._catalog.set_status(
                connection, version.digest, status, model_id=version.model_id, batchable=True
            )

    async def passed(
        self, owner: User, name: str, *, tint: float = 0.5, summary: str = "", description: str = "", tags: str = ""
    ) -> Version:
        """Add a version that passed verification."""
        version = await self.upload(owner, name, tint=tint, summary=summary, description=description, tags=tags)
        await self.judge(version)
        return version


@pytest.fixture
def shelf(catalog: Catalog, database: Database, tmp_path: Path) -> Shelf:
    folder = tmp_path / "made"
    folder.mkdir()
    return Shelf(catalog, database, folder)
