"""Ways to bring bytes from a worker to its parent, measured alone: a child that answers each request with so many bytes.

A parent must copy what comes through memory that its child can still write to, before it believes a byte of it.
"""

from __future__ import annotations

import mmap
import os
import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from artrator.engine.wire.frames import Payload, frame_parts, read_frame, write_frame

REQUEST = struct.Struct("<Q")
KIB, MIB = 1 << 10, 1 << 20
Send: TypeAlias = Callable[[int, bytes], None]
Receive: TypeAlias = Callable[[int], bytes | memoryview]
SIZES = (4 * KIB, 48 * KIB, MIB, 16 * MIB)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one message: wall clock, and the processor time of both sides together."""

    wall_s: float
    cpu_s: float


def by_socket(descriptor: int, body: bytes) -> None:
    """Send frames as a worker does."""
    payload = Payload()
    payload.add(body)
    write_frame(descriptor, frame_parts(REQUEST.pack(len(body)), payload))


class Shared:
    """One shared memory for all messages, as large as the largest; a frame on the socket says what lies there."""

    def __init__(self, size_bytes: int) -> None:
        descriptor = os.memfd_create("border")
        os.ftruncate(descriptor, size_bytes)
        self._memory = mmap.mmap(descriptor, size_bytes)
        os.close(descriptor)

    def send(self, descriptor: int, body: bytes) -> None:
        """Copy into the memory and say so."""
        self._memory[: len(body)] = body
        write_frame(descriptor, frame_parts(REQUEST.pack(len(body)), Payload()))

    def receive(self, descriptor: int) -> bytes:
        """Copy out of the memory."""
        frame = read_frame(descriptor, 0)
        assert frame is not None
        (size_bytes,) = REQUEST.unpack(frame.message)
        return self._memory[:size_bytes]


def receive_frame(descriptor: int) -> memoryview:
    """Read a frame straight to its place; nothing is copied afterwards."""
    frame = read_frame(descriptor, max(SIZES))
    assert frame is not None
    return frame.payload


def send_descriptor(descriptor: int, body: bytes) -> None:
    """Make a memory for this message alone and pass its descriptor. The sandbox closes what this takes."""
    memory = os.memfd_create("border")
    os.write(memory, body)
    with socket.socket(fileno=os.dup(descriptor)) as link:
        socket.send_fds(link, [REQUEST.pack(len(body))], [memory])
    os.close(memory)


def receive_descriptor(descriptor: int) -> bytes:
    """Take the descriptor and copy the memory out."""
    with socket.socket(fileno=os.dup(descriptor)) as link:
        data, (memory,), *_ = socket.recv_fds(link, REQUEST.size, 1)
    (size_bytes,) = REQUEST.unpack(data)
    try:
        return os.pread(memory, size_bytes, 0)
    finally:
        os.close(memory)


def measure(send: Send, receive: Receive, size_bytes: int, messages: int) -> Cost:
    """Have a child send so many messages, each when it is asked; give the cost of one."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        _answer(theirs.fileno(), send, bytes(size_bytes), messages)
    theirs.close()
    receive_one = _asker(ours.fileno(), receive)
    receive_one()
    began_s, cpu_s = time.perf_counter(), time.process_time()
    for _ in range(messages):
        receive_one()
    wall_s, cpu_s = time.perf_counter() - began_s, time.process_time() - cpu_s
    childs_s = struct.unpack("<d", os.read(ours.fileno(), 8))[0]
    os.waitpid(pid, 0)
    ours.close()
    return Cost(wall_s / messages, (cpu_s + childs_s) / messages)


def _asker(descriptor: int, receive: Receive) -> Callable[[], None]:
    def ask() -> None:
        os.write(descriptor, b"!")
        receive(descriptor)

    return ask


def _answer(descriptor: int, send: Send, body: bytes, messages: int) -> None:
    cpu_s = 0.0
    for index in range(messages + 1):
        os.read(descriptor, 1)
        if index == 1:
            cpu_s = time.process_time()
        send(descriptor, body)
    os.write(descriptor, struct.pack("<d", time.process_time() - cpu_s))
    os._exit(0)


def ways() -> Sequence[tuple[str, Send, Receive]]:
    """List the ways by name."""
    shared = Shared(max(SIZES))
    return (
        ("socket", by_socket, receive_frame),
        ("shared memory", shared.send, shared.receive),
        ("memory passed", send_descriptor, receive_descriptor),
    )
