"""Delete walks with all that they left in the blob store, one by one or with their owner's account."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.db.database import Database
from artrator.kernel.errors import Conflict, NotFound
from artrator.kernel.ids import UserId, WalkId, new_id
from artrator.predictions.outputs import OutputStore
from artrator.predictions.prediction import StoredOutput
from artrator.storage.blobs import Blobs
from artrator.walks.ending import Endings, Outcome
from artrator.walks.errors import walk_not_found
from artrator.walks.film_store import list_films
from artrator.walks.frame_store import forget_states, list_frames, with_states
from artrator.walks.read import WalkReader
from artrator.walks.store import delete_walk, ended_of, get_walk, unfinished_of
from artrator.walks.walk import Frame, Walk, WalkStatus

AT_ONCE = 50

OnDelete = Callable[[AsyncConnection, WalkId], Awaitable[None]]
"""Deletes what another part keeps of a walk, in the transaction in which the walk goes."""


class Erasure:
    """Deletes walks; what was paid stays in the ledger."""

    def __init__(
        self, database: Database, blobs: Blobs, outputs: OutputStore, reader: WalkReader, endings: Endings
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._outputs = outputs
        self._reader = reader
        self._endings = endings
        self._listeners: list[OnDelete] = []

    def on_delete(self, callback: OnDelete) -> None:
        """Have a callback delete what depends on a walk."""
        self._listeners.append(callback)

    async def delete(self, user_id: UserId, walk_id: str) -> None:
        """Delete one of a user's walks that has ended. Raises: NotFound; Conflict while it goes on."""
        walk = await self._reader.get(user_id, walk_id)
        if not walk.status.final:
            raise Conflict("walk_running", "The walk still goes on; cancel it first.")
        await self._delete(walk)

    async def erase(self, user_id: UserId) -> bool:
        """Delete all walks of an account that has ended; those under way are cancelled first."""
        async with self._database.unit_of_work() as connection:
            active = await unfinished_of(connection, user_id)
        # another erasure may go on beside this one, and be the first to delete a walk
        for walk_id in active:
            with contextlib.suppress(NotFound):
                await self._endings.end(walk_id, Outcome(status=WalkStatus.CANCELED, settlement=new_id()))
        while walks := await self._ended(user_id):
            for walk in walks:
                with contextlib.suppress(NotFound):
                    await self._delete(walk)
        return True

    async def tidy(self, walk_id: WalkId) -> None:
        """Delete what the frames of a walk that has ended need no more: their states."""
        while kept := await self._with_states(walk_id):
            await self._delete_states(kept)
            async with self._database.unit_of_work() as connection:
                await forget_states(connection, walk_id, [frame.place for frame in kept])

    async def _delete(self, walk: Walk) -> None:
        # the rows go last: as long as they are there, a second attempt finds the blobs that are left
        async with self._database.unit_of_work() as connection:
            frames = await list_frames(connection, walk.id)
            films = await list_films(connection, walk.id)
        await self._delete_states(frames)
        for frame in frames:
            await self._outputs.delete((StoredOutput(name="frame", files=(frame.file,)),))
        keys = [key for each in (walk.shared, *walk.keyframes) for key in each.files.values()]
        for key in (*keys, *(film.key for film in films if film.key is not None)):
            await self._blobs.delete(key)
        async with self._database.unit_of_work() as connection:
            if await get_walk(connection, walk.id, lock=True) is None:
                raise walk_not_found()
            for listener in self._listeners:
                await listener(connection, walk.id)
            await delete_walk(connection, walk.id)

    async def _delete_states(self, frames: Sequence[Frame]) -> None:
        for frame in frames:
            if frame.states is not None:
                await self._blobs.delete(frame.states)

    async def _ended(self, user_id: UserId) -> Sequence[Walk]:
        async with self._database.unit_of_work() as connection:
            return await ended_of(connection, user_id, AT_ONCE)

    async def _with_states(self, walk_id: WalkId) -> Sequence[Frame]:
        async with self._database.unit_of_work() as connection:
            return await with_states(connection, walk_id, AT_ONCE)
