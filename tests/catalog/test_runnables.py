"""What may run, for whom and at what price: from memory, and never out of date for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
from tests.catalog.conftest import Shelf

from artrator.catalog.changes import listen_for_changes
from artrator.catalog.model import VersionStatus, Visibility
from artrator.catalog.runnables import Runnables
from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.identity.user import User
from artrator.kernel.errors import Conflict, NotFound
from artrator.kernel.ids import ModelId
from artrator.kernel.money import Micros


class Ear:
    """Hears of changes; a test waits for the one that it made."""

    def __init__(self, runnables: Runnables) -> None:
        self._runnables = runnables
        self.heard: asyncio.Queue[ModelId | None] = asyncio.Queue()
        self.listening = asyncio.Event()

    def on_change(self, model_id: ModelId | None) -> None:
        self._runnables.forget(model_id)
        self.heard.put_nowait(model_id)

    async def hear(self, model_id: ModelId) -> None:
        async with asyncio.timeout(10):
            while await self.heard.get() != model_id:
                pass


@pytest.fixture
def elsewhere(database: Database) -> Runnables:
    """The memory of another process, which would remember for an hour."""
    return Runnables(database, ttl_s=3600)


@pytest.fixture
async def ear(elsewhere: Runnables, dsn: str) -> AsyncIterator[Ear]:
    ear = Ear(elsewhere)
    task = asyncio.create_task(listen_for_changes(dsn, ear.on_change, listening=ear.listening))
    await asyncio.wait_for(ear.listening.wait(), 10)
    yield ear
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_public_model_runs_for_everybody_at_its_price(
    catalog: Catalog, shelf: Shelf, atelier: User, visitor: User
) -> None:
    version = await shelf.passed(atelier, "fields")
    await catalog.set_visibility("atelier", "fields", atelier.id, Visibility.PUBLIC)
    await catalog.set_price("atelier", "fields", atelier.id, Micros(10_000))
    for viewer in (visitor.id, None):
        runnable = await catalog.resolve("atelier", "fields", None, viewer)
        assert (runnable.digest, runnable.price, runnable.batchable) == (version.digest, 10_000, True)
        assert await catalog.resolve_digest(version.digest, viewer) == runnable


async def test_an_owner_runs_their_own_for_nothing(catalog: Catalog, shelf: Shelf, atelier: User) -> None:
    await shelf.passed(atelier, "fields")
    await catalog.set_price("atelier", "fields", atelier.id, Micros(10_000))
    assert (await catalog.resolve("atelier", "fields", None, atelier.id)).price == 0


async def test_a_private_model_does_not_run_for_others_even_when_remembered(
    catalog: Catalog, shelf: Shelf, atelier: User, visitor: User
) -> None:
    version = await shelf.passed(atelier, "fields")
    await catalog.resolve("atelier", "fields", None, atelier.id)
    await catalog.resolve_digest(version.digest, atelier.id)
    with pytest.raises(NotFound):
        await catalog.resolve("atelier", "fields", None, visitor.id)
    with pytest.raises(NotFound):
        await catalog.resolve("atelier", "fields", version.digest, visitor.id)
    with pytest.raises(NotFound):
        await catalog.resolve_digest(version.digest, visitor.id)


@pytest.mark.parametrize("status", [each for each in VersionStatus if each is not VersionStatus.PASSED])
async def test_only_what_passed_runs(catalog: Catalog, shelf: Shelf, atelier: User, status: VersionStatus) -> None:
    version = await shelf.upload(atelier, "fields")
    await shelf.judge(version, status)
    with pytest.raises(Conflict):
        await catalog.resolve("atelier", "fields", version.digest, atelier.id)
    with pytest.raises(Conflict):
        await catalog.resolve_digest(version.digest, atelier.id)
    with pytest.raises(Conflict) as caught:
        await catalog.resolve("atelier", "fields", None, atelier.id)
    assert caught.value.code == "version_not_verified"


async def test_of_one_digest_in_two_models_a_viewer_gets_their_own(
    catalog: Catalog, shelf: Shelf, atelier: User, visitor: User
) -> None:
    version = await shelf.passed(atelier, "fields")
    await catalog.set_visibility("atelier", "fields", atelier.id, Visibility.PUBLIC)
    await shelf.passed(visitor, "copy")
    assert (await catalog.resolve_digest(version.digest, visitor.id)).owner == "visitor"
    assert (await catalog.resolve_digest(version.digest, atelier.id)).owner == "atelier"
    assert (await catalog.resolve_digest(version.digest, None)).owner == "atelier"


async def test_an_old_version_still_runs_by_its_digest(catalog: Catalog, shelf: Shelf, atelier: User) -> None:
    older = await shelf.passed(atelier, "fields", tint=0.1)
    await shelf.passed(atelier, "fields", tint=0.2)
    assert (await catalog.resolve("atelier", "fields", older.digest, atelier.id)).digest == older.digest


async def test_what_is_remembered_needs_no_database(shelf: Shelf, atelier: User, dsn: str) -> None:
    await shelf.passed(atelier, "fields")
    database = Database(dsn)
    memory = Runnables(database, ttl_s=3600)
    runnable = await memory.resolve("atelier", "fields", None, atelier.id)
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute("DROP TABLE versions CASCADE")
    assert await memory.resolve("atelier", "fields", None, atelier.id) == runnable
    await database.close()


async def test_nothing_is_remembered_beyond_its_time(
    catalog: Catalog, shelf: Shelf, atelier: User, database: Database
) -> None:
    now_s = 100.0
    memory = Runnables(database, ttl_s=5, monotonic=lambda: now_s)
    await shelf.passed(atelier, "fields")
    await memory.resolve("atelier", "fields", None, atelier.id)
    await catalog.delete_model("atelier", "fields", atelier.id)
    assert await memory.resolve("atelier", "fields", None, atelier.id)
    now_s = 106.0
    with pytest.raises(NotFound):
        await memory.resolve("atelier", "fields", None, atelier.id)


async def test_another_process_hears_of_a_new_price(
    catalog: Catalog, shelf: Shelf, atelier: User, elsewhere: Runnables, ear: Ear
) -> None:
    version = await shelf.passed(atelier, "fields")
    await catalog.set_visibility("atelier", "fields", atelier.id, Visibility.PUBLIC)
    await ear.hear(version.model_id)
    assert (await elsewhere.resolve("atelier", "fields", None, None)).price == 0
    await catalog.set_price("atelier", "fields", atelier.id, Micros(5))
    async with asyncio.timeout(10):
        while (await elsewhere.resolve("atelier", "fields", None, None)).price != 5:
            await ear.heard.get()


async def test_another_process_hears_of_a_quarantine(
    catalog: Catalog, shelf: Shelf, atelier: User, elsewhere: Runnables, ear: Ear
) -> None:
    version = await shelf.passed(atelier, "fields")

    async def verdict() -> str:
        try:
            await elsewhere.resolve("atelier", "fields", version.digest, atelier.id)
        except Conflict as error:
            return error.code
        return "runs"

    assert await verdict() == "runs"
    await catalog.quarantine(version.digest)
    async with asyncio.timeout(10):
        while await verdict() != "version_quarantined":
            await ear.heard.get()


async def test_losing_the_connection_forgets_everything_and_heals(
    catalog: Catalog, shelf: Shelf, atelier: User, elsewhere: Runnables, ear: Ear, dsn: str
) -> None:
    version = await shelf.passed(atelier, "fields")
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
    everything = 3  # when it first listened, when it lost the connection, when it listened again
    async with asyncio.timeout(20):
        while everything:
            everything -= await ear.heard.get() is None
    await catalog.set_price("atelier", "fields", atelier.id, Micros(5))
    await ear.hear(version.model_id)


async def test_what_was_read_while_a_change_was_told_is_not_remembered(
    catalog: Catalog, shelf: Shelf, atelier: User, elsewhere: Runnables
) -> None:
    version = await shelf.passed(atelier, "fields")
    reading = asyncio.create_task(elsewhere.resolve("atelier", "fields", None, atelier.id))
    await asyncio.sleep(0)
    elsewhere.forget(version.model_id)
    await reading
    await catalog.delete_model("atelier", "fields", atelier.id)
    with pytest.raises(NotFound):
        await elsewhere.resolve("atelier", "fields", None, atelier.id)
