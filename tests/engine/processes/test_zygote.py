"""The process that forks the others: what its children share and do not, and that its own end costs nobody an answer."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from artrator.engine.examination.examine import Examiner
from artrator.engine.fleet import Finished, OutputJson
from artrator.engine.local import LocalFleet
from artrator.engine.processes.nursery import ForkedProcess, Nursery
from artrator.engine.settings import EngineSettings
from artrator.engine.wire.protocol import Fork, Orders
from artrator.kernel.errors import Unavailable
from tests.engine.processes import worker_bundles
from tests.engine.processes.process_table import children_of, is_alive
from tests.engine.processes.test_local_fleet import begin, run, until_executing, worker_pid

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere children are started afresh")


@pytest.fixture
async def bare() -> AsyncIterator[Nursery]:
    """A nursery without a fleet."""
    nursery = Nursery()
    yield nursery
    await nursery.stop()


def examination(module: str, folder: Path, settings: EngineSettings) -> Fork:
    """Ask for a child that may read a folder."""
    orders = Orders(
        socket=-1,
        board=-1,
        folder=str(folder),
        parent_pid=0,
        memory_bytes=1 << 29,
        cpu_s=60,
        settings=settings.model_dump_json(),
    )
    return Fork(module=module, has_board=False, orders=orders)


async def test_the_zygote_has_one_thread_and_only_what_it_needs_open(fleet: LocalFleet, nursery: Nursery) -> None:
    assert (await fleet.health()).workers[0].alive
    zygote = Path(f"/proc/{nursery.pid}")
    held = {os.readlink(each).partition(":")[0] for each in (zygote / "fd").iterdir()}  # noqa: PTH115 - a socket is no path
    assert len(list((zygote / "task").iterdir())) == 1
    assert held == {"/dev/null", "pipe", "socket"}


async def test_a_run_survives_the_end_of_the_zygote_and_of_every_worker(
    fleet: LocalFleet, nursery: Nursery, bundle_cache: Path
) -> None:
    slow = await begin(fleet, worker_bundles.request(worker_bundles.slow(bundle_cache)))
    await until_executing(fleet, 1)
    before, zygote = await worker_pid(fleet), nursery.pid
    assert zygote is not None
    os.kill(zygote, signal.SIGKILL)
    assert isinstance(await slow, Finished)
    assert nursery.pid != zygote
    assert not is_alive(before)
    finished = await run(fleet, worker_bundles.request(worker_bundles.quick(bundle_cache)))
    assert finished.outputs == {"y": OutputJson(value=[[2.0, 3.0, 4.0, 5.0]])}


async def test_a_child_nobody_waits_for_any_more_is_ended(
    bare: Nursery, bundle_cache: Path, engine_settings: EngineSettings
) -> None:
    ours, theirs = socket.socketpair()
    readable, writable = os.pipe()
    fork = examination("artrator.engine.examination.examinee", bundle_cache, engine_settings)
    asking = asyncio.create_task(bare.fork(fork, [theirs.fileno(), writable]))
    while bare.pid is None:  # noqa: ASYNC110 - starting a process rings no bell
        await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    for descriptor in (writable, theirs.detach()):
        os.close(descriptor)
    ours.settimeout(30)
    while await asyncio.to_thread(ours.recv, 4096):
        pass
    assert not children_of(os.getpid(), "examinee")
    ours.close()
    os.close(readable)


async def test_a_child_that_fails_to_start_says_so_and_leaves_the_zygote_to_the_others(
    bare: Nursery, bundle_cache: Path, engine_settings: EngineSettings
) -> None:
    broken = examination("artrator.engine.nothing", bundle_cache, engine_settings)
    ours, theirs = socket.socketpair()
    pids: set[int] = set()
    with ours, theirs:
        for _ in range(2):
            readable, writable = os.pipe()
            child = await bare.fork(broken, [theirs.fileno(), writable])
            os.close(writable)
            assert await asyncio.wait_for(child.wait(), 30) == 1
            child.kill()
            pids.add(child.pid)
            with os.fdopen(readable) as errors:
                assert "KeyError" in errors.read()
    assert len(pids) == 2


async def test_two_workers_start_from_one_zygote(bundle_cache: Path, engine_settings: EngineSettings) -> None:
    nursery = Nursery()
    settings = engine_settings.model_copy(update={"workers": 2})
    async with LocalFleet(settings, bundles=bundle_cache, nursery=nursery) as fleet:
        pids = [worker.pid for worker in (await fleet.health()).workers]
        assert nursery.pid is not None
        assert set(children_of(nursery.pid, "worker")) == set(pids)
        assert len(set(pids)) == 2
    await nursery.stop()
    assert not is_alive(nursery.pid)


class StumblingNursery(Nursery):
    """Forks some children that end at once, as if the system had taken them, then sound ones."""

    def __init__(self, lost: int) -> None:
        super().__init__()
        self.lost = lost

    async def fork(self, fork: Fork, descriptors: Sequence[int]) -> ForkedProcess:
        """Fork a child."""
        if self.lost:
            self.lost -= 1
            fork = msgspec.structs.replace(fork, module="artrator.engine.nothing")
        return await super().fork(fork, descriptors)


async def test_an_examination_survives_a_child_that_is_lost_before_it_was_ready(
    bundle_cache: Path, engine_settings: EngineSettings, caplog: pytest.LogCaptureFixture
) -> None:
    nursery = StumblingNursery(lost=1)
    bundle = worker_bundles.quick(bundle_cache)
    try:
        facts = await Examiner(engine_settings, nursery).read_facts(bundle.folder, "model.onnx")
    finally:
        await nursery.stop()
    assert facts.operators == {"ai.onnx:Add": 1}
    assert "ended with exit status 1 before it was ready; its last words: KeyError" in caplog.text


async def test_an_examination_says_so_when_no_child_starts(bundle_cache: Path, engine_settings: EngineSettings) -> None:
    nursery = StumblingNursery(lost=2)
    bundle = worker_bundles.quick(bundle_cache)
    try:
        with pytest.raises(Unavailable, match="could not start"):
            await Examiner(engine_settings, nursery).read_facts(bundle.folder, "model.onnx")
    finally:
        await nursery.stop()
