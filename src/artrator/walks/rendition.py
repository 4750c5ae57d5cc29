"""One attempt at a walk: as many frames at once as the engine has room for, each kept the moment it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from artrator.db.database import Database
from artrator.engine.fleet import WalkStart
from artrator.kernel.clock import Clock
from artrator.predictions.events import PredictionBus, Signal
from artrator.predictions.outputs import BUCKET_LETTERS, OutputStore
from artrator.predictions.prediction import StoredFile, StoredOutput
from artrator.walks.course import Course, Stage
from artrator.walks.frame_store import add_frame, has_frame, list_frames
from artrator.walks.frames import FrameRenderer, Picture, Wish
from artrator.walks.looks import Looks
from artrator.walks.patience import patiently
from artrator.walks.states import KeptStates
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
        states: KeptStates,
        bus: PredictionBus,
        clock: Clock,
        at_once: int,
    ) -> None:
        self._walk = walk
        self._database = database
        self._outputs = outputs
        self._renderer = renderer
        self._looks = looks
        self._states = states
        self._bus = bus
        self._clock = clock
        self._at_once = at_once

    async def run(self) -> None:
        """Render to the end. Raises: Lost; what a frame ends with that no waiting mends."""
        course = await self._course()
        under_way: set[asyncio.Task[Picture]] = set()
        try:
            while True:
                for stage in course.next_stages(self._at_once - len(under_way)):
                    under_way.add(asyncio.create_task(self._render(stage)))
                if not under_way:
                    return
                done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                # what is there is kept, whatever became of the frames beside it
                for task in sorted(done, key=lambda each: each.exception() is not None):
                    await self._keep(course, task.result())
        finally:
            await _cancelled(under_way)

    async def _course(self) -> Course:
        """Take the walk up where its rows end."""
        passages = await patiently(self._renderer.passages)
        frames = await patiently(self._frames)
        for frame in frames:
            self._looks.know(frame.place, frame.file.key)
            self._states.know(frame)
        return Course(self._walk, passages, frames)

    async def _frames(self) -> Sequence[Frame]:
        async with self._database.unit_of_work() as connection:
            return await list_frames(connection, self._walk.id)

    async def _render(self, stage: Stage) -> Picture:
        start = await patiently(lambda: self._start(stage))
        picture = await self._renderer.render(Wish(place=stage.place, start=start, keep=stage.share.keep))
        await self._looks.see(stage.place, picture.file.data)
        return picture

    async def _start(self, stage: Stage) -> WalkStart | None:
        """Give what a frame begins from; None where it is rendered alone, as it is when its neighbours kept nothing."""
        shared = stage.share
        if shared.begin is None or stage.left is None or stage.right is None:
            return None
        before, after = await self._states.read(stage.left), await self._states.read(stage.right)
        if before is None or after is None:
            return None
        return WalkStart(index=shared.begin, before=before, after=after, weight=shared.weight)

    async def _keep(self, course: Course, picture: Picture) -> None:
        """Store a frame with its place among the others; it is there for good when this returns. Raises: Lost."""
        place = picture.wish.place
        stored = await patiently(lambda: self._store(picture))
        self._looks.know(place, stored.key)
        left, right = course.neighbours(place)
        kept = picture.states
        states = None if kept is None else await patiently(lambda: self._states.store(place, kept))
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
            states=states,
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
            await self._states.forget(frame)
            raise Lost

    async def _store(self, picture: Picture) -> StoredFile:
        walk = self._walk
        stem = f"outputs/{walk.id[:BUCKET_LETTERS]}/{walk.id}-{picture.wish.place:.9f}-{walk.attempt}-"
        (output,) = await self._outputs.store_in(stem, {"frame": picture.file})
        return output.files[0]


async def _cancelled(tasks: Collection[asyncio.Task[Picture]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
