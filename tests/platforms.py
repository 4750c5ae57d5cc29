"""The whole platform over a fresh database, in this process or behind a live server, for tests of any part."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import zipfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import uvicorn

from artrator.bundle.facts import GraphFacts
from artrator.catalog import routes as catalog_routes
from artrator.catalog.model import VersionStatus, Visibility
from artrator.catalog.publishing import VERIFY_JOB
from artrator.catalog.service import Catalog
from artrator.catalog.settings import CatalogSettings
from artrator.catalog.upload_parts import Uploads
from artrator.db.database import Database
from artrator.db.queue import Beat, JobQueue
from artrator.engine.fleet import Fleet
from artrator.engine.local import LocalFleet
from artrator.engine.processes.nursery import open_nursery
from artrator.engine.settings import EngineSettings
from artrator.gallery import steps as gallery_steps
from artrator.gallery.render import Showcase, Studio
from artrator.gallery.reports import Reports
from artrator.gallery.service import Gallery
from artrator.gallery.settings import GallerySettings
from artrator.gallery.traces import Traces
from artrator.http.app import build_app
from artrator.http.server import LOOP_FACTORY, server_config
from artrator.http.settings import HttpSettings
from artrator.identity.scope import EVERY_SCOPE
from artrator.identity.service import Identity
from artrator.identity.user import Role, User
from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.ids import Digest
from artrator.kernel.money import Micros
from artrator.ledger import routes as ledger_routes
from artrator.ledger.sandbox import SandboxPayments
from artrator.ledger.settings import LedgerSettings, PaymentSettings
from artrator.ledger.wallets import Wallets
from artrator.monitoring.books_watch import BooksWatch
from artrator.monitoring.overview import Monitoring
from artrator.personal import steps as personal_steps
from artrator.personal.deletion import AccountDeletion
from artrator.personal.export import Export, Holdings
from artrator.predictions import file_routes, routes, steps
from artrator.predictions.creators import CreatorFigures
from artrator.predictions.service import Foundation, Predictions
from artrator.predictions.settings import PredictionSettings
from artrator.storage import routes as storage_routes
from artrator.storage.blobs import Blobs, open_blobs
from artrator.storage.settings import StorageSettings
from artrator.storage.signing import UrlSigner
from artrator.walks import steps as walk_steps
from artrator.walks.service import Means, Walks
from artrator.walks.settings import WalkSettings
from artrator.wire.provide import Services
from artrator.wiring import gallery_sections
from tests.servers import PASSWORD, QUICK_IDENTITY, START_TIMEOUT_S, LiveServer

ENGINE = EngineSettings(threads_per_worker=2, memory_bytes=768 << 20, cache_bytes=128 << 20, run_deadline_s=30.0)
ROUTERS = (catalog_routes.router, ledger_routes.router, storage_routes.router, routes.router, file_routes.router)
QUICK_PREDICTIONS = PredictionSettings(allow_loopback=True, update_every_s=0.05, shutdown_grace_s=0.2)
QUICK_WALKS = WalkSettings(frames_at_once=4, stalled_after_s=1.0)
PUBLIC_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a test wants of its platform."""

    dsn: str
    home: Path
    fleet: Fleet | None = None
    """None: real worker processes."""
    public_url: str = PUBLIC_URL
    settings: PredictionSettings = QUICK_PREDICTIONS
    walks: WalkSettings = QUICK_WALKS
    clock: Clock = system_clock
    works: bool = True
    """Whether this process runs jobs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """The running services."""

    services: Services
    database: Database
    queue: JobQueue
    blobs: Blobs
    identity: Identity
    catalog: Catalog
    wallets: Wallets
    predictions: Predictions
    walks: Walks
    showcase: Showcase

    async def make_user(self, handle: str, *, credits_micros: int = 0) -> User:
        """Make an account that may publish, and give it credits."""
        user = await self.identity.register(f"{handle}@example.org", PASSWORD, handle, roles=[Role.CREATOR])
        if credits_micros:
            await self.wallets.give_credits(user.id, Micros(credits_micros), key="start", memo="for the test")
        return user

    async def key_of(self, user: User) -> str:
        """Make an API key."""
        return (await self.identity.create_key(user, "test", EVERY_SCOPE)).secret

    async def publish(self, owner: User, bundle: Path, *, price_micros: int = 0) -> Digest:
        """Publish a bundle's folder as a public model that passed."""
        archive, name = await asyncio.to_thread(_packed, bundle), bundle.name
        await self.catalog.create_model(owner, name)
        version = await self.catalog.add_version(owner.id, owner.handle, name, archive)
        async with self.database.unit_of_work() as connection:
            await self.catalog.set_status(connection, version.digest, VersionStatus.PASSED, batchable=True)
        await self.catalog.set_price(owner.handle, name, owner.id, Micros(price_micros))
        await self.catalog.set_visibility(owner.handle, name, owner.id, Visibility.PUBLIC)
        return version.digest


async def _local_fleet(bundles: Path, stack: contextlib.AsyncExitStack) -> Fleet:
    nursery = await stack.enter_async_context(open_nursery())
    return await stack.enter_async_context(LocalFleet(ENGINE, bundles=bundles, nursery=nursery, drain_s=0.5))


def _packed(bundle: Path) -> Path:
    archive = bundle.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(bundle.rglob("*")):
            packed.write(path, path.relative_to(bundle))
    return archive


@asynccontextmanager
async def open_platform(plan: Plan) -> AsyncIterator[Platform]:
    """Assemble and start everything."""
    async with contextlib.AsyncExitStack() as stack:
        database = Database(plan.dsn)
        stack.push_async_callback(database.close)
        queue = JobQueue(plan.dsn, beat=Beat(heartbeat_s=0.2, stalled_after_s=1.0))
        blobs = open_blobs(StorageSettings(), plan.home)
        stack.push_async_callback(blobs.close)
        signer = UrlSigner("a secret of the tests, long enough to pass", plan.clock)
        identity = Identity(database, QUICK_IDENTITY)
        stack.push_async_callback(identity.close)
        catalog = Catalog(
            database, queue, blobs, CatalogSettings(), folder=plan.home / "catalog", read_facts=_needs_no_facts
        )
        ledger = LedgerSettings()
        payments = SandboxPayments(is_development=True, allow_outside_development=False)
        wallets = Wallets(database, payments, ledger=ledger, limits=PaymentSettings())
        bundles = plan.home / "catalog" / "bundles"
        fleet = plan.fleet or await _local_fleet(bundles, stack)
        foundation = Foundation(
            database=database,
            queue=queue,
            catalog=catalog,
            fleet=fleet,
            blobs=blobs,
            signer=signer,
            public_url=plan.public_url,
            fee_permille=ledger.fee_permille,
            max_image_px=64_000_000,
            clock=plan.clock,
        )
        predictions = Predictions(foundation, plan.settings)
        steps.register(queue, predictions)
        films = plan.home / "films"
        films.mkdir(parents=True, exist_ok=True)
        walks = Walks(foundation, predictions, plan.walks, Means(folder=films, slots=ENGINE.slots))
        walk_steps.register(queue, walks)
        studio = Studio(database=database, queue=queue, catalog=catalog, fleet=fleet, blobs=blobs, clock=plan.clock)
        showcase = Showcase(studio, GallerySettings())
        gallery_steps.register(queue, showcase)
        queue.register(VERIFY_JOB, _passes_without_a_look)
        uploads = Uploads(database, catalog, folder=plan.home / "uploads", part_bytes=4096, clock=plan.clock)
        traces = Traces(database, catalog, blobs, link=predictions.views.link)
        deletion = AccountDeletion(
            database=database,
            queue=queue,
            identity=identity,
            catalog=catalog,
            uploads=uploads,
            wallets=wallets,
            erasers=(predictions.erasure.erase, walks.erasure.erase, traces.erase),
        )
        personal_steps.register(queue, deletion)
        await queue.open()
        stack.push_async_callback(queue.close)
        await stack.enter_async_context(catalog.running())
        await stack.enter_async_context(predictions.running())
        await stack.enter_async_context(walks.running())
        if plan.works:
            await stack.enter_async_context(_working(queue))
        services = Services()
        figures = CreatorFigures(database, catalog, wallets, clock=plan.clock)
        books = BooksWatch(database, every_s=900, stale_hold_s=ledger.stale_hold_s)
        monitoring = Monitoring(database, queue, fleet, books, home=plan.home)
        holdings = Holdings(
            identity=identity, catalog=catalog, uploads=uploads, wallets=wallets, predictions=predictions, walks=walks
        )
        for each in (database, queue, blobs, signer, identity, catalog, wallets, predictions, walks):
            services.add(each)
        services.add(Gallery(database, catalog))
        services.add(Reports(database, catalog))
        for each in (uploads, figures, monitoring, Export(holdings, more=gallery_sections(traces)), deletion):
            services.add(each)
        yield Platform(
            services=services,
            database=database,
            queue=queue,
            blobs=blobs,
            identity=identity,
            catalog=catalog,
            wallets=wallets,
            predictions=predictions,
            walks=walks,
            showcase=showcase,
        )


@contextlib.contextmanager
def serving_platform(plan: Plan) -> Iterator[tuple[LiveServer, Platform]]:
    """Serve a platform on a free port of this machine, from a thread with its own event loop."""
    started: Future[tuple[LiveServer, Platform, uvicorn.Server]] = Future()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    async def serve() -> None:
        async with open_platform(replace(plan, public_url=url)) as platform:
            settings = HttpSettings(public_url=url)
            app = build_app(platform.services, settings)
            for router in ROUTERS:
                app.include_router(router)
            live = LiveServer(url, platform.services, asyncio.get_running_loop())
            server = _Server(server_config(app, settings))
            server.on_start = lambda: started.set_result((live, platform, server))
            await server.serve(sockets=[listener])

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=LOOP_FACTORY) as runner:
                runner.run(serve())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=run, name="live-platform")
    thread.start()
    try:
        live, platform, server = started.result(START_TIMEOUT_S)
        try:
            yield live, platform
        finally:
            server.should_exit = True
    finally:
        thread.join(START_TIMEOUT_S)


class _Server(uvicorn.Server):
    """Tells when it listens; signals are the test runner's."""

    def on_start(self) -> None:
        """Called once it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.on_start()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _working(queue: JobQueue) -> AsyncIterator[None]:
    work = asyncio.create_task(queue.work(concurrency=4, graceful_s=0.2, lanes=walk_steps.lanes(QUICK_WALKS)))
    try:
        yield
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def _passes_without_a_look(**_arguments: object) -> None:
    """`publish` says itself that a version passed."""


async def _needs_no_facts(folder: Path, path: str) -> GraphFacts:
    raise AssertionError(f"bundles of these tests have manifests; {folder / path} needs none detected")
