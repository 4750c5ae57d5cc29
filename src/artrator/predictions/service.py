"""Assemble the use cases of predictions, and keep them going: heartbeat, takeover, the line between processes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.engine.fleet import Fleet
from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.errors import Unavailable
from artrator.predictions.allotments import Allotments
from artrator.predictions.archive import Archive
from artrator.predictions.attempt import Inference
from artrator.predictions.cancel import Cancellation
from artrator.predictions.erase import Erasure
from artrator.predictions.events import PredictionBus
from artrator.predictions.files import Files
from artrator.predictions.finish import Finishes
from artrator.predictions.inputs import InputFiles
from artrator.predictions.outputs import OutputStore
from artrator.predictions.outright import Outright
from artrator.predictions.quotes import Quotes
from artrator.predictions.read import PredictionReader
from artrator.predictions.reserve import Reservations
from artrator.predictions.run import Runner
from artrator.predictions.settings import PredictionSettings
from artrator.predictions.settle import Settlements
from artrator.predictions.stream import PredictionStreams
from artrator.predictions.submit import Submission
from artrator.predictions.takeover import Takeover
from artrator.predictions.thumbnails import Thumbnails
from artrator.predictions.view import PredictionViews
from artrator.predictions.webhooks import Webhooks
from artrator.storage.blobs import Blobs
from artrator.storage.signing import UrlSigner


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What predictions stand on.

    public_url: how others reach this server, `https://art.example`; it begins every link.
    fee_permille: the platform's part of a price. max_image_px: of an input picture, as the engine's settings say.
    """

    database: Database
    queue: JobQueue
    catalog: Catalog
    fleet: Fleet
    blobs: Blobs
    signer: UrlSigner
    public_url: str
    fee_permille: int
    max_image_px: int
    clock: Clock = system_clock


class Predictions:
    """The use cases, each with what it needs. `running` must be entered before the first run."""

    def __init__(self, foundation: Foundation, settings: PredictionSettings) -> None:
        base, clock = foundation, foundation.clock
        self.settings = settings
        self.bus = PredictionBus(base.database.dsn)
        self.files = Files(base.database, base.blobs, settings, clock)
        self.views = PredictionViews(base.signer, public_url=base.public_url, link_lifetime_s=settings.output_link_s)
        self.webhooks = Webhooks(base.database, self.views, settings, clock)
        self.settlements = Settlements(base.database, base.queue, base.catalog, self.bus, self._in_flight)
        self.reservations = Reservations(base.database, base.queue, self._in_flight)
        self.inputs = InputFiles(
            self.files, base.blobs, base.signer, settings, base.public_url, max_image_px=base.max_image_px
        )
        self.outputs = OutputStore(base.blobs)
        self.thumbnails = Thumbnails(base.blobs)
        self.archive = Archive(base.blobs).chunks
        self.runner = self._make_runner(base, clock)
        self.allotments = Allotments(base.database, self.runner.id, idle_s=settings.allotment_idle_s)
        self.finishes = Finishes(base.database, self.allotments, lambda: self.allotments.in_flight)
        self.reader = PredictionReader(base.database, self.bus, base.blobs, self.outputs)
        self.erasure = Erasure(base.database, base.blobs, self.outputs)
        self.submission = Submission(
            catalog=base.catalog,
            inputs=self.inputs,
            reservations=self.reservations,
            runner=self.runner,
            outright=self._make_outright(base, clock),
            allotments=self.allotments,
            reader=self.reader,
            settings=settings,
            fee_permille=base.fee_permille,
            clock=clock,
        )
        self.quotes = Quotes(base.catalog, fee_permille=base.fee_permille)
        self.cancellation = Cancellation(self.reader, self.settlements, self.runner, clock)
        self.streams = PredictionStreams(self.reader, self.bus, self.views)
        self.takeover = Takeover(
            database=base.database,
            queue=base.queue,
            runner=self.runner,
            settlements=self.settlements,
            files=self.files,
            settings=settings,
            clock=clock,
        )

    def _make_runner(self, base: Foundation, clock: Clock) -> Runner:
        return Runner(
            database=base.database,
            queue=base.queue,
            inference=Inference(
                catalog=base.catalog,
                fleet=base.fleet,
                outputs=self.outputs,
                inputs=self.inputs,
                settings=self.settings,
                clock=clock,
            ),
            settlements=self.settlements,
            bus=self.bus,
            settings=self.settings,
            clock=clock,
        )

    def _make_outright(self, base: Foundation, clock: Clock) -> Outright:
        return Outright(
            catalog=base.catalog,
            fleet=base.fleet,
            allotments=self.allotments,
            finishes=self.finishes,
            settings=self.settings,
            clock=clock,
        )

    def _in_flight(self) -> int:
        return self.runner.in_flight

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Look after runs while the block runs; at its end let them finish, and hand back the rest."""
        await self.takeover.beat()
        tasks = (
            asyncio.create_task(self.bus.listen()),
            asyncio.create_task(self.takeover.beat_forever()),
            asyncio.create_task(self.takeover.watch_forever()),
            asyncio.create_task(self.allotments.tend_forever()),
        )
        try:
            yield
        finally:
            await self.runner.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.webhooks.close()
            with contextlib.suppress(Unavailable):
                await self.allotments.close()
                await self.takeover.leave()
