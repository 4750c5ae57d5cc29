"""The parent's end of the socket to a child: whole frames in, buffers out, nothing copied on the way to its place."""

from __future__ import annotations

import asyncio
import socket
from enum import Enum, auto
from typing import Protocol, cast

from artrator.engine.frames import HEADER, Frame, FrameError, Payload, frame_parts, read_header
from artrator.engine.protocol import AnyMessage, encode_message


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


class _Expecting(Enum):
    HEADER = auto()
    MESSAGE = auto()
    PAYLOAD = auto()


class Link(asyncio.BufferedProtocol):
    """Frames over one connected socket."""

    def __init__(self, listener: Listener, max_payload_bytes: int) -> None:
        self._listener, self._max_payload_bytes = listener, max_payload_bytes
        self._transport: asyncio.Transport | None = None
        self.has_closed = asyncio.Event()
        self._expect_header()

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
        """Have the next bytes read straight to where they belong."""
        return self._target[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """Go on to the next piece of the frame once this one is whole."""
        self._filled += nbytes
        if self._filled < len(self._target):
            return
        try:
            self._advance()
        except FrameError as error:
            self.close()
            self._listener.on_violation(error)

    def _advance(self) -> None:
        if self._expecting is _Expecting.HEADER:
            message_bytes, self._payload_bytes = read_header(bytes(self._target), self._max_payload_bytes)
            self._expect(_Expecting.MESSAGE, message_bytes)
            return
        if self._expecting is _Expecting.MESSAGE:
            self._message = bytes(self._target)
            if self._payload_bytes:
                self._expect(_Expecting.PAYLOAD, self._payload_bytes)
                return
            payload = memoryview(b"")
        else:
            payload = self._target
        frame = Frame(self._message, payload)
        self._expect_header()
        self._listener.on_frame(frame)

    def _expect_header(self) -> None:
        self._message, self._payload_bytes = b"", 0
        self._expect(_Expecting.HEADER, HEADER.size)

    def _expect(self, what: _Expecting, size_bytes: int) -> None:
        self._expecting = what
        self._target, self._filled = memoryview(bytearray(size_bytes)), 0
