"""A replica without Ray around it: what it starts, where its bundles come from, and what it tells of a run."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from artrator.engine.cluster.health import merged
from artrator.engine.cluster.replica import Equipment, Failed, Replica, measured_on
from artrator.engine.errors import ModelFault, ModelQuarantined
from artrator.engine.examination.profile import GraphPlan
from artrator.engine.fleet import (
    Finished,
    FleetHealth,
    InstalledBundle,
    Priority,
    Progressed,
    RunEvent,
    RunRequest,
    Started,
    Timings,
    WorkerHealth,
)
from artrator.kernel.errors import ArtratorError, Unavailable
from artrator.kernel.ids import Digest
from tests.engine.conftest import request

FINISHED = Finished(outputs={}, timings=Timings(queue_s=0, predict_s=0, encode_s=0), engine={})
EVENTS = (Started(), Progressed(step=1, steps=2, preview=b"\xff\xd8" * 500), FINISHED)


class Steps:
    """A fleet that says its lines, then fails or waits where it is told to."""

    def __init__(self, *, error: ArtratorError | None = None, waits: bool = False) -> None:
        self.requests: list[RunRequest] = []
        self.stopped = False
        self._error, self._waits = error, waits
        self._tell: Callable[[Digest, ArtratorError], None] | None = None

    async def run(self, request: RunRequest) -> AsyncGenerator[RunEvent]:
        self.requests.append(request)
        try:
            if self._error is not None:
                if self._tell is not None and isinstance(self._error, ModelQuarantined):
                    self._tell(request.bundle.digest, self._error)
                raise self._error
            for event in EVENTS:
                yield event
                if self._waits:
                    await asyncio.get_running_loop().create_future()
        finally:
            self.stopped = True

    def refuse(
        self, digest: Digest, account: str, *, deadline_s: float, priority: Priority = Priority.INTERACTIVE
    ) -> None:
        pass

    async def health(self) -> FleetHealth:
        return FleetHealth()

    async def forget(self, digest: Digest) -> None:
        pass

    def on_quarantine(self, callback: Callable[[Digest, ArtratorError], None]) -> None:
        self._tell = callback


class Machine:
    """What a replica is equipped with, and what became of it."""

    def __init__(self, fleet: Steps, folder: Path) -> None:
        self.fleet, self.folder = fleet, folder
        self.opened, self.closed, self.leases = 0, 0, 0

    @asynccontextmanager
    async def equip(self) -> AsyncGenerator[Equipment]:
        self.opened += 1
        yield Equipment(fleet=self.fleet, lease=self._lease)
        self.closed += 1

    @asynccontextmanager
    async def _lease(self, digest: Digest) -> AsyncGenerator[Path]:
        self.leases += 1
        try:
            yield self.folder / digest
        finally:
            self.leases -= 1


@pytest.fixture
def bundle(bundles: Callable[..., InstalledBundle]) -> InstalledBundle:
    return bundles("latent")


async def test_a_run_uses_this_machines_own_copy_and_holds_it_while_it_runs(
    bundle: InstalledBundle, tmp_path: Path
) -> None:
    machine = Machine(Steps(), tmp_path)
    replica = Replica(machine.equip)
    replies: list[object] = []
    async for reply in replica.run(request(bundle), measured_on()):
        replies.append(reply)
        assert machine.leases == 1
    assert replies == list(EVENTS)
    assert machine.leases == 0
    assert machine.fleet.requests[0].bundle.folder == tmp_path / bundle.digest


async def test_plans_that_were_measured_elsewhere_are_left_aside(bundle: InstalledBundle, tmp_path: Path) -> None:
    plans = {"model": GraphPlan(max_batch=4, threads=2)}
    machine = Machine(Steps(), tmp_path)
    for place in (measured_on(), "another processor, 96 cores"):
        async for _ in Replica(machine.equip).run(request(replace(bundle, plans=plans)), place):
            pass
    assert [each.bundle.plans for each in machine.fleet.requests] == [plans, {}]


async def test_an_error_of_a_run_is_told_and_not_raised(bundle: InstalledBundle, tmp_path: Path) -> None:
    fault = ModelFault("model_crashed", "It crashed.")
    replica = Replica(Machine(Steps(error=fault), tmp_path).equip)
    assert [reply async for reply in replica.run(request(bundle), measured_on())] == [
        Failed(error=fault, quarantined=frozenset())
    ]


async def test_a_quarantine_is_told_until_it_is_forgotten(bundle: InstalledBundle, tmp_path: Path) -> None:
    stopped = ModelQuarantined("It is stopped.", digest=bundle.digest)
    replica = Replica(Machine(Steps(error=stopped), tmp_path).equip)
    (reply,) = [reply async for reply in replica.run(request(bundle), measured_on())]
    assert reply == Failed(error=stopped, quarantined=frozenset({bundle.digest}))


async def test_closing_the_stream_stops_the_run_and_gives_the_lease_back(
    bundle: InstalledBundle, tmp_path: Path
) -> None:
    machine = Machine(Steps(waits=True), tmp_path)
    async with aclosing(Replica(machine.equip).run(request(bundle), measured_on())) as replies:
        assert isinstance(await anext(replies), Started)
    assert machine.fleet.stopped
    assert machine.leases == 0


async def test_a_replica_starts_once_and_ends_what_it_started(tmp_path: Path) -> None:
    machine = Machine(Steps(), tmp_path)
    replica = Replica(machine.equip)
    await asyncio.gather(replica.check_health(), replica.check_health())
    await replica.close()
    assert (machine.opened, machine.closed) == (1, 1)


async def test_a_machine_that_cannot_start_says_why_at_every_look(tmp_path: Path) -> None:
    @asynccontextmanager
    async def equip() -> AsyncGenerator[Equipment]:
        raise Unavailable("replica_unprotected", "It lacks a protection.")
        yield

    replica = Replica(equip)
    for _ in range(2):
        with pytest.raises(Unavailable, match="lacks"):
            await replica.check_health()


def test_what_crosses_the_border_arrives_as_it_was_sent(bundle: InstalledBundle) -> None:
    for each in (request(bundle), *EVENTS, FleetHealth()):
        assert pickle.loads(pickle.dumps(each)) == each


def test_the_health_of_many_machines_numbers_their_workers_and_hides_no_gap() -> None:
    worker = WorkerHealth(index=0, pid=7, alive=True, running=1, waiting=0, restarts=0, memory_bytes=1)
    one = FleetHealth(workers=(worker,), protections=("files: landlock", "network: seccomp"))
    other = FleetHealth(workers=(worker,), protections=("network: seccomp",), missing=("files: no landlock",))
    health = merged([one, other])
    assert [each.index for each in health.workers] == [0, 1]
    assert health.protections == ("network: seccomp",)
    assert health.missing == ("files: no landlock",)
    assert merged([]) == FleetHealth()
