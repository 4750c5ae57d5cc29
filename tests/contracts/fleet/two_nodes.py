"""A cluster of two nodes with a replica of ours on each, whose bundles come from a shared folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.contracts.fleet.fleets import ENGINE
from tests.contracts.fleet.ray_cluster import node, ray_cluster

from artrator.engine.cluster.replica import Equipment
from artrator.engine.cluster.settings import ClusterSettings
from artrator.engine.local import LocalFleet
from artrator.kernel.ids import Digest

if TYPE_CHECKING:
    from artrator.engine.cluster.fleet import ClusterFleet


class TwoNodes:
    """The cluster of a test session: `with TwoNodes(shared).running() as nodes`."""

    def __init__(self, shared: Path) -> None:
        self.shared = shared
        self.replicas = shared.parent / "replicas"
        """Where each replica that was started has a folder of its own."""
        self.settings = ClusterSettings()
        self._cluster: Any = None
        self._other: Any = None

    @contextmanager
    def running(self) -> Iterator[TwoNodes]:
        """Start both nodes and deploy; end everything afterwards."""
        with ray_cluster() as self._cluster:
            from artrator.engine.cluster.connection import connect, disconnect

            self.add_other()
            self.settings = ClusterSettings(address=self._cluster.address, min_replicas=2, max_replicas=2, drain_s=30)
            try:
                connect(self.settings)
                self.deploy()
                yield self
            finally:
                disconnect()

    def add_other(self) -> None:
        """Start the node that is not the head."""
        self._other = self._cluster.add_node(**node())

    def kill_other(self) -> None:
        """End the node that is not the head, with everything on it, as a power cut would."""
        self._cluster.remove_node(self._other, allow_graceful=False)

    def deploy(self, **changes: int) -> None:
        """Start the replicas, or change them."""
        from artrator.engine.cluster.deployment import deploy

        engine = ENGINE.model_copy(update={"cluster": self.settings.model_copy(update=changes)})
        deploy(engine, partial(equipment, self.shared, self.replicas))

    def fleet(self) -> ClusterFleet:
        """Make a fleet that asks this cluster."""
        from artrator.engine.cluster.fleet import ClusterFleet

        return ClusterFleet(self.settings)


@asynccontextmanager
async def equipment(shared: Path, replicas: Path) -> AsyncIterator[Equipment]:
    """Equip a replica that copies bundles from a shared folder to a folder of its own."""
    own = replicas / str(os.getpid()) / "bundles"
    async with LocalFleet(ENGINE, bundles=own, drain_s=10) as fleet:
        yield Equipment(fleet=fleet, lease=partial(_copied, shared, own))
    shutil.rmtree(own.parent)


@asynccontextmanager
async def _copied(shared: Path, own: Path, digest: Digest) -> AsyncIterator[Path]:
    if not (own / digest).exists():
        shutil.copytree(shared / digest, own / digest)
    yield own / digest
