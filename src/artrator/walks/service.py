"""Assemble the use cases of walks."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from artrator.predictions.service import Foundation, Predictions
from artrator.walks.cancel import Cancellation
from artrator.walks.create import Creation
from artrator.walks.ending import Endings
from artrator.walks.erase import Erasure
from artrator.walks.films import Films
from artrator.walks.read import PublicWalk, WalkReader
from artrator.walks.schemas import WalkPage, WalkReply
from artrator.walks.settings import WalkSettings
from artrator.walks.show import WalkShow
from artrator.walks.stream import WalkStreams
from artrator.walks.view import WalkViews
from artrator.walks.walk import Walk
from artrator.wire.page import Page


class Walks:
    """The use cases, each with what it needs. `running` must be entered before the first walk is rendered."""

    def __init__(self, foundation: Foundation, predictions: Predictions, settings: WalkSettings) -> None:
        base, clock = foundation, foundation.clock
        self.settings = settings
        self.reader = WalkReader(base.database)
        self.views = WalkViews(predictions.views, public_url=base.public_url, currency=base.catalog.currency)
        self._show = WalkShow(self.reader, self.views)
        self.creation = Creation(
            database=base.database,
            queue=base.queue,
            catalog=base.catalog,
            inputs=predictions.inputs,
            settings=settings,
            fee_permille=base.fee_permille,
            clock=clock,
        )
        self.endings = Endings(base.database, base.queue, base.catalog, predictions.bus, clock)
        self.cancellation = Cancellation(self.reader, self.endings)
        self.erasure = Erasure(base.database, base.blobs, predictions.outputs, self.reader, self.endings)
        self.films = Films(base.database, base.queue, base.blobs, clock)
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

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Look after walks while the block runs."""
        yield
