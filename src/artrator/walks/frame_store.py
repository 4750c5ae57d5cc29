"""Rows of frames, to and from PostgreSQL: a frame is there with its count and its distances, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import msgspec
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.kernel.ids import WalkId
from artrator.walks.store import UNFINISHED, read_frame
from artrator.walks.tables import walk_frames, walks
from artrator.walks.walk import Frame

REVISIONS_A_FRAME = 2
"""One for its left neighbour, whose distance changes, and one for itself."""


async def add_frame(connection: AsyncConnection, frame: Frame, *, left: float | None, evenness: float | None) -> bool:
    """Store a frame of the attempt that it names; False where another attempt has begun, or the walk has ended.

    left: the place of the frame before it, which has a new neighbour now.
    """
    counted = await connection.execute(
        update(walks)
        .where(walks.c.id == frame.walk_id, walks.c.attempt == frame.attempt, UNFINISHED)
        .values(
            rendered=walks.c.rendered + 1,
            evaluations=walks.c.evaluations + frame.evaluations,
            revision=walks.c.revision + REVISIONS_A_FRAME,
            evenness=evenness,
        )
        .returning(walks.c.revision, walks.c.rendered)
    )
    counts = counted.one_or_none()
    if counts is None:
        return False
    revision, sequence = counts
    stored = replace(frame, revision=revision, sequence=sequence)
    row = msgspec.to_builtins(stored, builtin_types=(datetime,))
    await connection.execute(insert(walk_frames).values(row))
    if left is not None:
        await connection.execute(
            update(walk_frames)
            .where(walk_frames.c.walk_id == frame.walk_id, walk_frames.c.place == left)
            .values(distance=frame.distance_left, revision=revision - 1)
        )
    return True


async def has_frame(connection: AsyncConnection, frame: Frame) -> bool:
    """Tell whether just this frame is stored."""
    query = select(walk_frames.c.place).where(
        walk_frames.c.walk_id == frame.walk_id,
        walk_frames.c.place == frame.place,
        walk_frames.c.attempt == frame.attempt,
    )
    return (await connection.execute(query)).one_or_none() is not None


async def list_frames(connection: AsyncConnection, walk_id: WalkId) -> Sequence[Frame]:
    """List a walk's frames in the order of the path."""
    query = select(walk_frames).where(walk_frames.c.walk_id == walk_id).order_by(walk_frames.c.place)
    return [read_frame(row) for row in await connection.execute(query)]


async def frames_since(connection: AsyncConnection, walk_id: WalkId, revision: int, limit: int) -> Sequence[Frame]:
    """List the frames that came or changed after a revision, in that order."""
    query = select(walk_frames).where(walk_frames.c.walk_id == walk_id, walk_frames.c.revision > revision)
    return [read_frame(row) for row in await connection.execute(query.order_by(walk_frames.c.revision).limit(limit))]


async def first_frames(connection: AsyncConnection, walk_ids: Sequence[WalkId]) -> dict[WalkId, Frame]:
    """Give of each walk the frame that stands nearest to its first keyframe; of each, one row is read."""
    others = walk_frames.alias()
    first = select(func.min(others.c.place)).where(others.c.walk_id == walks.c.id).scalar_subquery()
    query = (
        select(walk_frames)
        .join(walks, walks.c.id == walk_frames.c.walk_id)
        .where(walks.c.id.in_(walk_ids), walk_frames.c.place == first)
    )
    frames = [read_frame(row) for row in await connection.execute(query)]
    return {frame.walk_id: frame for frame in frames}


async def with_states(connection: AsyncConnection, walk_id: WalkId, limit: int) -> Sequence[Frame]:
    """List some frames whose states are still kept."""
    query = select(walk_frames).where(walk_frames.c.walk_id == walk_id, walk_frames.c.states.is_not(None)).limit(limit)
    return [read_frame(row) for row in await connection.execute(query)]


async def forget_states(connection: AsyncConnection, walk_id: WalkId, places: Sequence[float]) -> None:
    """Note that the states of frames are gone."""
    await connection.execute(
        update(walk_frames).where(walk_frames.c.walk_id == walk_id, walk_frames.c.place.in_(places)).values(states=None)
    )
