"""Every user, for operators: searched, newest first, in keyset pages."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.identity.store import USER_COLUMNS, read_user
from artrator.identity.tables import users
from artrator.identity.user import User
from artrator.kernel.errors import Invalid
from artrator.kernel.ids import is_id
from artrator.wire.page import Page, read_cursor, write_cursor


async def list_users(connection: AsyncConnection, search: str, *, cursor: str | None, limit: int) -> Page[User]:
    """List the users whose handle or e-mail contains a text. Raises: Invalid for a cursor that no page gave."""
    query = select(*USER_COLUMNS).order_by(users.c.id.desc()).limit(limit + 1)
    if search:
        query = query.where(
            or_(users.c.handle.icontains(search, autoescape=True), users.c.email.icontains(search, autoescape=True))
        )
    if cursor is not None:
        query = query.where(users.c.id < _read_cursor(cursor))
    found = [read_user(row) for row in (await connection.execute(query)).all()]
    more = len(found) > limit
    return Page(rows=found[:limit], next_cursor=write_cursor((found[limit - 1].id,)) if more else None)


def _read_cursor(cursor: str) -> str:
    (last,) = read_cursor(cursor, length=1)
    if not isinstance(last, str) or not is_id(last):
        raise Invalid("cursor_malformed", "This cursor is not of this list; start from the first page.", field="cursor")
    return last
