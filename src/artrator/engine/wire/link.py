"""The parent's end of the socket to a child: small frames in by the buffer, large ones straight to their place, buffers out."""

from __future__ import annotations

import asyncio
import socket
from typing import Protocol, cast

from artrator.engine.wire.frames import HEADER, Frame, FrameError, Payload, frame_parts, read_header
from artrator.engine.wire.protocol import AnyMessage, encode_message

BUFFER_BYTES = 128 * 1024
"""Read at once: many small frames with one call of the kernel."""


class Listener(Protocol):
    """Who hears what a child sends."""

    def on_frame(self, frame: Frame) -> None:
        """Take a frame. Raises: FrameError, which ends the connection."""
        ...

    def on_violation(self, error: FrameError) -> None:
        """Learn that the child does not speak the protocol; the connection is closed already."""
        ...

    def on_closed(self) -> None:
        """Learn that the connection is closed, from either side."""
        ...


class _Large:
    """A frame that is too large for the buffer: the rest of it is read straight to where it belongs."""

    def __init__(self, begun: memoryview, message_bytes: int, payload_bytes: int) -> None:
        self._message_bytes = message_bytes
        self._target, self._filled = memoryview(bytearray(message_bytes + payload_bytes)), len(begun)
        self._target[: len(begun)] = begun

    @property
    def rest(self) -> memoryview:
        return self._target[self._filled :]

    def take(self, count: int) -> Frame | None:
        """Note what was read; give the frame once it is whole."""
        self._filled += count
        if self._filled < len(self._target):
            return None
        return Frame(bytes(self._target[: self._message_bytes]), self._target[self._message_bytes :])


class Link(asyncio.BufferedProtocol):
    """Frames over one connected socket."""

    def __init__(self, listener: Listener, max_payload_bytes: int) -> None:
        self._listener, self._max_payload_bytes = listener, max_payload_bytes
        self._transport: asyncio.Transport | None = None
        self.has_closed = asyncio.Event()
        self._buffer, self._filled = memoryview(bytearray(BUFFER_BYTES)), 0
        self._large: _Large | None = None

    @classmethod
    async def over(cls, connected: socket.socket, listener: Listener, max_payload_bytes: int) -> Link:
        """Take over a connected unix socket."""
        connected.setblocking(False)
        loop = asyncio.get_running_loop()
        _, link = await loop.create_unix_connection(lambda: cls(listener, max_payload_bytes), sock=connected)
        return link

    @property
    def is_open(self) -> bool:
        """Tell whether messages still go out."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, message: AnyMessage, payload: Payload | None = None) -> None:
        """Send a message; to a child that is gone it is dropped, as its loss is heard of elsewhere."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.writelines(frame_parts(encode_message(message), payload or Payload()))

    def close(self) -> None:
        """Close the connection; a child ends when it sees that."""
        if self._transport is not None:
            self._transport.abort()

    # asyncio.BufferedProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on that it is over."""
        self.has_closed.set()
        self._listener.on_closed()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Have the next bytes read into the buffer, or those of a large frame to their place."""
        return self._buffer[self._filled :] if self._large is None else self._large.rest

    def buffer_updated(self, nbytes: int) -> None:
        """Pass on the frames that are whole now."""
        try:
            if self._large is None:
                self._filled += nbytes
                self._pass_on()
            elif (frame := self._large.take(nbytes)) is not None:
                self._large = None
                self._listener.on_frame(frame)
        except FrameError as error:
            self.close()
            self._listener.on_violation(error)

    def _pass_on(self) -> None:
        """Pass on every whole frame of the buffer, and keep the beginning of the next at its front."""
        begin, end, buffer = 0, self._filled, self._buffer
        while end - begin >= HEADER.size:
            message_bytes, payload_bytes = read_header(buffer[begin : begin + HEADER.size], self._max_payload_bytes)
            first = begin + HEADER.size
            middle = first + message_bytes
            last = middle + payload_bytes
            if last > end:
                if last - begin > len(buffer):
                    self._large = _Large(buffer[first:end], message_bytes, payload_bytes)
                    begin = end
                break
            # copied, since the buffer is written again: a small frame is cheaper to copy than to read by itself
            self._listener.on_frame(Frame(bytes(buffer[first:middle]), memoryview(bytes(buffer[middle:last]))))
            begin = last
        if begin:
            buffer[: end - begin] = buffer[begin:end]
            self._filled = end - begin
