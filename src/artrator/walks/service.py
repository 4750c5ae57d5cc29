"""Assemble the use cases of walks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from artrator.kernel.ids import Digest
from artrator.predictions.service import Foundation, Predictions
from artrator.walks.cancel import Cancellation
from artrator.walks.create import Creation
from artrator.walks.ending import Endings
from artrator.walks.erase import Erasure
from artrator.walks.film_writing import FilmWriting
from artrator.walks.films import Films
from artrator.walks.frames import FrameRenderer
from artrator.walks.keyframe_pictures import KeyframePictures
from artrator.walks.looks import Looks
from artrator.walks.perception import Perception
from artrator.walks.read import PublicWalk, WalkReader
from artrator.walks.render import Rendering
from artrator.walks.rendition import Rendition
from artrator.walks.schemas import WalkPage, WalkReply
from artrator.walks.settings import WalkSettings
from artrator.walks.show import GalleryItems, WalkShow
from artrator.walks.states import KeptStates
from artrator.walks.stream import WalkStreams
from artrator.walks.view import WalkViews
from artrator.walks.walk import Walk
from artrator.walks.watch import Watch
from artrator.wire.page import Page

MAX_AT_ONCE = 128
"""Half of what an account may have in flight by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What walks have of the machine. folder: for films that are being written. slots: calls that a worker runs at once."""

    folder: Path
    slots: int


class Walks:
    """The use cases, each with what it needs. `running` must be entered before the first walk is rendered."""

    def __init__(self, foundation: Foundation, predictions: Predictions, settings: WalkSettings, means: Means) -> None:
        base, clock = foundation, foundation.clock
        self.settings = settings
        self._base = base
        self._predictions = predictions
        self._means = means
        extractor = Digest(settings.extractor) if settings.extractor else None
        self._perception = Perception(base.fleet, base.catalog, base.blobs, extractor=extractor)
        self.reader = WalkReader(base.database)
        self.views = WalkViews(predictions.views, public_url=base.public_url, currency=base.catalog.currency)
        self._show = WalkShow(self.reader, self.views)
        self.creation = Creation(
            database=base.database,
            queue=base.queue,
            catalog=base.catalog,
            inputs=predictions.inputs,
            pictures=KeyframePictures(self._perception, base.blobs),
            settings=settings,
            fee_permille=base.fee_permille,
            clock=clock,
        )
        self.endings = Endings(base.database, base.queue, base.catalog, predictions.bus, clock)
        self.cancellation = Cancellation(self.reader, self.endings)
        self.erasure = Erasure(base.database, base.blobs, predictions.outputs, self.reader, self.endings)
        self.films = Films(base.database, base.queue, base.blobs, clock)
        self.film_writing = FilmWriting(
            base.database, base.blobs, folder=means.folder, max_side_px=settings.film_side_px
        )
        self.rendering = Rendering(base.database, self.endings, predictions.bus, clock, begin=self._begin)
        self._watch = Watch(base.database, base.queue, settings, clock)
        self.streams = WalkStreams(base.database, self.reader, predictions.bus, self._show)

    async def show(self, walk: Walk) -> WalkReply:
        """Write one for its owner."""
        return await self._show.walk(walk)

    async def show_page(self, page: Page[Walk], *, asked: Mapping[str, str]) -> WalkPage:
        """Write a page for their owner."""
        return await self._show.page(page, asked=asked)

    async def public_view(self, walk_id: str) -> PublicWalk:
        """Give anybody's walk and its frames, for whoever shows it with its owner's consent. Raises: NotFound."""
        return await self.reader.public(walk_id)

    def ask_gallery(self, gallery_items: GalleryItems) -> None:
        """Have a gallery say which walks it shows."""
        self._show.ask_gallery(gallery_items)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Look after walks while the block runs."""
        watching = asyncio.create_task(self._watch.watch_forever())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _begin(self, walk: Walk) -> Rendition:
        base = self._base
        renderer = FrameRenderer(
            walk, catalog=base.catalog, fleet=base.fleet, inputs=self._predictions.inputs, settings=self.settings
        )
        return Rendition(
            walk,
            database=base.database,
            outputs=self._predictions.outputs,
            renderer=renderer,
            looks=Looks(self._perception, base.blobs, account=walk.user_id, deadline_s=self.settings.frame_deadline_s),
            states=KeptStates(walk, base.blobs),
            bus=self._predictions.bus,
            clock=base.clock,
            at_once=self.settings.frames_at_once or await self._frames_at_once(),
        )

    async def _frames_at_once(self) -> int:
        """Count the frames that keep every worker busy: those that run, and as many that wait for nothing but their turn."""
        workers = sum(worker.alive for worker in (await self._base.fleet.health()).workers)
        return max(2, min(MAX_AT_ONCE, 2 * self._means.slots * max(1, workers)))
