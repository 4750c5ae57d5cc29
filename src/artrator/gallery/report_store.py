"""Reports in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.model import Visibility
from artrator.catalog.tables import models
from artrator.gallery.items.item import Item
from artrator.gallery.items.store import IS_HIDDEN
from artrator.gallery.report import Action, Reason, Report, ReportedItem, ReportedModel, Subject
from artrator.gallery.tables import gallery_items, reports
from artrator.identity.tables import users
from artrator.kernel.ids import ItemId, ModelId, UserId, new_id
from artrator.predictions.prediction import StoredFile

_OPEN = reports.c.closed_at.is_(None)


async def put_report(
    connection: AsyncConnection, model_id: ModelId, reporter_id: UserId, *, reason: Reason, details: str, now: datetime
) -> str:
    """Store a report of a model in the place of an open one of the same reporter; give its id."""
    words = {"reason": reason, "details": details, "created_at": now}
    statement = insert(reports).values(id=new_id(), model_id=model_id, reporter_id=reporter_id, **words)
    return await _put(connection, statement, "model_id", words)


async def put_item_report(
    connection: AsyncConnection, item: Item, reporter_id: UserId, *, reason: Reason, details: str, now: datetime
) -> str:
    """Store a report of an item in the place of an open one of the same reporter; give its id."""
    words = {"reason": reason, "details": details, "created_at": now}
    of_item = {"item_id": item.id, "item_owner_id": item.owner_id}
    statement = insert(reports).values(id=new_id(), reporter_id=reporter_id, **of_item, **words)
    return await _put(connection, statement, "item_id", words)


async def _put(connection: AsyncConnection, statement: Insert, subject: str, words: Mapping[str, object]) -> str:
    statement = statement.on_conflict_do_update(index_elements=[subject, "reporter_id"], index_where=_OPEN, set_=words)
    return (await connection.execute(statement.returning(reports.c.id))).scalar_one()


async def find_report(connection: AsyncConnection, report_id: str) -> Report | None:
    """Find a report."""
    row = (await connection.execute(_reports().where(reports.c.id == report_id))).one_or_none()
    return None if row is None else _report(row)


async def list_reports(
    connection: AsyncConnection, *, is_open: bool, before: str | None, limit: int
) -> Sequence[Report]:
    """List reports, the newest first, from behind an id on."""
    query = _reports().where(_OPEN if is_open else ~_OPEN)
    if before is not None:
        query = query.where(reports.c.id < before)
    rows = (await connection.execute(query.order_by(reports.c.id.desc()).limit(limit))).all()
    return [_report(row) for row in rows]


async def list_reports_by(
    connection: AsyncConnection, reporter_id: UserId, *, after: str, limit: int
) -> Sequence[Report]:
    """List the reports of one person, the oldest first, from behind an id on."""
    query = _reports().where(reports.c.reporter_id == reporter_id, reports.c.id > after)
    rows = (await connection.execute(query.order_by(reports.c.id).limit(limit))).all()
    return [_report(row) for row in rows]


async def close_report(
    connection: AsyncConnection, report: Report, action: Action, operator_id: UserId, now: datetime
) -> bool:
    """Close an open report, and others of the same thing where something was done about it; False if it is closed."""
    same = reports.c.id == report.id
    if action is Action.UNLIST and report.model is not None:
        same = or_(same, reports.c.model_id == report.model.id)
    if action is Action.HIDE and report.item is not None:
        same = or_(same, reports.c.item_id == report.item.id)
    return report.id in await _close(connection, same, action, operator_id, now)


async def close_reports_of_item(
    connection: AsyncConnection, item_id: ItemId, operator_id: UserId, now: datetime
) -> None:
    """Close the open reports of an item that is hidden now."""
    await _close(connection, reports.c.item_id == item_id, Action.HIDE, operator_id, now)


async def _close(
    connection: AsyncConnection, which: ColumnElement[bool], action: Action, operator_id: UserId, now: datetime
) -> Sequence[str]:
    statement = (
        update(reports)
        .where(which, _OPEN)
        .values(closed_at=now, closed_by=operator_id, action=action)
        .returning(reports.c.id)
    )
    return (await connection.execute(statement)).scalars().all()


def _reports() -> Select[*tuple[Any, ...]]:
    owners, reporters = users.alias("owners"), users.alias("reporters")
    joined = (
        reports.outerjoin(models, models.c.id == reports.c.model_id)
        .outerjoin(gallery_items, gallery_items.c.id == reports.c.item_id)
        .join(owners, owners.c.id == func.coalesce(models.c.owner_id, reports.c.item_owner_id))
        .join(reporters, reporters.c.id == reports.c.reporter_id)
    )
    return select(
        reports,
        owners.c.handle.label("owner"),
        models.c.name,
        models.c.visibility,
        gallery_items.c.kind,
        gallery_items.c.title,
        gallery_items.c.file,
        IS_HIDDEN.label("is_hidden"),
        reporters.c.handle.label("reporter"),
    ).select_from(joined)


def _report(row: Row[Any]) -> Report:
    return Report(
        id=row.id,
        subject=Subject.ITEM if row.model_id is None else Subject.MODEL,
        owner=row.owner,
        model=_model(row),
        item=_item(row),
        reporter=row.reporter,
        reason=Reason(row.reason),
        details=row.details,
        created_at=row.created_at,
        closed_at=row.closed_at,
        action=None if row.action is None else Action(row.action),
    )


def _model(row: Row[Any]) -> ReportedModel | None:
    if row.model_id is None:
        return None
    return ReportedModel(id=ModelId(row.model_id), name=row.name, listing=Visibility(row.visibility))


def _item(row: Row[Any]) -> ReportedItem | None:
    if row.item_id is None:
        return None
    return ReportedItem(
        id=ItemId(row.item_id),
        kind=row.kind,
        title=row.title,
        file=msgspec.convert(row.file, StoredFile),
        is_hidden=row.is_hidden,
    )
