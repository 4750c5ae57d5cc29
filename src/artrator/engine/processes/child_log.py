"""What a child writes to standard error, in our log: a bounded amount, and no control characters of a stranger's making."""

from __future__ import annotations

import asyncio
import logging
import re

MAX_LOGGED_BYTES = 64 << 10
MAX_LINE_CHARACTERS = 500
CHUNK_BYTES = 4096
PAUSE_S, DROPPED_BYTES = 0.05, 64 << 10
"""How slowly the rest is read: a child that floods its errors waits for itself and keeps nobody else busy."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_log = logging.getLogger(__name__)


class UntilItsEnd(asyncio.StreamReaderProtocol):
    """Feeds a reader from a pipe, and lets the pipe go once the child has closed its end."""

    def eof_received(self) -> bool:
        """Give the reader the end. A stream's own answer keeps the transport, for a write that a pipe cannot take."""
        super().eof_received()
        return False


async def log_errors(stream: asyncio.StreamReader, name: str) -> str:
    """Read a child's standard error to its end; what comes after the cap is read and dropped. Gives the last line logged."""
    logged_bytes, rest, last = 0, b"", ""
    while chunk := await stream.read(CHUNK_BYTES):
        logged_bytes += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        rest = rest[:CHUNK_BYTES]
        for line in lines:
            last = _log_line(name, line) or last
        if logged_bytes >= MAX_LOGGED_BYTES:
            _log.warning("%s wrote more than is kept; the rest is dropped", name)
            await _drop(stream)
            return last
    return _log_line(name, rest) or last


async def _drop(stream: asyncio.StreamReader) -> None:
    dropped = b"some"
    while dropped:
        dropped = await stream.read(DROPPED_BYTES)
        await asyncio.sleep(PAUSE_S)


def _log_line(name: str, line: bytes) -> str:
    text = _CONTROL.sub("?", line.decode("utf-8", "replace"))[:MAX_LINE_CHARACTERS].strip()
    if text:
        _log.warning("%s: %s", name, text)
    return text
