"""Count what there is: users, models, versions, predictions and the bytes that they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, any_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.model import VersionStatus, Visibility
from artrator.catalog.tables import models, uploads, versions
from artrator.identity.tables import users
from artrator.identity.user import Role
from artrator.kernel.ids import lowest_id
from artrator.predictions.prediction import Status
from artrator.predictions.tables import files, predictions

CLOCKS_DIFFER = timedelta(hours=1)
"""More than the clocks of two servers, so that no id is older than the moment that its row names by more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCount:
    """Accounts. active: ran something in the last 24 hours."""

    total: int
    creators: int
    operators: int
    disabled: int
    new: int
    active: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredBytes:
    """What is kept: packed bundles, each once; input files of users; uploads in parts."""

    bundles: int
    input_files: int
    uploads: int


async def count_users(connection: AsyncConnection, since: datetime) -> UserCount:
    """Count accounts."""
    active = select(func.count(predictions.c.user_id.distinct())).where(*_asked_since(since))
    query = select(
        func.count(),
        func.count().filter(literal(Role.CREATOR.value) == any_(users.c.roles)),
        func.count().filter(literal(Role.OPERATOR.value) == any_(users.c.roles)),
        func.count().filter(users.c.disabled_at.is_not(None)),
        func.count().filter(users.c.created_at >= since),
        active.scalar_subquery(),
    ).select_from(users)
    row = (await connection.execute(query)).one()
    return UserCount(total=row[0], creators=row[1], operators=row[2], disabled=row[3], new=row[4], active=row[5])


async def count_models(connection: AsyncConnection) -> Mapping[Visibility, int]:
    """Count models by who finds them."""
    query = select(models.c.visibility, func.count()).where(models.c.deleted_at.is_(None)).group_by(models.c.visibility)
    counts = await _counts(connection, query)
    return {each: counts.get(each.value, 0) for each in Visibility}


async def count_versions(connection: AsyncConnection) -> Mapping[VersionStatus, int]:
    """Count versions of models that are not deleted by how far they are."""
    query = (
        select(versions.c.status, func.count())
        .join(models, models.c.id == versions.c.model_id)
        .where(models.c.deleted_at.is_(None))
        .group_by(versions.c.status)
    )
    counts = await _counts(connection, query)
    return {each: counts.get(each.value, 0) for each in VersionStatus}


async def count_predictions(connection: AsyncConnection, since: datetime) -> Mapping[Status, int]:
    """Count runs that were asked for since a moment by how they are."""
    query = select(predictions.c.status, func.count()).where(*_asked_since(since)).group_by(predictions.c.status)
    counts = await _counts(connection, query)
    return {each: counts.get(each.value, 0) for each in Status}


async def sum_bytes(connection: AsyncConnection) -> StoredBytes:
    """Sum what is kept."""
    bundles = select(versions.c.digest, func.max(versions.c.size_bytes).label("size")).group_by(versions.c.digest)
    query = select(
        select(func.coalesce(func.sum(bundles.subquery().c.size), 0)).scalar_subquery(),
        select(func.coalesce(func.sum(files.c.size_bytes), 0)).scalar_subquery(),
        select(func.coalesce(func.sum(uploads.c.received_bytes), 0))
        .where(uploads.c.published_digest.is_(None))
        .scalar_subquery(),
    )
    row = (await connection.execute(query)).one()
    return StoredBytes(bundles=int(row[0]), input_files=int(row[1]), uploads=int(row[2]))


def _asked_since(since: datetime) -> tuple[ColumnElement[bool], ...]:
    # ids sort by their time of birth: the primary key finds what an index on created_at would, and costs a run nothing
    return predictions.c.id >= lowest_id(since - CLOCKS_DIFFER), predictions.c.created_at >= since


async def _counts(connection: AsyncConnection, query: Select[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in (await connection.execute(query)).all()}
