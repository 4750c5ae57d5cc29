"""Profiles in SQL; a user who never changed theirs has no row."""

from __future__ import annotations

from dataclasses import asdict

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.identity.profile import Language, Notifications, Profile, Theme
from artrator.identity.tables import profiles
from artrator.kernel.ids import UserId


async def find_profile(connection: AsyncConnection, user_id: UserId) -> Profile:
    """Read a user's profile."""
    row = (await connection.execute(select(profiles).where(profiles.c.user_id == user_id))).one_or_none()
    if row is None:
        return Profile()
    return Profile(
        name=row.name,
        bio=row.bio,
        language=None if row.language is None else Language(row.language),
        theme=Theme(row.theme),
        notifications=msgspec.convert(row.notifications, Notifications),
    )


async def put_profile(connection: AsyncConnection, user_id: UserId, profile: Profile) -> None:
    """Write a user's profile."""
    values = asdict(profile)
    statement = insert(profiles).values(user_id=user_id, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=[profiles.c.user_id], set_=values))


async def delete_profile(connection: AsyncConnection, user_id: UserId) -> None:
    """Forget what a user said of themselves."""
    await connection.execute(delete(profiles).where(profiles.c.user_id == user_id))
