"""Which part of a blob a Range header asks for (RFC 9110, section 14); a player that seeks sends these."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SINGLE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from `start` up to, without, `end`."""

    start: int
    end: int


class NotSatisfiable(Exception):
    """The blob has none of the bytes that were asked for: 416."""


def read_range(header: str | None, size_bytes: int) -> Span | None:
    """Read a Range header; None means the whole blob, as for several ranges or a header that is not understood.

    Raises: NotSatisfiable.
    """
    match = _SINGLE.fullmatch(header or "")
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size_bytes - int(last)), size_bytes
    else:
        start, end = int(first), min(size_bytes, int(last) + 1) if last else size_bytes
        if last and int(last) < start:
            return None
    if start >= end:
        raise NotSatisfiable
    return Span(start, end)
