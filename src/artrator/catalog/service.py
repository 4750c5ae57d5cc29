"""The catalog's use cases: create, publish, list, find, and say what may run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.bundle.lora_manifest import completed
from artrator.bundle.manifest import MANIFEST_NAME, Manifest, read_manifest
from artrator.catalog import listing, store, version_store
from artrator.catalog.bundle_cache import open_bundle_cache
from artrator.catalog.changes import listen_for_changes
from artrator.catalog.errors import (
    creator_only,
    model_not_found,
    name_taken,
    not_the_owner,
    version_not_found,
)
from artrator.catalog.intake import Complete, ReadFacts, as_detected
from artrator.catalog.listing import Filters, Order
from artrator.catalog.model import (
    Listed,
    Model,
    ModelChange,
    Price,
    Runnable,
    TagCount,
    Version,
    VersionStatus,
    Visibility,
)
from artrator.catalog.publishing import Publisher
from artrator.catalog.rules import changed, check_name, check_price
from artrator.catalog.run_counter import RunCounter
from artrator.catalog.runnables import Runnables
from artrator.catalog.settings import CatalogSettings
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.engine.fleet import InstalledBundle
from artrator.identity.user import User
from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.errors import Conflict, NotFound
from artrator.kernel.ids import Digest, ModelId, UserId
from artrator.kernel.money import Micros
from artrator.storage.blobs import Blobs
from artrator.wire.page import Page

RUN_COUNT_FLUSH_S = 2.0
MAX_VERSIONS_SHOWN = 100
MAX_MANIFESTS_HELD = 1000
MAX_TAGS_SHOWN = 200


class Catalog:
    """Everything about models, for the routes and for the parts above.

    folder: a folder of this process alone, for uploads in flight and unpacked bundles.
    read_facts: reads a stranger's graph in a sandboxed child. complete: adds to a manifest what running the graphs tells.
    Wherever a `viewer` is taken, what they may not know of raises NotFound, as if it were not there.
    """

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        blobs: Blobs,
        settings: CatalogSettings,
        *,
        folder: Path,
        read_facts: ReadFacts,
        complete: Complete = as_detected,
        currency: str = "USD",
        clock: Clock = system_clock,
    ) -> None:
        self.currency = currency
        self.settings = settings
        self._database = database
        self._clock = clock
        self._runnables = Runnables(database, ttl_s=settings.resolve_ttl_s)
        self._counter = RunCounter(database)
        self._manifests: dict[Digest, Manifest] = {}
        self._held: dict[Digest, InstalledBundle] = {}
        self._bundles = open_bundle_cache(blobs, folder, settings)
        self.publisher = Publisher(
            database,
            queue,
            blobs,
            settings,
            scratch=folder / "uploads",
            read_facts=read_facts,
            complete=complete,
            clock=clock,
        )

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Listen for changes that other processes make, and write run counts, while the block runs."""
        tasks = (
            asyncio.create_task(listen_for_changes(self._database.dsn, self._runnables.forget)),
            asyncio.create_task(self._counter.flush_every(RUN_COUNT_FLUSH_S)),
        )
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._counter.flush()
            await self._bundles.close()

    async def create_model(self, owner: User, name: str, change: ModelChange | None = None) -> Listed:
        """Create a private model without versions, and change it at once where that is asked.

        Raises: Forbidden unless the owner is a creator, Invalid, Conflict where they have one of that name.
        """
        if not owner.is_creator:
            raise creator_only()
        async with self._database.unit_of_work() as connection:
            model = await store.insert_model(connection, owner.id, owner.handle, check_name(name), self._clock())
            if model is None:
                raise name_taken(name)
            if change is not None:
                await self._apply(connection, model, change)
            return await self._visible(connection, owner.handle, name, owner.id)

    async def get_model(self, owner: str, name: str, viewer: UserId | None) -> Listed:
        """Give a model and its newest version that passed. Raises: NotFound."""
        async with self._database.unit_of_work() as connection:
            return await self._visible(connection, owner, name, viewer)

    async def base_of(self, listed: Listed, viewer: UserId | None) -> Runnable | None:
        """Give what a LoRA adapts, at its price for the viewer; None for other models, and where the base does not run."""
        base = None if listed.latest is None else listed.latest.manifest.base
        if base is None:
            return None
        try:
            return await self.resolve_digest(Digest(base), viewer)
        except (NotFound, Conflict):
            return None

    async def list_models(
        self,
        filters: Filters,
        order: Order = Order.NEW,
        *,
        viewer: UserId | None = None,
        cursor: str | None = None,
        limit: int = 20,
    ) -> Page[Listed]:
        """List what everybody finds, and with `filters.owner` set to the viewer's handle also what only they do."""
        async with self._database.unit_of_work() as connection:
            return await listing.list_models(connection, filters, order, viewer=viewer, cursor=cursor, limit=limit)

    async def list_tags(self) -> Sequence[TagCount]:
        """Count the tags of listed models, the most used first."""
        async with self._database.unit_of_work() as connection:
            return await listing.list_tags(connection, limit=MAX_TAGS_SHOWN)

    async def change_model(self, owner: str, name: str, viewer: UserId, change: ModelChange) -> Listed:
        """Change what an owner may change, all of it or nothing.

        Raises: NotFound, Forbidden unless the viewer is the owner, Invalid; Conflict for showing a model to others
        of which no version has passed.
        """
        async with self._database.unit_of_work() as connection:
            model = await self._owned(connection, owner, name, viewer)
            await self._apply(connection, model, change)
            listed = await self._visible(connection, owner, name, viewer)
        self._runnables.forget(model.id)
        return listed

    async def set_price(self, owner: str, name: str, viewer: UserId, amount: Micros) -> Listed:
        """Set what a run costs from now on; runs that began keep the price that they held."""
        return await self.change_model(owner, name, viewer, ModelChange(price=amount))

    async def set_visibility(self, owner: str, name: str, viewer: UserId, visibility: Visibility) -> Listed:
        """Show a model to others, or hide it."""
        return await self.change_model(owner, name, viewer, ModelChange(visibility=visibility))

    async def set_tags(self, owner: str, name: str, viewer: UserId, tags: Sequence[str]) -> Listed:
        """Replace a model's tags."""
        return await self.change_model(owner, name, viewer, ModelChange(tags=tuple(tags)))

    async def delete_model(self, owner: str, name: str, viewer: UserId) -> None:
        """Take a model away from everybody, its owner included. What receipts name stays in the database."""
        async with self._database.unit_of_work() as connection:
            model = await self._owned(connection, owner, name, viewer)
            await store.mark_deleted(connection, model.id, self._clock())
        self._runnables.forget(model.id)

    async def price_history(self, owner: str, name: str, viewer: UserId | None) -> Sequence[Price]:
        """List what a run has cost, the newest price first."""
        async with self._database.unit_of_work() as connection:
            listed = await self._visible(connection, owner, name, viewer)
            return await store.price_history(connection, listed.model.id)

    async def add_version(
        self, viewer: UserId, owner: str, name: str, archive: Path, *, license_id: str | None = None
    ) -> Version:
        """Publish a .zip bundle or a plain .onnx file as a version, and queue its verification.

        license_id: SPDX; needed where there is no manifest.
        The same bundle again gives the version that is there. Raises: NotFound, Forbidden, Invalid, TooLarge.
        """
        model = await self.publishable(viewer, owner, name)
        return await self.publisher.publish(model, archive, license_id=license_id)

    async def publishable(self, viewer: UserId, owner: str, name: str) -> Model:
        """Give a model that the viewer may publish to; ask before taking an upload in. Raises: NotFound, Forbidden."""
        async with self._database.unit_of_work() as connection:
            return await self._owned(connection, owner, name, viewer, for_update=False)

    async def list_versions(self, owner: str, name: str, viewer: UserId | None) -> Sequence[Version]:
        """List a model's versions, the newest first: those that passed, and for the owner all."""
        async with self._database.unit_of_work() as connection:
            model = (await self._visible(connection, owner, name, viewer)).model
            return await version_store.list_versions(
                connection, model.id, passed_only=viewer != model.owner_id, limit=MAX_VERSIONS_SHOWN
            )

    async def get_version(self, owner: str, name: str, digest: Digest, viewer: UserId | None) -> tuple[Model, Version]:
        """Give one version, whatever its status, and its model. Raises: NotFound."""
        async with self._database.unit_of_work() as connection:
            model = (await self._visible(connection, owner, name, viewer)).model
            version = await version_store.find_version(connection, model.id, digest)
        if version is None:
            raise version_not_found()
        return model, version

    async def resolve(self, owner: str, name: str, digest: Digest | None, viewer: UserId | None) -> Runnable:
        """Find the version to run: the named one, or the newest that passed. From memory, as a rule.

        Raises: NotFound; Conflict `version_not_verified` or `version_quarantined` where it may not run.
        """
        return await self._runnables.resolve(owner, name, digest, viewer)

    async def resolve_digest(self, digest: Digest, viewer: UserId | None) -> Runnable:
        """Find the version to run by its digest alone. Raises: as `resolve`."""
        return await self._runnables.resolve_digest(digest, viewer)

    @asynccontextmanager
    async def installed(self, digest: Digest, *, batchable: bool = False) -> AsyncGenerator[InstalledBundle]:
        """Give a version's files in a local folder that stays while the block runs; a LoRA's with its base's.

        Raises: NotFound, Unavailable.
        """
        async with AsyncExitStack() as stack:
            folder = await stack.enter_async_context(self._bundles.lease(digest))
            manifest, base = await self._manifest(digest, folder), None
            if manifest.base is not None:
                base = await stack.enter_async_context(self.installed(Digest(manifest.base)))
                if not manifest.outputs:
                    manifest = self._manifests[digest] = completed(manifest, base.manifest)
            yield InstalledBundle(digest=digest, folder=folder, manifest=manifest, batchable=batchable, base=base)

    def hold(self, digest: Digest, *, batchable: bool) -> InstalledBundle | None:
        """Give a version's files as `installed` does, where they lie ready and no base belongs to them, until `let_go`."""
        manifest = self._manifests.get(digest)
        if manifest is None or manifest.base is not None:
            return None
        folder = self._bundles.hold(digest)
        if folder is None:
            return None
        # the same object again and again, so that whoever adds something to it need do so once
        held = self._held.get(digest)
        if held is None or held.batchable is not batchable:
            held = InstalledBundle(digest=digest, folder=folder, manifest=manifest, batchable=batchable)
            self._held[digest] = held
        return held

    def let_go(self, digest: Digest) -> None:
        """Give back what `hold` gave."""
        self._bundles.let_go(digest)

    async def set_status(
        self,
        connection: AsyncConnection,
        digest: Digest,
        status: VersionStatus,
        *,
        model_id: ModelId | None = None,
        batchable: bool | None = None,
    ) -> Sequence[ModelId]:
        """Write a version's status, of one model or of all that have the digest; tell of which.

        A pass makes it the model's newest where it is, and lists the model if its owner wished so; a later
        quarantine falls back to the version that passed before.
        """
        return await version_store.set_status(
            connection, digest, status, self._clock(), model_id=model_id, batchable=batchable
        )

    async def quarantine(self, digest: Digest) -> None:
        """Let a version run nowhere any more, whoever published it."""
        async with self._database.unit_of_work() as connection:
            touched = await self.set_status(connection, digest, VersionStatus.QUARANTINED)
        for model_id in touched:
            self._runnables.forget(model_id)

    async def newest_versions(
        self, connection: AsyncConnection, model_ids: Sequence[ModelId]
    ) -> Mapping[ModelId, Version]:
        """Give the version of each model that was published last, whatever became of it."""
        return await version_store.newest_versions(connection, model_ids)

    async def hide_models(self, connection: AsyncConnection, owner_id: UserId) -> None:
        """Make all of an owner's models private, in the caller's transaction; every process is told."""
        await store.hide_models(connection, owner_id)

    async def find_version(self, connection: AsyncConnection, model_id: ModelId, digest: Digest) -> Version | None:
        """Find a version for the platform's own work, without asking who looks."""
        return await version_store.find_version(connection, model_id, digest)

    async def listed_by_another(self, connection: AsyncConnection, digest: Digest, model_id: ModelId) -> bool:
        """Tell whether another owner has listed the same bundle."""
        return await version_store.listed_by_another(connection, digest, model_id)

    async def set_cover(self, connection: AsyncConnection, model_id: ModelId, key: str | None) -> None:
        """Name the blob of the picture that stands for a model."""
        await store.set_cover(connection, model_id, key)

    async def unlist(self, connection: AsyncConnection, model_id: ModelId) -> None:
        """Take a public model off the lists, as an operator decides; whoever knows its name still finds it."""
        await store.unlist(connection, model_id)

    async def count_run(self, connection: AsyncConnection, model_id: ModelId, runs: int = 1) -> None:
        """Count runs in the caller's transaction, which then waits for others that count the same model."""
        await store.add_runs(connection, model_id, runs)

    def count_run_soon(self, model_id: ModelId) -> None:
        """Count a run with the next flush; this waits for nothing."""
        self._counter.count(model_id)

    async def _apply(self, connection: AsyncConnection, model: Model, change: ModelChange) -> None:
        await store.update_listing(connection, changed(model, change, self._clock()))
        if change.price is not None and check_price(change.price) != model.price:
            await store.insert_price(connection, model.id, change.price, self._clock())

    async def _visible(self, connection: AsyncConnection, owner: str, name: str, viewer: UserId | None) -> Listed:
        model = await store.find_model(connection, owner, name)
        if model is None or not model.is_visible_to(viewer):
            raise model_not_found(owner, name)
        digest = model.latest_digest
        latest = None if digest is None else await version_store.find_version(connection, model.id, digest)
        return Listed(model=model, latest=latest)

    async def _owned(
        self, connection: AsyncConnection, owner: str, name: str, viewer: UserId, *, for_update: bool = True
    ) -> Model:
        model = await store.find_model(connection, owner, name, for_update=for_update)
        if model is None or not model.is_visible_to(viewer):
            raise model_not_found(owner, name)
        if model.owner_id != viewer:
            raise not_the_owner()
        return model

    async def _manifest(self, digest: Digest, folder: Path) -> Manifest:
        manifest = self._manifests.get(digest)
        if manifest is None:
            text = await asyncio.to_thread((folder / MANIFEST_NAME).read_text, "utf-8")
            if len(self._manifests) >= MAX_MANIFESTS_HELD:
                self._manifests.clear()
                self._held.clear()
            manifest = self._manifests[digest] = read_manifest(text)
        return manifest
