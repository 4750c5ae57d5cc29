"""Identity over a fresh database, with cheap hashes and a clock that tests turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.servers import PASSWORD, LiveServer, identity_services, serving

from artrator.db.database import Database
from artrator.identity.service import Identity
from artrator.identity.settings import IdentitySettings, PasswordSettings
from artrator.identity.user import User

ADDRESS = "203.0.113.7"


class TurnedClock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def settings() -> IdentitySettings:
    return IdentitySettings(passwords=PasswordSettings(memory_kib=64))


@pytest.fixture
async def identity(database: Database, settings: IdentitySettings, clock: TurnedClock) -> AsyncIterator[Identity]:
    service = Identity(database, settings, clock=clock)
    yield service
    await service.close()


@pytest.fixture
async def ada(identity: Identity) -> User:
    return await identity.register("ada@example.org", PASSWORD, "ada")


@pytest.fixture
def live_server(dsn: str) -> Iterator[LiveServer]:
    with serving(lambda: identity_services(dsn)) as server:
        yield server
