"""Rows of predictions, to and from PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Row, Select, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.kernel.ids import PredictionId, UserId
from artrator.predictions.prediction import Prediction, Status, Wanted
from artrator.predictions.tables import prediction_keys, predictions

UNFINISHED = predictions.c.completed_at.is_(None)


_COLUMNS = tuple(str(column.name) for column in predictions.columns)


def read_row(row: Row[tuple[object, ...]]) -> Prediction:
    """Read one whole row."""
    return msgspec.convert(dict(zip(_COLUMNS, row, strict=True)), Prediction, builtin_types=(datetime,))


async def get_prediction(connection: AsyncConnection, prediction_id: PredictionId) -> Prediction | None:
    """Find a row."""
    found = await connection.execute(select(predictions).where(predictions.c.id == prediction_id))
    row = found.one_or_none()
    return None if row is None else read_row(row)


async def lock_predictions(connection: AsyncConnection, ids: Sequence[PredictionId]) -> dict[PredictionId, Prediction]:
    """Lock rows, always in the same order, and read them."""
    query = select(predictions).where(predictions.c.id.in_(ids)).order_by(predictions.c.id).with_for_update()
    found = await connection.execute(query)
    rows = (read_row(row) for row in found)
    return {row.id: row for row in rows}


async def claim_prediction(connection: AsyncConnection, prediction_id: PredictionId, runner: str) -> Prediction | None:
    """Take a waiting run for a runner; None if it is no longer waiting."""
    claimed = await connection.execute(
        update(predictions)
        .where(predictions.c.id == prediction_id, predictions.c.runner.is_(None), UNFINISHED)
        .values(runner=runner, attempt=predictions.c.attempt + 1)
        .returning(predictions)
    )
    row = claimed.one_or_none()
    return None if row is None else read_row(row)


async def release_prediction(connection: AsyncConnection, prediction: Prediction, *, began: bool) -> bool:
    """Put a claimed run back to the waiting ones, if it is still ours; an attempt that never began does not count."""
    released = await connection.execute(
        update(predictions)
        .where(
            predictions.c.id == prediction.id,
            predictions.c.attempt == prediction.attempt,
            predictions.c.runner == prediction.runner,
            UNFINISHED,
        )
        .values(
            runner=None,
            status=Status.STARTING.value,
            started_at=None,
            logs="",
            attempt=prediction.attempt if began else prediction.attempt - 1,
        )
    )
    return released.rowcount == 1


async def note_progress(
    connection: AsyncConnection, prediction: Prediction, *, started_at: datetime, logs: str
) -> bool:
    """Write how far a run is; False if it is no longer this attempt's to write."""
    noted = await connection.execute(
        update(predictions)
        .where(predictions.c.id == prediction.id, predictions.c.attempt == prediction.attempt, UNFINISHED)
        .values(status=Status.PROCESSING.value, started_at=started_at, logs=logs)
    )
    return noted.rowcount == 1


def page_query(
    user_id: UserId, wanted: Wanted, *, before: str | None, after: str | None, rows: int
) -> Select[tuple[object, ...]]:
    """Select a user's runs around a cursor, one more than a page holds; the nearest to the cursor come first."""
    query = select(predictions).where(predictions.c.user_id == user_id, *_conditions(wanted)).limit(rows + 1)
    if after is not None:
        return query.where(predictions.c.id > after).order_by(predictions.c.id.asc())
    if before is not None:
        query = query.where(predictions.c.id < before)
    return query.order_by(predictions.c.id.desc())


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.status is not None:
        yield predictions.c.status == wanted.status.value
    if wanted.model is not None:
        yield predictions.c.model == wanted.model
    if wanted.created_after is not None:
        yield predictions.c.created_at > wanted.created_after
    if wanted.created_before is not None:
        yield predictions.c.created_at < wanted.created_before


async def list_by_id(connection: AsyncConnection, user_id: UserId, ids: Sequence[PredictionId]) -> Sequence[Prediction]:
    """List those of a user's runs that are named, the newest first."""
    query = select(predictions).where(predictions.c.user_id == user_id, predictions.c.id.in_(ids))
    return [read_row(row) for row in await connection.execute(query.order_by(predictions.c.id.desc()))]


async def delete_prediction(connection: AsyncConnection, prediction_id: PredictionId) -> None:
    """Delete a row and the keys that lead to it."""
    await connection.execute(delete(prediction_keys).where(prediction_keys.c.prediction_id == prediction_id))
    await connection.execute(delete(predictions).where(predictions.c.id == prediction_id))
