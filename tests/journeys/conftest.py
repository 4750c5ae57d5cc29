"""One running demo for the journeys that only use it; those that break it start their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.journeys.running import RunningServer


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A demo on an empty home, as `make run` starts it."""
    server = RunningServer(Path(tmp_path_factory.mktemp("demo")) / "home").start()
    yield server
    assert server.stop() == 0
