"""The only assembler: it alone knows which part needs which."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from artrator.catalog.bundle_cache import open_bundle_cache
from artrator.catalog.collections import Collections
from artrator.catalog.service import Catalog
from artrator.catalog.upload_parts import Uploads
from artrator.db.database import Database
from artrator.db.embedded import EmbeddedPostgres
from artrator.db.migrate import migrate
from artrator.db.queue import JobQueue
from artrator.engine.cluster.connection import prepare_ray
from artrator.engine.cluster.replica import Equipment
from artrator.engine.cluster.settings import FleetKind
from artrator.engine.examination.examine import Examiner
from artrator.engine.examination.plan_book import PlansOf
from artrator.engine.examination.preview_map import with_preview
from artrator.engine.fleet import Fleet
from artrator.engine.local import LocalFleet
from artrator.engine.processes.nursery import Nursery, open_nursery
from artrator.engine.settings import EngineSettings
from artrator.gallery import steps as gallery_steps
from artrator.gallery.items.films import GalleryFilms
from artrator.gallery.items.service import GalleryItems
from artrator.gallery.items.traces import ItemTraces
from artrator.gallery.render import Showcase, Studio
from artrator.gallery.reports import Reports
from artrator.gallery.service import Gallery
from artrator.gallery.traces import Traces
from artrator.identity.service import Identity
from artrator.kernel.errors import ArtratorError, Unavailable
from artrator.kernel.ids import Digest
from artrator.kernel.memory import give_back_every
from artrator.ledger.sandbox import SandboxPayments
from artrator.ledger.wallets import Wallets
from artrator.monitoring.books_watch import BooksWatch
from artrator.monitoring.overview import Monitoring
from artrator.personal import steps as personal_steps
from artrator.personal.deletion import AccountDeletion
from artrator.personal.export import Export, Holdings, Section
from artrator.predictions import steps as prediction_steps
from artrator.predictions.creators import CreatorFigures
from artrator.predictions.service import Foundation, Predictions
from artrator.settings import Settings
from artrator.storage.blobs import Blobs, open_blobs
from artrator.storage.own_folder import own_folder
from artrator.storage.signing import UrlSigner
from artrator.verification import steps as verification_steps
from artrator.verification.profiling import Profiling
from artrator.verification.service import Verification
from artrator.walks import steps as walk_steps
from artrator.walks.service import Means, Walks
from artrator.wire.provide import Services

if TYPE_CHECKING:  # it needs the extra
    from artrator.engine.cluster.fleet import ClusterFleet

log = logging.getLogger(__name__)

POSTGRES_LOOK_S = 0.5
MEMORY_GIVEN_BACK_S = 30.0


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncGenerator[Database]:
    """Give the migrated database alone, for the verbs that need no more."""
    async with AsyncExitStack() as stack:
        yield await _database(settings, stack)


@asynccontextmanager
async def running_services(settings: Settings, *, works: bool = True) -> AsyncGenerator[Services]:
    """Start everything that the settings ask for; stop it in the opposite order.

    works: whether this process takes jobs from the durable queue.
    """
    async with AsyncExitStack() as stack:
        database = await _database(settings, stack)
        queue = JobQueue(database.dsn)
        await queue.open()
        stack.push_async_callback(queue.close)
        blobs = open_blobs(settings.storage, settings.home_folder)
        stack.push_async_callback(blobs.close)
        services = Services()
        for service in (database, queue, blobs):
            services.add(service)
        await _add_parts(settings, services, stack)
        if works:
            stack.push_async_callback(cancelled, asyncio.create_task(_work(queue, settings)))
        stack.push_async_callback(cancelled, asyncio.create_task(give_back_every(MEMORY_GIVEN_BACK_S)))
        yield services


async def _add_parts(settings: Settings, services: Services, stack: AsyncExitStack) -> None:
    database = services.get(Database)
    identity = Identity(database, settings.identity, origins=[settings.public_url])
    stack.push_async_callback(identity.close)
    payments = SandboxPayments(
        is_development=settings.in_development, allow_outside_development=settings.payments.allow_sandbox
    )
    wallets = Wallets(database, payments, ledger=settings.ledger, limits=settings.payments)
    for service in (UrlSigner(settings.secret_key.get_secret_value()), identity, wallets):
        services.add(service)
    fleet = await _add_models(settings, services, stack)
    await _add_runs(settings, services, fleet, stack)
    _add_gallery(settings, services)
    _add_personal(services)
    await _add_monitoring(settings, services, fleet, stack)
    await services.get(Verification).verify_outdated()
    await services.get(Profiling).defer_missing()
    await services.get(Showcase).defer_missing()


async def _add_models(settings: Settings, services: Services, stack: AsyncExitStack) -> Fleet:
    """Add what publishes, verifies and shows models; give what evaluates them."""
    database, queue, blobs = services.get(Database), services.get(JobQueue), services.get(Blobs)
    # a folder of this process alone, so that no other one evicts what runs here
    scratch = stack.enter_context(own_folder(settings.home_folder / "cache"))
    nursery = await stack.enter_async_context(open_nursery())
    examiner = Examiner(settings.engine, nursery)
    catalog = Catalog(
        database,
        queue,
        blobs,
        settings.catalog,
        folder=scratch,
        read_facts=examiner.read_facts,
        complete=partial(with_preview, examiner, settings.engine.memory_bytes),
        currency=settings.ledger.currency,
    )
    await stack.enter_async_context(catalog.running())
    uploads = Uploads(
        database,
        catalog,
        folder=settings.home_folder / "uploads",
        part_bytes=min(settings.catalog.upload_chunk_bytes, settings.http.max_body_bytes),
    )
    await stack.enter_async_context(uploads.running())
    profiling = Profiling(
        database, queue, catalog, examiner=examiner, settings=settings.verification, engine=settings.engine
    )
    making = _fleet(settings.engine, scratch / "bundles", nursery=nursery, plans=profiling.plans_of)
    fleet = await stack.enter_async_context(making)
    fleet.on_quarantine(_quarantine_in(catalog))
    missing = () if settings.engine.allow_unprotected else (await fleet.health()).missing
    studio = Studio(database=database, queue=queue, catalog=catalog, fleet=fleet, blobs=blobs)
    showcase = Showcase(studio, settings.gallery)
    gallery_steps.register(queue, showcase)
    verification = Verification(
        database,
        queue,
        catalog,
        examiner,
        settings.verification,
        missing_protections=missing,
        on_passed=showcase.defer,
        profiling=profiling,
    )
    verification_steps.register(queue, verification, profiling)
    for service in (catalog, Collections(database), uploads, fleet, profiling, verification, showcase):
        services.add(service)
    return fleet


async def _add_runs(settings: Settings, services: Services, fleet: Fleet, stack: AsyncExitStack) -> None:
    database, queue, catalog = services.get(Database), services.get(JobQueue), services.get(Catalog)
    foundation = Foundation(
        database=database,
        queue=queue,
        catalog=catalog,
        fleet=fleet,
        blobs=services.get(Blobs),
        signer=services.get(UrlSigner),
        public_url=settings.public_url,
        fee_permille=settings.ledger.fee_permille,
        max_image_px=settings.engine.max_image_px,
    )
    predictions = Predictions(foundation, settings.predictions)
    prediction_steps.register(queue, predictions)
    await stack.enter_async_context(predictions.running())
    folder = stack.enter_context(own_folder(settings.home_folder / "films"))
    walks = Walks(foundation, predictions, settings.walks, Means(folder=folder, slots=settings.engine.slots))
    walk_steps.register(queue, walks)
    await stack.enter_async_context(walks.running())
    for service in (predictions, walks, CreatorFigures(database, catalog, services.get(Wallets))):
        services.add(service)


def _add_gallery(settings: Settings, services: Services) -> None:
    database, catalog = services.get(Database), services.get(Catalog)
    walks = services.get(Walks)
    items = GalleryItems(database, catalog, GalleryFilms(walks), settings.gallery)
    walks.ask_gallery(items.of_walks)
    reports = Reports(database, catalog, items, settings.gallery)
    for service in (Gallery(database, catalog), items, reports):
        services.add(service)


def _fleet(
    engine: EngineSettings, bundles: Path, *, nursery: Nursery | None, plans: PlansOf
) -> LocalFleet | ClusterFleet:
    """Make the fleet that the settings ask for. Raises: Unavailable when it is not installed."""
    match engine.fleet:
        case FleetKind.LOCAL:
            return LocalFleet(engine, bundles=bundles, nursery=nursery, plans=plans)
        case FleetKind.RAY:
            prepare_ray()
            from artrator.engine.cluster.fleet import ClusterFleet  # noqa: PLC0415 - it needs the extra

            return ClusterFleet(engine.cluster, plans=plans)


@asynccontextmanager
async def replica_equipment() -> AsyncGenerator[Equipment]:
    """Start what a replica on this machine works with, by this machine's own settings; a folder for blobs is shared.

    Raises: Unavailable when this machine lacks a protection of the sandbox and nobody allowed that.
    """
    settings = Settings()
    async with AsyncExitStack() as stack:
        blobs = open_blobs(settings.storage, settings.home_folder)
        stack.push_async_callback(blobs.close)
        scratch = stack.enter_context(own_folder(settings.home_folder / "cache"))
        bundles = open_bundle_cache(blobs, scratch, settings.catalog)
        stack.push_async_callback(bundles.close)
        nursery = await stack.enter_async_context(open_nursery())
        drain_s = settings.engine.cluster.drain_s
        local = LocalFleet(settings.engine, bundles=scratch / "bundles", nursery=nursery, drain_s=drain_s)
        fleet = await stack.enter_async_context(local)
        missing = (await fleet.health()).missing
        if missing and not settings.engine.allow_unprotected:
            message = f"This machine lacks a protection of the sandbox: {missing[0]}."
            raise Unavailable("replica_unprotected", message)
        yield Equipment(fleet=fleet, lease=bundles.lease)


def _add_personal(services: Services) -> None:
    holdings = Holdings(
        identity=services.get(Identity),
        catalog=services.get(Catalog),
        uploads=services.get(Uploads),
        wallets=services.get(Wallets),
        predictions=services.get(Predictions),
        walks=services.get(Walks),
    )
    traces = Traces(services.get(Database), holdings.catalog, services.get(Blobs), link=holdings.predictions.views.link)
    item_traces = ItemTraces(services.get(Database), link=holdings.predictions.views.link)
    deletion = AccountDeletion(
        database=services.get(Database),
        queue=services.get(JobQueue),
        identity=holdings.identity,
        catalog=holdings.catalog,
        uploads=holdings.uploads,
        wallets=holdings.wallets,
        erasers=(
            item_traces.erase,
            holdings.predictions.erasure.erase,
            holdings.walks.erasure.erase,
            traces.erase,
        ),
    )
    personal_steps.register(services.get(JobQueue), deletion)
    services.add(Export(holdings, more=gallery_sections(traces, item_traces)))
    services.add(deletion)


def gallery_sections(traces: Traces, items: ItemTraces) -> tuple[Section, ...]:
    """Name what the gallery adds to an export."""
    return (
        Section(name="reports", rows=traces.reports),
        Section(name="showcase", rows=traces.showcase),
        Section(name="gallery", rows=items.items),
        Section(name="likes", rows=items.likes),
    )


async def _add_monitoring(settings: Settings, services: Services, fleet: Fleet, stack: AsyncExitStack) -> None:
    database = services.get(Database)
    books = BooksWatch(
        database, every_s=settings.monitoring.books_check_every_s, stale_hold_s=settings.ledger.stale_hold_s
    )
    await stack.enter_async_context(books.running())
    services.add(Monitoring(database, services.get(JobQueue), fleet, books, home=settings.home_folder))


def _quarantine_in(catalog: Catalog) -> Callable[[Digest, ArtratorError], None]:
    """Have the catalog remember what the fleet quarantined, so that a restart does not forget it."""
    under_way: set[asyncio.Task[None]] = set()

    def remember(digest: Digest, reason: ArtratorError) -> None:
        log.warning("version %s is quarantined: %s", digest, reason.message)
        task = asyncio.create_task(_remembered(catalog, digest))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    return remember


async def _remembered(catalog: Catalog, digest: Digest) -> None:
    try:
        await catalog.quarantine(digest)
    except ArtratorError as error:
        log.error("the quarantine of %s is not stored: %s", digest, error.message)


async def _work(queue: JobQueue, settings: Settings) -> None:
    await queue.work(
        concurrency=settings.jobs.concurrency,
        graceful_s=settings.jobs.graceful_s,
        lanes=walk_steps.lanes(settings.walks),
    )


async def _database(settings: Settings, stack: AsyncExitStack) -> Database:
    dsn = await _dsn(settings, stack)
    await asyncio.to_thread(migrate, dsn)
    database = Database(dsn, pool_size=settings.database.pool_size)
    stack.push_async_callback(database.close)
    return database


async def _dsn(settings: Settings, stack: AsyncExitStack) -> str:
    if settings.database.url is not None:
        return settings.database.url.get_secret_value()
    postgres = EmbeddedPostgres(folder=settings.home_folder / "postgres")
    dsn = await asyncio.to_thread(stack.enter_context, postgres.running())
    stack.push_async_callback(cancelled, asyncio.create_task(_keep_alive(postgres)))
    return dsn


async def _keep_alive(postgres: EmbeddedPostgres) -> None:
    """Start the private PostgreSQL again when something killed it."""
    while True:
        await asyncio.sleep(POSTGRES_LOOK_S)
        if postgres.seems_alive():
            continue
        log.warning("the private PostgreSQL is gone; starting it again")
        try:
            await asyncio.to_thread(postgres.start)
        except Unavailable as error:
            log.error("%s", error.message)


async def cancelled(task: asyncio.Task[None]) -> None:
    """Cancel a background task and wait until it is gone."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
