"""Two fleets under one contract: this machine's workers, and replicas on two nodes where the extra `ray` is installed."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.contracts.fleet.fleets import ENGINE
from tests.contracts.fleet.two_nodes import TwoNodes
from tests.engine.processes import worker_bundles

from artrator.engine.fleet import Fleet, InstalledBundle
from artrator.engine.local import LocalFleet
from artrator.kernel.ids import new_id

needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="the extra `ray` is not installed: make test-ray")


@pytest.fixture(scope="session")
def shared() -> Iterator[Path]:
    """The bundles, below a folder that only its owner may enter, as below root's home."""
    with tempfile.TemporaryDirectory(prefix="artrator-home-") as home:
        Path(home).chmod(0o700)
        folder = Path(home, "bundles")
        folder.mkdir(mode=0o700)
        yield folder


@pytest.fixture(scope="session")
def cluster(shared: Path) -> Iterator[TwoNodes]:
    """Two nodes with a replica each."""
    with TwoNodes(shared).running() as nodes:
        yield nodes


@pytest.fixture(params=["local", pytest.param("ray", marks=[needs_ray, pytest.mark.ray])])
async def fleet(request: pytest.FixtureRequest, shared: Path) -> AsyncIterator[Fleet]:
    """A fleet that serves the shared bundles."""
    if request.param == "local":
        async with LocalFleet(ENGINE, bundles=shared, drain_s=0.5) as running:
            yield running
    else:
        nodes: TwoNodes = request.getfixturevalue("cluster")
        async with nodes.fleet() as running:
            yield running


@pytest.fixture
def make(shared: Path) -> Callable[..., InstalledBundle]:
    """Makes bundles of the kinds in `worker_bundles`, each one that no other test has."""

    def make(kind: str, **options: object) -> InstalledBundle:
        return getattr(worker_bundles, kind)(shared, f"{kind}-{new_id()}", **options)

    return make
