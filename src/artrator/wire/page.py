"""Keyset pages: a cursor names the last row seen, so page 1,000 costs what page 1 costs and no row is shown twice."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from artrator.kernel.errors import Invalid

Row = TypeVar("Row")
Key = tuple[str | int, ...]

MAX_PAGE_ROWS = 100
_decoder = msgspec.json.Decoder(tuple[str | int, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row]):
    """Rows of one page, and the cursors of its neighbours (None where there is none)."""

    rows: Sequence[Row]
    next_cursor: str | None = None
    previous_cursor: str | None = None


def write_cursor(key: Key) -> str:
    """Write a row's sort key as an opaque, URL-safe text."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def read_cursor(text: str, *, length: int) -> Key:
    """Read a cursor back. Raises: Invalid unless it holds a key of that length."""
    try:
        key = _decoder.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        key = ()
    if len(key) != length:
        raise Invalid(
            "cursor_malformed", "This cursor is not one that a list gave; start from the first page.", field="cursor"
        )
    return key
