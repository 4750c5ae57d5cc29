"""The use cases of profiles: read and change."""

from __future__ import annotations

from artrator.db.database import Database
from artrator.identity import store
from artrator.identity.profile import Profile, ProfileChange
from artrator.identity.profile_store import find_profile, put_profile
from artrator.kernel.errors import Invalid
from artrator.kernel.ids import UserId

MAX_NAME_LETTERS = 60
MAX_BIO_LETTERS = 500


class Profiles:
    """The profiles of every user."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: UserId) -> Profile:
        """Read a user's profile."""
        async with self._database.unit_of_work() as connection:
            return await find_profile(connection, user_id)

    async def change(self, user_id: UserId, change: ProfileChange) -> Profile:
        """Change what is named, and leave the rest. Raises: Invalid."""
        async with self._database.unit_of_work() as connection:
            # two changes at a time must not undo each other
            await store.find_user(connection, user_id, lock=True)
            profile = _checked(change.apply(await find_profile(connection, user_id)))
            await put_profile(connection, user_id, profile)
        return profile


def _checked(profile: Profile) -> Profile:
    if len(profile.name) > MAX_NAME_LETTERS or not profile.name.isprintable():
        raise Invalid(
            "name_malformed", f"A name has at most {MAX_NAME_LETTERS} printable characters, on one line.", field="name"
        )
    plain = profile.bio.replace("\n", "").replace("\r", "")
    if len(profile.bio) > MAX_BIO_LETTERS or not plain.isprintable():
        raise Invalid("bio_malformed", f"A bio has at most {MAX_BIO_LETTERS} printable characters.", field="bio")
    return profile
