"""The worker process as such: what it inherits, how it ends, and what the parent makes of one that lies."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from artrator.engine.local import LocalFleet
from artrator.engine.processes.launch import clean_environment
from artrator.engine.processes.nursery import Nursery
from artrator.engine.wire.frames import HEADER, MAX_MESSAGE_BYTES, Frame, FrameError, Payload, frame_parts
from artrator.engine.wire.link import Link
from artrator.engine.wire.protocol import HasFinished, HasProgressed, WireFile, encode_message, from_worker
from artrator.engine.wire.translation import event_from_wire
from tests.engine.processes.process_table import children_of, is_alive

MAX_PAYLOAD_BYTES = 1 << 20
PARENT = """
import asyncio, sys
from pathlib import Path
from artrator.engine.local import LocalFleet
from artrator.engine.processes.nursery import open_nursery
from artrator.engine.settings import EngineSettings

async def main():
    settings, folder, forks = EngineSettings(threads_per_worker=1), Path(sys.argv[1]), sys.argv[2] == "forked"
    async with open_nursery() as nursery, LocalFleet(settings, bundles=folder, nursery=nursery if forks else None) as fleet:
        print((await fleet.health()).workers[0].pid, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_a_worker_and_what_forks_it_inherit_no_secret(fleet: LocalFleet, nursery: Nursery | None) -> None:
    assert fleet
    zygote = None if nursery is None else nursery.pid
    for pid in (*children_of(os.getpid(), "worker"), *(() if zygote is None else (zygote,))):
        names = {line.split(b"=")[0].decode() for line in _read(pid, "environ").split(b"\0") if line}
        assert names
        assert names <= set(clean_environment())


async def test_a_worker_holds_no_descriptor_of_its_parents(fleet: LocalFleet) -> None:
    assert fleet
    (pid,) = children_of(os.getpid(), "worker")
    assert descriptors(pid) == {"/dev/null", "/memfd", "pipe", "socket"}


def descriptors(pid: int) -> set[str]:
    """Name the kinds of files that a process holds open."""
    held = [os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir()]  # noqa: PTH115 - a socket is no path
    return {each.partition(":")[0] for each in held}


def _read(pid: int, name: str) -> bytes:
    return Path(f"/proc/{pid}/{name}").read_bytes()


@pytest.mark.parametrize("start", ["forked", "fresh"])
@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_never_outlives_its_parent(bundle_cache: Path, signal_number: signal.Signals, start: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-P", "-c", PARENT, str(bundle_cache), start],
        stdout=subprocess.PIPE,
        env=clean_environment(),
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert is_alive(worker)
        descriptor = os.pidfd_open(worker)
        parent.send_signal(signal_number)
        parent.wait(20)
    _wait_for_end(descriptor)
    assert not is_alive(worker)


def _wait_for_end(pid_descriptor: int) -> None:

    readable, _, _ = select.select([pid_descriptor], [], [], 20)
    os.close(pid_descriptor)
    assert readable


class Ear:
    """Hears what a link says."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.violation: FrameError | None = None
        self.news = asyncio.Event()

    def on_frame(self, frame: Frame) -> None:
        """Keep a frame that is a message."""
        try:
            from_worker.decode(frame.message)
        except Exception as error:
            raise FrameError(str(error)) from None
        self.frames.append(frame)
        self.news.set()

    def on_violation(self, error: FrameError) -> None:
        """Keep the first fault."""
        self.violation = error
        self.news.set()

    def on_closed(self) -> None:
        """The end is news, too."""
        self.news.set()


@asynccontextmanager
async def linked() -> AsyncIterator[tuple[Ear, socket.socket]]:
    """A parent's link, and the socket of a child that says whatever it likes."""
    ours, theirs = socket.socketpair()
    ear = Ear()
    link = await Link.over(ours, ear, MAX_PAYLOAD_BYTES)
    try:
        yield ear, theirs
    finally:
        theirs.close()
        link.close()
        await link.has_closed.wait()


PROGRESS = encode_message(HasProgressed(id="a", step=1, steps=2, preview=None))
GARBAGE: dict[str, Callable[[], bytes]] = {
    "noise": lambda: bytes(range(256)) * 64,
    "a message above the limit": lambda: HEADER.pack(MAX_MESSAGE_BYTES + 1, 0),
    "a payload above the limit": lambda: HEADER.pack(10, MAX_PAYLOAD_BYTES + 1),
    "an empty message": lambda: HEADER.pack(0, 0),
    "no msgpack": lambda: HEADER.pack(4, 0) + b"\xc1\xc1\xc1\xc1",
    "an unknown message": lambda: HEADER.pack(12, 0) + b"\x81\xa4type\xa5Dance",
    "a nest of arrays": lambda: HEADER.pack(100_000, 0) + b"\x91" * 100_000,
    "a text that is none": lambda: HEADER.pack(len(PROGRESS), 0) + PROGRESS.replace(b"\xa1a", b"\xa1\xff"),
}


@pytest.mark.parametrize("name", GARBAGE)
async def test_garbage_from_a_child_is_a_violation_and_nothing_worse(name: str) -> None:
    async with linked() as (ear, child):
        child.setblocking(True)
        await asyncio.to_thread(child.sendall, GARBAGE[name]())
        await asyncio.wait_for(ear.news.wait(), 10)
        assert ear.violation is not None
        assert ear.frames == []


async def test_a_frame_in_many_pieces_arrives_whole() -> None:
    payload = Payload()
    blob = payload.add(os.urandom(100_000))
    message = encode_message(HasProgressed(id="a", step=1, steps=2, preview=blob))
    whole = b"".join(frame_parts(message, payload))
    async with linked() as (ear, child):
        child.setblocking(True)
        for start in range(0, len(whole), 7919):
            await asyncio.to_thread(child.sendall, whole[start : start + 7919])
        await asyncio.wait_for(ear.news.wait(), 10)
        assert ear.frames[0].read(blob) == payload.parts[0]


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/javascript", "image/png\n"])
def test_an_output_that_a_browser_would_run_is_refused(media_type: str) -> None:
    payload = Payload()
    file = WireFile(media_type=media_type, raw=payload.add(b"x"), width_px=None, height_px=None, frames=None)
    message = HasFinished(id="a", outputs={"y": file}, queue_s=0, predict_s=0, encode_s=0, engine={})
    with pytest.raises(FrameError):
        event_from_wire(message, Frame(b"", memoryview(b"x")))


async def test_a_worker_that_talks_nonsense_is_replaced(fleet: LocalFleet) -> None:
    (place,) = fleet.places
    worker = place.worker
    assert worker is not None
    with pytest.raises(FrameError):
        worker.on_frame(Frame(b"nonsense", memoryview(b"")))
    worker.on_violation(FrameError("nonsense"))
    await asyncio.wait_for(worker.has_ended.wait(), 10)
    async with asyncio.timeout(20):
        while place.worker is None or place.worker is worker:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
