"""Find and list one's own walks and their frames; those of others do not exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from artrator.db.database import Database
from artrator.kernel.ids import UserId, WalkId, is_id
from artrator.walks.errors import walk_not_found
from artrator.walks.frame_store import first_frames, list_frames
from artrator.walks.store import get_walk, page_query, read_walk
from artrator.walks.walk import Frame, Walk
from artrator.wire.page import Page, id_page, read_id_cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicWalk:
    """A walk and its frames in the order of the path, for whoever shows it to others with its owner's consent."""

    walk: Walk
    frames: Sequence[Frame]


class WalkReader:
    """One's own walks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: UserId, walk_id: str) -> Walk:
        """Find one. Raises: NotFound."""
        walk = await self.find(walk_id)
        if walk.user_id != user_id:
            raise walk_not_found()
        return walk

    async def find(self, walk_id: str) -> Walk:
        """Find anybody's. Raises: NotFound."""
        if not is_id(walk_id):
            raise walk_not_found()
        async with self._database.unit_of_work() as connection:
            walk = await get_walk(connection, WalkId(walk_id))
        if walk is None:
            raise walk_not_found()
        return walk

    async def frames(self, walk: Walk) -> Sequence[Frame]:
        """List its frames in the order of the path."""
        async with self._database.unit_of_work() as connection:
            return await list_frames(connection, walk.id)

    async def posters(self, walks: Sequence[Walk]) -> dict[WalkId, Frame]:
        """Give the frame that stands for each walk that has one."""
        async with self._database.unit_of_work() as connection:
            return await first_frames(connection, [walk.id for walk in walks]) if walks else {}

    async def public(self, walk_id: str) -> PublicWalk:
        """Give a walk with its frames. Raises: NotFound."""
        walk = await self.find(walk_id)
        return PublicWalk(walk=walk, frames=await self.frames(walk))

    async def list_page(self, user_id: UserId, *, cursor: str | None, rows: int) -> Page[Walk]:
        """List a user's walks, newest first. Raises: Invalid for a cursor that no page gave."""
        before, after = read_id_cursor(cursor)
        async with self._database.unit_of_work() as connection:
            query = page_query(user_id, before=before, after=after, rows=rows)
            found = [read_walk(row) for row in await connection.execute(query)]
        return id_page(found, rows=rows, before=before, after=after)
