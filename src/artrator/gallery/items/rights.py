"""Whose pictures somebody may show: those of public models, and of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.catalog.model import Visibility
from artrator.catalog.tables import models, versions
from artrator.gallery.items.errors import model_not_public
from artrator.kernel.ids import Digest, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """A version that had a part in a run. model: owner/name, as it was called then."""

    owner_id: UserId
    version: Digest
    model: str


async def check_may_show(connection: AsyncConnection, makers: Sequence[Maker], sharer: UserId) -> None:
    """Let pass what versions of public models made, or the sharer's own. Raises: Forbidden.

    An unlisted model is not public: showing its pictures, with its name below, would list it after all.
    """
    others = [maker for maker in makers if maker.owner_id != sharer]
    if not others:
        return
    key = tuple_(models.c.owner_id, versions.c.digest)
    query = (
        select(models.c.owner_id, versions.c.digest)
        .join(versions, versions.c.model_id == models.c.id)
        .where(
            key.in_([(maker.owner_id, maker.version) for maker in others]),
            models.c.visibility == Visibility.PUBLIC.value,
            models.c.deleted_at.is_(None),
        )
    )
    public = {(row.owner_id, row.digest) for row in (await connection.execute(query)).all()}
    for maker in others:
        if (maker.owner_id, maker.version) not in public:
            raise model_not_public(maker.model)
