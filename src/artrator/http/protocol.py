"""Bound the head of a request, which uvicorn reads before any middleware sees it."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024


class BoundedHead(HttpToolsProtocol):
    """A connection that is closed when a request's line and headers are too long or take too long."""

    head_timeout_s: ClassVar[float]

    _in_head = True
    _head_bytes = 0
    _kept_bytes = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._begin_head()
        self._timer = self.loop.call_later(self.head_timeout_s, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless all of it was head and the head does not end."""
        was_in_head = self._in_head
        super().data_received(data)
        if not self._in_head:
            return
        if self._timer is None:
            self._timer = self.loop.call_later(self.head_timeout_s, self._give_up)
        if was_in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response(f"A request's line and headers have at most {MAX_HEAD_BYTES} bytes.")

    def on_message_begin(self) -> None:
        """Begin to wait for the end of a head; most are whole in what was received, and then no timer is begun."""
        super().on_message_begin()
        self._begin_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep one header. Raises: ValueError, which the parser turns into a 400."""
        super().on_header(name, value)
        self._kept_bytes += len(name) + len(value)
        if self._kept_bytes > MAX_HEAD_BYTES:
            raise ValueError("too many headers")

    def on_headers_complete(self) -> None:
        """Stop waiting: from here on `http/body_limit.py` counts."""
        self._in_head = False
        self._stop_timer()
        super().on_headers_complete()

    def _begin_head(self) -> None:
        self._in_head, self._head_bytes, self._kept_bytes = True, 0, 0
        self._stop_timer()

    def _give_up(self) -> None:
        if self._in_head:
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
