"""Frames read many at a time, and sent several together: whatever pieces they come in, they are what was sent."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artrator.engine.processes.worker import MAX_POSTED_S, Outlet
from artrator.engine.wire.frames import HEADER, READ_BYTES, FrameError, FrameReader, Payload, frame_parts
from artrator.engine.wire.protocol import Pong, from_worker

SIZES = st.one_of(st.integers(0, 300), st.sampled_from((READ_BYTES - 100, READ_BYTES, READ_BYTES + 1, 3 * READ_BYTES)))


def written(frames: Sequence[tuple[int, int]]) -> bytes:
    """Write frames whose bytes tell which they are."""
    whole = b""
    for index, (message_bytes, payload_bytes) in enumerate(frames):
        payload = Payload()
        payload.add(bytes([255 - index]) * payload_bytes)
        whole += b"".join(frame_parts(bytes([index]) * message_bytes, payload))
    return whole


@given(
    frames=st.lists(st.tuples(st.integers(1, 300), SIZES), min_size=1, max_size=6),
    pieces=st.lists(st.integers(1, 200_000), min_size=1, max_size=8),
)
def test_frames_come_whole_in_whatever_pieces(frames: list[tuple[int, int]], pieces: list[int]) -> None:
    reading, writing = os.pipe()

    def write() -> None:
        left, turn = memoryview(written(frames)), 0
        while left:
            left = left[os.write(writing, left[: pieces[turn % len(pieces)]]) :]
            turn += 1
        os.close(writing)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        reader = FrameReader(reading, 1 << 30)
        for index, (message_bytes, payload_bytes) in enumerate(frames):
            frame = reader.read()
            assert frame is not None
            assert frame.message == bytes([index]) * message_bytes
            assert frame.payload == bytes([255 - index]) * payload_bytes
        assert reader.read() is None
    finally:
        thread.join()
        os.close(reading)


@pytest.mark.parametrize("cut", [1, HEADER.size - 1, HEADER.size, HEADER.size + 1])
def test_an_end_within_a_frame_is_an_error(cut: int) -> None:
    reading, writing = os.pipe()
    os.write(writing, written([(3, 5)])[:cut])
    os.close(writing)
    with pytest.raises(FrameError):
        FrameReader(reading, 1 << 30).read()
    os.close(reading)


def test_a_frame_above_the_cap_is_refused_before_it_is_read() -> None:
    reading, writing = os.pipe()
    os.write(writing, HEADER.pack(1, 1001))
    with pytest.raises(FrameError):
        FrameReader(reading, 1000).read()
    os.close(reading)
    os.close(writing)


def test_what_is_posted_waits_for_the_flush_and_keeps_its_place() -> None:
    here, there = socket.socketpair()
    with here, there:
        there.setblocking(False)
        outlet = Outlet(here.fileno(), now_s=lambda: 0.0)
        outlet.post(Pong(nonce=1), Payload())
        with pytest.raises(BlockingIOError):
            there.recv(1)
        outlet.send(Pong(nonce=2))
        outlet.post(Pong(nonce=3), Payload())
        outlet.flush()
        there.setblocking(True)
        reader = FrameReader(there.fileno(), 0)
        frames = [reader.read() for _ in range(3)]
        assert [from_worker.decode(each.message) for each in frames if each] == [Pong(nonce=n) for n in (1, 2, 3)]


def test_what_was_posted_waits_no_longer_than_a_moment() -> None:
    here, there = socket.socketpair()
    with here, there:
        now_s = [0.0]
        outlet = Outlet(here.fileno(), now_s=lambda: now_s[0])
        outlet.post(Pong(nonce=1), Payload())
        now_s[0] = 2 * MAX_POSTED_S
        outlet.post(Pong(nonce=2), Payload())
        reader = FrameReader(there.fileno(), 0)
        assert [each is not None for each in (reader.read(), reader.read())] == [True, True]
