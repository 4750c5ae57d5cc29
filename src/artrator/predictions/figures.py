"""Runs counted for the creators of models: how many, how they ended, how long they took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Label, Row, cast, extract, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.kernel.ids import ModelId, UserId
from artrator.predictions.prediction import Status
from artrator.predictions.tables import predictions


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """Runs of a model in a time.

    canceled: aborted ones too. p50_s, p95_s: from the request to the output, of those that succeeded; None if none did.
    """

    runs: int = 0
    succeeded: int = 0
    failed: int = 0
    canceled: int = 0
    p50_s: float | None = None
    p95_s: float | None = None


async def figures_by_model(
    connection: AsyncConnection, owner_id: UserId, since: datetime
) -> Mapping[ModelId, RunFigures]:
    """Count the runs of each of an owner's models that began since a moment."""
    query = (
        select(predictions.c.model_id, *_counts())
        .where(predictions.c.owner_id == owner_id, predictions.c.created_at >= since)
        .group_by(predictions.c.model_id)
    )
    rows = (await connection.execute(query)).all()
    return {ModelId(row.model_id): _figures(row) for row in rows}


async def figures_by_day(
    connection: AsyncConnection, owner_id: UserId, model_id: ModelId, since: datetime
) -> Mapping[date, RunFigures]:
    """Count the runs of one model by the day, in UTC, on which they began."""
    day = cast(func.timezone("UTC", predictions.c.created_at), Date)
    query = (
        select(day.label("day"), *_counts())
        .where(
            predictions.c.owner_id == owner_id,
            predictions.c.model_id == model_id,
            predictions.c.created_at >= since,
        )
        .group_by(day)
    )
    rows = (await connection.execute(query)).all()
    return {row.day: _figures(row) for row in rows}


async def runs_by_version(
    connection: AsyncConnection, owner_id: UserId, model_id: ModelId, since: datetime
) -> Mapping[str, int]:
    """Count the runs of each version of a model."""
    query = (
        select(predictions.c.version, func.count().label("runs"))
        .where(
            predictions.c.owner_id == owner_id,
            predictions.c.model_id == model_id,
            predictions.c.created_at >= since,
        )
        .group_by(predictions.c.version)
    )
    rows = (await connection.execute(query)).all()
    return {row.version: row.runs for row in rows}


def _counts() -> Sequence[Label[Any]]:
    status = predictions.c.status
    took_s = extract("epoch", predictions.c.completed_at - predictions.c.created_at)
    has_succeeded = status == Status.SUCCEEDED.value
    return (
        func.count().label("runs"),
        func.count().filter(has_succeeded).label("succeeded"),
        func.count().filter(status == Status.FAILED.value).label("failed"),
        func.count().filter(status.in_([Status.CANCELED.value, Status.ABORTED.value])).label("canceled"),
        _percentile(0.5, took_s, has_succeeded).label("p50_s"),
        _percentile(0.95, took_s, has_succeeded).label("p95_s"),
    )


def _percentile(part: float, value: ColumnElement[Any], condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.percentile_cont(part).within_group(value).filter(condition)


def _figures(row: Row[Any]) -> RunFigures:
    return RunFigures(
        runs=row.runs,
        succeeded=row.succeeded,
        failed=row.failed,
        canceled=row.canceled,
        p50_s=None if row.p50_s is None else float(row.p50_s),
        p95_s=None if row.p95_s is None else float(row.p95_s),
    )
