"""Publishing: an upload becomes an immutable version, stored once and queued for verification."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

from artrator.bundle.lora_manifest import completed
from artrator.bundle.manifest import Manifest
from artrator.bundle.pack import PackCaps
from artrator.catalog.bundle_cache import bundle_key
from artrator.catalog.errors import base_not_found, model_not_found
from artrator.catalog.inspection import Inspection, inspect
from artrator.catalog.intake import Complete, Intake, Offer, ReadFacts, take_in
from artrator.catalog.model import Model, Version, VersionStatus
from artrator.catalog.settings import CatalogSettings
from artrator.catalog.store import find_model, update_listing
from artrator.catalog.version_store import find_version, insert_version, with_digest
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.kernel.clock import Clock
from artrator.kernel.ids import Digest, new_id
from artrator.storage.blobs import Blobs
from artrator.storage.errors import of_os_error

VERIFY_JOB = "verify_version"
"""Deferred with `digest` and `model_id` in the unit of work that inserts the version."""


class Publisher:
    """Take uploads in, in scratch folders that are gone afterwards."""

    def __init__(
        self,
        database: Database,
        queue: JobQueue,
        blobs: Blobs,
        settings: CatalogSettings,
        *,
        scratch: Path,
        read_facts: ReadFacts,
        complete: Complete,
        clock: Clock,
    ) -> None:
        self._database = database
        self._queue = queue
        self._blobs = blobs
        self._caps = PackCaps(archive_bytes=settings.max_upload_bytes, total_bytes=settings.max_unpacked_bytes)
        self._scratch = scratch
        self._read_facts, self._complete = read_facts, complete
        self._clock = clock
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)

    @contextmanager
    def scratch_file(self) -> Generator[Path]:
        """Name a file for an upload to be written to; it is deleted at the end of the block."""
        path = self._scratch / f"upload-{new_id()}"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    async def publish(self, model: Model, file: Path, *, license_id: str | None) -> Version:
        """Add a version to a model; the same bundle again gives the version that is there.

        Raises: Invalid, TooLarge; Unavailable when storage is full.
        """
        async with self.taken_in(Offer(file=file, name=model.name, license=license_id)) as intake:
            return await self.store(model, intake)

    @asynccontextmanager
    async def taken_in(self, offer: Offer) -> AsyncGenerator[Intake]:
        """Give an upload as a bundle that can be stored while the block runs. Raises: Invalid, TooLarge, Unavailable."""
        async with self._scratch_folder() as scratch:
            yield await take_in(offer, scratch, caps=self._caps, read_facts=self._read_facts, complete=self._complete)

    async def inspect(self, offer: Offer) -> Inspection:
        """Say what an upload is without publishing it. Raises: Invalid, TooLarge, Unavailable."""
        async with self._scratch_folder() as scratch:
            return await inspect(offer, scratch, caps=self._caps, read_facts=self._read_facts, complete=self._complete)

    async def store(self, model: Model, intake: Intake) -> Version:
        """Add a bundle that was taken in to a model; one that the model has already gives the version that is there.

        Raises: NotFound where the model is gone, Unavailable.
        """
        manifest = await self._completed(model, intake.manifest)
        # stored before the version is known: a version without its bundle cannot be
        await self._blobs.put(bundle_key(intake.digest), intake.archive, media_type="application/zip")
        return await self._insert(model, intake, manifest)

    async def _completed(self, model: Model, manifest: Manifest) -> Manifest:
        """Give a LoRA's manifest with what it takes from its base's. Raises: Invalid without such a base."""
        if manifest.base is None:
            return manifest
        async with self._database.unit_of_work() as connection:
            found = await with_digest(connection, Digest(manifest.base))
        bases = [
            each.latest.manifest
            for each in found
            if each.latest is not None
            and each.latest.status is VersionStatus.PASSED
            and each.model.is_visible_to(model.owner_id)
        ]
        if not bases:
            raise base_not_found()
        return completed(manifest, bases[0])

    @asynccontextmanager
    async def _scratch_folder(self) -> AsyncGenerator[Path]:
        scratch = self._scratch / new_id()
        scratch.mkdir()
        try:
            yield scratch
        except OSError as error:
            raise of_os_error(error) from error
        finally:
            await asyncio.to_thread(shutil.rmtree, scratch, ignore_errors=True)

    async def _insert(self, model: Model, intake: Intake, manifest: Manifest) -> Version:
        version = Version(
            model_id=model.id,
            digest=intake.digest,
            manifest=manifest,
            status=VersionStatus.UPLOADED,
            batchable=False,
            size_bytes=intake.size_bytes,
            created_at=self._clock(),
            verified_at=None,
        )
        async with self._database.unit_of_work() as connection:
            if not await insert_version(connection, version):
                there = await find_version(connection, model.id, intake.digest)
                assert there is not None
                return there
            now_there = await find_model(connection, model.owner, model.name, for_update=True)
            if now_there is None or now_there.id != model.id:  # deleted while the upload ran
                raise model_not_found(model.owner, model.name)
            await update_listing(connection, described_by(now_there, version))
            arguments = {"digest": version.digest, "model_id": version.model_id}
            await self._queue.defer(connection, VERIFY_JOB, arguments, lock=f"verify:{version.digest}")
        return version


def described_by(model: Model, version: Version) -> Model:
    """Fill in from a new version's manifest what its owner has not written, and what no version has passed with yet."""
    manifest = version.manifest
    described = replace(
        model,
        summary=model.summary or manifest.summary,
        description=model.description or manifest.description,
        tags=model.tags or manifest.tags,
    )
    if model.latest_digest is None:
        described = replace(described, pipeline=manifest.pipeline, license=manifest.license)
    return described
