"""One attempt at a walk: as many frames at once as the engine has room for, each kept the moment it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from artrator.db.database import Database
from artrator.kernel.clock import Clock
from artrator.predictions.events import PredictionBus, Signal
from artrator.predictions.outputs import BUCKET_LETTERS, OutputStore
from artrator.predictions.prediction import StoredFile, StoredOutput
from artrator.walks.course import Course
from artrator.walks.frame_store import add_frame, has_frame, list_frames
from artrator.walks.frames import FrameRenderer, Picture, Wish
from artrator.walks.looks import Looks
from artrator.walks.patience import patiently
from artrator.walks.walk import Frame, Walk


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
        looks: Looks,
        bus: PredictionBus,
        clock: Clock,
        at_once: int,
    ) -> None:
        self._walk = walk
        self._database = database
        self._outputs = outputs
        self._renderer = renderer
        self._looks = looks
        self._bus = bus
        self._clock = clock
        self._at_once = at_once

    async def run(self) -> None:
        """Render to the end. Raises: Lost; what a frame ends with that no waiting mends."""
        async with self._database.unit_of_work() as connection:
            frames = await list_frames(connection, self._walk.id)
        course = Course(self._walk, frames)
        for frame in frames:
            self._looks.know(frame.place, frame.file.key)
        under_way: set[asyncio.Task[Picture]] = set()
        try:
            while True:
                for place in course.next_places(self._at_once - len(under_way)):
                    under_way.add(asyncio.create_task(self._render(Wish(place=place))))
                if not under_way:
                    return
                done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    await self._keep(course, task.result())
        finally:
            await _cancelled(under_way)

    async def _render(self, wish: Wish) -> Picture:
        picture = await self._renderer.render(wish)
        await self._looks.see(wish.place, picture.file.data)
        return picture

    async def _keep(self, course: Course, picture: Picture) -> None:
        """Store a frame with its place among the others; it is there for good when this returns. Raises: Lost."""
        place = picture.wish.place
        stored = await patiently(lambda: self._store(picture))
        self._looks.know(place, stored.key)
        left, right = course.neighbours(place)
        to_right = await self._looks.distance(place, right)
        frame = Frame(
            walk_id=self._walk.id,
            place=place,
            file=stored,
            evaluations=picture.evaluations,
            attempt=self._walk.attempt,
            sequence=0,
            revision=0,
            created_at=self._clock(),
            distance_left=await self._looks.distance(left, place),
            distance_right=to_right,
            distance=to_right,
        )
        course.landed(place, frame.distance_left, frame.distance_right)
        await patiently(lambda: self._add(frame, left, course.evenness()))
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


async def _cancelled(tasks: Collection[asyncio.Task[Picture]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
