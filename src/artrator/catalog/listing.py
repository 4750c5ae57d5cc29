"""Finding models: filters, search and orders, cut into keyset pages in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, assert_never

from sqlalchemy import REAL, BigInteger, ColumnElement, Row, Select, and_, cast, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, REGCONFIG, TSQUERY
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.bundle.config import Pipeline
from artrator.catalog.model import Listed, TagCount, Visibility
from artrator.catalog.store import model_of
from artrator.catalog.tables import collection_models, models
from artrator.catalog.version_store import existing_models_with_latest, version_of
from artrator.catalog.words import query_words
from artrator.identity.tables import users
from artrator.kernel.errors import Invalid
from artrator.kernel.ids import Digest, ModelId, UserId, is_id
from artrator.kernel.money import Micros
from artrator.wire.page import Page, read_cursor, write_cursor

RANK_WEIGHTS = (0.1, 0.3, 0.6, 1.0)
"""Of D, C, B and A: description, summary, tags and owner, name."""
RANK_STEPS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_KEY = 2**62
_MAX_MOMENT = 2**57  # microseconds, the year 6533


class Order(StrEnum):
    """How a list of models is sorted; ties go by id."""

    NEW = "new"
    POPULAR = "popular"
    PRICE = "price"
    RELEVANCE = "relevance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which models a list shows; None and empty mean all. Prices are those of a run. base: of LoRAs, what they adapt."""

    query: str = ""
    pipeline: Pipeline | None = None
    tag: str | None = None
    license: str | None = None
    min_price: Micros | None = None
    max_price: Micros | None = None
    owner: str | None = None
    base: Digest | None = None
    collection: str | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: behind a row, or, going back, before it."""

    value: int
    id: ModelId
    back: bool


async def list_models(
    connection: AsyncConnection,
    filters: Filters,
    order: Order,
    *,
    viewer: UserId | None,
    cursor: str | None,
    limit: int,
) -> Page[Listed]:
    """List the models that everybody finds, and of one's own (by `owner`, on a `base`) also the others.

    Raises: Invalid for a cursor of another list.
    """
    search = search_of(filters.query)
    if order is Order.RELEVANCE and search is None:
        order = Order.NEW
    place = None if cursor is None else _read_place(cursor, order)
    value = sort_value_of(order, search)
    query = _filtered(filters, search, viewer).add_columns(value.label("sort_value")).limit(limit + 1)
    rows = (await connection.execute(_placed(query, value, order, place))).all()
    more, shown = len(rows) > limit, rows[:limit]
    going_back = place is not None and place.back
    if going_back:
        shown = shown[::-1]
    return Page(
        rows=[_listed(row) for row in shown],
        next_cursor=_cursor(order, shown[-1], back=False) if shown and (more or going_back) else None,
        previous_cursor=_cursor(order, shown[0], back=True)
        if shown and (more if going_back else place is not None)
        else None,
    )


async def list_tags(connection: AsyncConnection, *, limit: int) -> Sequence[TagCount]:
    """Count the tags of the models that everybody finds, the most used first."""
    tag = func.unnest(models.c.tags).label("tag")
    tagged = select(tag).where(is_listed()).subquery()
    count = func.count().label("models")
    query = select(tagged.c.tag, count).group_by(tagged.c.tag).order_by(count.desc(), tagged.c.tag).limit(limit)
    return [TagCount(tag=name, models=number) for name, number in (await connection.execute(query)).all()]


def is_listed() -> ColumnElement[bool]:
    """Tell the models that everybody finds."""
    return and_(
        models.c.visibility == literal(Visibility.PUBLIC.value, literal_execute=True),
        models.c.latest_digest.is_not(None),
        models.c.deleted_at.is_(None),
    )


def _filtered(filters: Filters, search: ColumnElement[Any] | None, viewer: UserId | None) -> Select[*tuple[Any, ...]]:
    own = bool(filters.owner or filters.base) and viewer is not None
    allowed = or_(is_listed(), models.c.owner_id == viewer) if own else is_listed()
    return existing_models_with_latest().where(allowed, *matches(filters, search))


def matches(filters: Filters, search: ColumnElement[Any] | None) -> list[ColumnElement[bool]]:
    """Give the conditions that filters and a search set."""
    found: list[ColumnElement[bool]] = [] if search is None else [models.c.words.bool_op("@@")(search)]
    if filters.pipeline is not None:
        found.append(models.c.pipeline == filters.pipeline.value)
    if filters.tag is not None:
        found.append(models.c.tags.contains([filters.tag]))
    if filters.license is not None:
        found.append(models.c.license == filters.license)
    if filters.min_price is not None:
        found.append(models.c.run_price_micros >= filters.min_price)
    if filters.max_price is not None:
        found.append(models.c.run_price_micros <= filters.max_price)
    if filters.owner is not None:
        found.append(users.c.handle == filters.owner)
    if filters.base is not None:
        found.append(models.c.base_digest == filters.base)
    if filters.collection is not None:
        members = select(collection_models.c.model_id).where(collection_models.c.slug == filters.collection)
        found.append(models.c.id.in_(members))
    return found


def search_of(text: str) -> ColumnElement[Any] | None:
    """Build the tsquery of a search; None where there is nothing to search for. No words at all match no model."""
    if not text.strip():
        return None
    whole: ColumnElement[Any] | None = None
    for term, english in query_words(text):
        part: ColumnElement[Any] = cast(literal(term), TSQUERY)
        if english:
            part = func.tsquery_or(func.to_tsquery(cast("english", REGCONFIG), english), part)
        whole = part if whole is None else func.tsquery_and(whole, part)
    return cast(literal(""), TSQUERY) if whole is None else whole


def sort_value_of(order: Order, search: ColumnElement[Any] | None) -> ColumnElement[Any]:
    """Give what an order sorts by; `RELEVANCE` needs a search."""
    match order:
        case Order.NEW:
            return models.c.listed_at
        case Order.POPULAR:
            return models.c.run_count
        case Order.PRICE:
            return models.c.run_price_micros
        case Order.RELEVANCE:
            rank = func.ts_rank(cast(literal(list(RANK_WEIGHTS), ARRAY(REAL)), ARRAY(REAL)), models.c.words, search)
            return cast(rank * RANK_STEPS, BigInteger)
        case _:
            assert_never(order)


def _placed(
    query: Select[*tuple[Any, ...]], value: ColumnElement[Any], order: Order, place: _Place | None
) -> Select[*tuple[Any, ...]]:
    upwards = order is Order.PRICE
    if place is not None:
        upwards ^= place.back
        key, edge = tuple_(value, models.c.id), tuple_(bound_of(order, place.value, value), literal(place.id))
        query = query.where(key > edge if upwards else key < edge)
    if upwards:
        return query.order_by(value.asc(), models.c.id.asc())
    return query.order_by(value.desc(), models.c.id.desc())


def _cursor(order: Order, row: Row[Any], *, back: bool) -> str:
    return write_cursor((order.value, "back" if back else "on", key_of(row.sort_value), row.id))


def _read_place(cursor: str, order: Order) -> _Place:
    written_for, direction, value, row_id = read_cursor(cursor, length=4)
    if (
        written_for != order.value
        or direction not in {"back", "on"}
        or not isinstance(row_id, str)
        or not is_id(row_id)
    ):
        raise foreign_cursor()
    return _Place(read_key(order, value), ModelId(row_id), direction == "back")


def key_of(value: object) -> int:
    """Write a sort value as a cursor holds it."""
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    assert isinstance(value, int)
    return value


def read_key(order: Order, key: str | int) -> int:
    """Read a cursor's value. Raises: Invalid unless it can be one of the order's."""
    if not isinstance(key, int) or not 0 <= key < (_MAX_MOMENT if order is Order.NEW else _MAX_KEY):
        raise foreign_cursor()
    return key


def bound_of(order: Order, key: int, value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Give a cursor's value as the query compares it."""
    return literal(_EPOCH + timedelta(microseconds=key) if order is Order.NEW else key, value.type)


def foreign_cursor() -> Invalid:
    """Say that a cursor is of no use here."""
    return Invalid(
        "cursor_malformed", "This cursor belongs to another list; start from the first page.", field="cursor"
    )


def _listed(row: Row[Any]) -> Listed:
    return Listed(model=model_of(row), latest=None if row.version_model_id is None else version_of(row))
