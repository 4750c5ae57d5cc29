"""The wall: the outputs of many models, mixed, cut into keyset pages.

First comes the first picture of every model, in the order that was asked for, then the second of every model, and so
on: so no model fills a row, and a cursor is still one key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.listing import (
    Filters,
    Order,
    bound_of,
    foreign_cursor,
    is_listed,
    key_of,
    matches,
    read_key,
    search_of,
    sort_value_of,
)
from artrator.catalog.store import MODEL_COLUMNS, model_of
from artrator.catalog.tables import models
from artrator.gallery.plan import CHOICES_FROM
from artrator.gallery.showcase import Shown
from artrator.gallery.store import ITEM_COLUMNS, item_of
from artrator.gallery.tables import showcase_items
from artrator.identity.tables import users
from artrator.kernel.ids import is_id
from artrator.wire.page import Page, read_cursor, write_cursor

_MAX_PLACE = 2**31


@dataclass(frozen=True, slots=True)
class _Edge:
    """The last item of the page before."""

    place: int
    value: int
    id: str


async def list_wall(
    connection: AsyncConnection, filters: Filters, order: Order, *, cursor: str | None, limit: int
) -> Page[Shown]:
    """List what is shown of the models that everybody finds. Raises: Invalid for a cursor of another list."""
    search = search_of(filters.query)
    if order is Order.RELEVANCE and search is None:
        order = Order.NEW
    edge = None if cursor is None else _read_edge(cursor, order)
    value = sort_value_of(order, search)
    query = _shown(filters, search).add_columns(value.label("sort_value")).limit(limit + 1)
    rows = (await connection.execute(_placed(query, value, order, edge))).all()
    shown = rows[:limit]
    return Page(
        rows=[Shown(item=item_of(row), model=model_of(row)) for row in shown],
        next_cursor=_cursor(order, shown[-1]) if len(rows) > limit else None,
    )


def _shown(filters: Filters, search: ColumnElement[Any] | None) -> Select[*tuple[Any, ...]]:
    of_latest = (showcase_items.c.model_id == models.c.id) & (showcase_items.c.digest == models.c.latest_digest)
    joined = showcase_items.join(models, of_latest).join(users, users.c.id == models.c.owner_id)
    columns = (*ITEM_COLUMNS, *MODEL_COLUMNS)
    return (
        select(*columns)
        .select_from(joined)
        .where(is_listed(), showcase_items.c.place < CHOICES_FROM, *matches(filters, search))
    )


def _placed(
    query: Select[*tuple[Any, ...]], value: ColumnElement[Any], order: Order, edge: _Edge | None
) -> Select[*tuple[Any, ...]]:
    upwards = order is Order.PRICE
    # the places go up whatever the order; turned round, one comparison of tuples still says what comes next
    place = showcase_items.c.place if upwards else -showcase_items.c.place
    key = (place, value, showcase_items.c.id)
    if edge is not None:
        last_place = literal(edge.place if upwards else -edge.place)
        last = tuple_(last_place, bound_of(order, edge.value, value), literal(edge.id))
        query = query.where(tuple_(*key) > last if upwards else tuple_(*key) < last)
    return query.order_by(*(each.asc() if upwards else each.desc() for each in key))


def _cursor(order: Order, row: Row[Any]) -> str:
    return write_cursor((order.value, row.item_place, key_of(row.sort_value), row.item_id))


def _read_edge(cursor: str, order: Order) -> _Edge:
    written_for, place, value, item_id = read_cursor(cursor, length=4)
    if (
        written_for != order.value
        or not isinstance(place, int)
        or not 0 <= place < _MAX_PLACE
        or not isinstance(item_id, str)
        or not is_id(item_id)
    ):
        raise foreign_cursor()
    return _Edge(place, read_key(order, value), item_id)
