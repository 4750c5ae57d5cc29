"""Keyset pages: a cursor names the last row seen, so page 1,000 costs what page 1 costs and no row is shown twice."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import msgspec

from artrator.kernel.errors import Invalid
from artrator.kernel.ids import is_id

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


class HasId(Protocol):
    """A row that a list of ids in descending order shows."""

    @property
    def id(self) -> str:
        """Give its id."""
        ...


Identified = TypeVar("Identified", bound=HasId)


def read_id_cursor(cursor: str | None) -> tuple[str | None, str | None]:
    """Read a cursor of a list by id: show what lies before an id, or after one; neither is the first page. Raises: Invalid."""
    if cursor is None:
        return None, None
    direction, anchor = read_cursor(cursor, length=2)
    if direction not in {"next", "previous"} or not is_id(str(anchor)):
        read_cursor("", length=2)
    return (str(anchor), None) if direction == "next" else (None, str(anchor))


def id_page(found: Sequence[Identified], *, rows: int, before: str | None, after: str | None) -> Page[Identified]:
    """Make a page, newest first, of rows that lie nearest to the cursor; one more than it holds tells that there are more."""
    more = len(found) > rows
    page = list(found[:rows]) if after is None else list(reversed(found[:rows]))
    has_next = more if after is None else True
    has_previous = more if after is not None else before is not None
    return Page(
        rows=page,
        next_cursor=write_cursor(("next", page[-1].id)) if page and has_next else None,
        previous_cursor=write_cursor(("previous", page[0].id)) if page and has_previous else None,
    )
