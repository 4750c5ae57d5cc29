"""Reports in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.model import Visibility
from artrator.catalog.tables import models
from artrator.gallery.report import Action, Reason, Report
from artrator.gallery.tables import reports
from artrator.identity.tables import users
from artrator.kernel.ids import ModelId, UserId, new_id

_OPEN = reports.c.closed_at.is_(None)


async def put_report(
    connection: AsyncConnection, model_id: ModelId, reporter_id: UserId, *, reason: Reason, details: str, now: datetime
) -> str:
    """Store a report in the place of an open one of the same reporter; give its id."""
    words = {"reason": reason, "details": details, "created_at": now}
    statement = insert(reports).values(id=new_id(), model_id=model_id, reporter_id=reporter_id, **words)
    statement = statement.on_conflict_do_update(
        index_elements=["model_id", "reporter_id"], index_where=_OPEN, set_=words
    ).returning(reports.c.id)
    return (await connection.execute(statement)).scalar_one()


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
    """Close an open report, and with `unlist` the model's others too; False where it is closed already."""
    same = reports.c.id == report.id
    if action is Action.UNLIST:
        same = or_(same, reports.c.model_id == report.model_id)
    statement = (
        update(reports)
        .where(same, _OPEN)
        .values(closed_at=now, closed_by=operator_id, action=action)
        .returning(reports.c.id)
    )
    return report.id in (await connection.execute(statement)).scalars().all()


def _reports() -> Select[*tuple[Any, ...]]:
    owners, reporters = users.alias("owners"), users.alias("reporters")
    joined = (
        reports.join(models, models.c.id == reports.c.model_id)
        .join(owners, owners.c.id == models.c.owner_id)
        .join(reporters, reporters.c.id == reports.c.reporter_id)
    )
    return select(
        reports,
        owners.c.handle.label("owner"),
        models.c.name,
        models.c.visibility,
        reporters.c.handle.label("reporter"),
    ).select_from(joined)


def _report(row: Row[Any]) -> Report:
    return Report(
        id=row.id,
        model_id=ModelId(row.model_id),
        owner=row.owner,
        name=row.name,
        listing=Visibility(row.visibility),
        reporter=row.reporter,
        reason=Reason(row.reason),
        details=row.details,
        created_at=row.created_at,
        closed_at=row.closed_at,
        action=None if row.action is None else Action(row.action),
    )
