"""Reading and writing versions, and what a version's status means for its model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, and_, case, exists, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.bundle.manifest import Manifest
from artrator.catalog.model import Listed, Version, VersionStatus, Visibility
from artrator.catalog.run_prices import keep_base
from artrator.catalog.store import MODEL_COLUMNS, model_of, tell_changed
from artrator.catalog.tables import models, versions
from artrator.identity.tables import users
from artrator.kernel.ids import Digest, ModelId

VERSION_COLUMNS = tuple(column.label(f"version_{column.name}") for column in versions.c)
"""Named apart from a model's columns, which stand beside them in some queries."""


@lru_cache(maxsize=512)
def _manifest_of(text: str) -> Manifest:
    """Read a stored manifest; a version never changes, and a list shows the same ones again and again."""
    return Manifest.model_validate_json(text)


def version_of(row: Row[Any]) -> Version:
    """Read a row of VERSION_COLUMNS."""
    return Version(
        model_id=ModelId(row.version_model_id),
        digest=Digest(row.version_digest),
        manifest=_manifest_of(row.version_manifest),
        status=VersionStatus(row.version_status),
        batchable=row.version_batchable,
        size_bytes=row.version_size_bytes,
        created_at=row.version_created_at,
        verified_at=row.version_verified_at,
    )


def existing_models_with_latest() -> Select[*tuple[Any, ...]]:
    """Select models that are not deleted, with their owners and newest passed versions (nulls where none passed)."""
    latest = and_(versions.c.model_id == models.c.id, versions.c.digest == models.c.latest_digest)
    joined = models.join(users, users.c.id == models.c.owner_id).outerjoin(versions, latest)
    columns = (*MODEL_COLUMNS, *VERSION_COLUMNS)
    return select(*columns).select_from(joined).where(models.c.deleted_at.is_(None))


async def insert_version(connection: AsyncConnection, version: Version) -> bool:
    """Insert a version; False where the model has it already."""
    result = await connection.execute(
        insert(versions)
        .values(
            model_id=version.model_id,
            digest=version.digest,
            manifest=version.manifest.model_dump_json(),
            status=version.status,
            batchable=version.batchable,
            size_bytes=version.size_bytes,
            created_at=version.created_at,
        )
        .on_conflict_do_nothing()
        .returning(versions.c.digest)
    )
    return result.one_or_none() is not None


async def find_version(connection: AsyncConnection, model_id: ModelId, digest: Digest) -> Version | None:
    """Find a version of a model."""
    query = select(*VERSION_COLUMNS).where(versions.c.model_id == model_id, versions.c.digest == digest)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else version_of(row)


async def list_versions(
    connection: AsyncConnection, model_id: ModelId, *, passed_only: bool, limit: int
) -> Sequence[Version]:
    """List a model's versions, the newest first."""
    query = select(*VERSION_COLUMNS).where(versions.c.model_id == model_id)
    if passed_only:
        query = query.where(versions.c.status == VersionStatus.PASSED)
    query = query.order_by(versions.c.created_at.desc(), versions.c.digest).limit(limit)
    return [version_of(row) for row in (await connection.execute(query)).all()]


async def newest_versions(connection: AsyncConnection, model_ids: Sequence[ModelId]) -> Mapping[ModelId, Version]:
    """Find the version of each model that was published last, whatever became of it."""
    query = (
        select(*VERSION_COLUMNS)
        .where(versions.c.model_id.in_(model_ids))
        .ext(distinct_on(versions.c.model_id))
        .order_by(versions.c.model_id, versions.c.created_at.desc(), versions.c.digest)
    )
    found = [version_of(row) for row in (await connection.execute(query)).all()]
    return {version.model_id: version for version in found}


async def set_status(
    connection: AsyncConnection,
    digest: Digest,
    status: VersionStatus,
    now: datetime,
    *,
    model_id: ModelId | None,
    batchable: bool | None,
) -> Sequence[ModelId]:
    """Write a version's status and let its models follow; tell which models had it."""
    values: dict[str, object] = {"status": status}
    if batchable is not None:
        values["batchable"] = batchable
    if status is VersionStatus.PASSED:
        values["verified_at"] = now
    query = update(versions).where(versions.c.digest == digest).values(values).returning(versions.c.model_id)
    if model_id is not None:
        query = query.where(versions.c.model_id == model_id)
    touched = [ModelId(found) for found in (await connection.execute(query)).scalars()]
    for each in sorted(touched):
        await _follow(connection, each, now)
        await tell_changed(connection, each)
    return touched


async def listed_by_another(connection: AsyncConnection, digest: Digest, model_id: ModelId) -> bool:
    """Tell whether another owner has listed the same bundle (passed, not private) before."""
    other = models.alias("other")
    own_owner = select(models.c.owner_id).where(models.c.id == model_id).scalar_subquery()
    found = select(
        exists().where(
            versions.c.digest == digest,
            versions.c.status == VersionStatus.PASSED,
            other.c.id == versions.c.model_id,
            other.c.owner_id != own_owner,
            other.c.visibility != Visibility.PRIVATE,
            other.c.deleted_at.is_(None),
        )
    )
    return bool((await connection.execute(found)).scalar_one())


async def _follow(connection: AsyncConnection, model_id: ModelId, now: datetime) -> None:
    """Point a model at its newest version that passed, and list it if its owner wished so."""
    newest = await list_versions(connection, model_id, passed_only=True, limit=1)
    if not newest:
        gone = update(models).where(models.c.id == model_id).values(latest_digest=None, base_digest=None)
        await connection.execute(gone)
        return
    base = newest[0].manifest.base
    if base is not None:
        await keep_base(connection, Digest(base))
    wished = models.c.wanted_visibility.is_not(None)
    await connection.execute(
        update(models)
        .where(models.c.id == model_id)
        .values(
            latest_digest=newest[0].digest,
            base_digest=base,
            pipeline=newest[0].manifest.pipeline,
            license=newest[0].manifest.license,
            visibility=func.coalesce(models.c.wanted_visibility, models.c.visibility),
            listed_at=case((wished, now), else_=models.c.listed_at),
            wanted_visibility=None,
        )
    )


async def with_digest(connection: AsyncConnection, digest: Digest) -> Sequence[Listed]:
    """List the models that have a version of this digest, each with it."""
    joined = models.join(users, users.c.id == models.c.owner_id).join(versions, versions.c.model_id == models.c.id)
    columns = (*MODEL_COLUMNS, *VERSION_COLUMNS)
    query: Select[*tuple[Any, ...]] = (
        select(*columns)
        .select_from(joined)
        .where(versions.c.digest == digest, models.c.deleted_at.is_(None))
        .order_by(models.c.id)
    )
    rows = (await connection.execute(query)).all()
    return [Listed(model=model_of(row), latest=version_of(row)) for row in rows]
