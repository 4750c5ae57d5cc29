"""A live server over a fresh database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.servers import LiveServer, identity_services, serving


@pytest.fixture
def live_server(dsn: str) -> Iterator[LiveServer]:
    with serving(lambda: identity_services(dsn)) as server:
        yield server
