"""Reading and writing one model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, cast, func, literal, literal_column, select, update
from sqlalchemy.dialects.postgresql import REGCONFIG, TSVECTOR, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.bundle.config import Pipeline
from artrator.catalog.model import Model, Price, Visibility
from artrator.catalog.run_prices import update_run_prices
from artrator.catalog.tables import models, prices
from artrator.catalog.words import english_words, vector_literal
from artrator.identity.tables import users
from artrator.kernel.ids import Digest, ModelId, UserId, new_id
from artrator.kernel.money import Micros

CHANGED = "catalog_changed"
"""The channel on which a changed model's id is told to every process, in the transaction that changes it."""

MODEL_COLUMNS = (
    models.c.id,
    models.c.owner_id,
    users.c.handle.label("owner"),
    models.c.name,
    models.c.visibility,
    models.c.wanted_visibility,
    models.c.summary,
    models.c.description,
    models.c.tags,
    models.c.pipeline,
    models.c.license,
    models.c.price_micros,
    models.c.run_price_micros,
    models.c.latest_digest,
    models.c.base_digest,
    models.c.cover_key,
    models.c.run_count,
    models.c.created_at,
    models.c.listed_at,
)


def model_of(row: Row[Any]) -> Model:
    """Read a row of MODEL_COLUMNS."""
    return Model(
        id=ModelId(row.id),
        owner_id=UserId(row.owner_id),
        owner=row.owner,
        name=row.name,
        visibility=Visibility(row.visibility),
        wanted_visibility=Visibility(row.wanted_visibility) if row.wanted_visibility else None,
        summary=row.summary,
        description=row.description,
        tags=tuple(row.tags),
        pipeline=Pipeline(row.pipeline) if row.pipeline else None,
        license=row.license,
        price=Micros(row.price_micros),
        run_price=Micros(row.run_price_micros),
        latest_digest=Digest(row.latest_digest) if row.latest_digest else None,
        base_digest=Digest(row.base_digest) if row.base_digest else None,
        cover_key=row.cover_key,
        run_count=row.run_count,
        created_at=row.created_at,
        listed_at=row.listed_at,
    )


def existing_models() -> Select[*tuple[Any, ...]]:
    """Select models that are not deleted, with their owners."""
    joined = models.join(users, users.c.id == models.c.owner_id)
    return select(*MODEL_COLUMNS).select_from(joined).where(models.c.deleted_at.is_(None))


async def find_model(connection: AsyncConnection, owner: str, name: str, *, for_update: bool = False) -> Model | None:
    """Find a model by its owner's handle and its name; `for_update` keeps others from changing it meanwhile."""
    query = existing_models().where(users.c.handle == owner, models.c.name == name)
    if for_update:
        query = query.with_for_update(of=models)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else model_of(row)


async def insert_model(
    connection: AsyncConnection, owner_id: UserId, owner: str, name: str, now: datetime
) -> Model | None:
    """Insert an empty private model; None where the owner has one of that name."""
    query = (
        insert(models)
        .values(
            id=new_id(),
            owner_id=owner_id,
            name=name,
            visibility=Visibility.PRIVATE,
            summary="",
            description="",
            tags=[],
            price_micros=0,
            words="",
            created_at=now,
            listed_at=now,
        )
        .on_conflict_do_nothing(index_elements=["owner_id", "name"], index_where=models.c.deleted_at.is_(None))
        .returning(models.c.id)
    )
    if (await connection.execute(query)).one_or_none() is None:
        return None
    model = await find_model(connection, owner, name)
    assert model is not None
    await connection.execute(update(models).where(models.c.id == model.id).values(words=words_of(model)))
    return model


async def update_listing(connection: AsyncConnection, model: Model) -> None:
    """Write what an owner may change, and the search terms that follow from it."""
    await connection.execute(
        update(models)
        .where(models.c.id == model.id)
        .values(
            visibility=model.visibility,
            wanted_visibility=model.wanted_visibility,
            summary=model.summary,
            description=model.description,
            tags=list(model.tags),
            pipeline=model.pipeline,
            license=model.license,
            listed_at=model.listed_at,
            words=words_of(model),
        )
    )
    await tell_changed(connection, model.id)


async def insert_price(connection: AsyncConnection, model_id: ModelId, amount: Micros, now: datetime) -> None:
    """Add a price to a model's history; it holds from now on."""
    await connection.execute(
        insert(prices).values(id=new_id(), model_id=model_id, amount_micros=amount, valid_from=now)
    )
    await connection.execute(update(models).where(models.c.id == model_id).values(price_micros=amount))
    await tell_changed(connection, model_id)


async def price_history(connection: AsyncConnection, model_id: ModelId) -> Sequence[Price]:
    """List a model's prices, the newest first."""
    query = select(prices).where(prices.c.model_id == model_id).order_by(prices.c.valid_from.desc(), prices.c.id.desc())
    rows = (await connection.execute(query)).all()
    return [Price(amount=Micros(row.amount_micros), valid_from=row.valid_from) for row in rows]


async def mark_deleted(connection: AsyncConnection, model_id: ModelId, now: datetime) -> None:
    """Take a model away from everybody; its versions and prices stay for the receipts that name them."""
    await connection.execute(
        update(models).where(models.c.id == model_id).values(deleted_at=now, visibility=Visibility.PRIVATE)
    )
    await tell_changed(connection, model_id)


async def unlist(connection: AsyncConnection, model_id: ModelId) -> None:
    """Make a public model unlisted, now or where it waits to become public."""
    public, unlisted = Visibility.PUBLIC.value, Visibility.UNLISTED.value
    await connection.execute(
        update(models)
        .where(models.c.id == model_id)
        .values(
            visibility=case((models.c.visibility == public, unlisted), else_=models.c.visibility),
            wanted_visibility=case((models.c.wanted_visibility == public, unlisted), else_=models.c.wanted_visibility),
        )
    )
    await tell_changed(connection, model_id)


async def hide_models(connection: AsyncConnection, owner_id: UserId) -> None:
    """Make all of an owner's models private, and forget what they were to become."""
    hidden = await connection.execute(
        update(models)
        .where(models.c.owner_id == owner_id)
        .values(visibility=Visibility.PRIVATE, wanted_visibility=None)
        .returning(models.c.id)
    )
    for model_id in hidden.scalars().all():
        await tell_changed(connection, ModelId(model_id))


async def set_cover(connection: AsyncConnection, model_id: ModelId, key: str | None) -> None:
    """Name the blob of the picture that stands for a model."""
    await connection.execute(update(models).where(models.c.id == model_id).values(cover_key=key))
    await tell_changed(connection, model_id)


async def add_runs(connection: AsyncConnection, model_id: ModelId, runs: int) -> None:
    """Count runs; nobody is told, because no decision depends on the count."""
    await connection.execute(update(models).where(models.c.id == model_id).values(run_count=models.c.run_count + runs))


async def tell_changed(connection: AsyncConnection, model_id: ModelId) -> None:
    """Let lists say what runs of a model, and of LoRAs on it, cost now; tell every process, once the unit of work commits."""
    await update_run_prices(connection, model_id)
    await connection.execute(select(func.pg_notify(CHANGED, model_id)))


def words_of(model: Model) -> ColumnElement[str]:
    """Weigh a model's search terms: name, then tags and owner, then summary, then description."""
    fields = {
        "A": model.name,
        "B": " ".join((*model.tags, model.owner)),
        "C": model.summary,
        "D": model.description,
    }
    parts = [_weighed(text, weight) for weight, text in fields.items()]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.op("||")(part)
    return whole


def _weighed(text: str, weight: str) -> ColumnElement[str]:
    stems = func.setweight(
        func.to_tsvector(cast("english", REGCONFIG), english_words(text)), literal_column(f"'{weight}'")
    )
    return stems.op("||")(cast(literal(vector_literal(text, weight)), TSVECTOR))
