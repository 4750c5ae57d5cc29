"""What the gallery holds of one person: what they reported, and what is shown of their models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from pydantic import JsonValue
from sqlalchemy import delete

from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.gallery.report import Report
from artrator.gallery.report_store import list_reports_by
from artrator.gallery.showcase import ShowcaseItem, Shown
from artrator.gallery.store import list_items_of_owner
from artrator.gallery.tables import reports, showcase_items
from artrator.gallery.view import report_reply
from artrator.identity.user import User
from artrator.kernel.ids import UserId
from artrator.storage.blobs import Blobs

AT_ONCE = 50


class Traces:
    """Exports and erases them. link: makes a link to a blob that works for a while."""

    def __init__(self, database: Database, catalog: Catalog, blobs: Blobs, *, link: Callable[[str], str]) -> None:
        self._database = database
        self._catalog = catalog
        self._blobs = blobs
        self._link = link

    async def reports(self, user: User) -> AsyncIterator[JsonValue]:
        """Give every report that a user made, the oldest first."""
        after = ""
        while found := await self._reports(user.id, after):
            for report in found:
                yield report_reply(report).model_dump(mode="json")
            after = found[-1].id

    async def showcase(self, user: User) -> AsyncIterator[JsonValue]:
        """Give every output that is shown of a user's models, the oldest first."""
        after = ""
        while found := await self._items(user.id, after):
            for shown in found:
                yield self._row(shown)
            after = found[-1].item.id

    async def erase(self, user_id: UserId) -> bool:
        """Delete both; calling it again does no harm. Nothing new comes: the account is closed."""
        while found := await self._items(user_id, ""):
            for shown in found:
                await self._erase_item(shown.item)
        async with self._database.unit_of_work() as connection:
            await connection.execute(delete(reports).where(reports.c.reporter_id == user_id))
        return True

    async def _erase_item(self, item: ShowcaseItem) -> None:
        # the row goes last: as long as it is there, a second attempt finds the blobs that are left
        for key in item.blob_keys:
            await self._blobs.delete(key)
        async with self._database.unit_of_work() as connection:
            await self._catalog.set_cover(connection, item.model_id, None)
            await connection.execute(delete(showcase_items).where(showcase_items.c.id == item.id))

    async def _reports(self, user_id: UserId, after: str) -> list[Report]:
        async with self._database.unit_of_work() as connection:
            return list(await list_reports_by(connection, user_id, after=after, limit=AT_ONCE))

    async def _items(self, user_id: UserId, after: str) -> list[Shown]:
        async with self._database.unit_of_work() as connection:
            return list(await list_items_of_owner(connection, user_id, after=after, limit=AT_ONCE))

    def _row(self, shown: Shown) -> JsonValue:
        item = shown.item
        files: dict[str, JsonValue] = {name: self._link(key) for name, key in item.input_files.items()}
        return {
            "id": item.id,
            "model": shown.model.name,
            "version": item.digest,
            "input": {**item.input, **files},
            "kind": item.kind,
            "value": item.value,
            "url": None if item.file is None else self._link(item.file.key),
            "created_at": item.created_at.isoformat(),
        }
