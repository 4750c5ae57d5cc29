"""Items, to and from PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Row,
    Select,
    cast,
    delete,
    exists,
    func,
    literal,
    null,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.bundle.config import Pipeline
from artrator.catalog.model import Visibility
from artrator.catalog.tables import models
from artrator.gallery.items.item import Hung, Item, MadeBy
from artrator.gallery.tables import gallery_items, gallery_likes, hidden_works
from artrator.identity.tables import users
from artrator.kernel.ids import ItemId, PredictionId, UserId, WalkId

owners, makers = users.alias("item_owners"), users.alias("model_owners")

_NAMES = tuple(str(column.name) for column in gallery_items.c)
_COLUMNS = (
    *gallery_items.c,
    owners.c.handle.label("owner"),
    owners.c.disabled_at.is_(None).label("is_owner_active"),
    makers.c.id.label("maker_id"),
    makers.c.handle.label("maker"),
    models.c.name.label("model_name"),
    models.c.visibility,
    models.c.deleted_at.is_not(None).label("is_model_deleted"),
    models.c.pipeline,
    models.c.license,
)
IS_HIDDEN = exists().where(
    hidden_works.c.owner_id == gallery_items.c.owner_id, hidden_works.c.fingerprint == gallery_items.c.fingerprint
)


def is_public() -> ColumnElement[bool]:
    """Tell the items that everybody sees."""
    return owners.c.disabled_at.is_(None) & ~IS_HIDDEN


def hung(viewer: UserId | None) -> Select[*tuple[Any, ...]]:
    """Select items with all that `hung_of` reads."""
    joined = (
        gallery_items.join(owners, owners.c.id == gallery_items.c.owner_id)
        .join(models, models.c.id == gallery_items.c.model_id)
        .join(makers, makers.c.id == models.c.owner_id)
    )
    liked = exists().where(gallery_likes.c.item_id == gallery_items.c.id, gallery_likes.c.user_id == viewer)
    shown = cast(null(), Boolean) if viewer is None else liked
    return select(*_COLUMNS, IS_HIDDEN.label("is_hidden"), shown.label("liked")).select_from(joined)


def hung_of(row: Row[Any]) -> Hung:
    """Read a row of `hung`."""
    return Hung(
        item=_item_of(row),
        owner=row.owner,
        model=MadeBy(
            owner_id=UserId(row.maker_id),
            owner=row.maker,
            name=row.model_name,
            visibility=Visibility(row.visibility),
            is_deleted=row.is_model_deleted,
            pipeline=Pipeline(row.pipeline) if row.pipeline else None,
            license=row.license,
        ),
        liked=row.liked,
        is_hidden=row.is_hidden,
        is_owner_active=row.is_owner_active,
    )


async def find_item(connection: AsyncConnection, item_id: ItemId, viewer: UserId | None) -> Hung | None:
    """Find an item, whoever may see it."""
    row = (await connection.execute(hung(viewer).where(gallery_items.c.id == item_id))).one_or_none()
    return None if row is None else hung_of(row)


async def lock_item(connection: AsyncConnection, item_id: ItemId) -> bool:
    """Keep an item as it is until the transaction ends; False where there is none."""
    query = select(gallery_items.c.id).where(gallery_items.c.id == item_id).with_for_update()
    return (await connection.execute(query)).first() is not None


async def insert_item(connection: AsyncConnection, item: Item) -> bool:
    """Insert an item; False where its source hangs there already."""
    columns = {name: getattr(item, name) for name in _NAMES}
    row = columns | {"file": asdict(item.file), "walk": item.walk and asdict(item.walk)}
    statement = insert(gallery_items).values(row).on_conflict_do_nothing().returning(gallery_items.c.id)
    return (await connection.execute(statement)).first() is not None


async def find_by_picture(
    connection: AsyncConnection, prediction_id: PredictionId, output: str, place: int
) -> ItemId | None:
    """Find the item that shows one file of a prediction."""
    query = select(gallery_items.c.id).where(
        gallery_items.c.prediction_id == prediction_id,
        gallery_items.c.output == output,
        gallery_items.c.place == place,
    )
    found = (await connection.execute(query)).scalar_one_or_none()
    return None if found is None else ItemId(found)


async def find_by_walk(connection: AsyncConnection, walk_id: WalkId) -> ItemId | None:
    """Find the item that shows a walk."""
    return (await find_by_walks(connection, [walk_id])).get(walk_id)


async def find_by_walks(connection: AsyncConnection, walk_ids: Sequence[WalkId]) -> dict[WalkId, ItemId]:
    """Find the items that show some walks."""
    query = select(gallery_items.c.walk_id, gallery_items.c.id).where(gallery_items.c.walk_id.in_(walk_ids))
    return {WalkId(row.walk_id): ItemId(row.id) for row in (await connection.execute(query)).all()}


async def change_item(connection: AsyncConnection, item: Item) -> None:
    """Write what an owner may change."""
    changed = {"title": item.title, "input": item.input, "walk": item.walk and asdict(item.walk)}
    await connection.execute(update(gallery_items).where(gallery_items.c.id == item.id).values(changed))


async def delete_item(connection: AsyncConnection, item_id: ItemId) -> None:
    """Delete an item with its likes; reports of it stay."""
    await connection.execute(delete(gallery_items).where(gallery_items.c.id == item_id))


async def count_since(connection: AsyncConnection, owner_id: UserId, moment: datetime) -> int:
    """Count the items of an owner that hang there since a moment."""
    query = select(func.count()).where(gallery_items.c.owner_id == owner_id, gallery_items.c.created_at > moment)
    return (await connection.execute(query)).scalar_one()


async def hide_item(connection: AsyncConnection, item_id: ItemId, *, operator_id: UserId, now: datetime) -> None:
    """Hide the work that an item shows: wherever its owner hung it, and whenever they hang it again."""
    work = select(gallery_items.c.owner_id, gallery_items.c.fingerprint, literal(now), literal(operator_id)).where(
        gallery_items.c.id == item_id
    )
    columns = ["owner_id", "fingerprint", "hidden_at", "hidden_by"]
    await connection.execute(insert(hidden_works).from_select(columns, work).on_conflict_do_nothing())


async def restore_work(connection: AsyncConnection, owner_id: UserId, fingerprint: str) -> None:
    """Show a hidden work again."""
    await connection.execute(
        delete(hidden_works).where(hidden_works.c.owner_id == owner_id, hidden_works.c.fingerprint == fingerprint)
    )


async def is_work_hidden(connection: AsyncConnection, owner_id: UserId, fingerprint: str) -> bool:
    """Tell whether an operator hid a work of an owner."""
    query = select(true()).where(hidden_works.c.owner_id == owner_id, hidden_works.c.fingerprint == fingerprint)
    return (await connection.execute(query)).first() is not None


async def list_items_of(connection: AsyncConnection, owner_id: UserId, *, after: str, limit: int) -> Sequence[Hung]:
    """List all items of an owner, the oldest first, from behind an id on."""
    query = hung(owner_id).where(gallery_items.c.owner_id == owner_id, gallery_items.c.id > after)
    rows = (await connection.execute(query.order_by(gallery_items.c.id).limit(limit))).all()
    return [hung_of(row) for row in rows]


def _item_of(row: Row[Any]) -> Item:
    columns: dict[str, object] = {name: getattr(row, name) for name in _NAMES}
    return msgspec.convert(columns, Item, builtin_types=(datetime,))
