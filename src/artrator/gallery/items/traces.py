"""What the gallery holds of one person: what they put there, and what they like."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from pydantic import JsonValue
from sqlalchemy import delete

from artrator.db.database import Database
from artrator.gallery.items.item import Hung
from artrator.gallery.items.likes import list_liked, take_like
from artrator.gallery.items.store import list_items_of, lock_item
from artrator.gallery.tables import gallery_items, gallery_turns, hidden_works
from artrator.identity.user import User
from artrator.kernel.ids import UserId

AT_ONCE = 50


class ItemTraces:
    """Exports and erases them. link: makes a link to a blob that works for a while."""

    def __init__(self, database: Database, *, link: Callable[[str], str]) -> None:
        self._database = database
        self._link = link

    async def items(self, user: User) -> AsyncIterator[JsonValue]:
        """Give everything that a user put in the gallery, the oldest first."""
        after = ""
        while True:
            async with self._database.unit_of_work() as connection:
                found = await list_items_of(connection, user.id, after=after, limit=AT_ONCE)
            for hung in found:
                yield self._row(hung)
            if len(found) < AT_ONCE:
                return
            after = found[-1].item.id

    async def likes(self, user: User) -> AsyncIterator[JsonValue]:
        """Give everything that a user likes, and since when."""
        after = ""
        while True:
            async with self._database.unit_of_work() as connection:
                found = await list_liked(connection, user.id, after=after, limit=AT_ONCE)
            for item_id, since in found:
                yield {"item": item_id, "created_at": since.isoformat()}
            if len(found) < AT_ONCE:
                return
            after = found[-1][0]

    async def erase(self, user_id: UserId) -> bool:
        """Delete both, the likes out of others' counts too; calling it again does no harm."""
        async with self._database.unit_of_work() as connection:
            await connection.execute(delete(gallery_items).where(gallery_items.c.owner_id == user_id))
            await connection.execute(delete(hidden_works).where(hidden_works.c.owner_id == user_id))
            await connection.execute(delete(gallery_turns).where(gallery_turns.c.user_id == user_id))
        while True:
            async with self._database.unit_of_work() as connection:
                found = await list_liked(connection, user_id, after="", limit=AT_ONCE)
                for item_id, _ in found:  # in the order of their ids, so that two erasures never wait for each other
                    await lock_item(connection, item_id)
                    await take_like(connection, item_id, user_id)
            if len(found) < AT_ONCE:
                return True

    def _row(self, hung: Hung) -> JsonValue:
        item = hung.item
        return {
            "id": item.id,
            "kind": item.kind.value,
            "title": item.title,
            "model": f"{hung.model.owner}/{hung.model.name}",
            "version": item.digest,
            "prediction": item.prediction_id,
            "walk": item.walk_id,
            "input": item.input,
            "likes": item.likes,
            "hidden": hung.is_hidden,
            "url": self._link(item.file.key),
            "created_at": item.created_at.isoformat(),
        }
