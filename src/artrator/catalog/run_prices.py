"""What a run costs, kept with each model to list, sort and filter by: a LoRA's run costs its base's price too."""

from __future__ import annotations

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.model import VersionStatus, Visibility
from artrator.catalog.tables import models, versions
from artrator.kernel.ids import Digest, ModelId

_base, _base_version = models.alias("base"), versions.alias("base_version")


async def keep_base(connection: AsyncConnection, digest: Digest) -> None:
    """Keep the price of a LoRA's base from changing until the LoRA is there to follow it; before the LoRA is locked."""
    joined = models.join(versions, versions.c.model_id == models.c.id)
    query = select(models.c.id).select_from(joined).where(versions.c.digest == digest).order_by(models.c.id)
    await connection.execute(query.with_for_update(read=True, of=models))


async def update_run_prices(connection: AsyncConnection, model_id: ModelId) -> None:
    """Add up what runs of a model, and of the LoRAs on its versions, cost somebody who made neither."""
    its_versions = select(versions.c.digest).where(versions.c.model_id == model_id)
    # as `Runnables.resolve_digest` chooses among models with the same version
    base_price = (
        select(_base.c.price_micros)
        .select_from(_base.join(_base_version, _base_version.c.model_id == _base.c.id))
        .where(
            _base_version.c.digest == models.c.base_digest,
            _base_version.c.status == VersionStatus.PASSED,
            _base.c.visibility != Visibility.PRIVATE,
            _base.c.deleted_at.is_(None),
        )
        .order_by((_base.c.visibility == Visibility.PUBLIC).desc(), _base.c.id)
        .limit(1)
        .correlate(models)
        .scalar_subquery()
    )
    await connection.execute(
        update(models)
        .where(or_(models.c.id == model_id, models.c.base_digest.in_(its_versions)))
        .values(run_price_micros=models.c.price_micros + func.coalesce(base_price, 0))
    )
