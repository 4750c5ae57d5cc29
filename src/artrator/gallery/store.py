"""Showcase items, to and from PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.store import MODEL_COLUMNS, model_of
from artrator.catalog.tables import models
from artrator.gallery.showcase import ShowcaseItem, Shown
from artrator.gallery.tables import showcase_items
from artrator.identity.tables import users
from artrator.kernel.ids import Digest, ModelId, UserId

_NAMES = tuple(str(column.name) for column in showcase_items.c)
ITEM_COLUMNS = tuple(column.label(f"item_{column.name}") for column in showcase_items.c)
"""Named apart from a model's columns, which stand beside them in some queries."""


def item_of(row: Row[Any]) -> ShowcaseItem:
    """Read a row of ITEM_COLUMNS."""
    columns: dict[str, object] = {name: getattr(row, f"item_{name}") for name in _NAMES}
    return msgspec.convert(columns, ShowcaseItem, builtin_types=(datetime,))


async def has_living_owner(connection: AsyncConnection, model_id: ModelId) -> bool:
    """Tell whether the account of a model's owner is neither deleted nor disabled, and keep that from changing."""
    query = select(users.c.id).join(models, models.c.owner_id == users.c.id)
    query = query.where(models.c.id == model_id, users.c.disabled_at.is_(None))
    return (await connection.execute(query.with_for_update(read=True, of=users))).first() is not None


async def put_item(connection: AsyncConnection, item: ShowcaseItem) -> None:
    """Insert an item, unless its place is taken by the same example, rendered at the same time."""
    row = {name: getattr(item, name) for name in _NAMES}
    row["file"] = None if item.file is None else asdict(item.file)
    row["thumbnails"] = [asdict(each) for each in item.thumbnails]
    await connection.execute(insert(showcase_items).values(row).on_conflict_do_nothing())


async def list_items(connection: AsyncConnection, model_id: ModelId, digest: Digest) -> Sequence[ShowcaseItem]:
    """List a version's items in the order of its plan."""
    query = (
        select(*ITEM_COLUMNS)
        .where(showcase_items.c.model_id == model_id, showcase_items.c.digest == digest)
        .order_by(showcase_items.c.place)
    )
    return [item_of(row) for row in (await connection.execute(query)).all()]


async def list_items_of_owner(
    connection: AsyncConnection, owner_id: UserId, *, after: str, limit: int
) -> Sequence[Shown]:
    """List the items of all models of an owner, versions of the past included, from behind an id on."""
    joined = showcase_items.join(models, models.c.id == showcase_items.c.model_id)
    joined = joined.join(users, users.c.id == models.c.owner_id)
    query = (
        select(*ITEM_COLUMNS, *MODEL_COLUMNS)
        .select_from(joined)
        .where(models.c.owner_id == owner_id, showcase_items.c.id > after)
        .order_by(showcase_items.c.id)
        .limit(limit)
    )
    return [Shown(item=item_of(row), model=model_of(row)) for row in (await connection.execute(query)).all()]


async def is_latest(connection: AsyncConnection, model_id: ModelId, digest: Digest) -> bool:
    """Tell whether a version is the one that its model runs, and keep that from changing meanwhile."""
    query = select(models.c.latest_digest).where(models.c.id == model_id, models.c.deleted_at.is_(None))
    return (await connection.execute(query.with_for_update())).scalar_one_or_none() == digest


async def without_items(connection: AsyncConnection) -> Sequence[tuple[ModelId, Digest]]:
    """List the newest passed versions of which nothing is shown, though somebody's account stands behind them."""
    shown = exists().where(showcase_items.c.model_id == models.c.id, showcase_items.c.digest == models.c.latest_digest)
    owned = exists().where(users.c.id == models.c.owner_id, users.c.disabled_at.is_(None))
    query = select(models.c.id, models.c.latest_digest).where(
        models.c.latest_digest.is_not(None), models.c.deleted_at.is_(None), owned, ~shown
    )
    return [(ModelId(row.id), Digest(row.latest_digest)) for row in (await connection.execute(query)).all()]
