"""Frames on the socket between parent and child: a length, a length, a message, and its raw bytes, which are never copied to send.

A frame is two little-endian uint32, the bytes of the message and of the payload, then both. Whoever reads has caps for
both, and a frame above them ends the connection before anything is read.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

HEADER = struct.Struct("<II")
MAX_MESSAGE_BYTES = 4 << 20
READ_BYTES = 128 * 1024
"""Read at once from a blocking descriptor."""
MAX_PARTS = 512
"""Buffers that one writev takes; the kernel's own limit is 1,024."""

Part: TypeAlias = bytes | bytearray | memoryview


class FrameError(Exception):
    """The other side does not speak this protocol; nothing it says can be trusted any more."""


class Blob(msgspec.Struct, frozen=True):
    """Raw bytes of a message, by their place in the frame's payload."""

    offset: int
    length: int


@dataclass(slots=True)
class Payload:
    """The raw bytes that go out with one message."""

    parts: list[Part] = field(default_factory=list[Part])
    size_bytes: int = 0

    def add(self, raw: Part) -> Blob:
        """Append bytes, which must not change until the frame is sent."""
        blob = Blob(self.size_bytes, len(raw))
        self.parts.append(raw)
        self.size_bytes += len(raw)
        return blob


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame as it came: the encoded message and the payload."""

    message: bytes | bytearray
    payload: memoryview

    def read(self, blob: Blob) -> bytes:
        """Copy a blob out of the payload. Raises: FrameError when it lies outside."""
        end = blob.offset + blob.length
        if blob.offset < 0 or blob.length < 0 or end > len(self.payload):
            raise FrameError("a message points outside its payload")
        return bytes(self.payload[blob.offset : end])


def frame_parts(message: bytes, payload: Payload) -> list[Part]:
    """Give the buffers of a frame in the order in which they are sent."""
    return [HEADER.pack(len(message), payload.size_bytes), message, *payload.parts]


def read_header(header: Part, max_payload_bytes: int) -> tuple[int, int]:
    """Read the two lengths. Raises: FrameError above the caps."""
    message_bytes, payload_bytes = HEADER.unpack(header)
    if not 0 < message_bytes <= MAX_MESSAGE_BYTES or payload_bytes > max_payload_bytes:
        raise FrameError(f"a frame of {message_bytes} + {payload_bytes} bytes is above the limit")
    return message_bytes, payload_bytes


def write_frame(descriptor: int, parts: Sequence[Part]) -> None:
    """Write a whole frame to a blocking descriptor. Raises: OSError when the other side is gone."""
    left = [view for view in (memoryview(part).cast("B") for part in parts) if len(view)]
    while left:
        written = os.writev(descriptor, left[:MAX_PARTS])
        while left and written >= len(left[0]):
            written -= len(left.pop(0))
        if written:
            left[0] = left[0][written:]


def read_frame(descriptor: int, max_payload_bytes: int) -> Frame | None:
    """Read a whole frame from a blocking descriptor; None when the other side has closed between two frames.

    Raises: FrameError when it closes within one, or above the caps.
    """
    header = bytearray(HEADER.size)
    if not _fill(descriptor, header, may_end=True):
        return None
    message_bytes, payload_bytes = read_header(header, max_payload_bytes)
    message, payload = bytearray(message_bytes), bytearray(payload_bytes)
    _fill(descriptor, message)
    _fill(descriptor, payload)
    return Frame(message, memoryview(payload))


class FrameReader:
    """Reads frames from a blocking descriptor, many small ones with one call of the kernel."""

    def __init__(self, descriptor: int, max_payload_bytes: int) -> None:
        self._descriptor, self._max_payload_bytes = descriptor, max_payload_bytes
        self._buffer = memoryview(bytearray(READ_BYTES))
        self._begin = self._end = 0

    def read(self) -> Frame | None:
        """Wait for a whole frame; None when the other side has closed between two frames. Raises: as `read_frame`."""
        if not self._have(HEADER.size, may_end=True):
            return None
        header = self._buffer[self._begin : self._begin + HEADER.size]
        message_bytes, payload_bytes = read_header(header, self._max_payload_bytes)
        self._begin += HEADER.size
        if message_bytes + payload_bytes <= READ_BYTES - HEADER.size:
            self._have(message_bytes + payload_bytes)
            middle = self._begin + message_bytes
            last = middle + payload_bytes
            # copied, since the buffer is read into again
            frame = Frame(bytes(self._buffer[self._begin : middle]), memoryview(bytes(self._buffer[middle:last])))
            self._begin = last
            return frame
        whole = bytearray(message_bytes + payload_bytes)
        here = min(self._end - self._begin, len(whole))
        whole[:here] = self._buffer[self._begin : self._begin + here]
        self._begin += here
        _fill(self._descriptor, memoryview(whole)[here:])
        return Frame(bytes(whole[:message_bytes]), memoryview(whole)[message_bytes:])

    def _have(self, count: int, *, may_end: bool = False) -> bool:
        """Have so many bytes in the buffer, at most as many as it holds."""
        if self._end - self._begin < count and self._begin + count > READ_BYTES:
            rest = bytes(self._buffer[self._begin : self._end])
            self._buffer[: len(rest)] = rest
            self._begin, self._end = 0, len(rest)
        while self._end - self._begin < count:
            if self._begin == self._end:
                self._begin = self._end = 0
            read = os.readv(self._descriptor, [self._buffer[self._end :]])
            if read == 0:
                if may_end and self._begin == self._end:
                    return False
                raise FrameError("the connection ended within a frame")
            self._end += read
        return True


def _fill(descriptor: int, buffer: bytearray | memoryview, *, may_end: bool = False) -> bool:
    view = memoryview(buffer)
    while view:
        count = os.readv(descriptor, [view])
        if count == 0:
            if may_end and len(view) == len(buffer):
                return False
            raise FrameError("the connection ended within a frame")
        view = view[count:]
    return True
