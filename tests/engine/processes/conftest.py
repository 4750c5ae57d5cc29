"""A folder of bundles and a running fleet for the tests of the worker processes."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from artrator.engine.local import LocalFleet
from artrator.engine.processes.nursery import Nursery, open_nursery
from artrator.engine.settings import EngineSettings

MIB = 1 << 20


@pytest.fixture
def bundle_cache() -> Iterator[Path]:
    """A bundle cache below a folder that only its owner may enter, as below root's home."""
    with tempfile.TemporaryDirectory(prefix="artrator-home-") as home:
        Path(home).chmod(0o700)
        folder = Path(home, "bundles")
        folder.mkdir(mode=0o700)
        yield folder


@pytest.fixture
def engine_settings() -> EngineSettings:
    """One worker of two threads and little memory."""
    return EngineSettings(threads_per_worker=2, memory_bytes=768 * MIB, cache_bytes=128 * MIB, run_deadline_s=20.0)


@pytest.fixture
async def nursery() -> AsyncIterator[Nursery | None]:
    """What forks the children, where the system can."""
    async with open_nursery() as opened:
        yield opened


@pytest.fixture
async def fleet(
    bundle_cache: Path, engine_settings: EngineSettings, nursery: Nursery | None
) -> AsyncIterator[LocalFleet]:
    """A fleet that serves the bundles of the folder."""
    async with LocalFleet(engine_settings, bundles=bundle_cache, nursery=nursery, drain_s=0.5) as running:
        yield running
