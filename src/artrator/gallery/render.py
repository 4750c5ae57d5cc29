"""Render what is shown of a version: its examples, run as anybody's runs are, but for nobody's money and after theirs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from artrator.bundle.manifest import Manifest
from artrator.catalog.model import Version, VersionStatus
from artrator.catalog.service import Catalog
from artrator.db.database import Database
from artrator.db.queue import JobQueue
from artrator.engine.errors import ModelFault, ModelQuarantined
from artrator.engine.fleet import Finished, Fleet, InstalledBundle, OutputJson, OutputValue, Priority, RunRequest
from artrator.gallery.plan import ExampleFile, Prepared, plan, prepare
from artrator.gallery.settings import GallerySettings
from artrator.gallery.showcase import ShowcaseItem, StoredThumbnail
from artrator.gallery.store import has_living_owner, is_latest, list_items, put_item, without_items
from artrator.kernel.clock import Clock, system_clock
from artrator.kernel.errors import Invalid, TooLarge
from artrator.kernel.ids import Digest, ModelId, new_id
from artrator.predictions.outputs import OutputStore
from artrator.predictions.prediction import Json, StoredFile, StoredOutput
from artrator.predictions.thumbnails import WIDTHS_PX, Thumbnails, has_thumbnail
from artrator.storage.blobs import Blobs
from artrator.storage.media_types import is_picture, media_type_of

log = logging.getLogger(__name__)

RENDER_JOB = "render_showcase"
"""Deferred with `model_id` and `digest` in the unit of work in which a version passes."""
JOB_PRIORITY = -10
"""Whoever waits for a run or a verification goes first."""
MAX_COVER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """What rendering stands on."""

    database: Database
    queue: JobQueue
    catalog: Catalog
    fleet: Fleet
    blobs: Blobs
    clock: Clock = system_clock


class Showcase:
    """Render versions; a job that runs again renders only what is missing."""

    def __init__(self, studio: Studio, settings: GallerySettings) -> None:
        self._studio = studio
        self._settings = settings
        self._outputs = OutputStore(studio.blobs)
        self._thumbnails = Thumbnails(studio.blobs)

    async def defer(self, connection: AsyncConnection, model_id: ModelId, digest: Digest) -> None:
        """Queue the rendering of a version."""
        arguments = {"model_id": model_id, "digest": digest}
        await self._studio.queue.defer(
            connection, RENDER_JOB, arguments, lock=f"showcase:{model_id}", priority=JOB_PRIORITY
        )

    async def defer_missing(self) -> int:
        """Queue the models that run and of which nothing is shown; tell how many."""
        async with self._studio.database.unit_of_work() as connection:
            missing = await without_items(connection)
            for model_id, digest in missing:
                await self.defer(connection, model_id, digest)
        return len(missing)

    async def render(self, model_id: ModelId, digest: Digest) -> None:
        """Render what is not rendered yet, and choose the model's cover.

        Raises: Unavailable where the machine is at fault; called again, it goes on where it stopped.
        """
        async with self._studio.database.unit_of_work() as connection:
            version = await self._studio.catalog.find_version(connection, model_id, digest)
            done = {item.place for item in await list_items(connection, model_id, digest)}
        if version is None or version.status is not VersionStatus.PASSED:
            return
        async with self._studio.catalog.installed(digest, batchable=version.batchable) as bundle:
            for place, example in plan(bundle.manifest, self._settings).items():
                if place in done:
                    continue
                try:
                    prepared = await asyncio.to_thread(prepare, bundle.manifest, bundle.folder, example, seed=place + 1)
                    if not await self._render(version, bundle, place, prepared):
                        return
                except (ModelFault, ModelQuarantined) as error:
                    log.warning("the showcase of %s ends at example %d: %s", digest, place, error.message)
                    break  # it would only make more workers suffer
                except (Invalid, TooLarge) as error:
                    log.warning("example %d of %s is not shown: %s", place, digest, error.message)
        await self._choose_cover(model_id, digest)

    async def _render(self, version: Version, bundle: InstalledBundle, place: int, prepared: Prepared) -> bool:
        """Render one example; False if there is nobody left to show it for."""
        finished = await self._run(version, bundle, place, prepared)
        folder = f"showcase/{version.model_id}/{version.digest}/{place}"
        outputs = await self._outputs.store_in(f"{folder}/", _shown_outputs(finished.outputs))
        file = _first_file(outputs)
        item = ShowcaseItem(
            id=new_id(),
            model_id=version.model_id,
            digest=version.digest,
            place=place,
            input=dict(prepared.shown),
            input_files=await self._store_inputs(version, prepared.files),
            kind=_kind(bundle.manifest, outputs),
            value=self._value(outputs),
            file=file,
            thumbnails=() if file is None else await self._draw(folder, file),
            created_at=self._studio.clock(),
        )
        return await self._keep(item)

    async def _keep(self, item: ShowcaseItem) -> bool:
        """Store an item; if its owner's account has ended meanwhile, nobody would ever erase it: undo it, and say False."""
        async with self._studio.database.unit_of_work() as connection:
            if await has_living_owner(connection, item.model_id):
                await put_item(connection, item)
                return True
            others = await list_items(connection, item.model_id, item.digest)
        for key in set(item.blob_keys).difference(*(other.blob_keys for other in others)):
            await self._studio.blobs.delete(key)
        return False

    async def _run(self, version: Version, bundle: InstalledBundle, place: int, prepared: Prepared) -> Finished:
        request = RunRequest(
            id=f"showcase.{version.model_id}.{place}.{new_id()}",
            bundle=bundle,
            inputs=prepared.inputs,
            account=f"showcase:{version.model_id}",
            deadline_s=self._settings.run_deadline_s,
            priority=Priority.BATCH,
        )
        async with contextlib.aclosing(self._studio.fleet.run(request)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event
        raise RuntimeError("the fleet ended a run without a result")

    async def _store_inputs(self, version: Version, files: Mapping[str, ExampleFile]) -> dict[str, str]:
        keys: dict[str, str] = {}
        for name, file in files.items():
            keys[name] = f"showcase/{version.model_id}/{version.digest}/inputs/{file.name}"
            await self._studio.blobs.put(keys[name], file.content, media_type=file.media_type)
        return keys

    async def _draw(self, folder: str, file: StoredFile) -> tuple[StoredThumbnail, ...]:
        if not has_thumbnail(file):
            return ()
        picture = await self._studio.blobs.get(file.key)
        drawn: list[StoredThumbnail] = []
        for width_px in WIDTHS_PX:
            thumbnail = await self._thumbnails.draw(picture, width_px)
            key = f"{folder}/{width_px}.webp"
            await self._studio.blobs.put(key, thumbnail.data)
            drawn.append(StoredThumbnail(key=key, width_px=thumbnail.width_px, height_px=thumbnail.height_px))
            if thumbnail.width_px < width_px:
                break  # the picture itself is no wider than this
        return tuple(drawn)

    def _value(self, outputs: Sequence[StoredOutput]) -> Json:
        values = {output.name: output.value for output in outputs if not output.files}
        value = next(iter(values.values())) if len(values) == 1 and len(outputs) == 1 else values or None
        return value if len(msgspec.json.encode(value)) <= self._settings.value_bytes else None

    async def _choose_cover(self, model_id: ModelId, digest: Digest) -> None:
        async with self._studio.database.unit_of_work() as connection:
            items = await list_items(connection, model_id, digest)
        cover = await self._cover(items)
        async with self._studio.database.unit_of_work() as connection:
            if cover is not None and await is_latest(connection, model_id, digest):
                await self._studio.catalog.set_cover(connection, model_id, cover)

    async def _cover(self, items: Sequence[ShowcaseItem]) -> str | None:
        """Choose the first picture that came out; for models that make none, the first that went in."""
        for item in items:
            if item.thumbnails:
                return item.thumbnails[-1].key
        # a stranger's file is not decoded here, so it is shown as it is, unless it is heavy
        for key in (key for item in items for key in item.input_files.values()):
            if is_picture(media_type_of(key)) and (await self._studio.blobs.head(key)).size_bytes <= MAX_COVER_BYTES:
                return key
        return None


def _shown_outputs(outputs: Mapping[str, OutputValue]) -> Mapping[str, OutputValue]:
    """Leave out every file but the first: no other one is shown."""
    kept: dict[str, OutputValue] = {}
    has_file = False
    for name, value in outputs.items():
        if isinstance(value, OutputJson):
            kept[name] = value
        elif not has_file:
            kept[name] = value[:1] if isinstance(value, tuple) else value
            has_file = value != ()
    return kept


def _first_file(outputs: Sequence[StoredOutput]) -> StoredFile | None:
    return next((file for output in outputs for file in output.files), None)


def _kind(manifest: Manifest, outputs: Sequence[StoredOutput]) -> str:
    """Name the type of the output that is shown: the first that is a file, or else the first."""
    shown = next((output for output in outputs if output.files), outputs[0])
    return manifest.outputs[shown.name].type
