"""What visitors see of models before they run one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from artrator.catalog.listing import Filters, Order
from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.gallery.showcase import Shown
from artrator.gallery.store import list_items
from artrator.gallery.wall import list_wall
from artrator.gallery.words import with_words
from artrator.kernel.ids import UserId
from artrator.wire.page import Page


class Gallery:
    """The wall of all listed models, and what is shown of one."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self.currency = catalog.currency
        self._database = database
        self._catalog = catalog

    async def explore(self, filters: Filters, order: Order, *, cursor: str | None, limit: int) -> Page[Shown]:
        """List outputs of the models that everybody finds. Raises: Invalid."""
        async with self._database.unit_of_work() as connection:
            page = await list_wall(connection, filters, order, cursor=cursor, limit=limit)
            return replace(page, rows=await with_words(connection, page.rows))

    async def examples(self, owner: str, name: str, viewer: UserId | None) -> Sequence[Shown]:
        """List what is shown of the version that a model runs, in the order of its manifest. Raises: NotFound."""
        model = (await self._catalog.get_model(owner, name, viewer)).model
        if model.latest_digest is None:
            return ()
        async with self._database.unit_of_work() as connection:
            items = await list_items(connection, model.id, model.latest_digest)
        return [Shown(item=item, model=model) for item in items]
