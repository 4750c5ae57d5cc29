"""Users and their credentials in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.identity.tables import credentials, users
from artrator.identity.user import Role, User
from artrator.kernel.ids import UserId

PASSWORD = "password"  # noqa: S105 - the provider's name

USER_COLUMNS = (users.c.id, users.c.handle, users.c.email, users.c.roles, users.c.created_at, users.c.disabled_at)


def read_user(row: Sequence[Any]) -> User:
    """Make a user of a row that begins with USER_COLUMNS."""
    return User(
        id=UserId(row[0]),
        handle=row[1],
        email=row[2],
        roles=frozenset(Role(each) for each in row[3]),
        created_at=row[4],
        disabled=row[5] is not None,
    )


def _select_users(condition: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return select(*USER_COLUMNS).where(condition)


async def find_user(connection: AsyncConnection, user_id: UserId, *, lock: bool = False) -> User | None:
    """Find a user by id, and with `lock` keep others from changing them until the unit of work ends."""
    query = _select_users(users.c.id == user_id)
    row = (await connection.execute(query.with_for_update() if lock else query)).first()
    return None if row is None else read_user(row)


async def find_user_by_handle(connection: AsyncConnection, handle: str) -> User | None:
    """Find a user by handle."""
    row = (await connection.execute(_select_users(users.c.handle == handle))).first()
    return None if row is None else read_user(row)


async def find_password(connection: AsyncConnection, condition: ColumnElement[bool]) -> tuple[User, str] | None:
    """Find a user, and the hash of their password."""
    query = (
        select(*USER_COLUMNS, credentials.c.secret)
        .join(credentials, credentials.c.user_id == users.c.id)
        .where(condition, credentials.c.provider == PASSWORD)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else (read_user(row), row[6])


async def has_password(connection: AsyncConnection, user_id: UserId) -> bool:
    """Tell whether a user can log in; a deleted one cannot."""
    query = select(credentials.c.subject).where(credentials.c.provider == PASSWORD, credentials.c.subject == user_id)
    return (await connection.execute(query)).first() is not None


async def insert_user(connection: AsyncConnection, user: User) -> bool:
    """Add a user; False, and nothing added, where the handle or the e-mail is taken."""
    statement = insert_or(users).values(
        id=user.id,
        handle=user.handle,
        email=user.email,
        roles=sorted(user.roles),
        created_at=user.created_at,
    )
    result = await connection.execute(statement.on_conflict_do_nothing().returning(users.c.id))
    return result.first() is not None


async def insert_password(connection: AsyncConnection, user_id: UserId, password_hash: str, now: datetime) -> None:
    """Give a new user a password."""
    await connection.execute(
        insert(credentials).values(
            provider=PASSWORD, subject=user_id, user_id=user_id, secret=password_hash, created_at=now, changed_at=now
        )
    )


async def update_password(connection: AsyncConnection, user_id: UserId, password_hash: str, now: datetime) -> None:
    """Replace a password's hash."""
    await connection.execute(
        update(credentials)
        .where(credentials.c.provider == PASSWORD, credentials.c.subject == user_id)
        .values(secret=password_hash, changed_at=now)
    )


async def update_roles(connection: AsyncConnection, user_id: UserId, roles: Iterable[Role]) -> None:
    """Replace a user's roles."""
    await connection.execute(update(users).where(users.c.id == user_id).values(roles=sorted(roles)))


async def update_disabled(connection: AsyncConnection, user_id: UserId, disabled_at: datetime | None) -> None:
    """Disable a user, or let them in again."""
    await connection.execute(update(users).where(users.c.id == user_id).values(disabled_at=disabled_at))
