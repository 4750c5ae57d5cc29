"""Profiles in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import case, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.model import VersionStatus
from artrator.catalog.tables import models, versions
from artrator.engine.examination.profile import GraphProfile, Profiles
from artrator.kernel.ids import Digest
from artrator.verification.finding import Place
from artrator.verification.tables import version_profiles


async def put_profile(
    connection: AsyncConnection, digest: Digest, place: Place, profiles: Profiles, now: datetime
) -> None:
    """Store what was measured in the place of what was before."""
    values = {"graphs": msgspec.to_builtins(dict(profiles)), "made_at": now}
    key = {"digest": digest, "runtime": place.runtime, "device": place.device}
    statement = insert(version_profiles).values(**key, **values)
    await connection.execute(statement.on_conflict_do_update(constraint="pk_version_profiles", set_=values))


async def find_profile(
    connection: AsyncConnection, digest: Digest, place: Place, *, elsewhere: bool = False
) -> tuple[Profiles, Place] | None:
    """Find what was measured here, or with `elsewhere`, where nothing was, what was measured last anywhere.

    No graphs: the version could not be measured.
    """
    here = (version_profiles.c.runtime == place.runtime) & (version_profiles.c.device == place.device)
    query = select(version_profiles).where(version_profiles.c.digest == digest)
    query = query.order_by(case((here, 0), else_=1), version_profiles.c.made_at.desc()).limit(1)
    row = (await connection.execute(query if elsewhere else query.where(here))).first()
    if row is None:
        return None
    return msgspec.convert(row.graphs, dict[str, GraphProfile]), Place(runtime=row.runtime, device=row.device)


async def unmeasured(connection: AsyncConnection, place: Place) -> Sequence[tuple[Digest, bool]]:
    """List the versions that passed and were not measured here, each with whether its calls may be batched."""
    measured = exists().where(
        version_profiles.c.digest == versions.c.digest,
        version_profiles.c.runtime == place.runtime,
        version_profiles.c.device == place.device,
    )
    query = (
        select(versions.c.digest, func.bool_or(versions.c.batchable).label("batchable"))
        .join(models, models.c.id == versions.c.model_id)
        .where(versions.c.status == VersionStatus.PASSED, models.c.deleted_at.is_(None), ~measured)
        .group_by(versions.c.digest)
    )
    return [(Digest(row.digest), bool(row.batchable)) for row in (await connection.execute(query)).all()]
