"""One attempt at a walk: as many frames at once as the engine has room for, each kept the moment it is there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

from artrator.db.database import Database
from artrator.kernel.clock import Clock
from artrator.kernel.errors import Unavailable
from artrator.predictions.events import PredictionBus, Signal
from artrator.predictions.outputs import BUCKET_LETTERS, OutputStore
from artrator.predictions.prediction import StoredFile, StoredOutput
from artrator.walks.course import Course
from artrator.walks.frame_store import add_frame, has_frame, list_frames
from artrator.walks.frames import FrameRenderer, Picture, Wish
from artrator.walks.walk import Frame, Walk

log = logging.getLogger(__name__)

MAX_PAUSE_S = 5.0
Result = TypeVar("Result")


class Lost(Exception):
    """The walk has ended, or another attempt at it has begun."""


class Rendition:
    """Renders what is missing of a walk that was claimed. at_once: frames in flight at most."""

    def __init__(
        self,
        walk: Walk,
        *,
        database: Database,
        outputs: OutputStore,
        renderer: FrameRenderer,
        bus: PredictionBus,
        clock: Clock,
        at_once: int,
    ) -> None:
        self._walk = walk
        self._database = database
        self._outputs = outputs
        self._renderer = renderer
        self._bus = bus
        self._clock = clock
        self._at_once = at_once

    async def run(self) -> None:
        """Render to the end. Raises: Lost; what a frame ends with that no waiting mends."""
        async with self._database.unit_of_work() as connection:
            frames = await list_frames(connection, self._walk.id)
        course = Course(self._walk, frames)
        under_way: set[asyncio.Task[Picture]] = set()
        try:
            while True:
                for place in course.next_places(self._at_once - len(under_way)):
                    under_way.add(asyncio.create_task(self._renderer.render(Wish(place=place))))
                if not under_way:
                    return
                done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    await self._keep(course, task.result())
        finally:
            await _cancelled(under_way)

    async def _keep(self, course: Course, picture: Picture) -> None:
        """Store a frame with its place among the others; it is there for good when this returns. Raises: Lost."""
        place = picture.wish.place
        stored = await persistently(lambda: self._store(picture))
        left, _ = course.neighbours(place)
        frame = Frame(
            walk_id=self._walk.id,
            place=place,
            file=stored,
            evaluations=picture.evaluations,
            attempt=self._walk.attempt,
            sequence=0,
            revision=0,
            created_at=self._clock(),
        )
        course.landed(place, frame.distance_left, frame.distance_right)
        await persistently(lambda: self._add(frame, left, course.evenness()))
        self._bus.tell_here(self._walk.id)

    async def _add(self, frame: Frame, left: float | None, evenness: float | None) -> None:
        async with self._database.unit_of_work() as connection:
            if await has_frame(connection, frame):
                return  # the connection was lost after the commit
            added = await add_frame(connection, frame, left=left, evenness=evenness)
            if added:
                await self._bus.tell_others(connection, [Signal(self._walk.id)])
        if not added:
            await self._outputs.delete((StoredOutput(name="frame", files=(frame.file,)),))
            raise Lost

    async def _store(self, picture: Picture) -> StoredFile:
        walk = self._walk
        stem = f"outputs/{walk.id[:BUCKET_LETTERS]}/{walk.id}-{picture.wish.place:.6f}-{walk.attempt}-"
        (output,) = await self._outputs.store_in(stem, {"frame": picture.file})
        return output.files[0]


async def persistently(work: Callable[[], Awaitable[Result]]) -> Result:
    """Do what the database or the blob store refuses for a while, until it is done."""
    pause_s = 0.1
    while True:
        try:
            return await work()
        except Unavailable as error:
            log.warning("a walk waits: %s", error.code)
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, MAX_PAUSE_S)


async def _cancelled(tasks: Collection[asyncio.Task[Picture]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
