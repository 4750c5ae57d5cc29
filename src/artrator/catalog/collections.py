"""Collections: models that an operator puts together, in an order, for people to begin with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog import listing
from artrator.catalog.errors import collection_not_found, malformed, model_not_found
from artrator.catalog.listing import Filters
from artrator.catalog.model import Collection, Listed
from artrator.catalog.rules import check_line
from artrator.catalog.store import find_model
from artrator.catalog.tables import collection_models
from artrator.catalog.tables import collections as table
from artrator.db.database import Database
from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.ids import ModelId

MAX_MODELS = 100
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


class Collections:
    """Everybody reads them; the routes let operators alone write."""

    def __init__(self, database: Database, clock: Clock = system_clock) -> None:
        self._database = database
        self._clock = clock

    async def list(self) -> Sequence[Collection]:
        """List all, by name."""
        async with self._database.unit_of_work() as connection:
            rows = (await connection.execute(select(table).order_by(table.c.name, table.c.slug))).all()
        return [Collection(slug=slug, name=name, description=text, created_at=at) for slug, name, text, at in rows]

    async def get(self, slug: str) -> tuple[Collection, Sequence[Listed]]:
        """Give one, and those of its models that everybody finds, in its order. Raises: NotFound."""
        async with self._database.unit_of_work() as connection:
            row = (await connection.execute(select(table).where(table.c.slug == slug))).one_or_none()
            if row is None:
                raise collection_not_found(slug)
            page = await listing.list_models(
                connection, Filters(collection=slug), listing.Order.NEW, viewer=None, cursor=None, limit=MAX_MODELS
            )
            order = await _order(connection, slug)
        found = Collection(slug=row.slug, name=row.name, description=row.description, created_at=row.created_at)
        return found, sorted(page.rows, key=lambda each: order[each.model.id])

    async def put(self, slug: str, name: str, description: str, models: Sequence[tuple[str, str]]) -> None:
        """Create a collection or replace it; `models` are (owner, name). Raises: Invalid, NotFound."""
        if len(slug) > 64 or _SLUG.match(slug) is None:
            raise malformed("slug", "A slug is a-z, 0-9 and single hyphens between them.")
        if len(models) > MAX_MODELS:
            raise malformed("models", f"A collection holds at most {MAX_MODELS} models.")
        values = {
            "name": check_line(name, field="name", most=100),
            "description": check_line(description, field="description", most=2000),
        }
        async with self._database.unit_of_work() as connection:
            await connection.execute(
                insert(table)
                .values(slug=slug, created_at=self._clock(), **values)
                .on_conflict_do_update(index_elements=["slug"], set_=values)
            )
            await connection.execute(delete(collection_models).where(collection_models.c.slug == slug))
            for position, (owner, model_name) in enumerate(dict.fromkeys(models)):
                model = await find_model(connection, owner, model_name)
                if model is None:
                    raise model_not_found(owner, model_name)
                await connection.execute(
                    insert(collection_models).values(slug=slug, model_id=model.id, position=position)
                )

    async def delete(self, slug: str) -> None:
        """Delete a collection; its models stay. Raises: NotFound."""
        async with self._database.unit_of_work() as connection:
            gone = await connection.execute(delete(table).where(table.c.slug == slug).returning(table.c.slug))
            if gone.one_or_none() is None:
                raise collection_not_found(slug)


async def _order(connection: AsyncConnection, slug: str) -> dict[ModelId, int]:
    query = select(collection_models.c.model_id, collection_models.c.position).where(collection_models.c.slug == slug)
    return {ModelId(model_id): position for model_id, position in (await connection.execute(query)).all()}
