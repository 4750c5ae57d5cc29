"""Frames arrive whole and in order, however the bytes of many of them are cut up on their way."""

from __future__ import annotations

import asyncio
import random
import socket
import struct

import pytest

from artrator.engine.wire.frames import Frame, FrameError, Payload, frame_parts
from artrator.engine.wire.link import BUFFER_BYTES, Link

MAX_PAYLOAD_BYTES = 1 << 20


class Heard:
    """Keeps what came."""

    def __init__(self) -> None:
        self.frames: list[tuple[bytes, bytes]] = []
        self.violation: FrameError | None = None
        self.closed = asyncio.Event()

    def on_frame(self, frame: Frame) -> None:
        self.frames.append((bytes(frame.message), bytes(frame.payload)))

    def on_violation(self, error: FrameError) -> None:
        self.violation = error

    def on_closed(self) -> None:
        self.closed.set()


def _frame(message: bytes, payload: bytes) -> bytes:
    carried = Payload()
    carried.add(payload)
    return b"".join(bytes(part) for part in frame_parts(message, carried))


async def _hear(chunks: list[bytes]) -> Heard:
    here, there = socket.socketpair()
    heard = Heard()
    await Link.over(here, heard, MAX_PAYLOAD_BYTES)
    there.setblocking(False)
    loop = asyncio.get_running_loop()
    for chunk in chunks:
        if heard.violation is None:
            await loop.sock_sendall(there, chunk)
            await asyncio.sleep(0)
    if heard.violation is None:
        there.shutdown(socket.SHUT_WR)
    await heard.closed.wait()
    there.close()
    return heard


@pytest.mark.parametrize("seed", range(6))
async def test_small_and_large_frames_arrive_in_order_however_they_are_cut(seed: int) -> None:
    drawn = random.Random(seed)
    sizes = [drawn.choice([0, 1, 50, 5000, BUFFER_BYTES - 9, BUFFER_BYTES, 3 * BUFFER_BYTES]) for _ in range(40)]
    frames = [(drawn.randbytes(drawn.randint(1, 300)), drawn.randbytes(size)) for size in sizes]
    whole = b"".join(_frame(message, payload) for message, payload in frames)
    chunks: list[bytes] = []
    while whole:
        cut = drawn.choice([1, 7, 8, 9, 100, 70_000, BUFFER_BYTES])
        chunks.append(whole[:cut])
        whole = whole[cut:]
    assert (await _hear(chunks)).frames == frames


@pytest.mark.parametrize(
    "header", [struct.pack("<II", 0, 0), struct.pack("<II", 2**32 - 1, 0), struct.pack("<II", 1, MAX_PAYLOAD_BYTES + 1)]
)
async def test_a_frame_above_its_caps_ends_the_connection_after_those_before_it(header: bytes) -> None:
    heard = await _hear([_frame(b"good", b"payload") + header, bytes(100)])
    assert heard.frames == [(b"good", b"payload")]
    assert isinstance(heard.violation, FrameError)
