"""The real thing for every test that asks: PostgreSQL with a fresh database a test, and one running demo."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from hypothesis import settings
from moto.server import ThreadedMotoServer

from artrator.db.database import Database
from artrator.db.embedded import EmbeddedPostgres
from artrator.db.migrate import migrate
from artrator.kernel.ids import new_id
from tests.journeys.running import RunningServer

TEMPLATE = "artrator_template"


LONG = ("journeys", "docs", "recipes", "cli")
"""Folders whose files take minutes: they come first, so that at the end nobody waits for one of them alone."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first; within a folder all stays in its order."""
    items.sort(key=lambda item: LONG.index(folder) if (folder := item.path.parent.name) in LONG else len(LONG))


# how long an example takes says more of the machine than of the code
settings.register_profile("artrator", deadline=None)
settings.load_profile("artrator")


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A running private PostgreSQL whose template database is migrated."""
    with tempfile.TemporaryDirectory(prefix="artrator-pg-") as folder:
        Path(folder).chmod(0o711)
        server = EmbeddedPostgres(folder=Path(folder))
        with server.running():
            with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {TEMPLATE}")
            migrate(server.dsn(TEMPLATE))
            yield server


@pytest.fixture
def dsn(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The address of a fresh, migrated database."""
    with fresh_database(postgres) as address:
        yield address


@pytest.fixture(scope="module")
def module_dsn(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The address of a database that the tests of one file share."""
    with fresh_database(postgres) as address:
        yield address


@contextmanager
def fresh_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """Make a migrated database, and drop it in the end."""
    name = f"test_{new_id()}"
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        yield postgres.dsn(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """A pool on a fresh database."""
    pool = Database(dsn)
    yield pool
    await pool.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """An empty bucket on a stand-in for S3."""

    endpoint: str
    url: str

    @property
    def environment(self) -> dict[str, str]:
        """Give the settings by which a server keeps its blobs there."""
        return {
            "ARTRATOR_STORAGE__URL": self.url,
            "ARTRATOR_STORAGE__S3_ENDPOINT": self.endpoint,
            "ARTRATOR_STORAGE__S3_ACCESS_KEY_ID": "local",
            "ARTRATOR_STORAGE__S3_SECRET_ACCESS_KEY": "local",
        }


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    """A bucket that nobody else uses, on a free local port."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    running.start()
    host, port = running.get_host_and_port()
    made = Bucket(endpoint=f"http://{host}:{port}", url="s3://blobs")
    httpx.put(f"{made.endpoint}/blobs").raise_for_status()
    yield made
    running.stop()


ALL_FROM_HERE = {
    "ARTRATOR_HTTP__RATE_LIMITS__LOGIN_BURST": "10000",
    "ARTRATOR_IDENTITY__THROTTLE__REGISTRATIONS": "10000",
}
"""All who visit in the tests register and log in from one address, more of them in a minute than are let in from one elsewhere."""


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A demo on an empty home, as `make run` starts it, for tests that only use it; those that break one start their own."""
    server = RunningServer(Path(tmp_path_factory.mktemp("demo")) / "home", environment=ALL_FROM_HERE).start()
    yield server
    assert server.stop() == 0
