"""What a child writes to standard error, in our log: a bounded amount, and no control characters of a stranger's making."""

from __future__ import annotations

import asyncio
import logging
import re

MAX_LOGGED_BYTES = 64 << 10
MAX_LINE_CHARACTERS = 500
CHUNK_BYTES = 4096
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_log = logging.getLogger(__name__)


async def log_errors(stream: asyncio.StreamReader, name: str) -> None:
    """Read a child's standard error to its end; what comes after the cap is read and dropped."""
    logged_bytes, rest = 0, b""
    while chunk := await stream.read(CHUNK_BYTES):
        if logged_bytes >= MAX_LOGGED_BYTES:
            continue
        logged_bytes += len(chunk)
        *lines, rest = (rest + chunk).split(b"\n")
        rest = rest[:CHUNK_BYTES]
        for line in lines:
            _log_line(name, line)
        if logged_bytes >= MAX_LOGGED_BYTES:
            _log.warning("%s wrote more than is kept; the rest is dropped", name)
    if rest:
        _log_line(name, rest)


def _log_line(name: str, line: bytes) -> None:
    text = _CONTROL.sub("?", line.decode("utf-8", "replace"))[:MAX_LINE_CHARACTERS]
    if text.strip():
        _log.warning("%s: %s", name, text)
